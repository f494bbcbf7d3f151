/** Whether one segment holds one thing: the question of who wants to cut an object out, which no matching over a set asks. */
import { type Contingency, contingency, type Overlap, overlapIou } from './contingency.ts';

/** What one object got, IoU 0..1. */
export interface ObjectScore {
  /** With its best segment. */
  best: number;
  /** With all segments together that have more than half of their pixels in it; 0 where there is none. */
  union: number;
}

/** Scores of several objects, added up. */
export interface ObjectSums {
  count: number;
  best: number;
  union: number;
}

export const sumObjects = (objects: readonly ObjectScore[]): ObjectSums => ({
  count: objects.length,
  best: objects.reduce((sum, { best }) => sum + best, 0),
  union: objects.reduce((sum, { union }) => sum + union, 0),
});

/** Adds a picture's objects to the sum over the set, in place. */
export const addObjects = (sum: ObjectSums, part: ObjectSums): void => {
  sum.count += part.count;
  sum.best += part.best;
  sum.union += part.union;
};

/** Intersection over union of an object with those of its segments that lie in it by more than half. */
const unionIou = ({ areas }: Contingency, object: number, itsOverlaps: readonly Overlap[]): number => {
  let hits = 0;
  let outside = 0;
  for (const { second, pixels } of itsOverlaps) {
    if (2 * pixels <= areas.second[second]) continue;
    hits += pixels;
    outside += areas.second[second] - pixels;
  }
  return hits / (areas.first[object] + outside);
};

/**
 * Every class in the picture, all of its pixels, is an object.
 * @param truth class of each pixel as `ClassRows` numbers them; negative for pixels that do not count, for a segment's
 *   area neither
 * @param segments segment of each pixel, as many
 * @param isObject false for a class that is no object: the background
 * @throws InputError for unequal lengths
 */
export const scoreObjects = (truth: Int32Array, segments: Int32Array, isObject: (row: number) => boolean): ObjectScore[] => {
  const table = contingency(truth, segments);
  return table.ids.first.flatMap((row, object) => {
    if (!isObject(row)) return [];
    const itsOverlaps = table.overlaps.filter(({ first }) => first === object);
    const best = itsOverlaps.reduce((most, overlap) => Math.max(most, overlapIou(table, overlap)), 0);
    return [{ best, union: unionIou(table, object, itsOverlaps) }];
  });
};
