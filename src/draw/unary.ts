/** What the features alone say: how large a share of each region every segment has. */
import { pooledSums } from '../regions/pool.ts';
import type { RegionGraph } from '../regions/regions.ts';
import type { Watch } from '../types.ts';
import type { ScoreMaps } from './score-maps.ts';

/** Where regions lie and how many pixels each has. */
export type Regions = Pick<RegionGraph, 'data' | 'width' | 'height' | 'count' | 'area'>;

/**
 * Softmax over segments of each region's mean score, the scores upsampled bilinearly.
 * @param temperature of the softmax, in units of the scores' mean margin
 * @returns region by region, K shares of sum 1
 */
export const regionShares = async (regions: Regions, scores: ScoreMaps, temperature: number, watch: Watch = {}): Promise<Float64Array> => {
  const { width, height, ids } = scores;
  const k = ids.length;
  const n = width * height;
  const cells = new Float32Array(n * k);
  for (let s = 0, from = 0; s < k; s++) for (let t = 0; t < n; t++) cells[t * k + s] = scores.data[from++];
  const sums = await pooledSums(regions, cells, { width, height, channels: k }, watch);
  const by = 1 / Math.max(1e-6, temperature * meanMargin(scores));
  for (let i = 0; i < regions.count; i++) softmax(sums.subarray(i * k, (i + 1) * k), by / regions.area[i]);
  return sums;
};

/** exp(by x) over its sum, in place. */
export const softmax = (values: Float64Array, by: number): void => {
  let top = -Infinity;
  for (let s = 0; s < values.length; s++) if (values[s] > top) top = values[s];
  let total = 0;
  for (let s = 0; s < values.length; s++) {
    values[s] = Math.exp((values[s] - top) * by);
    total += values[s];
  }
  for (let s = 0; s < values.length; s++) values[s] /= total;
};

/** Mean difference between the best and the second best score of a token; 0 where there is only one segment. */
export const meanMargin = ({ data, width, height, ids }: ScoreMaps): number => {
  const n = width * height;
  let sum = 0;
  for (let t = 0; t < n && ids.length > 1; t++) sum += margin(data, t, n, ids.length);
  return sum / n;
};

/** Best minus second best of k numbers, `step` apart from `at` on. */
const margin = (values: Float32Array | Float64Array, at: number, step: number, k: number): number => {
  let best = -Infinity;
  let second = -Infinity;
  for (let s = 0, i = at; s < k; s++, i += step) {
    if (values[i] > best) {
      second = best;
      best = values[i];
    } else if (values[i] > second) second = values[i];
  }
  return best - second;
};

/** Best minus second best share of each region, 0..1; 1 where there is only one segment. */
export const certainty = (shares: Float64Array, k: number): Float64Array => {
  const out = new Float64Array(shares.length / k).fill(1);
  for (let i = 0; i < out.length && k > 1; i++) out[i] = margin(shares, i * k, 1, k);
  return out;
};

/** The segment with the largest share of each region, the first on a tie. */
export const winners = (shares: Float64Array, k: number): Int32Array => {
  const out = new Int32Array(shares.length / k);
  for (let i = 0; i < out.length; i++) for (let s = 1; s < k; s++) if (shares[i * k + s] > shares[i * k + out[i]]) out[i] = s;
  return out;
};
