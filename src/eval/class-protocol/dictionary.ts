/**
 * One matching for a whole set, where an id means the same in all pictures: the protocol of clusterings of a set (IIC, Ji et al.,
 * ICCV 2019; STEGO, Hamilton et al., ICLR 2022). Nothing is many-to-one: a background is one of the classes. With more ids than
 * classes those that no class got are nobody's false positives and their classes' false negatives.
 */
import { InputError } from '../../toolkit.ts';
import { contingency } from '../regions/contingency.ts';
import { assignMaximum } from './matching.ts';
import { type Counts, countMatched } from './metrics.ts';
import type { Match } from './score.ts';

/** Pixels that a class, by its row, and an id share. */
export type Overlap = [row: number, id: number, pixels: number];

/** Matrices of more numbers than this are for nobody: ids that are made anew for each picture come to it. */
const MOST = 2 ** 24;

/** What one picture adds, by row and id. @param truth row of each pixel's class, negative where there is none */
export const overlapsOf = (truth: Int32Array, ids: Int32Array): Overlap[] => {
  const table = contingency(truth, ids);
  return table.overlaps
    .map(({ first, second, pixels }): Overlap => [table.ids.first[first], table.ids.second[second], pixels])
    .sort(([a, x], [b, y]) => a - b || x - y);
};

/**
 * The best matching of all ids to the classes.
 * @param overlaps of all pictures, in whatever order
 * @returns also the ids, ascending: those of the matrix's first columns
 * @throws InputError for more ids than can mean anything
 */
export const matchDictionary = (overlaps: Iterable<Overlap>, rows: number): Omit<Match, 'labels'> & { ids: number[] } => {
  const sums = new Map<number, Float64Array>();
  for (const [row, id, pixels] of overlaps) {
    const ofId = sums.get(id) ?? new Float64Array(rows);
    ofId[row] += pixels;
    sums.set(id, ofId);
    if (sums.size * rows > MOST)
      throw new InputError(`There are more than ${sums.size - 1} different ids: those of one dictionary mean the same in all pictures`);
  }
  const ids = [...sums.keys()].sort((a, b) => a - b);
  const columns = Math.max(rows, ids.length);
  const counts = new Float64Array(rows * columns);
  ids.forEach((id, column) => {
    (sums.get(id) as Float64Array).forEach((pixels, row) => {
      counts[row * columns + column] = pixels;
    });
  });
  return { matrix: { counts, rows, columns }, columnOf: assignMaximum(counts, rows, columns), ids };
};

/** What the best matching counts, and how many ids there are. Arguments are those of `matchDictionary`. */
export const countDictionary = (overlaps: Iterable<Overlap>, rows: number): { counts: Counts; ids: number } => {
  const { matrix, columnOf, ids } = matchDictionary(overlaps, rows);
  return { counts: countMatched(matrix, columnOf), ids: ids.length };
};
