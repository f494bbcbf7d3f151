/**
 * DiffSeg (Tian et al., CVPR 2024): the self-attention of a diffusion UNet, merged. Two tokens that attend to the same places are of
 * one thing.
 *
 * 1. Anchors: the maps of every fourth token of every fourth row, each the mean of all maps that are nearer to it than the threshold
 * 2. Twice: the list of anchors, in order; one that is in no group yet and all that are near to it become their mean
 * 3. A token is of the map that attends to it most, and so is, later, a pixel between tokens: the tree has the maps with it
 */
import { InputError } from '../../errors.ts';
import type { DIFFSEG } from '../../options/cut.ts';
import type { Resolved } from '../../options/spec.ts';
import { unitFeatures } from '../../tensor/features.ts';
import { createKernels, type Kernels } from '../../tensor/kernels.ts';
import { inBands, pause } from '../../tensor/watch.ts';
import type { CutTree, FeatureMap, Watch } from '../../types.ts';
import { treeOfSegments } from '../k-way/tree.ts';
import { clusterMeans } from './k-means.ts';
import { BAND, checkMaps, distanceBytes, distancesTo, type Maps } from './maps.ts';

/** Tokens from one anchor to the next, and of the first: rows and columns 1, 5, 9, ... */
const STEP = 4;
const FIRST = 1;
/** How often the list of anchors is merged. */
const ROUNDS = 2;
/** Tokens: maps of more would be a gigabyte. */
const MOST = 16_384;

/**
 * @param features attention maps: a channel for each token of the grid, of any scale, none below zero (the tap `attention`)
 * @returns a tree whose leaves are the segments: price 0 gives them, and `scores` draws them
 * @throws InputError for features that are no attention maps; the signal's reason once aborted
 */
export const diffSeg = async (features: FeatureMap, { threshold, kMeans }: Resolved<typeof DIFFSEG>, watch: Watch = {}): Promise<CutTree> => {
  const maps = checkMaps(features);
  if (maps.cells > MOST)
    throw new InputError(`The solver diffseg takes at most ${MOST} tokens, not ${maps.cells}: give a smaller size`, { code: 'E_OPTION' });
  const merged = await mergedMaps(maps, features, threshold, watch);
  const found = kMeans ? await clusterMeans(maps, merged, watch) : merged;
  const leading = leaders(found);
  const tree = await treeOfSegments('diffseg', leading, unitFeatures(features), watch);
  return { ...tree, scores: scoresOf(tree, found, leading) };
};

/** The maps of a tree's elements, 1 where attention is even. One that leads nowhere is of no element. */
const scoresOf = ({ cells, order }: CutTree, { data, cells: n }: Maps, leading: Int32Array): Float32Array => {
  const scores = new Float32Array(order.length * n);
  const mapOf = new Map(Array.from(cells.data, (element, token) => [element, leading[token]]));
  for (const [element, map] of mapOf) for (let c = 0; c < n; c++) scores[element * n + c] = n * data[map * n + c];
  return scores;
};

/** Places of anchors along a side. */
const spots = (side: number): number[] =>
  side <= FIRST ? [0] : Array.from({ length: Math.ceil((side - FIRST) / STEP) }, (_, i) => FIRST + i * STEP);

/** The maps of the segments, before anything is asked of the tokens. */
export const mergedMaps = async (
  maps: Maps,
  { width, height }: Pick<FeatureMap, 'width' | 'height'>,
  threshold: number,
  watch: Watch,
): Promise<Maps> => {
  const anchors = spots(height).flatMap((y) => spots(width).map((x) => y * width + x));
  const kernels = await createKernels(distanceBytes(anchors.length, maps.cells));
  const mark = kernels.mark();
  try {
    let found = await nearMeans(kernels, anchors, maps, threshold, watch);
    for (let round = 0; round < ROUNDS; round++) {
      kernels.release(mark);
      found = await mergeOnce(kernels, found, threshold, watch);
    }
    return found;
  } finally {
    kernels.free();
  }
};

/** Each anchor becomes the mean of all maps that are nearer to it than the threshold, itself among them. */
const nearMeans = async (kernels: Kernels, anchors: readonly number[], maps: Maps, threshold: number, watch: Watch): Promise<Maps> => {
  const { count, cells } = maps;
  const distances = distancesTo(kernels, maps, anchors, maps);
  const sums = new Float64Array(anchors.length * cells);
  const sizes = new Int32Array(anchors.length);
  await inBands(count, BAND, watch, (from, to) => {
    watch.onProgress?.('diffseg', from, count);
    const band = distances.band(from, to - from);
    for (let i = from; i < to; i++) {
      const [map, far] = [band.row(i - from), band.at(i - from)];
      for (let k = 0; k < anchors.length; k++) {
        if (!(far[k] < threshold || i === anchors[k])) continue;
        sizes[k]++;
        addTo(sums, k * cells, map);
      }
    }
  });
  watch.onProgress?.('diffseg', count, count);
  return { data: Float32Array.from(sums, (sum, i) => sum / sizes[Math.floor(i / cells)]), count: anchors.length, cells };
};

/** Groups of the list, in its order, as their means: of a map that no group has yet and all that are near to it, others' among them. */
const mergeOnce = async (kernels: Kernels, list: Maps, threshold: number, watch: Watch): Promise<Maps> => {
  const { count, cells } = list;
  const distances = distancesTo(
    kernels,
    list,
    Array.from({ length: count }, (_, k) => k),
    list,
  );
  const isNear: boolean[][] = [];
  await inBands(count, BAND, watch, (from, to) => {
    const band = distances.band(from, to - from);
    for (let i = from; i < to; i++) isNear.push(Array.from(band.at(i - from), (distance, k) => distance < threshold || k === i));
  });
  const matched = new Uint8Array(count);
  const means: Float64Array[] = [];
  for (let i = 0; i < count; i++) {
    await pause(watch);
    if (matched[i]) continue;
    const sum = new Float64Array(cells);
    let size = 0;
    for (let k = 0; k < count; k++) {
      if (!isNear[i][k]) continue;
      matched[k] = 1;
      size++;
      addTo(sum, 0, list.data.subarray(k * cells, (k + 1) * cells));
    }
    means.push(sum.map((value) => value / size));
  }
  const data = new Float32Array(means.length * cells);
  for (const [k, mean] of means.entries()) data.set(mean, k * cells);
  return { data, count: means.length, cells };
};

/** Adds a map to a sum. */
const addTo = (sums: Float64Array, at: number, map: Float32Array): void => {
  for (let c = 0; c < map.length; c++) sums[at + c] += map[c];
};

/** Of each token, the map that attends to it most; the first of equal ones. */
export const leaders = ({ data, count, cells }: Maps): Int32Array =>
  Int32Array.from({ length: cells }, (_, cell) => {
    let best = 0;
    for (let k = 1; k < count; k++) if (data[k * cells + cell] > data[best * cells + cell]) best = k;
    return best;
  });
