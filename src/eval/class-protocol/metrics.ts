import { expected } from '../../errors.ts';
import { isWhole } from '../../options/spec.ts';
import { checkConfusion, checkCount, checkCounts } from '../check.ts';
import type { Confusion } from './confusion.ts';

/** True and false positives and false negatives of each class, in pixels, and all pixels that were scored. */
export interface Counts {
  tp: Float64Array;
  fp: Float64Array;
  fn: Float64Array;
  pixels: number;
}

/** Nothing counted yet. */
export const noCounts = (classes: number): Counts => ({
  tp: new Float64Array(checkCount(classes, 'classes')),
  fp: new Float64Array(classes),
  fn: new Float64Array(classes),
  pixels: 0,
});

/**
 * What one picture adds, each class with the segment that it was given. A segment that was given to nobody is
 * nobody's false positive; its pixels are their classes' false negatives.
 * @param columnOf the segment (column) of each class (row)
 * @throws InputError for a matrix that is none, or a column outside of it
 */
export const countMatched = (matrix: Confusion, columnOf: ArrayLike<number>): Counts => {
  const { counts, rows, columns } = checkConfusion(matrix);
  if (columnOf?.length !== rows || !Array.from(columnOf).every((column) => isWhole(column, 0, columns - 1)))
    throw expected(`${rows} columns, each below ${columns}`, 'the columns of the classes', columnOf);
  const out = noCounts(rows);
  for (let row = 0; row < rows; row++) {
    const hit = counts[row * columns + columnOf[row]];
    let ofClass = 0;
    let ofSegment = 0;
    for (let j = 0; j < columns; j++) ofClass += counts[row * columns + j];
    for (let i = 0; i < rows; i++) ofSegment += counts[i * columns + columnOf[row]];
    out.tp[row] = hit;
    out.fp[row] = ofSegment - hit;
    out.fn[row] = ofClass - hit;
    out.pixels += ofClass;
  }
  return out;
};

/** Adds a picture to the sum over the set, in place. @throws InputError for counts that are none, or of other classes */
export const addCounts = (sum: Counts, part: Counts): void => {
  const classes = checkCounts(sum).tp.length;
  if (checkCounts(part).tp.length !== classes) throw expected(`counts of ${classes} classes`, 'the part', part);
  for (let row = 0; row < sum.tp.length; row++) {
    sum.tp[row] += part.tp[row];
    sum.fp[row] += part.fp[row];
    sum.fn[row] += part.fn[row];
  }
  sum.pixels += part.pixels;
};

/** TP / (TP + FP + FN) of each class, 0..1; null for a class that neither occurs nor was predicted. */
export const classIou = (counts: Counts): (number | null)[] => {
  const { tp, fp, fn } = checkCounts(counts);
  return Array.from(tp, (hit, row) => (hit + fp[row] + fn[row] > 0 ? hit / (hit + fp[row] + fn[row]) : null));
};

/** Mean of the class IoUs that are defined, 0..1; null where none is. */
export const meanIou = (counts: Counts): number | null => {
  const defined = classIou(counts).filter((iou) => iou !== null);
  return defined.length > 0 ? defined.reduce((sum, iou) => sum + iou, 0) / defined.length : null;
};

/**
 * Mean IoU of the classes that occur, 0..1; null where none does. Of one picture: a segment that was given to a class which is
 * not there is nobody's, since by its size it may be as little as a pixel, and would count as much as a class.
 */
export const occurringIou = (counts: Counts): number | null => {
  const iou = classIou(counts).filter((value, row) => value !== null && counts.tp[row] + counts.fn[row] > 0) as number[];
  return iou.length > 0 ? iou.reduce((sum, value) => sum + value, 0) / iou.length : null;
};

/** Share of the scored pixels that are true positives, 0..1; null where none was scored. */
export const pixelAccuracy = (counts: Counts): number | null => {
  const { tp, pixels } = checkCounts(counts);
  return pixels > 0 ? tp.reduce((sum, hit) => sum + hit, 0) / pixels : null;
};
