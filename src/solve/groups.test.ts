import { describe, expect, it } from 'vitest';
import { agreement, goldenFeatures } from '../../test/goldens.ts';
import { featuresOf } from '../../test/scenes.ts';
import { unitFeatures } from '../tensor/features.ts';
import type { FeatureMap, LabelMap } from '../types.ts';
import { groupTokens } from './groups.ts';
import { partition } from './ncut/partition.ts';
import { recursiveCut } from './ncut/recursive-cut.ts';
import { cut, elementsOf } from './tree.ts';

const OPTIONS = { alpha: 3, parity: false, treeTau: 0.75 };

describe('groupTokens', () => {
  it('gives every token to one of so many nodes, each in one piece and of the mean direction of its tokens', async () => {
    const tokens = unitFeatures(featuresOf(20, 15, (x, y) => (x < 9 ? 0 : y < 7 ? 1 : 2)));
    const { nodeOf, size, features } = await groupTokens(tokens, 40);
    expect(features).toMatchObject({ width: 40, height: 1, isUnit: true });
    const sums = new Float64Array(40 * 6);
    const counts = new Float64Array(40);
    nodeOf.forEach((node, token) => {
      counts[node]++;
      for (let c = 0; c < 6; c++) sums[node * 6 + c] += tokens.data[token * 6 + c];
    });
    expect(counts).toEqual(size);
    for (let node = 0; node < 40; node++) {
      const length = Math.hypot(...sums.subarray(node * 6, node * 6 + 6));
      for (let c = 0; c < 6; c++) expect(features.data[node * 6 + c]).toBeCloseTo(sums[node * 6 + c] / length, 5);
      const own = new Set([...nodeOf.keys()].filter((token) => nodeOf[token] === node));
      const reached = [own.values().next().value as number];
      own.delete(reached[0]);
      for (const token of reached)
        for (const near of [token - 20, token + 20, ...(token % 20 ? [token - 1] : []), ...(token % 20 < 19 ? [token + 1] : [])])
          if (own.delete(near)) reached.push(near);
      expect(own.size).toBe(0);
    }
  });

  it('leaves what stands out a node of its own, however small', async () => {
    const tokens = unitFeatures(featuresOf(40, 30, (x, y) => (x === 17 && y === 11 ? 3 : 0)));
    const { nodeOf, size } = await groupTokens(tokens, 60);
    expect(size[nodeOf[11 * 40 + 17]]).toBe(1);
    expect(Math.max(...size)).toBeLessThanOrEqual((4 * 1200) / 60);
  });
});

describe('groupTokens of several pictures', () => {
  it('never has tokens of two in one node', async () => {
    const [one, other] = [unitFeatures(featuresOf(6, 5, () => 0)), unitFeatures(featuresOf(4, 9, () => 0))];
    const data = Float32Array.from([...one.data, ...other.data]);
    const tokens = { data, width: 66, height: 1, channels: one.channels, isUnit: true as const };
    const { nodeOf } = await groupTokens(tokens, 9, {}, [one, other]);
    const [ofOne, ofOther] = [new Set(nodeOf.subarray(0, 30)), new Set(nodeOf.subarray(30))];
    expect([...ofOne].filter((node) => ofOther.has(node))).toEqual([]);
    expect(ofOne.size + ofOther.size).toBe(9);
  });
});

/** |sum of unit features| of each segment, over all tokens. */
const explained = (features: FeatureMap, { data }: LabelMap) => {
  const { data: unit, channels } = unitFeatures(features);
  const segments = Math.max(...data) + 1;
  const sums = Array.from({ length: segments }, () => new Float64Array(channels));
  for (let i = 0; i < unit.length; i++) sums[data[Math.floor(i / channels)]][i % channels] += unit[i];
  return { segments, share: sums.reduce((sum, of) => sum + Math.hypot(...of), 0) / data.length };
};

describe('a cut of groups', () => {
  it.each(['astronaut-24x24', 'coffee-16x16'])('explains as much as the cut of all tokens, with as many segments: %s', async (name) => {
    const features = goldenFeatures(`partition/${name}.npy`);
    const n = features.width * features.height;
    const [exact, grouped] = [await recursiveCut(features, OPTIONS), await recursiveCut(features, OPTIONS, {}, { exact: n - 1, count: n >> 1 })];
    expect([...elementsOf(grouped, 0)].sort((a, b) => a - b)).toEqual([...Array(n).keys()]);
    for (let node = 0; node < grouped.parent.length; node++) {
      expect(grouped.share[node]).toBeCloseTo(elementsOf(grouped, node).length / n, 12);
      if (grouped.children[2 * node] < 0) expect(elementsOf(grouped, node)).toEqual(elementsOf(grouped, node).slice().sort());
    }
    const [want, got] = await Promise.all(
      [exact, grouped].map(async (tree) => explained(features, await cut(tree, features, { price: 0.03, ease: 0.4 }))),
    );
    expect(got.share).toBeGreaterThan(want.share - 0.01);
    expect(Math.abs(got.segments - want.segments)).toBeLessThanOrEqual(2);
  });

  it('is what features of more than 8,192 tokens get, whoever gives them', async () => {
    const kindOf = (x: number, y: number) => ((x - 60) ** 2 + (y - 40) ** 2 < 400 ? 1 : x > 80 && y < 25 ? 2 : 0);
    const features = featuresOf(104, 80, kindOf);
    const { labels, tree } = await partition(features, { alpha: 3, parity: false });
    expect(tree.parent.length).toBeLessThan(8192);
    expect(agreement(labels, { ...labels, data: labels.data.map((_, i) => kindOf(i % 104, Math.floor(i / 104))) })).toBe(1);
    expect(tree.order).toHaveLength(104 * 80);
  });
});
