import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { random } from '../../../test/random.ts';
import { mirrored, noise, paint, turned } from '../../../test/scenes.ts';
import { splitComponents } from '../../draw/components.ts';
import type { CutTree, FeatureMap, LabelMap, RgbImage } from '../../types.ts';
import { cut, elementsOf } from '../tree.ts';
import { merge } from './merge.ts';

const tokens = (width: number, height: number, at: (x: number, y: number) => number[]): FeatureMap => {
  const rows = Array.from({ length: width * height }, (_, i) => at(i % width, Math.floor(i / width)));
  return { data: Float32Array.from(rows.flat()), width, height, channels: rows[0].length };
};
const noisyTokens = (seed: number, width: number, height: number): FeatureMap => {
  const r = random(seed);
  return tokens(width, height, () => Array.from({ length: 6 }, () => r() - 0.3));
};
const countOf = ({ data }: LabelMap) => new Set(data).size;

/** A red square in the left, a blue one in the right half of grey; the features know the red one. */
const scene = paint(96, 64, (x, y) =>
  y >= 16 && y < 48 && x >= 12 && x < 44 ? [200, 30, 30] : y >= 16 && y < 48 && x >= 60 && x < 84 ? [30, 30, 200] : [128, 128, 128],
);
const sceneTokens = tokens(12, 8, (x, y) => (y >= 2 && y < 6 && x >= 1 && x < 6 ? [1, 0.1] : [0.1, 1]));

/** What every tree holds to, whatever the picture. */
const checkTree = (tree: CutTree): void => {
  const { cells: regions, order, children, parent, share, worth } = tree;
  const cost = tree.cost as Float64Array;
  const count = order.length;
  const nodes = 2 * count - 1;
  expect([children.length, share.length, worth.length, cost.length]).toEqual([2 * nodes, nodes, nodes, nodes]);
  expect([...elementsOf(tree, 0)].sort((a, b) => a - b)).toEqual([...order.keys()]);
  expect(new Set(regions.data).size).toBe(count);
  expect(share[0]).toBeCloseTo(1, 9);
  const areas = new Float64Array(count);
  for (const region of regions.data) areas[region] += 1 / regions.data.length;
  for (let region = 0; region < count; region++) expect([...elementsOf(tree, nodes - 1 - region)]).toEqual([region]);
  for (let region = 0; region < count; region++) expect(share[nodes - 1 - region]).toBeCloseTo(areas[region], 9);
  for (let node = 0; node < nodes; node++) {
    const [a, b] = [children[2 * node], children[2 * node + 1]];
    expect(worth[node]).toBeLessThanOrEqual(share[node] * (1 + 1e-6));
    if (a < 0) continue;
    expect(Math.min(a, b)).toBeGreaterThan(node);
    expect([parent[a], parent[b]]).toEqual([node, node]);
    expect([...elementsOf(tree, a), ...elementsOf(tree, b)]).toEqual([...elementsOf(tree, node)]);
    expect(share[node]).toBeCloseTo(share[a] + share[b], 9);
    expect(worth[node]).toBeLessThanOrEqual(worth[a] + worth[b] + 1e-9);
    expect(cost[node]).toBeGreaterThanOrEqual(Math.max(cost[a], cost[b]));
  }
};

describe('merge', () => {
  it('finds what differs in features and colour, within a pixel of its edges', async () => {
    const tree = await merge(sceneTokens, scene);
    checkTree(tree);
    const labels = await cut(tree, sceneTokens, { price: 0.02, ease: 0.4 });
    const ids = [labels.data[32 * 96 + 28], labels.data[32 * 96 + 72], labels.data[0]];
    expect(new Set(ids).size).toBe(3);
    for (let y = 0; y < 64; y++) {
      for (let x = 0; x < 96; x++) {
        const isEdge = [11, 12, 43, 44, 59, 60, 83, 84].includes(x) || [15, 16, 47, 48].includes(y);
        const i = y * 96 + x;
        const wanted = scene.data[3 * i] === 200 ? ids[0] : scene.data[3 * i + 2] === 200 ? ids[1] : ids[2];
        if (!isEdge) expect(labels.data[i]).toBe(wanted);
      }
    }
  });

  it('keeps segments connected at every price, whatever the picture, and fewer of them the dearer they are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 1e6 }),
        async (width, height, seed) => {
          const features = noisyTokens(seed, 1 + (seed % 7), 1 + (seed % 5));
          const tree = await merge(features, noise(width, height, seed));
          checkTree(tree);
          let last = Infinity;
          for (const price of [0, 0.001, 0.005, 0.02, 0.1, 1]) {
            const labels = await cut(tree, features, { price, ease: 0.4 });
            expect(countOf(await splitComponents(labels))).toBe(countOf(labels));
            expect(countOf(labels)).toBeLessThanOrEqual(last);
            last = countOf(labels);
          }
          expect(last).toBe(1);
        },
      ),
      { numRuns: 40 },
    );
  });

  it.each<[string, RgbImage]>([
    ['one pixel', paint(1, 1, () => [9, 9, 9])],
    ['3 x 3', noise(3, 3, 3)],
    ['a line across', noise(700, 1, 4)],
    ['a line down', noise(1, 700, 5)],
    ['a constant picture', paint(50, 40, () => [77, 77, 77])],
    ['a ramp without any edge', paint(120, 80, (x) => [x * 2, x * 2, x * 2])],
    ['noise', noise(120, 90, 6)],
  ])('takes %s', async (_, image) => {
    const features = noisyTokens(7, 4, 3);
    const tree = await merge(features, image);
    checkTree(tree);
    expect([tree.cells.width, tree.cells.height].every((side) => side <= 512)).toBe(true);
    for (const join of [0, 0.05]) {
      const labels = await cut(tree, features, { price: 0.02, ease: 0.4, join });
      expect(Math.min(...labels.data)).toBe(0);
      expect(Math.max(...labels.data)).toBe(countOf(labels) - 1);
    }
  });

  it('sees one region where neither picture nor features tell anything apart', async () => {
    const flat = paint(60, 40, () => [90, 120, 60]);
    for (const features of [tokens(1, 1, () => [1, 2]), tokens(6, 4, () => [3, 1, 2]), tokens(5, 5, () => [0, 0])]) {
      const tree = await merge(features, flat);
      expect(countOf(await cut(tree, features, { price: 0.001 }))).toBe(1);
    }
  });

  it('does not see the scale of the features, and gives the same tree again', async () => {
    const image = noise(90, 70, 11);
    const features = noisyTokens(12, 9, 7);
    const once = await merge(features, image);
    const again = await merge({ ...features, data: features.data.map((v) => v * 16) }, image);
    expect(again).toEqual(once);
  });

  it.each([
    ['mirrored', mirrored],
    ['turned', turned],
  ] as const)('gives a %s picture %s segments', async (_, change) => {
    const there = change(await cut(await merge(sceneTokens, scene), sceneTokens, { price: 0.02, ease: 0.4 }));
    const features = change(sceneTokens);
    const back = await cut(await merge(features, change(scene)), features, { price: 0.02, ease: 0.4 });
    const pairs = new Set(back.data.map((id, i) => id * 1000 + there.data[i]));
    expect(pairs.size).toBe(countOf(there)); // the same map but for its numbers
  });

  it('refuses features and pictures that are none, and stops when it is told to', async () => {
    await expect(
      merge(
        tokens(1, 1, () => [Number.NaN]),
        scene,
      ),
    ).rejects.toThrow(/Features must be finite/);
    await expect(merge(sceneTokens, { ...scene, width: 95 })).rejects.toThrow(/Expected/);
    await expect(merge(sceneTokens, scene, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    const stages: string[] = [];
    await merge(sceneTokens, scene, { onProgress: (stage, done, total) => stages.push(`${stage} ${done}/${total}`) });
    expect(stages).toEqual(['regions 0/3', 'regions 1/3', 'regions 2/3', 'regions 3/3', 'merge 0/3', 'merge 1/3', 'merge 2/3', 'merge 3/3']);
  });
});

describe('cut with join', () => {
  it('joins two squares of one kind that do not touch', async () => {
    const twins = paint(96, 64, (x, y) => (y >= 16 && y < 48 && ((x >= 12 && x < 36) || (x >= 60 && x < 84)) ? [200, 30, 30] : [128, 128, 128]));
    const features = tokens(12, 8, (x, y) => (y >= 2 && y < 6 && ((x >= 1 && x < 5) || (x >= 7 && x < 11)) ? [1, 0.1] : [0.1, 1]));
    const tree = await merge(features, twins);
    expect(countOf(await cut(tree, features, { price: 0.02, ease: 0.4 }))).toBe(3);
    const joined = await cut(tree, features, { price: 0.02, ease: 0.4, join: 0.02 });
    expect(countOf(joined)).toBe(2);
    expect(joined.data[32 * 96 + 24]).toBe(joined.data[32 * 96 + 72]);
  });
});
