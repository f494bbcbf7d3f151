import { describe, expect, it } from 'vitest';
import { random } from '../../test/random.ts';
import { createLattice, filterInto, LANES, scratchOf } from './permutohedral.ts';

const filtered = async (features: Float32Array, dimensions: number, values: readonly number[][]): Promise<Float32Array> => {
  const lattice = await createLattice(features, dimensions);
  const out = new Float32Array(lattice.points * LANES);
  const ones = new Float32Array(lattice.points).fill(1);
  await filterInto(lattice, Float32Array.from(values.flat()), ones, 1, out, scratchOf(lattice));
  return out;
};

describe('permutohedral lattice', () => {
  it.each([1, 2, 5])('is close to the Gaussian in %d dimensions, normalised', async (dimensions) => {
    const next = random(3);
    const points = 400;
    const features = Float32Array.from({ length: points * dimensions }, () => 3 * next());
    const values = Array.from({ length: points }, () => [next(), 1, 0, next()]);
    const ours = await filtered(features, dimensions, values);
    let worst = 0;
    for (let i = 0; i < points; i++) {
      const sums = [0, 0];
      for (let j = 0; j < points; j++) {
        let distance = 0;
        for (let d = 0; d < dimensions; d++) distance += (features[i * dimensions + d] - features[j * dimensions + d]) ** 2;
        const weight = Math.exp(-distance / 2);
        sums[0] += weight * values[j][0];
        sums[1] += weight;
      }
      worst = Math.max(worst, Math.abs(ours[i * LANES] / ours[i * LANES + 1] - sums[0] / sums[1]));
      expect(ours[i * LANES + 2]).toBe(0);
    }
    expect(worst).toBeLessThan(0.12);
  });

  it('corners hold each point whole, and neighbours know each other', async () => {
    const next = random(5);
    const { corner, weight, corners, neighbours, points } = await createLattice(
      Float32Array.from({ length: 600 }, () => 40 * next() - 20),
      3,
    );
    for (let i = 0; i < points; i++) {
      const own = weight.subarray(i * 4, i * 4 + 4);
      expect(own.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 4);
      expect(Math.min(...own)).toBeGreaterThanOrEqual(-1e-4);
      expect(new Set(corner.subarray(i * 4, i * 4 + 4)).size).toBe(4);
    }
    expect([Math.min(...corner), Math.max(...corner), neighbours.length]).toEqual([1, corners, 4]);
    for (const pairs of neighbours)
      for (let i = 1; i <= corners; i++) {
        if (pairs[2 * i] > 0) expect(pairs[2 * pairs[2 * i] + 1]).toBe(i);
        if (pairs[2 * i + 1] > 0) expect(pairs[2 * pairs[2 * i + 1]]).toBe(i);
      }
  });

  it('lets near points hear each other, far ones only themselves, and adds to what is there', async () => {
    const lattice = await createLattice(Float32Array.of(0, 0, 1, 1, 100, 100), 2);
    const scale = Float32Array.of(1, 2, 1);
    const values = Float32Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0);
    const once = new Float32Array(12);
    await filterInto(lattice, values, scale, 1, once, scratchOf(lattice));
    expect([...once].map((value) => value > 0)).toEqual([true, true, false, false, true, true, false, false, false, false, true, false]);
    const more = once.slice();
    await filterInto(lattice, values, scale, 2, more, scratchOf(lattice));
    more.forEach((value, i) => {
      expect(value).toBeCloseTo(3 * once[i], 5);
    });
  });
});
