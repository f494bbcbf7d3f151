/** Labels that stand in for a picture's regions while a slider moves: which regions they are seen as. Pure. */
import type { Sheet } from '../edit/index.ts';
import { type Labels, places } from './render.ts';

/**
 * The region that each label lies on for the most part, where it is to look like it: where the region is of a class or has a colour
 * of its own, or where the label is the largest part of it. Others look like nothing that was there.
 */
export const standIns = ({ data, width, height }: Labels, sheet: Sheet): Map<number, number> => {
  const columns = places(width, 0, 1, width, sheet.width);
  const rows = places(height, 0, 1, height, sheet.height);
  const shared = new Map<number, Map<number, number>>();
  for (let y = 0; y < height; y++) {
    const [at, from] = [y * width, rows[y] * sheet.width];
    for (let x = 0; x < width; ) {
      const [start, label, region] = [x++, data[at + x - 1], sheet.data[from + columns[x - 1]]];
      while (x < width && data[at + x] === label && sheet.data[from + columns[x]] === region) x++;
      const on = shared.get(label) ?? new Map<number, number>();
      shared.set(label, on.set(region, (on.get(region) ?? 0) + x - start));
    }
  }
  const out = new Map<number, number>();
  const taken = new Set<number>();
  const pairs = [...shared].map(([label, on]) => [label, ...mostOf(on)] as const).sort((a, b) => b[2] - a[2] || a[0] - b[0]);
  for (const [label, region] of pairs) {
    const { classId, colour } = sheet.marks.get(region) ?? {};
    if (classId === undefined && colour === undefined && taken.has(region)) continue;
    out.set(label, region);
    taken.add(region);
  }
  return out;
};

const mostOf = (on: ReadonlyMap<number, number>): [region: number, pixels: number] => {
  let most: [number, number] = [-1, 0];
  for (const one of on) if (one[1] > most[1]) most = one;
  return most;
};
