/** What a list of regions and the names over a picture want to know. */
import type { Box, Sheet } from './sheet.ts';
import { tableOf } from './sheet.ts';

export interface RegionStats {
  id: number;
  /** Pixels. */
  area: number;
  box: Box;
  /** Mean column and row of its pixels. */
  centroid: [x: number, y: number];
  /** A pixel of the region, well away from its border: for its name. */
  label: [x: number, y: number];
}

/** Longest side of the map on which label points are looked for. */
const REDUCED = 512;
/** How much nearer to the centroid, in cells, is worth a cell of distance from the border. */
const CENTRED = 0.02;

/**
 * All regions, by ascending id: area, box and centroid in one pass; `label` is a pixel of theirs, for now the middle of the
 * longest run.
 */
export const measure = (sheet: Sheet): RegionStats[] => {
  const { data, width, height, marks } = sheet;
  const ids = Int32Array.from(marks.keys()).sort();
  const index = indexOf(sheet, ids);
  const count = ids.length;
  const [area, sumX, sumY] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  const [left, top, right, bottom] = [
    new Int32Array(count).fill(width),
    new Int32Array(count).fill(height),
    new Int32Array(count),
    new Int32Array(count),
  ];
  const [longest, middleX, middleY] = [new Int32Array(count), new Int32Array(count), new Int32Array(count)];
  for (let y = 0; y < height; y++) {
    const at = y * width;
    for (let x = 0; x < width; ) {
      const start = x++;
      const id = data[at + start];
      while (x < width && data[at + x] === id) x++;
      const k = index[id];
      const length = x - start;
      area[k] += length;
      sumX[k] += (length * (start + x - 1)) / 2;
      sumY[k] += length * y;
      if (start < left[k]) left[k] = start;
      if (x > right[k]) right[k] = x;
      if (y < top[k]) top[k] = y;
      bottom[k] = y + 1;
      if (length <= longest[k]) continue;
      longest[k] = length;
      middleX[k] = (start + x - 1) >> 1;
      middleY[k] = y;
    }
  }
  return Array.from(ids, (id, k) => ({
    id,
    area: area[k],
    box: [left[k], top[k], right[k] - left[k], bottom[k] - top[k]],
    centroid: [sumX[k] / area[k], sumY[k] / area[k]],
    label: [middleX[k], middleY[k]],
  }));
};

const indexOf = (sheet: Sheet, ids: Int32Array): Int32Array => {
  const places = new Map(Array.from(ids, (id, k) => [id, k]));
  return tableOf(sheet, (_, id) => places.get(id) as number);
};

/** All regions, by ascending id. */
export const statsOf = (sheet: Sheet): RegionStats[] => {
  const stats = measure(sheet);
  const { small, columns, rows, width, height } = reducedMap(
    sheet,
    indexOf(
      sheet,
      Int32Array.from(stats, ({ id }) => id),
    ),
  );
  const depth = depthOf(small, width, height);
  const best = new Float32Array(stats.length).fill(-Infinity);
  for (let y = 0; y < height; y++) {
    for (let x = 0, i = (y + 1) * (width + 2) + 1; x < width; x++, i++) {
      const { centroid, label } = stats[small[i]];
      const away = Math.hypot(columns[x] - centroid[0], rows[y] - centroid[1]) * (width / sheet.width);
      const score = depth[i] - CENTRED * away;
      if (score <= best[small[i]]) continue;
      best[small[i]] = score;
      label[0] = columns[x];
      label[1] = rows[y];
    }
  }
  return stats;
};

/** The region at the middle of each cell, by index, with a rim of -1; the cells' pixels. */
const reducedMap = ({ data, width, height }: Sheet, index: Int32Array) => {
  const by = Math.min(1, REDUCED / Math.max(width, height));
  const cellsOf = (size: number): Int32Array => {
    const count = Math.max(1, Math.round(size * by));
    return Int32Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * size) / count));
  };
  const [columns, rows] = [cellsOf(width), cellsOf(height)];
  const small = new Int32Array((columns.length + 2) * (rows.length + 2)).fill(-1);
  for (let y = 0; y < rows.length; y++)
    for (let x = 0, to = (y + 1) * (columns.length + 2) + 1; x < columns.length; x++) small[to + x] = index[data[rows[y] * width + columns[x]]];
  return { small, columns, rows, width: columns.length, height: rows.length };
};

/** How far each cell is from the nearest of another region, or beyond the picture; cells, by steps to the eight neighbours. */
const depthOf = (small: Int32Array, width: number, height: number): Float32Array => {
  const depth = new Float32Array(small.length);
  const line = width + 2;
  const steps = [-1, -line, -line - 1, -line + 1];
  const lengths = [1, 1, Math.SQRT2, Math.SQRT2];
  const reach = (i: number, sign: number, from: number): number => {
    let least = from;
    for (let k = 0; k < steps.length; k++) {
      const to = i + sign * steps[k];
      least = Math.min(least, (small[to] === small[i] ? depth[to] : 0) + lengths[k]);
    }
    return least;
  };
  for (let y = 1; y <= height; y++) for (let i = y * line + 1; i <= y * line + width; i++) depth[i] = reach(i, 1, Infinity);
  for (let y = height; y > 0; y--) for (let i = y * line + width; i > y * line; i--) depth[i] = reach(i, -1, depth[i]);
  return depth;
};
