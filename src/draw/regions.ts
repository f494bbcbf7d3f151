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
import type { FeatureMap, LabelMap, Watch } from '../types.ts';
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
 * @returns ids of `coarse`, the regions' size; small or unclear segments may vanish
 * @throws the signal's reason once aborted
 */
export const drawAlongRegions = async (
  coarse: LabelMap,
  features: FeatureMap,
  graph: RegionGraph,
  watch: Watch = {},
  settings = EDGES,
): Promise<LabelMap> => {
  const { width, height } = graph;
  const step = (done: number) => breathe(watch, 'refine', done, 6);
  await step(0);
  const alike = likeness(graph, settings.likeness);
  const settle = async (shares: Float64Array, k: number, done: number): Promise<Int32Array> => {
    const spread = diffuse(alike, shares, k, settings.diffusion);
    await step(done);
    return winners(walk(graph, spread, k, settings.walker), k);
  };
  const scores = scoreMaps(coarse, features);
  await step(1);
  const own = regionShares(graph, scores, settings.temperature);
  const first = await settle(own, scores.ids.length, 2);
  const again = rescored(graph, first, scores.ids, features, settings.leastTokens);
  await step(3);
  const shares = regionShares(graph, again.scores, settings.temperature);
  const { ids } = again.scores;
  const second = await settle(weighByColour(graph, shares, again.segmentOf, ids.length, settings.appearance), ids.length, 4);
  const least = settings.speck * width * height;
  const clean = removeSpecks({ data: graph.data.map((region) => ids[second[region]]), width, height }, least);
  const ownOf = winners(own, scores.ids.length).map((s) => scores.ids[s]);
  const kept = keepClear(clean, graph, ownOf, coarse, scores, settings.keep);
  await step(5);
  const drawn = removeSpecks(smoothBorders(kept, graph.lab, settings.smooth), least);
  await step(6);
  return drawn;
};
