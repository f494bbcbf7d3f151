import type { LabelMap } from '../../toolkit.ts';
import { checkMap } from '../check.ts';
import { confusion, idCount } from './confusion.ts';
import { assignMaximum } from './matching.ts';

/**
 * Many segments for one background: a first match of the foreground classes alone, after which all segments
 * without a class of their own become one new segment, numbered one past the largest id.
 * @param truth foreground class of each pixel, 0..foreground-1; negative for background and void, both left out
 * @param foreground how many foreground classes there are
 * @throws InputError for a map or a truth that is none, or unequal lengths
 */
export const mergeBackground = (prediction: LabelMap, truth: Int32Array, foreground: number): LabelMap => {
  checkMap(prediction, 'the prediction');
  const { counts, rows, columns } = confusion(truth, prediction.data, foreground);
  const columnOf = assignMaximum(counts, rows, columns);
  const kept = new Set<number>();
  for (let row = 0; row < rows; row++) {
    // The class must have pixels, in any matched segment, not in its own: a class may be given a segment that misses it.
    if (columnOf.some((column) => counts[row * columns + column] > 0)) kept.add(columnOf[row]);
  }
  const background = idCount(prediction.data);
  return { ...prediction, data: prediction.data.map((id) => (kept.has(id) ? id : background)) };
};
