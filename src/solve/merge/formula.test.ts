import { describe, expect, it } from 'vitest';
import { random } from '../../../test/random.ts';
import type { RegionGraph } from '../../regions/regions.ts';
import type { CutTree, FeatureMap } from '../../types.ts';
import { spectralContours } from '../contours.ts';
import { colourSums } from './colour.ts';
import { MERGE, mergeRegions } from './merge.ts';

/** Columns of regions, some pixels wide, of random colours; tokens and pixels are one. */
const scene = (count: number, seed: number) => {
  const next = random(seed);
  const [across, down, side] = [count / 2, 2, 3];
  const [width, height] = [across * side, down * side];
  const n = width * height;
  const data = Int32Array.from({ length: n }, (_, i) => Math.floor(i / width / side) * across + Math.floor((i % width) / side));
  const order = [...new Set(data)];
  const regions = data.map((region) => order.indexOf(region));
  const lab = new Float32Array(3 * n);
  const colours = Array.from({ length: count }, () => [100 * next(), 80 * next() - 40, 80 * next() - 40]);
  regions.forEach((region, i) => colours[region].forEach((v, c) => (lab[c * n + i] = v + 10 * next())));
  const arcs = { from: [] as number[], to: [] as number[], length: [] as number[], sum: [] as number[] };
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) {
      let length = 0;
      for (let i = 0; i < n; i++) {
        const isPair = (j: number) => (regions[i] === a && regions[j] === b) || (regions[i] === b && regions[j] === a);
        if ((i + 1) % width > 0 && isPair(i + 1)) length++;
        if (i + width < n && isPair(i + width)) length++;
      }
      if (length === 0) continue;
      arcs.from.push(a);
      arcs.to.push(b);
      arcs.length.push(length);
      arcs.sum.push(length * (0.5 + 4 * next()));
    }
  }
  const graph: RegionGraph = {
    data: regions,
    width,
    height,
    count,
    area: new Float64Array(count).fill(side * side),
    lab,
    meanStrength: 1,
    arcs: {
      from: Int32Array.from(arcs.from),
      to: Int32Array.from(arcs.to),
      length: Float64Array.from(arcs.length),
      sum: Float64Array.from(arcs.sum),
    },
  };
  const channels = 5;
  const features: FeatureMap = { data: Float32Array.from({ length: n * channels }, () => next() - 0.2), width, height, channels };
  return { graph, features };
};

/** The formula at the head of merge.ts for every pair of neighbours before each join. */
const slow = async (graph: RegionGraph, { data: values, channels }: FeatureMap) => {
  const { data, count, area, arcs } = graph;
  const n = data.length;
  const rows = Array.from({ length: count }, () => new Float64Array(channels));
  for (let i = 0; i < n; i++) {
    const token = values.subarray(i * channels, (i + 1) * channels);
    const length = Math.hypot(...token);
    token.forEach((v, c) => (rows[data[i]][c] += v / length / n));
  }
  const colours = colourSums(graph);
  const tints = Array.from({ length: count }, (_, i) => colours.sums.slice(i * colours.bins, (i + 1) * colours.bins).map((v) => v / n));
  const share = Array.from(area, (a) => a / n);
  const { sum } = await spectralContours(arcs, Float64Array.from(rows.flatMap((row) => [...row])), channels, Float64Array.from(share));
  const mean = sum.reduce((a, b) => a + b) / arcs.length.reduce((a, b) => a + b);
  const size = (v: Float64Array) => Math.hypot(...v);
  const lost = (of: Float64Array[], i: number, j: number) => size(of[i]) + size(of[j]) - size(of[i].map((v, c) => v + of[j][c]));
  const setOf = Int32Array.from({ length: count }, (_, i) => i);
  const joins: { pair: number[]; cost: number; worth: number; share: number }[] = [];
  while (joins.length < count - 1) {
    let best = { pair: [0, 0], cost: Infinity };
    for (let i = 0; i < count; i++) {
      for (let j = i + 1; j < count; j++) {
        let [length, strength] = [0, 0];
        for (let k = 0; k < arcs.from.length; k++) {
          const [a, b] = [setOf[arcs.from[k]], setOf[arcs.to[k]]].sort((p, q) => p - q);
          if (a !== i || b !== j) continue;
          length += arcs.length[k];
          strength += sum[k];
        }
        if (length === 0) continue;
        const smaller = Math.min(share[i], share[j]);
        const loss = 0.8 * lost(rows, i, j) + 0.2 * lost(tints, i, j) + 0.02 * smaller;
        const cost = (loss / smaller ** 0.7) * (strength / length / mean) ** 2;
        if (cost < best.cost - 1e-12) best = { pair: [i, j], cost };
      }
    }
    const [i, j] = best.pair;
    rows[i] = rows[i].map((v, c) => v + rows[j][c]);
    tints[i] = tints[i].map((v, c) => v + tints[j][c]);
    share[i] += share[j];
    for (let r = 0; r < count; r++) if (setOf[r] === j) setOf[r] = i;
    joins.push({ ...best, worth: 0.8 * size(rows[i]) + 0.2 * size(tints[i]), share: share[i] });
  }
  return joins;
};

const costed = (tree: CutTree) => ({ ...tree, cost: tree.cost as Float64Array });

describe('mergeRegions', () => {
  it.each([
    [6, 1],
    [10, 2],
    [14, 3],
    [20, 4],
  ])('joins what costs least by the formula, every cost made anew: %i regions', async (count, seed) => {
    const { graph, features } = scene(count, seed);
    const want = await slow(graph, features);
    const { children, share, worth, cost } = costed(await mergeRegions(graph, features));
    const least = new Int32Array(2 * count - 1); // the lowest region below each node, by which it goes
    for (let region = 0; region < count; region++) least[2 * count - 2 - region] = region;
    let dearest = 0;
    want.forEach((join, k) => {
      const node = count - 2 - k;
      const [a, b] = [children[2 * node], children[2 * node + 1]];
      least[node] = Math.min(least[a], least[b]);
      expect([least[a], least[b]]).toEqual(join.pair);
      expect(share[node]).toBeCloseTo(join.share, 9);
      expect(worth[node]).toBeCloseTo(join.worth, 6);
      const below = Math.max(join.cost, cost[a], cost[b]);
      expect(cost[node] / below).toBeCloseTo(1, 4);
      dearest = Math.max(dearest, join.cost);
    });
    expect(cost[0] / dearest).toBeCloseTo(1, 4);
    for (let region = 0; region < count; region++) expect(cost[2 * count - 2 - region]).toBe(0);
    expect(new Set(children.subarray(2 * count - 2))).toEqual(new Set([-1]));
  });

  it('weighs a border by its strength alone where that is all that differs, and by nothing where there is none', async () => {
    const { graph, features } = scene(4, 5);
    const level = { ...features, data: new Float32Array(features.data.length).fill(1) };
    const plain = { ...graph, lab: new Float32Array(graph.lab.length) };
    const strengths = { ...graph.arcs, sum: graph.arcs.length.map((length, k) => length * [4, 3, 1, 2][k]) };
    const { children, cost } = costed(await mergeRegions({ ...plain, arcs: strengths }, level));
    expect([...children.slice(4, 6)].map((node) => 6 - node)).toEqual([graph.arcs.from[2], graph.arcs.to[2]]);
    const none = costed(await mergeRegions({ ...plain, arcs: { ...graph.arcs, sum: new Float64Array(4) } }, level, {}, { ...MERGE, epsilon: 0.5 }));
    expect(none.cost[2]).toBeCloseTo(0.5 * 0.25 ** 0.3, 9);
    expect(cost[2]).toBeLessThan(cost[0]);
  });
});
