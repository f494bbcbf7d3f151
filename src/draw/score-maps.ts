/** Maps of scores on a coarse grid, read at any finer size by bilinear interpolation, a row at a time. */

import { InputError } from '../errors.ts';
import type { Axis } from '../tensor/resize.ts';
import type { CutTree, LabelMap } from '../types.ts';

/** How like each token is to each segment. */
export interface ScoreMaps {
  /** K planes, row by row: `data[(k * height + y) * width + x]`. */
  data: Float32Array;
  width: number;
  height: number;
  /** Segment ids of the planes, ascending and each once, but for those of elements. */
  ids: number[];
}

/**
 * Scores that came with a tree (`CutTree.scores`): a plane an element, and for each the id of the segment that it is in.
 * @throws InputError for labels that are no segments of the tree
 */
export const elementScores = ({ cells, order }: CutTree, scores: Float32Array, labels: LabelMap): ScoreMaps => {
  const { width, height, data: elements } = cells;
  const ids = new Array<number>(order.length).fill(-1);
  const isSized = labels.width === width && labels.height === height;
  for (let i = 0; i < elements.length && isSized; i++) ids[elements[i]] = labels.data[i];
  if (!isSized || labels.data.some((id, i) => id !== ids[elements[i]]))
    throw new InputError('The labels are no segments of the tree: give those that cut made of it', { code: 'E_OPTION' });
  return { data: scores, width, height, ids };
};

/** A plane a segment: the largest of the scores of its elements. */
export const segmentScores = ({ data, width, height, ids }: ScoreMaps): ScoreMaps => {
  const n = width * height;
  const own = [...new Set(ids)].sort((a, b) => a - b);
  const planeOf = new Map(own.map((id, k) => [id, k]));
  const out = new Float32Array(own.length * n).fill(-Infinity);
  for (const [element, id] of ids.entries())
    for (let i = 0, from = element * n, to = (planeOf.get(id) as number) * n; i < n; i++, from++, to++)
      if (data[from] > out[to]) out[to] = data[from];
  return { data: out, width, height, ids: own };
};

/** line[k * width + x] = the score planes at output row y, `rows` being the axis of its height. */
export const scoreLine = ({ data, width, height, ids }: ScoreMaps, rows: Axis, y: number, line: Float32Array): void => {
  const weight = rows.weight[y];
  for (let k = 0; k < ids.length; k++) {
    const a = (k * height + rows.first[y]) * width;
    const b = (k * height + rows.second[y]) * width;
    for (let x = 0; x < width; x++) line[k * width + x] = data[a + x] * (1 - weight) + data[b + x] * weight;
  }
};
