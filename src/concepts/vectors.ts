/** Segments of many pictures as what can be compared: a direction each. */
import { expected, InputError, kindOf } from '../errors.ts';
import { checkWatch, isWhole } from '../options/spec.ts';
import { pooledSums } from '../regions/pool.ts';
import { checkFeatures, checkLabels, unitFeatures, unitTokens } from '../tensor/features.ts';
import type { FeatureMap, LabelMap, Watch } from '../types.ts';

/** A direction a segment: `data[segment * channels + c]`, each row at unit length, or zeros. */
export interface SegmentVectors {
  data: Float32Array;
  count: number;
  channels: number;
}

/** Ids are rows: more than this is no picture's. */
const MOST = 2 ** 16;

/**
 * The direction of each segment: the mean of its unit tokens, each by how much of it lies in the segment, at unit length.
 * @param labels of any size; ids 0..K-1, of which one that no pixel has gets zeros
 * @param features of the same picture
 * @throws InputError for labels or features that are none; the signal's reason once aborted
 */
export const segmentVectors = async (labels: LabelMap, features: FeatureMap, watch: Watch = {}): Promise<SegmentVectors> => {
  checkWatch('segmentVectors', watch);
  const { data, width, height } = checkLabels(labels);
  const count = data.reduce((most, id) => Math.max(most, id), 0) + 1;
  if (count > MOST) throw expected(`ids below ${MOST}`, 'labels', count - 1);
  const { channels } = checkFeatures(features);
  const sums = await pooledSums({ data, width, height, count }, unitFeatures(features).data, features, watch);
  return { data: unitTokens({ data: Float32Array.from(sums), channels }), count, channels };
};

/** Those of several pictures, one after the other. @throws InputError for parts that are none, or of different features */
export const joinVectors = (parts: readonly SegmentVectors[]): SegmentVectors => {
  if (!Array.isArray(parts)) throw expected('a list of what segmentVectors gave', 'the parts', parts);
  const channels: number = parts[0]?.channels ?? 1;
  const count: number = parts.reduce((sum, part) => sum + checkVectors(part, channels).count, 0);
  const data = new Float32Array(count * channels);
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return { data, count, channels };
};

/** By how much a direction's length may differ from 1: it was rounded on its way through a file. */
const ROUNDED = 1e-3;

/** Whether the row is at unit length, or zeros. */
export const isDirection = (row: ArrayLike<number>): boolean => {
  let sum = 0;
  for (let c = 0; c < row.length; c++) sum += row[c] * row[c];
  return sum === 0 || Math.abs(Math.sqrt(sum) - 1) <= ROUNDED;
};

/** @param channels that they are to have @throws InputError unless they are directions, as many as they say */
export const checkVectors = (vectors: SegmentVectors, channels?: number, name = 'segments'): SegmentVectors => {
  if (kindOf(vectors?.data) !== 'Float32Array') throw expected('{ data: Float32Array, count, channels }', name, vectors);
  if (!isWhole(vectors.count, 0, 2 ** 31 - 1)) throw expected('a whole number from 0', `${name}.count`, vectors.count);
  if (!isWhole(vectors.channels, 1, 2 ** 31 - 1)) throw expected('a whole number from 1', `${name}.channels`, vectors.channels);
  if (vectors.data.length !== vectors.count * vectors.channels)
    throw expected(`${vectors.count} x ${vectors.channels} numbers`, `${name}.data`, vectors.data.length);
  if (channels !== undefined && vectors.channels !== channels)
    throw new InputError(`Segments of ${vectors.channels} channels do not go with others of ${channels}: use one encoder for all`);
  let bad = 0;
  while (bad < vectors.data.length && Number.isFinite(vectors.data[bad])) bad++;
  if (bad < vectors.data.length)
    throw new InputError(
      `Segments must be finite, but channel ${bad % vectors.channels} of segment ${Math.floor(bad / vectors.channels)} is ${vectors.data[bad]}`,
    );
  for (let i = 0; i < vectors.count; i++)
    if (!isDirection(vectors.data.subarray(i * vectors.channels, (i + 1) * vectors.channels)))
      throw new InputError(`Segments are directions of unit length, but segment ${i} is not: segmentVectors gives them`);
  return vectors;
};
