/**
 * Borders of token segments along the picture's own regions (ours, not the paper's). Each region takes part in every segment
 * as the score maps say on average; regions of like colour nearby, then neighbours without an edge between them settle the
 * unsure ones. The segments found so are scored anew, with what their colours say, and drawn once more.
 *
 *   scores -> shares -> diffusion -> walker -> segments --\
 *                 colours of the segments, their own means -> shares -> diffusion -> walker -> specks -> smoothing
 */

import type { RegionGraph } from '../regions/regions.ts';
import { breathe } from '../tensor/watch.ts';
import type { CutTree, FeatureMap, LabelMap, Watch } from '../types.ts';
import { weighByColour } from './appearance.ts';
import { scoreMaps } from './assign.ts';
import { removeSpecks } from './components.ts';
import { diffuse, likeness } from './diffuse.ts';
import { EDGES } from './edges.ts';
import { keepClear } from './keep.ts';
import { rescored } from './rescore.ts';
import { smoothBorders } from './smooth.ts';
import { regionShares, winners } from './unary.ts';
import { walk } from './walker.ts';

/**
 * @param coarse labels on the features' grid
 * @param graph regions of the picture
 * @param tree as `scoreMaps` has it
 * @returns ids of `coarse`, the regions' size; small or unclear segments may vanish
 * @throws the signal's reason once aborted
 */
export const drawAlongRegions = async (
  coarse: LabelMap,
  features: FeatureMap,
  graph: RegionGraph,
  watch: Watch = {},
  settings = EDGES,
  tree?: CutTree,
): Promise<LabelMap> => {
  const { width, height, tiles = 1 } = graph;
  const step = (done: number) => breathe(watch, 'refine', done, 6);
  await step(0);
  const alike = await likeness(graph, settings.likeness, watch);
  const settle = async (shares: Float64Array, k: number, done: number): Promise<Int32Array> => {
    const spread = await diffuse(alike, shares, k, settings.diffusion, watch);
    await step(done);
    return winners(await walk(graph, spread, k, settings.walker, watch), k);
  };
  // 1. Shares by the score maps alone, settled: the segments of a first pass
  const scores = await scoreMaps(coarse, features, watch, tree);
  await step(1);
  const own = await regionShares(graph, scores, settings.temperature, watch);
  const first = await settle(own, scores.ids.length, 2);
  // 2. These scored anew, unless scores came with the tree, with what their colours say, and settled once more
  const again = tree?.scores ? { scores, segmentOf: first } : await rescored(graph, first, scores.ids, features, settings.leastTokens, watch);
  await step(3);
  const shares = await regionShares(graph, again.scores, settings.temperature, watch);
  const { ids } = again.scores;
  const coloured = await weighByColour(graph, shares, again.segmentOf, ids.length, settings.appearance, watch);
  const second = await settle(coloured, ids.length, 4);
  // 3. No specks; what was lost and is clear comes back; smooth borders
  const least = (settings.speck * width * height) / tiles;
  const clean = await removeSpecks({ data: graph.data.map((region) => ids[second[region]]), width, height }, least, watch);
  const ownOf = winners(own, scores.ids.length).map((s) => scores.ids[s]);
  const kept = keepClear(clean, graph, ownOf, coarse, scores, settings.keep);
  await step(5);
  const drawn = await removeSpecks(await smoothBorders(kept, graph.lab, settings.smooth, watch), least, watch);
  await step(6);
  return drawn;
};
