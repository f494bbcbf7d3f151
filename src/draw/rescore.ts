/** Segments as the first pass drew them, scored anew: the mean of each over the tokens, or parts of tokens, that it has now. */

import { unitFeatures } from '../tensor/features.ts';
import { pause } from '../tensor/watch.ts';
import type { FeatureMap, Watch } from '../types.ts';
import { scorePlanes } from './assign.ts';
import type { ScoreMaps } from './score-maps.ts';
import type { Regions } from './unary.ts';

/**
 * @param segmentOf index into `ids` of each region
 * @param leastTokens segments under this many tokens are given up; the largest never is
 * @returns scores of the segments that are left, and the index of each region's segment among them, -1 where it is given up
 */
export const rescored = async (
  regions: Regions,
  segmentOf: Int32Array,
  ids: readonly number[],
  features: FeatureMap,
  leastTokens: number,
  watch: Watch = {},
): Promise<{ scores: ScoreMaps; segmentOf: Int32Array }> => {
  const { width, height, channels } = features;
  const k = ids.length;
  // 1. How much of each token every segment has, and of all
  const shares = tokenShares(regions, segmentOf, k, features);
  const sizes = new Float64Array(k);
  for (let t = 0, at = 0; t < width * height; t++) for (let s = 0; s < k; s++) sizes[s] += shares[at++];
  const least = Math.min(leastTokens, Math.max(...sizes));
  const kept = [...ids.keys()].filter((s) => sizes[s] >= least);
  await pause(watch);
  // 2. Means of the unit tokens, weighted by these shares
  const unit = unitFeatures(features).data;
  await pause(watch);
  const means = new Float64Array(kept.length * channels);
  kept.forEach((s, row) => {
    for (let t = 0; t < width * height; t++) {
      const share = shares[t * k + s] / sizes[s];
      if (share === 0) continue;
      for (let c = 0, to = row * channels, from = t * channels; c < channels; c++) means[to++] += share * unit[from++];
    }
  });
  const scores = { data: await scorePlanes(unit, means, channels, watch), width, height, ids: kept.map((s) => ids[s]) };
  return { scores, segmentOf: segmentOf.map((s) => kept.indexOf(s)) };
};

/** How much of each token every segment has, 0..1: token by token, k numbers. A pixel belongs to the token its centre lies in. */
const tokenShares = ({ data, width, height }: Regions, segmentOf: Int32Array, k: number, grid: { width: number; height: number }): Float64Array => {
  const out = new Float64Array(grid.width * grid.height * k);
  const pixels = new Int32Array(grid.width * grid.height);
  const columnOf = Int32Array.from({ length: width }, (_, x) => Math.floor(((x + 0.5) * grid.width) / width));
  for (let y = 0, i = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * grid.height) / height) * grid.width;
    for (let x = 0; x < width; x++, i++) {
      const token = row + columnOf[x];
      out[token * k + segmentOf[data[i]]]++;
      pixels[token]++;
    }
  }
  for (let at = 0; at < out.length; at++) out[at] /= Math.max(1, pixels[Math.floor(at / k)]);
  return out;
};
