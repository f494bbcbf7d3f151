import { describe, expect, it } from 'vitest';
import { random } from '../../test/random.ts';
import { arcsOf } from './graph.ts';

describe('arcsOf', () => {
  it('counts the pixel pairs of each border and adds up their stronger side', async () => {
    // 0 0 1
    // 2 2 1
    const basins = { data: Int32Array.of(0, 0, 1, 2, 2, 1), width: 3, height: 2, count: 3 };
    const strength = Float32Array.of(1, 2, 3, 4, 5, 6);
    expect(await arcsOf(basins, strength)).toEqual({
      from: Int32Array.of(0, 0, 1),
      to: Int32Array.of(1, 2, 2),
      length: Float64Array.of(1, 2, 1),
      sum: Float64Array.of(3, 4 + 5, 6),
    });
  });

  it('has no arc in a map of one region, nor around the edge from one row to the next', async () => {
    expect((await arcsOf({ data: new Int32Array(6), width: 3, height: 2, count: 1 }, new Float32Array(6))).from).toHaveLength(0);
    const apart = await arcsOf({ data: Int32Array.of(0, 1, 2, 3), width: 2, height: 2, count: 4 }, new Float32Array(4));
    expect([...apart.from].map((from, k) => [from, apart.to[k]])).toEqual([
      [0, 1],
      [0, 2],
      [1, 3],
      [2, 3],
    ]);
  });

  it('adds up to all pairs of unlike neighbours, whichever way the map lies', async () => {
    const next = random(5);
    const [width, height, count] = [17, 11, 9];
    const data = Int32Array.from({ length: width * height }, () => Math.floor(next() * count));
    const strength = Float32Array.from(data, () => next());
    const flip = <T extends Int32Array | Float32Array>(of: T): T => of.map((_, i) => of[i - (i % width) + width - 1 - (i % width)]) as T;
    const one = await arcsOf({ data, width, height, count }, strength);
    const other = await arcsOf({ data: flip(data), width, height, count }, flip(strength));
    expect(other.from).toEqual(one.from);
    expect(other.to).toEqual(one.to);
    expect(other.length).toEqual(one.length);
    one.sum.forEach((sum, k) => expect(other.sum[k]).toBeCloseTo(sum, 9));
    let pairs = 0;
    for (let i = 0; i < data.length; i++) {
      if (i % width < width - 1 && data[i] !== data[i + 1]) pairs++;
      if (i + width < data.length && data[i] !== data[i + width]) pairs++;
    }
    expect(one.length.reduce((sum, l) => sum + l, 0)).toBe(pairs);
  });
});
