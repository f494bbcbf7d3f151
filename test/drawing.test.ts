/** Photographs as they are merged and drawn, and that every constant has a say in it. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { splitComponents } from '../src/draw/components.ts';
import { EDGES } from '../src/draw/edges.ts';
import { drawAlongRegions } from '../src/draw/regions.ts';
import { pooledSums } from '../src/regions/pool.ts';
import { REGIONS, type RegionGraph, regionGraph } from '../src/regions/regions.ts';
import { CONTOURS, spectralContours } from '../src/solve/contours.ts';
import { MERGE, mergeRegions } from '../src/solve/merge/merge.ts';
import { unitTokens } from '../src/tensor/features.ts';
import { areasOf } from '../src/tensor/ids.ts';
import {
  type Analysis,
  analyse,
  type CutTree,
  cut,
  decodeLabelPng,
  draw,
  type Encoder,
  type LabelMap,
  openEncoder,
  segment,
} from '../src/toolkit.ts';
import { agreement, sameShare } from './goldens.ts';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const photograph = (name: string): Promise<Analysis> => analyse(at(`../photos/${name}.jpg`), { encoder, solver: 'ncut' });
const golden = (name: string): LabelMap => decodeLabelPng(readFileSync(at(`golden/drawing/${name}.png`)));

let encoder: Encoder;
beforeAll(async () => {
  encoder = await openEncoder('embedded');
});
afterAll(() => encoder.dispose());

describe('photographs', () => {
  it.each(['astronaut', 'chelsea', 'coffee'])('are drawn as before: %s', async (name) => {
    const analysis = await photograph(name);
    const drawn = await draw(analysis, { price: 0.025, ease: 0.4 });
    expect(agreement(drawn, golden(name))).toBeGreaterThan(0.985);
    const { regions } = analysis;
    await draw(analysis, { price: 0.05 });
    expect(analysis.regions).toBe(regions); // made once
  });
});

describe('merged photographs', () => {
  it.each(['astronaut', 'chelsea', 'coffee'])('are as before, each segment in one piece: %s', async (name) => {
    const { labels, segments } = await segment(at(`../photos/${name}.jpg`), { encoder, price: 0.026, ease: 0.4 });
    expect(agreement(labels, golden(`${name}-merge`))).toBeGreaterThan(0.985);
    expect(areasOf(await splitComponents(labels)).size).toBe(segments.length);
  });
});

describe('merging, in which every constant has a say', () => {
  let analysis: Analysis;
  let graph: RegionGraph;
  let usual: CutTree;
  let sums: Float64Array;
  let share: Float64Array;
  beforeAll(async () => {
    analysis = await photograph('chelsea');
    graph = await regionGraph(analysis.picture, analysis.features);
    usual = await mergeRegions(graph, analysis.features);
    share = graph.area.map((area) => area / graph.data.length);
    sums = await pooledSums(graph, unitTokens(analysis.features), analysis.features);
  });

  it.each<Partial<typeof MERGE>>([{ colour: 0.5 }, { epsilon: 0.3 }, { ease: 0.3 }, { contour: 1 }])('of the costs: %j', async (changed) => {
    const tree = await mergeRegions(graph, analysis.features, {}, { ...MERGE, ...changed });
    expect(tree.children).not.toEqual(usual.children);
  });

  it.each<Partial<typeof CONTOURS>>([{ power: 2 }, { floor: 0.9 }, { fade: 40 }, { vectors: 3 }, { bias: 2 }, { exponent: 1 }])(
    'of the contours: %j',
    async (changed) => {
      const features = analysis.features.channels;
      const strengths = (await spectralContours(graph.arcs, sums, features, share)).sum;
      const others = (await spectralContours(graph.arcs, sums, features, share, {}, { ...CONTOURS, ...changed })).sum;
      const worst = strengths.reduce((most, strength, k) => Math.max(most, Math.abs(others[k] / strength - 1)), 0);
      expect(worst).toBeGreaterThan(0.02);
    },
  );

  it.each<Partial<typeof REGIONS>>([{ workSide: 300 }, { sigmas: [2, 1.5, 3] }, { levelSigma: 2 }, { levels: 1 }, { count: 300 }])(
    'of the regions: %j',
    async (changed) => {
      const other = await regionGraph(analysis.picture, analysis.features, {}, { ...REGIONS, ...changed });
      expect([other.width, other.count, ...other.data.slice(0, 20_000)]).not.toEqual([graph.width, graph.count, ...graph.data.slice(0, 20_000)]);
    },
  );

  it.each<Partial<typeof REGIONS>>([{ sigmas: [1, 1, 3] }, { sigmas: [1, 1.5, 6] }, { gains: [3, 3] }, { gains: [1.5, 6] }])(
    'of the strengths: %j',
    async (changed) => {
      const other = await regionGraph(analysis.picture, analysis.features, {}, { ...REGIONS, ...changed });
      expect(Math.abs(other.meanStrength / graph.meanStrength - 1)).toBeGreaterThan(0.02);
    },
  );
});

describe('the drawing, in which every constant has a say', () => {
  let analysis: Analysis;
  let coarse: LabelMap;
  let graph: RegionGraph;
  let usual: LabelMap;
  beforeAll(async () => {
    analysis = await photograph('room');
    coarse = await cut(analysis.tree, analysis.tokens, { price: 0.015, ease: 0.4 });
    graph = await regionGraph(analysis.picture, analysis.features);
    usual = await drawAlongRegions(coarse, analysis.features, graph);
  });

  it('leaves no component under the size of a speck', async () => {
    for (const area of areasOf(await splitComponents(usual)).values()) expect(area).toBeGreaterThanOrEqual(EDGES.speck * usual.data.length);
  });

  const { likeness, diffusion, walker, appearance, keep, smooth } = EDGES;
  it.each<[string, Partial<typeof EDGES>]>([
    ['temperature', { temperature: 4 }],
    ['colourSigma', { likeness: { ...likeness, colourSigma: 16 } }],
    ['spaceSigma', { likeness: { ...likeness, spaceSigma: 0.4 } }],
    ['anchor', { diffusion: { ...diffusion, anchor: 0.8 } }],
    ['anchorPower', { diffusion: { ...diffusion, anchorPower: 0.3 } }],
    ['rounds', { diffusion: { ...diffusion, rounds: 1 } }],
    ['leastCertainty', { walker: { ...walker, leastCertainty: 0.6 } }],
    ['certaintyPower', { walker: { ...walker, certaintyPower: 0.5 } }],
    ['gain', { walker: { ...walker, gain: 10 } }],
    ['sigma', { walker: { ...walker, sigma: 3 } }],
    ['usualStrength', { walker: { ...walker, usualStrength: 0.3 } }],
    ['tolerance', { walker: { ...walker, tolerance: 0.9 } }],
    ['rounds of the walker', { walker: { ...walker, rounds: 0 } }],
    ['leastTokens', { leastTokens: 30 }],
    ['bins', { appearance: { ...appearance, bins: [1, 1, 1] } }],
    ['extent', { appearance: { ...appearance, extent: 2000 } }],
    ['binSigma', { appearance: { ...appearance, binSigma: 4 } }],
    ['floor', { appearance: { ...appearance, floor: 1 } }],
    ['weight', { appearance: { ...appearance, weight: 3 } }],
    ['clearness', { keep: { ...keep, clearness: 100 } }],
    ['leastTokens of what is kept', { keep: { ...keep, leastTokens: 1e4 } }],
    ['speck', { speck: 0.03 }],
    ['rounds of smoothing', { smooth: { ...smooth, rounds: 0 } }],
    ['reach', { smooth: { ...smooth, reach: 1 } }],
    ['spaceSigma of smoothing', { smooth: { ...smooth, spaceSigma: 5 } }],
    ['colourSigma of smoothing', { smooth: { ...smooth, colourSigma: 60 } }],
    ['leastSay', { smooth: { ...smooth, leastSay: 1 } }],
    ['lead', { smooth: { ...smooth, lead: 3 } }],
  ])('%s', async (_, change) => {
    const drawn = await drawAlongRegions(coarse, analysis.features, graph, {}, { ...EDGES, ...change });
    expect(1 - sameShare(drawn, usual)).toBeGreaterThan(0.001);
  });
});
