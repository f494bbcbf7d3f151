import { InputError } from '../../errors.ts';
import { checkCount, checkIds } from '../check.ts';

/** Pixels of each class and segment of one picture: `counts[row * columns + segment]`, row = class. */
export interface Confusion {
  counts: Float64Array;
  rows: number;
  columns: number;
}

/** One more than the largest id. */
export const idCount = (ids: ArrayLike<number>): number => {
  let largest = -1;
  for (let i = 0; i < ids.length; i++) if (ids[i] > largest) largest = ids[i];
  return largest + 1;
};

/**
 * Counts pixels by class and segment. The matrix is `classes x max(classes, segments)`: zero columns fill it up
 * where there are fewer segments than classes, so that every class can be given a column.
 * @param truth class of each pixel, 0..classes-1; anything else is left out
 * @param segments segment of each pixel, >= 0, as many as in `truth`
 * @throws InputError for arguments that are none, unequal lengths, a negative segment, or ids that no memory holds a matrix of
 */
export const confusion = (truth: Int32Array, segments: Int32Array, classes: number): Confusion => {
  checkIds(truth, 'truth');
  checkIds(segments, 'segments');
  checkCount(classes, 'classes');
  if (truth.length !== segments.length) throw new InputError(`Expected as many labels as pixels but received ${truth.length} and ${segments.length}`);
  const columns = Math.max(classes, idCount(segments));
  const counts = new Float64Array(checkCount(classes, 'classes', columns) * columns);
  for (let p = 0; p < truth.length; p++) {
    if (segments[p] < 0) throw new InputError(`Expected segment ids of 0 and up but received ${segments[p]}`);
    if (truth[p] >= 0 && truth[p] < classes) counts[truth[p] * columns + segments[p]]++;
  }
  return { counts, rows: classes, columns };
};
