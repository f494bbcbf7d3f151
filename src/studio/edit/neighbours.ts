/** Around one region. */
import { boxOf, type Sheet } from './sheet.ts';

export interface Neighbour {
  id: number;
  /** Sides of pixels that both have in common. */
  border: number;
}

/** The regions beside one, the longest border first; none where it is not there. */
export const neighboursOf = (sheet: Sheet, id: number): Neighbour[] => {
  const { data, width, height, marks } = sheet;
  const box = marks.has(id) && boxOf(sheet, id);
  if (!box) return [];
  const [left, top, columns, rows] = box;
  const borders = new Map<number, number>();
  const touch = (other: number): void => {
    if (other !== id) borders.set(other, (borders.get(other) ?? 0) + 1);
  };
  for (let y = top; y < top + rows; y++) {
    for (let x = left, i = y * width + left; x < left + columns; x++, i++) {
      if (data[i] !== id) continue;
      if (y > 0) touch(data[i - width]);
      if (x > 0) touch(data[i - 1]);
      if (x < width - 1) touch(data[i + 1]);
      if (y < height - 1) touch(data[i + width]);
    }
  }
  return [...borders].map(([other, border]) => ({ id: other, border })).sort((a, b) => b.border - a.border || a.id - b.id);
};

/** The pixels of regions, 1 inside, of the picture's size. */
export const maskOf = ({ data, width, height, nextId }: Sheet, ids: Iterable<number>): { data: Uint8Array; width: number; height: number } => {
  const isIn = new Uint8Array(nextId);
  for (const id of ids) isIn[id] = 1;
  const mask = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) mask[i] = isIn[data[i]];
  return { data: mask, width, height };
};
