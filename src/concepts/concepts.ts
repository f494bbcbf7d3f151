/**
 * The same thing in many pictures: each picture is cut by itself, then the graph of all segments is cut as a picture's tokens are
 * (paper section 3.2), a segment being the direction of its features (ours, not the paper's).
 */
import { expected, InputError } from '../errors.ts';
import { CONCEPTS } from '../options/concepts.ts';
import { type Given, isWhole, resolveOptions } from '../options/spec.ts';
import { recursiveCut } from '../solve/ncut/recursive-cut.ts';
import { cut, nodesAt } from '../solve/tree.ts';
import { unitTokens } from '../tensor/features.ts';
import type { FeatureMap, Watch } from '../types.ts';
import { type Placed, placeSegments } from './place.ts';
import { bestNodes } from './prune.ts';
import { farthestPoints, rowsOf } from './sample.ts';
import { checkVectors, type SegmentVectors } from './vectors.ts';

/** Up to this many segments are cut as they are; of more, so many that stand for all: the affinity grows with the square. */
const EXACT = 8192;
const SAMPLED = 2048;
/** How loose the tree is built: a graph of many pictures never falls apart cleanly, and what a split is worth is asked afterwards. */
const TREE_TAU = 1;
/** Of one segment: `conceptPrice`. */
const ROOT_PRICE = 0.125;
/** Rounds in which segments go to the concept that is nearest now: what is left to move after them changes nothing that counts. */
const ROUNDS = 20;

/**
 * What a concept must explain where nobody says it: the more segments there are the less, 0.125 by the root of their number. Of folders
 * of 2 to 128 pictures the price that brings the same things together best goes about so (docs/results.md, Concepts).
 * @param count of segments, from 1
 * @throws InputError for another number
 */
export const conceptPrice = (count: number): number => {
  if (!isWhole(count, 1, 2 ** 31 - 1)) throw expected('a whole number from 1', 'the number of segments', count);
  return Number((ROOT_PRICE / Math.sqrt(count)).toPrecision(3)); // as it is told, so that it can be given
};

/** What segments have in common. */
export interface Concepts {
  /** A direction each: `placeSegments` with it gives `of` again. */
  vectors: SegmentVectors;
  /** Concept of each segment; the one with the most segments is 0. */
  of: Int32Array;
  /** Cosine of each segment with its concept. */
  cosine: Float32Array;
  /** Segments of each concept. */
  size: Int32Array;
  /** 1 less the mean cosine of each concept's segments with it: 0 where all are the same. */
  spread: Float64Array;
  /** What a concept had to explain; undefined where their number was given. */
  price?: number;
}

/**
 * Segments of many pictures to concepts: the recursive normalized cut of their graph, pruned to the best `k` or by a price
 * (`conceptPrice` of their number where neither is given); then each segment goes to the concept that is nearest until these stay
 * as they are, as `placeSegments` places others later.
 *
 * Exact up to 8,192 segments; of more, 2,048 are cut that are least like each other, and all go to the nearest of their concepts.
 * @param segments of one encoder, at unit length: `segmentVectors`, `joinVectors`
 * @throws InputError for segments that are none, an option out of range; the signal's reason once aborted
 */
export const findConcepts = (segments: SegmentVectors, given: Given<typeof CONCEPTS> & Watch = {}): Promise<Concepts> =>
  conceptsAmong(segments, given, { exact: EXACT, sampled: SAMPLED });

/** `findConcepts`. @param exact up to how many segments are cut as they are @param sampled of more, how many */
export const conceptsAmong = async (
  segments: SegmentVectors,
  given: Given<typeof CONCEPTS> & Watch,
  { exact, sampled }: { exact: number; sampled: number },
): Promise<Concepts> => {
  const { signal, onProgress, ...granularity } = resolveOptions('findConcepts', CONCEPTS, checkedGranularity(given));
  checkVectors(segments);
  const watch: Watch = { signal, onProgress };
  if (segments.count === 0) return numbered({ ...segments, count: 0 }, { of: new Int32Array(0), cosine: new Float32Array(0) });
  // 1. The graph of all, or of those that stand for them, cut and pruned
  const chosen = segments.count > exact ? rowsOf(segments, await farthestPoints(segments, sampled, watch)) : segments;
  const { k, price = conceptPrice(chosen.count), alpha } = granularity;
  const of = await cutGraph(chosen, { k, price, alpha }, watch);
  // 2. Their segments to the nearest of the concepts until these stay as they are, then all that there are
  const vectors = await settled(chosen, of, watch);
  return { ...numbered(vectors, await placeSegments(segments, vectors, watch)), ...(k === undefined && { price }) };
};

/** @throws InputError where both a number and a price were given */
export const checkedGranularity = <G extends { k?: number | undefined; price?: number | undefined }>(given: G): G => {
  if (given?.k !== undefined && given.price !== undefined)
    throw new InputError('Both k and price were given, and each says how many concepts there are: leave one out', { code: 'E_OPTION' });
  return given;
};

/** The graph of these directions cut, and pruned to the best `k` or by the price. @returns the part of each, 0..K-1 by first appearance */
export const cutGraph = async (
  { data, count, channels }: SegmentVectors,
  { k, price, alpha }: { k: number | undefined; price: number; alpha: number },
  watch: Watch,
  settings: Parameters<typeof recursiveCut>[3] = { exact: Infinity },
): Promise<Int32Array> => {
  const graph: FeatureMap = { data, width: count, height: 1, channels, isUnit: true };
  const tree = await recursiveCut(graph, { alpha, treeTau: TREE_TAU, parity: false }, watch, settings);
  const nodes = k === undefined ? nodesAt(tree, { price }) : bestNodes(tree, k);
  return (await cut(tree, graph, { nodes }, { signal: watch.signal })).data;
};

/** The directions of concepts once their segments have moved to the nearest. */
const settled = async (segments: SegmentVectors, start: Int32Array, watch: Watch): Promise<SegmentVectors> => {
  let of = start;
  for (let round = 0; ; round++) {
    const vectors = directions(segments, of);
    if (round === ROUNDS) return vectors;
    const next = await placeSegments(segments, vectors, watch);
    if (next.of.every((id, i) => id === of[i])) return vectors;
    of = next.of;
  }
};

/** The mean direction of each number's segments. */
export const directions = ({ data, channels }: SegmentVectors, of: Int32Array): SegmentVectors => {
  const count = of.reduce((most, id) => Math.max(most, id), -1) + 1;
  const sums = new Float64Array(count * channels);
  for (let i = 0, p = 0; i < of.length; i++) for (let c = 0, q = of[i] * channels; c < channels; c++) sums[q++] += data[p++];
  return { data: unitTokens({ data: Float32Array.from(sums), channels }), count, channels };
};

/** The concepts that have segments, the largest first; equals in the order of their first segments. */
const numbered = (vectors: SegmentVectors, { of, cosine }: Placed): Concepts => {
  const sizes = new Map<number, number>();
  for (const id of of) sizes.set(id, (sizes.get(id) ?? 0) + 1);
  const order = [...sizes.keys()].sort((a, b) => (sizes.get(b) as number) - (sizes.get(a) as number)); // stable
  const number = new Map(order.map((id, k) => [id, k]));
  const ids = of.map((id) => number.get(id) as number);
  const spread = new Float64Array(order.length);
  ids.forEach((id, i) => {
    spread[id] += Math.max(0, 1 - cosine[i]);
  });
  const size = Int32Array.from(order, (id) => sizes.get(id) as number);
  return { vectors: rowsOf(vectors, Int32Array.from(order)), of: ids, cosine, size, spread: spread.map((sum, id) => sum / size[id]) };
};
