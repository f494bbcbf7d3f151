/** Brush, lasso and eraser: pixels of an area change hands. */
import type { LabelMap } from 'diffcut';
import type { Step } from './history.ts';
import { fillNearest, OPEN, WALL } from './nearest.ts';
import { rewrite } from './patch.ts';
import { type Area, type Box, changedMark, checkBox, clipped, isOpen, type Mark, type Sheet, tableOf } from './sheet.ts';
import { snapArea } from './snap.ts';
import { stepOf } from './step.ts';

export interface Snap {
  /** Superpixels that the area is made of, where it is to hold to edges: `snapArea`. */
  snap?: LabelMap | undefined;
  /** Of a superpixel that must lie in the area, 0..1. */
  share?: number | undefined;
}

const snapped = (sheet: Sheet, area: Area, { snap, share }: Snap): Area => {
  checkBox(area.box, area.mask.length);
  return snap ? snapArea(area, snap, sheet, share) : area;
};

/**
 * Gives an area's pixels to a region; locked and hidden ones lose none.
 * @returns undefined where nothing changes: no such region, a locked one, an area that holds nothing that could be taken
 * @throws InputError for an area that is none
 */
export const paint = (sheet: Sheet, id: number, area: Area, snap: Snap = {}): Step | undefined => {
  const { box, mask } = snapped(sheet, area, snap);
  return isOpen(sheet, id) ? stepOf(sheet, 'paint', given(sheet, id, { box, mask })) : undefined;
};

/**
 * Makes a new region of an area's pixels; locked and hidden ones lose none. Its id is the sheet's `nextId`.
 * @param mark what is said of it
 * @returns undefined where the area holds nothing that could be taken
 * @throws InputError for an area that is none, and a mark that cannot be
 */
export const carve = (sheet: Sheet, area: Area, { mark = {}, ...snap }: Snap & { mark?: Mark } = {}): Step | undefined => {
  const said = changedMark({}, mark);
  const patch = given(sheet, sheet.nextId, snapped(sheet, area, snap));
  return patch && stepOf(sheet, 'carve', patch, new Map([[sheet.nextId, said]]));
};

const given = (sheet: Sheet, id: number, { box, mask }: Area) => {
  const isTaken = tableOf(sheet, ({ locked, hidden }) => (locked || hidden ? 0 : 1));
  const within = clipped(box, sheet);
  return rewrite(sheet, within, (row, y) => {
    for (let x = 0, i = (y - box[1]) * box[2] + within[0] - box[0]; x < row.length; x++, i++) if (mask[i] && isTaken[row[x]]) row[x] = id;
  });
};

/**
 * Takes an area's pixels from a region: they go to the nearest other one that is not locked.
 * @returns undefined where nothing changes: no such region, a locked one, none of it in the area, no other one to give to
 * @throws InputError for an area that is none
 */
export const erase = (sheet: Sheet, id: number, area: Area, snap: Snap = {}): Step | undefined => {
  const { box, mask } = snapped(sheet, area, snap);
  if (!isOpen(sheet, id)) return undefined;
  const owner = tableOf(sheet, (mark, of) => (mark.locked || of === id ? WALL : of));
  const within = clipped(box, sheet);
  const isErased = (x: number, y: number): boolean => {
    const [column, row] = [x - box[0], y - box[1]];
    return column >= 0 && row >= 0 && column < box[2] && row < box[3] && mask[row * box[2] + column] !== 0 && sheet.data[y * sheet.width + x] === id;
  };
  // 1. From outside inwards, through what is erased
  const window = clipped(within, sheet, 1);
  const grid = gridOf(sheet, window, (of, x, y) => (of === id && isErased(x, y) ? OPEN : owner[of]));
  const rest = fillNearest(grid, window[2], window[3]);
  // 2. What that does not reach lies within the region, or beside a locked one: straight to the nearest
  const far = rest > 0 ? nearestOf(sheet, within, owner) : undefined;
  if (rest > 0 && !far) return undefined;
  const patch = rewrite(sheet, within, (row, y) => {
    for (let x = 0; x < row.length; x++) {
      const column = within[0] + x;
      if (row[x] !== id || !isErased(column, y)) continue;
      const near = valueAt(grid, window, column, y);
      row[x] = near === OPEN && far ? valueAt(far.grid, far.window, column, y) : near;
    }
  });
  return stepOf(sheet, 'erase', patch);
};

/** A number for each pixel of a box. */
const gridOf = ({ data, width }: Sheet, [left, top, columns, rows]: Box, numberOf: (id: number, x: number, y: number) => number): Int32Array => {
  const grid = new Int32Array(columns * rows);
  for (let y = top, i = 0; y < top + rows; y++) for (let x = left; x < left + columns; x++, i++) grid[i] = numberOf(data[y * width + x], x, y);
  return grid;
};

const valueAt = (grid: Int32Array, [left, top, columns]: Box, x: number, y: number): number => grid[(y - top) * columns + x - left];

/** About the nearest owner of each pixel around a box, whatever lies between; undefined where the picture has none. */
const nearestOf = (sheet: Sheet, box: Box, owner: Int32Array): { grid: Int32Array; window: Box } | undefined => {
  for (let margin = 8; ; margin *= 4) {
    const window = clipped(box, sheet, margin);
    const grid = gridOf(sheet, window, (id) => (owner[id] >= 0 ? owner[id] : OPEN));
    if (fillNearest(grid, window[2], window[3]) === 0) return { grid, window };
    if (window[2] === sheet.width && window[3] === sheet.height) return undefined;
  }
};
