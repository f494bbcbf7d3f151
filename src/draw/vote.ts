import { pooledSums } from '../regions/pool.ts';
import type { RegionGraph } from '../regions/regions.ts';
import type { CutTree, FeatureMap, LabelMap, Watch } from '../types.ts';
import { scoreMaps } from './assign.ts';

/**
 * Every region of the picture takes the segment whose mean unit feature its own, averaged over its pixels, is most like:
 * concept assignment (paper section 3.3) by regions instead of pixels. Averaging and the dot product commute, so it is
 * the scores that are averaged.
 * @param coarse labels on the features' grid
 * @param tree as `scoreMaps` has it
 * @returns ids of `coarse`, one may vanish, at the regions' size
 */
export const voteOfRegions = async (
  coarse: LabelMap,
  features: FeatureMap,
  graph: RegionGraph,
  watch: Watch = {},
  tree?: CutTree,
): Promise<LabelMap> => {
  const { data, width, height, ids } = await scoreMaps(coarse, features, watch, tree);
  const n = width * height;
  const k = ids.length;
  const scores = Float32Array.from({ length: n * k }, (_, i) => data[(i % k) * n + Math.floor(i / k)]); // channels last
  const sums = await pooledSums(graph, scores, { width, height, channels: k }, watch);
  const winner = new Int32Array(graph.count);
  for (let region = 0; region < graph.count; region++) {
    let best = 0;
    for (let s = 1; s < k; s++) if (sums[region * k + s] > sums[region * k + best]) best = s;
    winner[region] = ids[best];
  }
  return { data: graph.data.map((region) => winner[region]), width: graph.width, height: graph.height };
};
