import { describe, expect, it } from 'vitest';
import { random } from '../../../test/random.ts';
import { createKernels } from '../../tensor/kernels.ts';
import { triangle } from '../affinity.ts';
import { bipartition, bipartitionScratch } from './bipartition.ts';

const graphOf = async (n: number, weight: (i: number, j: number) => number) => {
  const kernels = await createKernels(2 ** 21);
  const a = kernels.f32(triangle(n));
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) a[triangle(i) + j] = weight(i, j);
  const of = (i: number, j: number) => a[triangle(Math.max(i, j)) + Math.min(i, j)];
  const degrees = Float64Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => of(i, j)).reduce((s, w) => s + w, 0));
  return { kernels, graph: { a, n, degrees }, of, scratch: bipartitionScratch(kernels, n) };
};

/** Every threshold, every pair. */
const slow = (of: (i: number, j: number) => number, y: Float32Array): { ncut: number; threshold: number; all: number[] } => {
  const n = y.length;
  const [start, end] = [Math.min(...y), Math.max(...y)].map((v) => Math.fround(v * Math.fround(0.99)));
  const step = Math.fround(Math.fround(end - start) / 99);
  const thresholds = Float32Array.from({ length: 100 }, (_, k) => (k < 50 ? start + step * k : end - step * (99 - k)));
  const all = Array.from(thresholds, (threshold) => {
    let [cut, one, rest] = [0, 0, 0];
    const side = Array.from(y, (v) => v > threshold);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        if (side[i]) one += of(i, j);
        else rest += of(i, j);
        if (side[i] && !side[j]) cut += of(i, j);
      }
    }
    return side.every(Boolean) || !side.some(Boolean) || one === 0 || rest === 0 ? Infinity : cut / one + cut / rest;
  });
  const ncut = Math.min(...all);
  return { ncut, threshold: thresholds[all.indexOf(ncut)], all };
};

describe('bipartition', () => {
  it.each([
    [2, 1],
    [7, 2],
    [40, 3],
    [40, 4],
    [90, 5],
  ])('is the best of all thresholds: %i tokens (%i)', async (n, seed) => {
    const next = random(seed);
    const y = Float32Array.from({ length: n }, () => (next() - 0.4) * 3);
    const table = Float64Array.from({ length: n * n }, next);
    const { kernels, graph, of, scratch } = await graphOf(n, (i, j) => table[i * n + j] * Math.exp(-((y[i] - y[j]) ** 2)));
    const got = bipartition(kernels, graph, y, scratch);
    const want = slow(of, y);
    expect(got.ncut).toBeCloseTo(want.ncut, 5);
    expect(want.all.filter((ncut) => Math.abs(ncut - want.ncut) < 1e-9).length).toBeGreaterThan(0);
    expect(Array.from(y, (v) => v > got.threshold)).toEqual(Array.from(y, (v) => v > want.threshold));
  });

  it.each([1, 2, 3, 4])('names the first of the best thresholds, to the last bit (%i)', async (seed) => {
    const next = random(seed);
    const y = Float32Array.from({ length: 30 }, () => (next() - 0.4) * 3);
    const table = Float64Array.from({ length: 900 }, () => Math.floor(9 * next())); // whole numbers add up to the same in any order
    const { kernels, graph, of, scratch } = await graphOf(30, (i, j) => table[i * 30 + j]);
    const { ncut, threshold } = slow(of, y);
    expect(bipartition(kernels, graph, y, scratch)).toEqual({ ncut, threshold });
  });

  it('leaves a token below the threshold that it equals', async () => {
    const weights = [[8], [8, 8], [1, 1, 8]];
    const { kernels, graph, of, scratch } = await graphOf(3, (i, j) => weights[i][j]);
    const y = Float32Array.of(-1, 0.99, 1);
    const want = slow(of, y);
    expect(bipartition(kernels, graph, y, scratch)).toEqual({ ncut: want.ncut, threshold: want.threshold });
    expect(want.threshold).toBe(Math.fround(0.99));
  });

  it('takes the first of thresholds that are equally good', async () => {
    const { kernels, graph, scratch } = await graphOf(4, (i, j) => (i < 2 === j < 2 ? 1 : 0.125));
    const { ncut, threshold } = bipartition(kernels, graph, Float32Array.of(-1, -1, 1, 1), scratch);
    expect(ncut).toBeCloseTo(2 * (0.5 / 4.5), 12);
    expect(threshold).toBe(Math.fround(-0.99));
  });

  it('finds none where all numbers are equal, or only one side has any affinity', async () => {
    const level = await graphOf(5, () => 1);
    expect(bipartition(level.kernels, level.graph, new Float32Array(5).fill(2), level.scratch).ncut).toBe(Infinity);
    const lone = await graphOf(3, (i, j) => (i < 2 && j < 2 ? 1 : 0));
    expect(bipartition(lone.kernels, lone.graph, Float32Array.of(-1, -1, 3), lone.scratch).ncut).toBe(Infinity);
    expect(bipartition(lone.kernels, lone.graph, Float32Array.of(1, 1, -3), lone.scratch).ncut).toBe(Infinity);
  });
});
