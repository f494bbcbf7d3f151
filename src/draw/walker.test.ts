import { describe, expect, it } from 'vitest';
import { random } from '../../test/random.ts';
import { walk } from './walker.ts';

const settings = { leastCertainty: 0.03, certaintyPower: 3, gain: 1000, sigma: 0.8, usualStrength: 3.75, tolerance: 1e-10, rounds: 500 };

/** A chain of regions with borders of given strengths, one pixel long. */
const chain = (strengths: number[], area = 100) => ({
  area: new Float64Array(strengths.length + 1).fill(area),
  arcs: {
    from: Int32Array.from(strengths, (_, i) => i),
    to: Int32Array.from(strengths, (_, i) => i + 1),
    length: new Float64Array(strengths.length).fill(1),
    sum: Float64Array.from(strengths),
  },
  meanStrength: 3.75,
});

/** Gaussian elimination with pivots. */
const solve = (matrix: number[][], right: number[]): number[] => {
  const rows = matrix.map((row, i) => [...row, right[i]]);
  const n = rows.length;
  for (let c = 0; c < n; c++) {
    const pivot = rows.slice(c).reduce((best, row, i) => (Math.abs(row[c]) > Math.abs(rows[best][c]) ? c + i : best), c);
    [rows[c], rows[pivot]] = [rows[pivot], rows[c]];
    for (let r = 0; r < n; r++) {
      if (r === c) continue;
      const by = rows[r][c] / rows[c][c];
      for (let k = c; k <= n; k++) rows[r][k] -= by * rows[c][k];
    }
  }
  return rows.map((row, i) => row[n] / row[i]);
};

describe('walk', () => {
  it.each([
    [12, 2, 1],
    [20, 3, 2],
    [25, 7, 3],
  ])('is the dense solution: %i regions, %i segments', async (count, k, seed) => {
    const next = random(seed);
    const arcs: { from: number; to: number; length: number; strength: number }[] = [];
    for (let a = 0; a < count; a++)
      for (let b = a + 1; b < count; b++)
        if (b === a + 1 || next() < 0.2) arcs.push({ from: a, to: b, length: 1 + Math.floor(next() * 20), strength: 8 * next() });
    const graph = {
      area: Float64Array.from({ length: count }, () => 20 + Math.floor(300 * next())),
      arcs: {
        from: Int32Array.from(arcs, ({ from }) => from),
        to: Int32Array.from(arcs, ({ to }) => to),
        length: Float64Array.from(arcs, ({ length }) => length),
        sum: Float64Array.from(arcs, ({ length, strength }) => length * strength),
      },
      meanStrength: 5,
    };
    const shares = Float64Array.from({ length: count * k }, next);
    for (let i = 0; i < count; i++) {
      const total = shares.subarray(i * k, (i + 1) * k).reduce((sum, v) => sum + v);
      for (let s = 0; s < k; s++) shares[i * k + s] /= total;
    }
    const matrix = Array.from({ length: count }, () => new Array<number>(count).fill(0));
    const mass = Array.from({ length: count }, (_, i) => {
      const [best, second] = [...shares.subarray(i * k, (i + 1) * k)].sort((a, b) => b - a);
      return graph.area[i] * (0.03 + 0.97 * (best - second) ** 3);
    });
    mass.forEach((m, i) => (matrix[i][i] += m));
    for (const { from, to, length, strength } of arcs) {
      const w = 1000 * length * Math.exp(-strength / (0.8 * Math.sqrt(5 / 3.75)));
      matrix[from][from] += w;
      matrix[to][to] += w;
      matrix[from][to] -= w;
      matrix[to][from] -= w;
    }
    const got = await walk(graph, shares, k, settings);
    const usual = await walk(graph, shares, k, { ...settings, tolerance: 1e-3, rounds: 56 });
    for (let s = 0; s < k; s++) {
      const want = solve(
        matrix,
        mass.map((m, i) => m * shares[i * k + s]),
      );
      want.forEach((v, i) => {
        expect(got[i * k + s]).toBeCloseTo(v, 6);
        expect(usual[i * k + s]).toBeCloseTo(v, 2);
      });
    }
  });

  it('crosses weak borders and stops at strong ones', async () => {
    const shares = Float64Array.of(1, 0, 0.5, 0.5, 0.5, 0.5, 0, 1);
    const out = await walk(chain([1, 12, 1]), shares, 2, settings);
    expect(out[2]).toBeGreaterThan(0.9);
    expect(out[5]).toBeGreaterThan(0.9);
  });

  it('keeps sums of 1, one region, a graph in parts and equal shares as they are', async () => {
    const next = random(9);
    const shares = Float64Array.from({ length: 12 }, (_, i) => (i % 2 ? 0 : next()));
    for (let i = 0; i < 6; i++) shares[2 * i + 1] = 1 - shares[2 * i];
    const out = await walk(chain([3, 0, 5, 2, 9]), shares, 2, settings);
    for (let i = 0; i < 6; i++) expect(out[2 * i] + out[2 * i + 1]).toBeCloseTo(1, 6);
    expect([...(await walk(chain([]), Float64Array.of(0.7, 0.3), 2, settings))]).toEqual([0.7, 0.3]);
    expect([...(await walk({ ...chain([]), area: Float64Array.of(4, 9) }, Float64Array.of(0.7, 0.3, 0.2, 0.8), 2, settings))]).toEqual([
      0.7, 0.3, 0.2, 0.8,
    ]);
    for (const v of await walk(chain([1, 1]), new Float64Array(6).fill(0.5), 2, settings)) expect(v).toBeCloseTo(0.5, 9);
  });

  it('takes a picture without any strength for one without edges', async () => {
    const out = await walk({ ...chain([0, 0]), meanStrength: 0 }, Float64Array.of(1, 0, 0.4, 0.6, 1, 0), 2, settings);
    for (const v of out) expect(v).not.toBeNaN();
    expect(out[2]).toBeGreaterThan(0.9);
  });
});
