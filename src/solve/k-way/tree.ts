/**
 * Segments that were found all at once, as a tree like any other: each is a leaf, and the two that lose least together are joined
 * until one is left. So a price, a slider and a click mean the same with every solver, and price 0 gives the segments as they were found.
 */
import { tilesOf, unitFeatures } from '../../tensor/features.ts';
import { byFirstPixel } from '../../tensor/ids.ts';
import { pause } from '../../tensor/watch.ts';
import type { CutTree, FeatureMap, Watch } from '../../types.ts';
import { growTree } from '../grow-tree.ts';

/**
 * @param labels a segment's number for each token
 * @param features of the same grid
 * @returns a tree whose elements are the segments, in the order of their first tokens
 */
export const treeOfSegments = async (solver: string, labels: Int32Array, features: FeatureMap, watch: Watch = {}): Promise<CutTree> => {
  const { width, height, channels } = features;
  const n = width * height;
  const cells = byFirstPixel({ data: labels, width, height });
  const count = cells.data.reduce((most, id) => Math.max(most, id), 0) + 1;
  const { data } = unitFeatures(features);
  // 1. What each segment explains: |sum of its unit features| / N
  const share = new Float64Array(count);
  const sums = new Float64Array(count * channels);
  for (let token = 0, q = 0; token < n; token++) {
    const id = cells.data[token];
    share[id] += 1 / n;
    for (let c = 0, p = id * channels; c < channels; c++) sums[p++] += data[q++] / n;
  }
  const dot = (i: number, j: number): number => {
    let total = 0;
    for (let c = 0, p = i * channels, q = j * channels; c < channels; c++) total += sums[p++] * sums[q++];
    return total;
  };
  const worth = Float64Array.from(share, (_, i) => Math.sqrt(dot(i, i)));
  const lossOf = (i: number, j: number): number => worth[i] + worth[j] - Math.sqrt(Math.max(0, worth[i] ** 2 + worth[j] ** 2 + 2 * dot(i, j)));
  // 2. The cheapest pair becomes one, again and again; the lower number stands for both
  const tree = growTree(count);
  const nodeOf = Int32Array.from(share, (_, i) => tree.leaf(i));
  for (let i = 0; i < count; i++) tree.set(nodeOf[i], share[i], worth[i], 0);
  const live = Array.from(share.keys());
  const loss = new Float64Array(count * count); // of i < j
  for (let i = 0; i < count; i++) {
    await pause(watch);
    for (let j = i + 1; j < count; j++) loss[i * count + j] = lossOf(i, j);
  }
  let cost = 0;
  while (live.length > 1) {
    await pause(watch);
    let [a, b] = [live[0], live[1]];
    for (const i of live) for (const j of live) if (i < j && loss[i * count + j] < loss[a * count + b]) [a, b] = [i, j];
    cost = Math.max(cost, loss[a * count + b]);
    for (let c = 0, p = a * channels, q = b * channels; c < channels; c++) sums[p++] += sums[q++];
    share[a] += share[b];
    worth[a] = Math.sqrt(dot(a, a));
    live.splice(live.indexOf(b), 1);
    nodeOf[a] = tree.join(nodeOf[a], nodeOf[b]);
    tree.set(nodeOf[a], share[a], worth[a], cost);
    for (const i of live) if (i !== a) loss[Math.min(i, a) * count + Math.max(i, a)] = lossOf(i, a);
  }
  const tiles = features.origin?.tile && { tiles: tilesOf(features) };
  return { solver, cells, ...tree.finish(), cut: null, ...tiles };
};
