/** A region that is cut by a line drawn across it. */
import { type Point, strokeWithin } from './area.ts';
import type { Step } from './history.ts';
import { fillNearest, OPEN, WALL } from './nearest.ts';
import { rewrite } from './patch.ts';
import { eachRunOfRow, type Pieces, pieceAt, piecesOf } from './pieces.ts';
import { type Area, type Box, boxOf, clipped, isOpen, joined, type Sheet } from './sheet.ts';
import { namesOf } from './split.ts';
import { stepOf } from './step.ts';

/**
 * A piece is a sliver where it is less than a share of the largest that was one with it, and either beside little of the line,
 * as the teeth of a ragged border are that stand in its way, or a film along it: pixels long, pixels deep.
 */
const SLIVER_SHARE = 0.01;
const TOOTH_CONTACT = 0.05;
const FILM_LENGTH = 24;
const FILM_DEPTH = 2;

/**
 * Cuts a region along a line. The pieces that the line leaves of what was connected become regions, the largest keeps the id;
 * the line's own pixels go to the nearest piece, and with them slivers: crumbs between the line and a border that it runs along
 * or leaves by. Pieces that it does not cut stay with the id.
 * @param points in pixels of the picture: the line, which is not made longer than it is
 * @param width of the line, pixels
 * @returns undefined where it does not cut through, or the region is not there or locked
 * @throws InputError for points or a width that are no numbers
 */
export const splitByLine = (sheet: Sheet, id: number, points: readonly Point[], width = 1): Step | undefined => {
  const box = (isOpen(sheet, id) && boxOf(sheet, id)) || ([0, 0, 0, 0] as Box);
  const line = strokeWithin(points, width / 2, box);
  if (line.mask.length === 0) return undefined;
  const pieces = piecesOf(sheet, id, box, line);
  const parts = partsOf(pieces, piecesOf(sheet, id, box), contactsOf(sheet, id, pieces, line));
  if (parts.areas.length < 2) return undefined;
  const { ids, marks } = namesOf(sheet, id, parts.areas);
  const { grid, window } = looseEnds(sheet, id, pieces, parts.partOf, line);
  const patch = rewrite(sheet, box, (row, y) => {
    eachRunOfRow(pieces, y, (piece, from, to) => {
      if (parts.partOf[piece] >= 0) row.fill(ids[parts.partOf[piece]], from - box[0], to - box[0]);
    });
    if (y < window[1] || y >= window[1] + window[3]) return;
    for (let x = window[0], i = (y - window[1]) * window[2]; x < window[0] + window[2]; x++, i++) if (grid[i] >= 0) row[x - box[0]] = ids[grid[i]];
  });
  return stepOf(sheet, 'splitByLine', patch, marks);
};

/** The line's pixels in the region. */
const eachOfLine = (
  { data, width }: Sheet,
  id: number,
  { box: [left, top, columns, rows], mask }: Area,
  visit: (x: number, y: number) => void,
): void => {
  for (let y = top, i = 0; y < top + rows; y++)
    for (let x = left; x < left + columns; x++, i++) if (mask[i] && data[y * width + x] === id) visit(x, y);
};

/** How many sides of its pixels each piece has in common with the line. */
const contactsOf = (sheet: Sheet, id: number, pieces: Pieces, line: Area): Int32Array => {
  const contacts = new Int32Array(pieces.area.length);
  const [left, top, columns, rows] = line.box;
  const touch = (x: number, y: number): void => {
    const isInLine = x >= left && x < left + columns && y >= top && y < top + rows && line.mask[(y - top) * columns + x - left] !== 0;
    const piece = isInLine ? -1 : pieceAt(pieces, x, y);
    if (piece >= 0) contacts[piece]++;
  };
  eachOfLine(sheet, id, line, (x, y) => {
    touch(x, y - 1);
    touch(x - 1, y);
    touch(x + 1, y);
    touch(x, y + 1);
  });
  return contacts;
};

/** What becomes of each piece: the index of its part, OPEN for a sliver, WALL for what stays. */
const partsOf = (pieces: Pieces, wholes: Pieces, contacts: Int32Array): { partOf: Int32Array; areas: number[] } => {
  const { area, first } = pieces;
  const beside = new Map<number, number[]>(); // the pieces that the line leaves of each whole
  for (let piece = 0; piece < area.length; piece++) {
    const whole = pieceAt(wholes, ...first[piece]);
    const others = beside.get(whole);
    if (others) others.push(piece);
    else beside.set(whole, [piece]);
  }
  const partOf = new Int32Array(area.length).fill(WALL);
  const areas: number[] = [];
  for (const cut of beside.values()) {
    const largest = cut.reduce((most, piece) => Math.max(most, area[piece]), 0);
    const contact = cut.reduce((sum, piece) => sum + contacts[piece], 0);
    const isTooth = (piece: number) => contacts[piece] < TOOTH_CONTACT * contact;
    const isFilm = (piece: number) => contacts[piece] >= FILM_LENGTH && area[piece] <= FILM_DEPTH * contacts[piece];
    const isSliver = (piece: number) => area[piece] < SLIVER_SHARE * largest && (isTooth(piece) || isFilm(piece));
    if (cut.filter((piece) => !isSliver(piece)).length < 2) continue;
    for (const piece of cut) partOf[piece] = isSliver(piece) ? OPEN : areas.push(area[piece]) - 1;
  }
  return { partOf, areas };
};

/** Around the line: the part that each of its pixels goes to, and each sliver's. */
const looseEnds = (sheet: Sheet, id: number, pieces: Pieces, partOf: Int32Array, line: Area): { grid: Int32Array; window: Box } => {
  const [, top, , rows] = pieces.box;
  let around = line.box;
  for (let y = top; y < top + rows; y++) {
    eachRunOfRow(pieces, y, (piece, from, to) => {
      if (partOf[piece] === OPEN) around = joined(around, [from, y, to - from, 1]);
    });
  }
  const window = clipped(around, sheet, 1);
  const grid = new Int32Array(window[2] * window[3]).fill(WALL);
  for (let y = window[1], row = -window[0]; y < window[1] + window[3]; y++, row += window[2]) {
    eachRunOfRow(pieces, y, (piece, from, to) => {
      const [start, end] = [Math.max(from, window[0]), Math.min(to, window[0] + window[2])];
      if (start < end) grid.fill(partOf[piece], row + start, row + end);
    });
  }
  eachOfLine(sheet, id, line, (x, y) => {
    grid[(y - window[1]) * window[2] + x - window[0]] = OPEN;
  });
  fillNearest(grid, window[2], window[3]);
  return { grid, window };
};
