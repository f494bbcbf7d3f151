/** Over the picture by arrow keys: from region to region, each selected as one comes to it. */
import { select } from '../state/edit.ts';
import { type Way, walked, walkTo, wordsOf } from '../state/list.ts';
import * as work from '../state/work.ts';
import { texts } from '../texts.ts';
import type { RegionRow } from '../types.ts';

const DIRECTIONS: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The nearest region in a direction: those straight ahead before those aside. */
const nextIn = ([dx, dy]: readonly [number, number], from: RegionRow, rows: readonly RegionRow[]): RegionRow | undefined => {
  let best: { row: RegionRow; cost: number } | undefined;
  for (const row of rows) {
    const [x, y] = [row.label[0] - from.label[0], row.label[1] - from.label[1]];
    const along = x * dx + y * dy;
    const cost = along + 2 * Math.abs(x * dy + y * dx);
    if (row.id !== from.id && along > 0 && (!best || cost < best.cost)) best = { row, cost };
  }
  return best?.row;
};

/** Tells of a region to who cannot see it. */
export const tellOf = (row: RegionRow): void => {
  walked.value = [wordsOf(row), work.selection.value.has(row.id) && texts.labelling.isSelected].filter(Boolean).join(', ');
};

/** Goes to a region, and tells of it. */
export const goTo = (row: RegionRow, way: Way = 'set'): void => {
  walkTo(row.id, way);
  tellOf(row);
};

/** Keys of the stage: arrows go to a region and select it, with Ctrl they only go; Enter adds it to the selection or takes it out. */
export const walkRegions = (event: KeyboardEvent): void => {
  const rows = work.regions.value?.rows.filter(({ hidden }) => !hidden) ?? [];
  if (rows.length === 0 || event.shiftKey || event.altKey || work.mode.value !== 'regions') return;
  const current = rows.find(({ id }) => id === work.hover.value) ?? rows.find(({ id }) => work.selection.value.has(id));
  const direction = DIRECTIONS[event.key];
  if (!direction && (event.key !== 'Enter' || !current || work.proposed.value.size > 0)) return;
  event.preventDefault();
  event.stopPropagation();
  if (direction) {
    const next = current ? nextIn(direction, current, rows) : rows[0];
    if (next) goTo(next, event.ctrlKey || event.metaKey ? 'look' : 'set');
  } else if (current) {
    select([current.id], 'toggle');
    goTo(current, 'look');
  }
};
