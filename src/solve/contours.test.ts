import { describe, expect, it } from 'vitest';
import { random } from '../../test/random.ts';
import type { Arcs } from '../regions/graph.ts';
import { symmetricEigen } from '../tensor/symmetric-eigen.ts';
import { CONTOURS, spectralContours } from './contours.ts';

/** A chain of regions, borders of ten pixels and strength 1. */
const chain = (n: number): Arcs => ({
  from: Int32Array.from({ length: n - 1 }, (_, i) => i),
  to: Int32Array.from({ length: n - 1 }, (_, i) => i + 1),
  length: new Float64Array(n - 1).fill(10),
  sum: new Float64Array(n - 1).fill(10),
});

/** One of two features each, at angles of 0 and `angle`. */
const turned = (kinds: number[], angle: number) => Float64Array.from(kinds.flatMap((kind) => [Math.cos(kind * angle), Math.sin(kind * angle)]));

describe('spectralContours', () => {
  it('raises the border where the features change and lowers the others', async () => {
    const kinds = [0, 0, 0, 0, 1, 1, 1, 1];
    const { sum } = await spectralContours(chain(8), turned(kinds, 1), 2, new Float64Array(8).fill(1 / 8));
    for (const [k, strength] of sum.entries()) {
      if (k === 3) expect(strength).toBeGreaterThan(12);
      else expect(strength).toBeLessThan(10);
    }
  });

  it('does not depend on the signs of eigenvectors, nor on the scale of the sums', async () => {
    const share = new Float64Array(6).fill(1 / 6);
    const sums = turned([0, 1, 3, 2, 0, 1], 0.5);
    const once = await spectralContours(chain(6), sums, 2, share);
    const again = await spectralContours(
      chain(6),
      sums.map((v) => v * 8),
      2,
      share,
    );
    for (const [k, strength] of once.sum.entries()) expect(again.sum[k]).toBeCloseTo(strength, 3);
  });

  it('leaves two regions, and regions that are all alike in a ring, as they are or level', async () => {
    const two = chain(2);
    expect(await spectralContours(two, turned([0, 1], 1), 2, Float64Array.of(0.5, 0.5))).toBe(two);
    const { sum } = await spectralContours(chain(5), turned([0, 0, 0, 0, 0], 1), 2, new Float64Array(5).fill(0.2));
    expect(sum.every((strength) => strength > 0 && Number.isFinite(strength))).toBe(true);
  });

  it('weakens likeness across strong borders: with a floor of 1 a strong border changes nothing', async () => {
    const arcs = chain(8);
    arcs.sum[5] = 200;
    const share = new Float64Array(8).fill(1 / 8);
    const sums = turned([0, 1, 2, 3, 4, 5, 6, 7], 0.05);
    const gainOf = async (floor: number) => {
      const { sum } = await spectralContours(arcs, sums, 2, share, {}, { ...CONTOURS, floor });
      return sum[5] / 200 / (sum[2] / 10);
    };
    expect(await gainOf(0.1)).toBeGreaterThan((await gainOf(1)) * 1.1);
  });
});

describe('the formula at the head of contours.ts', () => {
  /** Strength at which average linkage joins each two regions, all borders between sets added up anew at every step. */
  const linkage = ({ from, to, length, sum }: Arcs, n: number): number[][] => {
    const joined = Array.from({ length: n }, () => new Array<number>(n).fill(0));
    const setOf = Array.from({ length: n }, (_, i) => i);
    for (let left = n; left > 1; left--) {
      let best = [0, 0, Infinity];
      for (let a = 0; a < n; a++) {
        for (let b = a + 1; b < n; b++) {
          const between = [...from.keys()].filter((k) => [setOf[from[k]], setOf[to[k]]].sort((p, q) => p - q).join() === `${a},${b}`);
          const strength = between.reduce((s, k) => s + sum[k], 0) / between.reduce((s, k) => s + length[k], 0);
          if (strength < best[2]) best = [a, b, strength];
        }
      }
      const [a, b, strength] = best;
      for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) if (setOf[i] === a && setOf[j] === b) joined[i][j] = joined[j][i] = strength;
      for (let i = 0; i < n; i++) if (setOf[i] === b) setOf[i] = a;
    }
    return joined;
  };

  it.each([
    [3, 4],
    [6, 1],
    [14, 2],
    [20, 3],
  ])('is what strengthens: %i regions', async (n, seed) => {
    const next = random(seed);
    const ends = Array.from({ length: n }, (_, a) => Array.from({ length: n }, (_, b) => [a, b])).flat();
    const pairs = ends.filter(([a, b]) => b === a + 1 || (a < b && next() < 0.2));
    const length = Float64Array.from(pairs, () => 1 + Math.floor(9 * next()));
    const arcs: Arcs = {
      from: Int32Array.from(pairs, ([a]) => a),
      to: Int32Array.from(pairs, ([, b]) => b),
      length,
      sum: length.map((l) => l * (0.2 + 8 * next())),
    };
    const channels = 4;
    const sums = Float64Array.from({ length: n * channels }, () => next() - 0.3);
    const areas = Float64Array.from({ length: n }, () => 0.2 + next());
    const share = areas.map((a) => a / areas.reduce((s, v) => s + v));

    const rows = Array.from({ length: n }, (_, i) => [...sums.subarray(i * channels, (i + 1) * channels)]);
    const cosine = (i: number, j: number) => rows[i].reduce((s, v, c) => s + v * rows[j][c], 0) / Math.hypot(...rows[i]) / Math.hypot(...rows[j]);
    const all = ends.map(([i, j]) => cosine(i, j));
    const [lo, hi] = [Math.min(...all), Math.max(...all)];
    const strengths = linkage(arcs, n);
    const a = (i: number, j: number) =>
      share[i] * share[j] * ((cosine(i, j) - lo) / (hi - lo)) ** 5 * (i === j ? 1 : 0.1 + 0.9 * Math.exp(-strengths[i][j] / 4));
    const degrees = rows.map((_, i) => rows.reduce((s, _row, j) => s + a(i, j), 0));
    const laplacian = Float64Array.from(ends, ([i, j]) => (i === j ? 1 : 0) - a(i, j) / Math.sqrt(degrees[i] * degrees[j]));
    const { values, vectors } = await symmetricEigen(laplacian, n);
    const change = pairs.map(([i, j]) => {
      let square = 0;
      for (let k = 1; k <= Math.min(12, n - 1); k++) {
        const [y, z] = [i, j].map((r) => vectors[r * n + k] / Math.sqrt(degrees[r]));
        square += (values[1] / values[k]) * (y - z) ** 2;
      }
      return Math.sqrt(square);
    });
    const mean = change.reduce((s, e, k) => s + e * length[k], 0) / length.reduce((s, l) => s + l);
    const got = await spectralContours(arcs, sums, channels, share);
    expect(got.length).toEqual(length);
    got.sum.forEach((strength, k) => expect(strength / (arcs.sum[k] * (change[k] / mean + 0.1) ** 0.25)).toBeCloseTo(1, 4));
  });
});
