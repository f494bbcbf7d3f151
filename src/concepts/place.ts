/** Segments to the concepts that there are: each to the one whose direction is nearest. */
import { InputError } from '../errors.ts';
import { checkWatch } from '../options/spec.ts';
import { inBands } from '../tensor/watch.ts';
import type { Watch } from '../types.ts';
import { checkVectors, type SegmentVectors } from './vectors.ts';

/** Multiplications between two pauses. */
const WORK = 2 ** 22;

/** Where segments went. */
export interface Placed {
  /** Concept of each segment. */
  of: Int32Array;
  /** Cosine of each with its concept. */
  cosine: Float32Array;
}

/**
 * Places segments without a refit; of equally near concepts the first.
 * @param segments at unit length, as `segmentVectors` gives them
 * @param concepts a direction each, as `findConcepts` gives them
 * @throws InputError where they are none, of other features, or where there is no concept; the signal's reason once aborted
 */
export const placeSegments = async (segments: SegmentVectors, concepts: SegmentVectors, watch: Watch = {}): Promise<Placed> => {
  checkWatch('placeSegments', watch);
  checkVectors(concepts, undefined, 'concepts');
  checkVectors(segments, concepts.channels);
  if (concepts.count === 0) throw new InputError('There are no concepts to place segments in');
  const placed = { of: new Int32Array(segments.count), cosine: new Float32Array(segments.count) };
  const band = Math.max(1, Math.floor(WORK / (concepts.count * concepts.channels)));
  await inBands(segments.count, band, watch, (from, to) => placeRows(segments, concepts, from, to, placed));
  return placed;
};

const placeRows = (segments: SegmentVectors, concepts: SegmentVectors, from: number, to: number, { of, cosine }: Placed): void => {
  for (let i = from; i < to; i++) {
    let nearest = -Infinity;
    for (let k = 0; k < concepts.count; k++) {
      const along = dotRows(segments, i, concepts, k);
      if (along <= nearest) continue;
      nearest = along;
      of[i] = k;
    }
    cosine[i] = nearest;
  }
};

/** Of row i of one and row j of the other; four sums side by side, since one would wait for itself. */
export const dotRows = (a: SegmentVectors, i: number, b: SegmentVectors, j: number): number => {
  const { channels } = a;
  let p = i * channels;
  let q = j * channels;
  const end = p + channels;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (; p + 3 < end; p += 4, q += 4) {
    s0 += a.data[p] * b.data[q];
    s1 += a.data[p + 1] * b.data[q + 1];
    s2 += a.data[p + 2] * b.data[q + 2];
    s3 += a.data[p + 3] * b.data[q + 3];
  }
  for (; p < end; p++, q++) s0 += a.data[p] * b.data[q];
  return s0 + s1 + s2 + s3;
};
