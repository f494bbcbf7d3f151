/** Connected pieces of a region, on runs of its rows: what touches along a side is one piece, a corner does not join. */
import type { Area, Box, Sheet } from './sheet.ts';

export interface Pieces {
  box: Box;
  /** Runs row by row; those of row y of the box are `rowStart[y]` to before `rowStart[y + 1]`. */
  rowStart: Int32Array;
  /** Columns of the picture, of each run: the first, and the one after the last. */
  from: Int32Array;
  to: Int32Array;
  /** Piece of each run: 0 to count - 1, by first pixel. */
  piece: Int32Array;
  /** Pixels of each piece. */
  area: Int32Array;
  /** A pixel of each piece, its first: `[x, y]`. */
  first: [number, number][];
}

/** @param box all of the region lies in it @param without pixels that are left out */
export const piecesOf = ({ data, width }: Sheet, id: number, box: Box, without?: Area): Pieces => {
  const [left, top, columns, rows] = box;
  const from: number[] = [];
  const to: number[] = [];
  const parent: number[] = [];
  const rowStart = new Int32Array(rows + 1);
  for (let y = 0; y < rows; y++) {
    const at = (top + y) * width;
    const isIn = without ? isInRow(without, top + y) : undefined;
    for (let x = left; x < left + columns; ) {
      const start = x++;
      if (data[at + start] !== id || isIn?.(start)) continue;
      while (x < left + columns && data[at + x] === id && !isIn?.(x)) x++;
      parent.push(from.length);
      from.push(start);
      to.push(x);
    }
    rowStart[y + 1] = from.length;
    if (y > 0) joinRows(from, to, parent, rowStart[y - 1], rowStart[y], rowStart[y + 1]);
  }
  return numbered({ box, rowStart, from: Int32Array.from(from), to: Int32Array.from(to) }, parent);
};

/** Whether an area holds a pixel of row y; undefined where it holds none. */
export const isInRow = ({ box: [left, top, width, height], mask }: Area, y: number): ((x: number) => boolean) | undefined => {
  if (y < top || y >= top + height) return undefined;
  const at = (y - top) * width - left;
  return (x) => x >= left && x < left + width && mask[at + x] !== 0;
};

const rootOf = (parent: number[], run: number): number => {
  let at = run;
  while (parent[at] !== at) {
    parent[at] = parent[parent[at]];
    at = parent[at];
  }
  return at;
};

/** Joins the runs of a row with those above that they touch. The root of a piece is its first run. */
const joinRows = (from: number[], to: number[], parent: number[], above: number, start: number, end: number): void => {
  for (let up = above, run = start; up < start && run < end; ) {
    if (from[up] < to[run] && from[run] < to[up]) {
      const [a, b] = [rootOf(parent, up), rootOf(parent, run)];
      parent[Math.max(a, b)] = Math.min(a, b);
    }
    if (to[up] < to[run]) up++;
    else run++;
  }
};

const numbered = (runs: Pick<Pieces, 'box' | 'rowStart' | 'from' | 'to'>, parent: number[]): Pieces => {
  const { box, rowStart, from, to } = runs;
  const piece = new Int32Array(parent.length);
  const first: [number, number][] = [];
  const area: number[] = [];
  for (let y = 0; y < box[3]; y++) {
    for (let run = rowStart[y]; run < rowStart[y + 1]; run++) {
      const root = rootOf(parent, run);
      piece[run] = root === run ? first.push([from[run], box[1] + y]) - 1 : piece[root];
      area[piece[run]] = (area[piece[run]] ?? 0) + to[run] - from[run];
    }
  }
  return { ...runs, piece, area: Int32Array.from(area), first };
};

/** The piece that a pixel lies in; -1 where it is in none. */
export const pieceAt = ({ box, rowStart, from, to, piece }: Pieces, x: number, y: number): number => {
  const row = y - box[1];
  if (row < 0 || row >= box[3]) return -1;
  let low = rowStart[row];
  let high = rowStart[row + 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (to[middle] <= x) low = middle + 1;
    else high = middle;
  }
  return low < rowStart[row + 1] && from[low] <= x ? piece[low] : -1;
};

/** The runs of row y of the picture, left to right. */
export const eachRunOfRow = (
  { box, rowStart, from, to, piece }: Pieces,
  y: number,
  visit: (piece: number, from: number, to: number) => void,
): void => {
  const row = y - box[1];
  if (row < 0 || row >= box[3]) return;
  for (let run = rowStart[row]; run < rowStart[row + 1]; run++) visit(piece[run], from[run], to[run]);
};
