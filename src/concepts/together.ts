/** A few pictures of one thing as one picture: the tokens of all are cut in one graph (paper section 3.2; several at once is ours). */
import { expected, InputError } from '../errors.ts';
import { TOGETHER } from '../options/concepts.ts';
import { type Given, resolveOptions } from '../options/spec.ts';
import { checkFeatures, unitFeatures } from '../tensor/features.ts';
import type { FeatureMap, LabelMap, Watch } from '../types.ts';
import { checkedGranularity, cutGraph, directions } from './concepts.ts';
import { joinVectors, type SegmentVectors } from './vectors.ts';

/** What is compared with everything else: of more tokens than 8,192 so many nodes stand for all (solve/groups.ts) that a picture keeps few. */
export const MOST_TOGETHER = { pictures: 32, tokens: 2 ** 16 } as const;

/** Pictures that were cut together. */
export interface Together {
  /** Of each picture, an id a token: the same is the same thing in all of them, that with the most tokens 0. */
  labels: LabelMap[];
  /** The direction of each id's tokens: `placeSegments` places segments of other pictures by it. */
  vectors: SegmentVectors;
  /** Tokens of each id. */
  size: Int32Array;
}

/**
 * Co-segmentation: the recursive normalized cut of all pictures' tokens in one graph, pruned to the best `k` or by a price. Then
 * `refine(labels, picture, { method: 'edges', features })` draws a picture's labels at its own size, the ids as they are.
 * @param features of 1 to 32 pictures by one encoder, 65,536 tokens or fewer in all; their grids may differ
 * @throws InputError for features that are none or of several encoders, too many of them, an option out of range; the signal's
 *   reason once aborted
 */
export const cutTogether = (features: readonly FeatureMap[], given: Given<typeof TOGETHER> & Watch = {}): Promise<Together> =>
  togetherBy(features, given, {});

/** `cutTogether`. @param settings of `recursiveCut`: up to how many tokens are cut as they are, and how many nodes stand for more */
export const togetherBy = async (
  features: readonly FeatureMap[],
  given: Given<typeof TOGETHER> & Watch,
  settings: { exact?: number; count?: number },
): Promise<Together> => {
  const { signal, onProgress, ...granularity } = resolveOptions('cutTogether', TOGETHER, checkedGranularity(given));
  const tokens = tokensOf(features);
  const of = await cutGraph(tokens, granularity, { signal, onProgress }, { ...settings, grids: features });
  const { ids, size } = bySize(of);
  let from = 0;
  const labels = features.map(({ width, height }): LabelMap => {
    const data = ids.slice(from, from + width * height);
    from += width * height;
    return { data, width, height };
  });
  return { labels, vectors: directions(tokens, ids), size };
};

/** All tokens, one picture's after the other's. @throws InputError for what cannot be cut together */
const tokensOf = (features: readonly FeatureMap[]): SegmentVectors => {
  const { pictures, tokens } = MOST_TOGETHER;
  if (!Array.isArray(features) || features.length === 0) throw expected('a list of features', 'the pictures', features);
  const count = features.reduce((sum, one) => sum + checkFeatures(one).width * one.height, 0);
  if (features.length > pictures || count > tokens)
    throw new InputError(
      `${features.length} pictures of ${count} tokens are too many to be cut together: give at most ${pictures} and ${tokens}, or cut each by itself (findConcepts)`,
    );
  return joinVectors(features.map((one) => ({ data: unitFeatures(one).data, count: one.width * one.height, channels: one.channels })));
};

/** Numbered by how many there are of each, equals in the order of their first. */
const bySize = (of: Int32Array): { ids: Int32Array; size: Int32Array } => {
  const sizes: number[] = [];
  for (const id of of) sizes[id] = (sizes[id] ?? 0) + 1;
  const order = [...sizes.keys()].sort((a, b) => sizes[b] - sizes[a]); // stable
  const number = new Int32Array(order.length);
  order.forEach((id, rank) => {
    number[id] = rank;
  });
  return { ids: of.map((id) => number[id]), size: Int32Array.from(order, (id) => sizes[id]) };
};
