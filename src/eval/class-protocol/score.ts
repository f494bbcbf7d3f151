/**
 * One picture's score under DiffCut's protocol.
 *
 *   prediction ─ (background?) first match, merge ─ (refinement?) PAMR ─ final match ─ TP, FP, FN
 */
import type { LabelMap } from '../../toolkit.ts';
import { mergeBackground } from './background.ts';
import { type Confusion, confusion } from './confusion.ts';
import { assignMaximum } from './matching.ts';
import { type Counts, countMatched } from './metrics.ts';
import type { ClassRows } from './protocol.ts';

/**
 * `after` with each id replaced by its rank among the ids of `before`. The reference's refinement renumbers so, and
 * the order of the matrix's columns decides ties.
 */
export const rankIds = (before: LabelMap, after: LabelMap): LabelMap => {
  const ids = [...new Set(before.data)].sort((a, b) => a - b);
  const rank = new Map(ids.map((id, at) => [id, at]));
  return { ...after, data: after.data.map((id) => rank.get(id) ?? ids.length) };
};

/** A prediction as it is scored, and the segment (column) that each class (row) was given. */
export interface Match {
  labels: LabelMap;
  matrix: Confusion;
  columnOf: Int32Array;
}

/**
 * @param prediction segments at the evaluation's size, ids >= 0
 * @param truth row of each pixel's class as `ClassRows` numbers them, -1 where there is none; as many as in `prediction`
 * @param refine draws the merged segments to the picture's edges; left out for the figures without refinement
 */
export const matchPicture = async (
  prediction: LabelMap,
  truth: Int32Array,
  { rows, background }: Pick<ClassRows, 'rows' | 'background'>,
  refine?: (labels: LabelMap) => Promise<LabelMap>,
): Promise<Match> => {
  let labels = prediction;
  let target = truth;
  if (background) {
    const last = rows - 1;
    // Background is kept out of the first match; with void it is the last class of the final one.
    labels = mergeBackground(
      prediction,
      truth.map((row) => (row === last ? -1 : row)),
      last,
    );
    target = truth.map((row) => (row < 0 ? last : row));
  }
  if (refine) labels = rankIds(labels, await refine(labels));
  const matrix = confusion(target, labels.data, rows);
  return { labels, matrix, columnOf: assignMaximum(matrix.counts, matrix.rows, matrix.columns) };
};

/** What a picture counts. Arguments are those of `matchPicture`. */
export const scorePicture = async (...of: Parameters<typeof matchPicture>): Promise<Counts> => {
  const { matrix, columnOf } = await matchPicture(...of);
  return countMatched(matrix, columnOf);
};

/** The class (row) of each segment (column) that was given to one and shares a pixel with it: the others only fill the matching up. */
export const rowsOfSegments = ({ matrix: { counts, columns }, columnOf }: Omit<Match, 'labels'>): Map<number, number> => {
  const rowOf = new Map<number, number>();
  columnOf.forEach((column, row) => {
    if (counts[row * columns + column] > 0) rowOf.set(column, row);
  });
  return rowOf;
};
