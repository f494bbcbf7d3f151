import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agreement } from '../../../test/goldens.ts';
import { random } from '../../../test/random.ts';
import { featuresOf } from '../../../test/scenes.ts';
import { createKernels } from '../../tensor/kernels.ts';
import { triangle } from '../affinity.ts';
import { eigenScratch, graphOf } from '../eigen.ts';
import { cut } from '../tree.ts';
import { climb, FALCON, falcon } from './falcon.ts';

/** f as it is defined, of an affinity given as a function. */
const association = (labels: Int32Array, of: (i: number, j: number) => number): number => {
  let f = 0;
  for (const k of new Set(labels)) {
    let [inside, all] = [0, 0];
    for (let i = 0; i < labels.length; i++) {
      if (labels[i] !== k) continue;
      for (let j = 0; j < labels.length; j++) {
        all += of(i, j);
        if (labels[j] === k) inside += of(i, j);
      }
    }
    f += inside / all;
  }
  return f;
};

describe('climb', () => {
  it('never lowers the K-way association, whatever the graph, the start and the settings, and tells it as it is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 3, max: 40 }),
        fc.integer({ min: 2, max: 6 }),
        fc.integer({ min: 1, max: 1e6 }),
        fc.record({ tau: fc.double({ min: 0.01, max: 4, noNaN: true }), delta: fc.double({ min: 0, max: 0.5, noNaN: true }) }),
        async (n, groups, seed, settings) => {
          const r = random(seed);
          const kernels = await createKernels(2 ** 16);
          try {
            const a = kernels.f32(triangle(n));
            for (let k = 0; k < a.length; k++) a[k] = Math.abs(r());
            const of = (i: number, j: number): number => a[triangle(Math.max(i, j)) + Math.min(i, j)];
            const scratch = eigenScratch(kernels, n);
            const start = Int32Array.from({ length: n }, () => Math.floor(Math.abs(r()) * groups) % groups);
            const told: number[] = [];
            const graph = graphOf(kernels, a, n, scratch);
            const end = await climb(kernels, graph, scratch, start, {}, { ...FALCON, ...settings }, (f) => void told.push(f));
            expect(told[0]).toBeCloseTo(association(start, of), 5);
            expect(told[told.length - 1]).toBeCloseTo(association(end, of), 5);
            for (let step = 1; step < told.length; step++) expect(told[step]).toBeGreaterThanOrEqual(told[step - 1]);
          } finally {
            kernels.free();
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('mends a start in which nodes are in the wrong group', async () => {
    const n = 60;
    const kernels = await createKernels(2 ** 16);
    const a = kernels.f32(triangle(n));
    const kind = (i: number): number => Math.floor(i / 20);
    for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) a[triangle(i) + j] = kind(i) === kind(j) ? 1 : 0.05;
    const scratch = eigenScratch(kernels, n);
    const start = Int32Array.from({ length: n }, (_, i) => (i % 7 === 0 ? (kind(i) + 1) % 3 : kind(i)));
    const end = await climb(kernels, graphOf(kernels, a, n, scratch), scratch, start, {}, FALCON);
    expect([...end]).toEqual(Array.from({ length: n }, (_, i) => kind(i)));
    kernels.free();
  });
});

describe('falcon', () => {
  it.each([
    ['as they are', 24, 18],
    ['in groups of neighbours', 72, 54],
  ])('finds three things in tokens that are cut %s', async (_, width, height) => {
    const kind = (x: number, y: number): number => (x < width / 2 ? 0 : y < height / 2 ? 1 : 2);
    const features = featuresOf(width, height, kind);
    const found = await cut(await falcon(features), features, { price: 0 });
    const expected = Int32Array.from({ length: width * height }, (_, i) => kind(i % width, Math.floor(i / width)));
    expect(agreement(found, { ...found, data: expected })).toBe(1);
  });

  it('gives a tree that other granularities are walks over', async () => {
    const features = featuresOf(20, 20, (x, y) => (x < 7 ? 0 : x < 13 ? 1 : y < 10 ? 2 : 0));
    const tree = await falcon(features);
    const all = await cut(tree, features, { price: 0 });
    const few = await cut(tree, features, { price: 0.4 });
    expect(new Set(few.data).size).toBeLessThan(new Set(all.data).size);
    for (let k = 1; k < tree.parent.length; k++) expect(tree.cost?.[tree.parent[k]]).toBeGreaterThanOrEqual(tree.cost?.[k] as number);
  });
});
