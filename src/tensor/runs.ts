/** Labels as runs of equal ids: a map of hundreds of megapixels in a few megabytes, since segments are wide. */
import type { LabelMap, RgbImage, Watch } from '../types.ts';
import { findRoot } from './union-find.ts';
import { inBands } from './watch.ts';

/** Runs row by row, from left to right; those of row y are `rowStart[y]` to before `rowStart[y + 1]`. */
export interface RunMap {
  width: number;
  height: number;
  rowStart: Int32Array;
  /** The column after each run's last pixel; a run begins where the one before it in the row ends. */
  end: Int32Array;
  id: Int32Array;
  /** Id of the segment that is what is transparent of the picture, where it has one. */
  transparent?: number;
}

/** Labels whichever way they are kept. */
export type AnyLabels = LabelMap | RunMap;

export const isRuns = (labels: AnyLabels): labels is RunMap => typeof labels === 'object' && labels !== null && 'rowStart' in labels;

/** Runs, and the sums of red, green and blue of each one's pixels. */
export interface ColouredRuns extends RunMap {
  rgb: Float64Array;
}

/** Runs under way: arrays with room for more than there are. */
export interface RunWriter extends ColouredRuns {
  /** Rows that are written. */
  rows: number;
}

export const createRuns = (width: number, height: number): RunWriter => ({
  width,
  height,
  rows: 0,
  rowStart: new Int32Array(height + 1),
  end: new Int32Array(1024),
  id: new Int32Array(1024),
  rgb: new Float64Array(0),
});

/** Pixels between two pauses. */
const BAND = 2 ** 20;

/** A map as runs. @param picture of its size, where their colours are wanted */
export const toRuns = async (
  { data, width, height, transparent }: LabelMap,
  watch: Watch = {},
  picture?: RgbImage,
): Promise<RunMap & Partial<ColouredRuns>> => {
  const writer = createRuns(width, height);
  await inBands(height, Math.ceil(BAND / width), watch, (top, bottom) => {
    const [from, to] = [top * width, bottom * width];
    addRows(writer, data.subarray(from, to), picture?.data.subarray(3 * from, 3 * to));
  });
  const { rgb, ...runs } = finishRuns(writer);
  return { ...runs, ...(picture && { rgb }), ...(transparent !== undefined && { transparent }) };
};

const grown = <T extends Int32Array | Float64Array>(array: T, length: number): T => {
  const out = new (array.constructor as new (length: number) => T)(length);
  out.set(array);
  return out;
};

/** Adds whole rows of ids. @param data of the pixels, 3 bytes each: in all calls or in none */
export const addRows = (runs: RunWriter, ids: Int32Array, data?: Uint8Array): void => {
  const { width } = runs;
  let next = runs.rowStart[runs.rows];
  for (let row = 0; row < ids.length; row += width) {
    for (let x = 0; x < width; ) {
      const id = ids[row + x];
      let end = x + 1;
      while (end < width && ids[row + end] === id) end++;
      if (next === runs.end.length) {
        runs.end = grown(runs.end, 2 * next);
        runs.id = grown(runs.id, 2 * next);
      }
      if (data) {
        if (3 * next === runs.rgb.length) runs.rgb = grown(runs.rgb, 3 * runs.end.length);
        sumColours(data, row + x, row + end, runs.rgb, 3 * next);
      }
      runs.end[next] = end;
      runs.id[next++] = id;
      x = end;
    }
    runs.rowStart[++runs.rows] = next;
  }
};

const sumColours = (data: Uint8Array, from: number, to: number, sums: Float64Array, at: number): void => {
  let red = 0;
  let green = 0;
  let blue = 0;
  for (let i = 3 * from; i < 3 * to; i += 3) {
    red += data[i];
    green += data[i + 1];
    blue += data[i + 2];
  }
  sums[at] = red;
  sums[at + 1] = green;
  sums[at + 2] = blue;
};

/** The runs of all rows, with arrays of their length. */
export const finishRuns = ({ width, height, rowStart, end, id, rgb }: RunWriter): ColouredRuns => {
  const count = rowStart[height];
  return { width, height, rowStart, end: end.slice(0, count), id: id.slice(0, count), rgb: rgb.slice(0, 3 * count) };
};

/** How rows are read, whichever way the labels are kept. @returns puts the ids of row y into `row` */
export const rowReader = (labels: AnyLabels): ((y: number, row: Int32Array) => void) => {
  if (isRuns(labels)) return (y, row) => fillRow(labels, y, row);
  return (y, row) => row.set(labels.data.subarray(y * labels.width, (y + 1) * labels.width));
};

const fillRow = ({ rowStart, end, id }: RunMap, y: number, row: Int32Array): void => {
  for (let run = rowStart[y], x = 0; run < rowStart[y + 1]; x = end[run++]) row.fill(id[run], x, end[run]);
};

/**
 * How columns are read, from left to right, each once.
 * @returns puts the ids of the columns `left` to before `right` into `out`, column by column
 */
export const columnReader = (labels: AnyLabels): ((left: number, right: number, out: Int32Array) => void) => {
  if (!isRuns(labels)) return (left, right, out) => columnsOfMap(labels, left, right, out);
  const next = labels.rowStart.slice();
  return (left, right, out) => columnsOfRuns(labels, next, left, right, out);
};

const columnsOfMap = ({ data, width, height }: LabelMap, left: number, right: number, out: Int32Array): void => {
  for (let y = 0; y < height; y++) for (let x = left, at = y; x < right; x++, at += height) out[at] = data[y * width + x];
};

/** @param next the run of each row that the column `left` lies in */
const columnsOfRuns = ({ height, end, id }: RunMap, next: Int32Array, left: number, right: number, out: Int32Array): void => {
  for (let y = 0; y < height; y++) {
    let run = next[y];
    for (let x = left, at = y; x < right; x++, at += height) {
      if (end[run] === x) run++;
      out[at] = id[run];
    }
    next[y] = end[run] === right ? run + 1 : run;
  }
};

const transparencyOf = ({ transparent }: RunMap, nameOf = (id: number) => id): { transparent?: number } =>
  transparent === undefined ? {} : { transparent: nameOf(transparent) };

/** Pixel by pixel. */
export const expandRuns = async (runs: RunMap, watch: Watch = {}): Promise<LabelMap> => {
  const { width, height } = runs;
  const data = new Int32Array(width * height);
  await inBands(height, Math.ceil(BAND / width), watch, (top, bottom) => {
    for (let y = top; y < bottom; y++) fillRow(runs, y, data.subarray(y * width, (y + 1) * width));
  });
  return { data, width, height, ...transparencyOf(runs) };
};

/** The labels at a smaller size: the nearest one for each pixel, half-pixel centres. */
export const reduceRuns = (runs: RunMap, { width, height }: { width: number; height: number }): LabelMap => {
  const data = new Int32Array(width * height);
  const row = new Int32Array(runs.width);
  const nearest = (i: number, of: number, count: number): number => Math.min(count - 1, Math.floor(((i + 0.5) * count) / of));
  const columns = Int32Array.from({ length: width }, (_, x) => nearest(x, width, runs.width));
  for (let y = 0, at = 0; y < height; y++) {
    fillRow(runs, nearest(y, height, runs.height), row);
    for (let x = 0; x < width; x++) data[at++] = row[columns[x]];
  }
  return { data, width, height, ...transparencyOf(runs) };
};

/** The same runs under other ids. */
export const renamedRuns = <R extends RunMap>(runs: R, nameOf: (id: number) => number): R => {
  const names = new Map<number, number>();
  for (const id of runs.id) if (!names.has(id)) names.set(id, nameOf(id));
  return { ...runs, id: runs.id.map((id) => names.get(id) as number), ...transparencyOf(runs, (id) => names.get(id) as number) };
};

/** Pixels of each id, in order of first appearance. */
export const areasOfRuns = ({ height, rowStart, end, id }: RunMap): Map<number, number> => {
  const areas = new Map<number, number>();
  for (let y = 0; y < height; y++)
    for (let run = rowStart[y], x = 0; run < rowStart[y + 1]; x = end[run++]) areas.set(id[run], (areas.get(id[run]) ?? 0) + end[run] - x);
  return areas;
};

/** Calls `visit` for every two runs that lie above each other, with the pixels that they share. */
export const eachContact = ({ height, rowStart, end }: RunMap, visit: (above: number, below: number, pixels: number) => void): void => {
  for (let y = 1; y < height; y++) {
    let above = rowStart[y - 1];
    for (let below = rowStart[y], x = 0; below < rowStart[y + 1]; ) {
      const until = Math.min(end[above], end[below]);
      visit(above, below, until - x);
      x = until;
      if (end[above] === until) above++;
      if (end[below] === until) below++;
    }
  }
};

/**
 * Every connected component (4 neighbours) under an id of its own, 0..K-1 by first pixel, row by row. What is transparent stays
 * one, however many pieces it has.
 */
export const componentsOfRuns = <R extends RunMap>(runs: R): R => {
  const { id, transparent } = runs;
  const clear = transparent === undefined ? -1 : id.indexOf(transparent); // the first run that is transparent
  const parent = Int32Array.from({ length: id.length }, (_, run) => (clear >= 0 && id[run] === transparent ? clear : run));
  eachContact(runs, (above, below) => {
    if (id[above] !== id[below]) return;
    const [a, b] = [findRoot(parent, above), findRoot(parent, below)];
    parent[Math.max(a, b)] = Math.min(a, b); // a root is the component's first run
  });
  const names = new Int32Array(id.length);
  let next = 0;
  for (let run = 0; run < id.length; run++) {
    const root = findRoot(parent, run);
    names[run] = root === run ? next++ : names[root];
  }
  return { ...runs, id: names, ...(clear >= 0 && { transparent: names[clear] }) };
};
