/** Maps of scores on a coarse grid, read at any finer size by bilinear interpolation, a row at a time. */

import type { Axis } from '../tensor/resize.ts';

/** How like each token is to each segment. */
export interface ScoreMaps {
  /** K planes, row by row: `data[(k * height + y) * width + x]`. */
  data: Float32Array;
  width: number;
  height: number;
  /** Segment ids of the planes, ascending. */
  ids: number[];
}

/** line[k * width + x] = the score planes at output row y, `rows` being the axis of its height. */
export const scoreLine = ({ data, width, height, ids }: ScoreMaps, rows: Axis, y: number, line: Float32Array): void => {
  const weight = rows.weight[y];
  for (let k = 0; k < ids.length; k++) {
    const a = (k * height + rows.first[y]) * width;
    const b = (k * height + rows.second[y]) * width;
    for (let x = 0; x < width; x++) line[k * width + x] = data[a + x] * (1 - weight) + data[b + x] * weight;
  }
};
