/** What the measures ask of their arguments. Errors name them as the functions do. */
import { expected, InputError, kindOf } from '../errors.ts';
import { isWhole } from '../options/spec.ts';
import type { LabelMap } from '../types.ts';
import type { Confusion } from './class-protocol/confusion.ts';
import type { Counts } from './class-protocol/metrics.ts';

/** Numbers of a matrix of classes and segments, 512 MB. */
const MOST = 2 ** 26;

export const checkIds = (ids: Int32Array, name: string): Int32Array => {
  if (kindOf(ids) !== 'Int32Array') throw expected('an Int32Array', name, ids);
  return ids;
};

export const checkMap = (map: LabelMap, name: string): LabelMap => {
  const { data, width, height } = map ?? {};
  if (kindOf(data) !== 'Int32Array' || !isWhole(width, 1, 2 ** 31) || !isWhole(height, 1, 2 ** 31) || data.length !== width * height)
    throw expected('{ data: Int32Array, width, height }', name, map);
  return map;
};

/** One map an annotator, each of the prediction's size. */
export const checkMaps = (prediction: LabelMap, annotators: readonly LabelMap[]): void => {
  const { width, height } = checkMap(prediction, 'the prediction');
  if (!Array.isArray(annotators)) throw expected('a list of label maps', 'the annotators', annotators);
  if (annotators.length === 0) throw new InputError('Expected at least one annotator');
  for (const map of annotators) {
    checkMap(map, 'the mask of an annotator');
    if (map.width !== width || map.height !== height)
      throw new InputError(`Expected a mask of ${width} x ${height} but received ${map.width} x ${map.height}`);
  }
};

/** @param columns where there is a matrix of so many rows */
export const checkCount = (count: number, name: string, columns = 1): number => {
  if (!isWhole(count, 0, MOST)) throw expected('a whole number from 0', name, count);
  if (count * columns > MOST) throw expected(`at most ${MOST} pairs of classes and segments`, `${name} and ids up to ${columns - 1}`, count);
  return count;
};

export const checkCounts = (counts: Counts, name = 'the counts'): Counts => {
  const { tp, fp, fn, pixels } = counts ?? {};
  const areArrays = [tp, fp, fn].every((list) => kindOf(list) === 'Float64Array' && list.length === tp.length);
  if (!areArrays || typeof pixels !== 'number') throw expected('what noCounts and countMatched give', name, counts);
  return counts;
};

export const checkConfusion = (matrix: Confusion): Confusion => {
  const { counts, rows, columns } = matrix ?? {};
  const isMatrix = kindOf(counts) === 'Float64Array' && isWhole(rows, 0, MOST) && isWhole(columns, 0, MOST) && counts.length === rows * columns;
  if (!isMatrix) throw expected('what confusion gives', 'the matrix', matrix);
  return matrix;
};
