/** From changed pixels to a whole step: which regions are gone, and what is still true of the others. */
import type { MarkChange, Step, StepName } from './history.ts';
import { eachRun, type Patch } from './patch.ts';
import { clipped, type Mark, type Sheet, withoutNode } from './sheet.ts';

/**
 * The step of a patch and of what is said. Regions that lose their last pixel lose their mark, and those that lose or gain
 * any are no longer their node's unless `said` names it anew.
 * @param said marks of new regions, and others' new ones
 * @returns undefined where nothing changes
 */
export const stepOf = (sheet: Sheet, what: StepName, patch: Patch | undefined, said: ReadonlyMap<number, Mark> = new Map()): Step | undefined => {
  const gone = patch ? goneBy(sheet, patch) : new Set<number>();
  const marks: MarkChange[] = [];
  for (const id of new Set([...(patch?.pairs ?? []), ...said.keys()])) {
    const before = sheet.marks.get(id);
    const after = gone.has(id) ? undefined : (said.get(id) ?? (before && withoutNode(before)));
    if (after !== before) marks.push({ id, ...(before && { before }), ...(after && { after }) });
  }
  return patch || marks.length > 0 ? { what, ...(patch && { patch }), ...(marks.length > 0 && { marks }) } : undefined;
};

/** The regions of which a patch leaves nothing. Looks from it outwards: it seldom has to look far. */
const goneBy = (sheet: Sheet, patch: Patch): Set<number> => {
  const { data, width, height } = sheet;
  const left = new Map<number, number>(); // pixels around, by what is taken from
  eachRun(patch, sheet, (start, end, before) => left.set(before, (left.get(before) ?? 0) + start - end));
  for (let k = 1; k < patch.pairs.length; k += 2) left.delete(patch.pairs[k]); // what gains is there
  const [x, y, columns, rows] = clipped(patch.box, sheet, 1);
  for (let row = y * width + x; row < (y + rows) * width; row += width) countRow(data, row, row + columns, left);
  const gone = new Set([...left.keys()].filter((id) => left.get(id) === 0));
  for (let row = y; row < y + rows && gone.size > 0; row++) {
    dropFound(data, row * width, row * width + x, gone);
    dropFound(data, row * width + x + columns, (row + 1) * width, gone);
  }
  for (let up = y - 1, down = y + rows; gone.size > 0 && (up >= 0 || down < height); up--, down++) {
    if (up >= 0) dropFound(data, up * width, (up + 1) * width, gone);
    if (down < height) dropFound(data, down * width, (down + 1) * width, gone);
  }
  return gone;
};

const countRow = (data: Int32Array, from: number, to: number, counts: Map<number, number>): void => {
  for (let i = from; i < to; ) {
    const id = data[i];
    const start = i++;
    while (i < to && data[i] === id) i++;
    const count = counts.get(id);
    if (count !== undefined) counts.set(id, count + i - start);
  }
};

/** Takes out of the set what occurs. */
const dropFound = (data: Int32Array, from: number, to: number, ids: Set<number>): void => {
  let last = -1;
  for (let i = from; i < to; i++) {
    if (data[i] === last) continue;
    last = data[i];
    ids.delete(last);
  }
};
