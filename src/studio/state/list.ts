/** The list of regions: in which order, in which words, and how one walks along it. */
import { computed, signal } from '@preact/signals';
import { texts } from '../texts.ts';
import type { RegionRow } from '../types.ts';
import * as work from './work.ts';

export const SORTS = ['area', 'class', 'across'] as const;
export type Sort = (typeof SORTS)[number];
export const sort = signal<Sort>('area');

const classIndex = ({ classId }: RegionRow): number => {
  const at = work.classes.value.findIndex(({ id }) => id === classId);
  return at < 0 ? Number.MAX_SAFE_INTEGER : at;
};

const ORDERS: Record<Sort, (a: RegionRow, b: RegionRow) => number> = {
  area: () => 0, // as they come
  class: (a, b) => classIndex(a) - classIndex(b),
  across: (a, b) => a.box[0] + a.box[2] / 2 - (b.box[0] + b.box[2] / 2),
};

export const rowsNow = computed((): readonly RegionRow[] => [...(work.regions.value?.rows ?? [])].sort(ORDERS[sort.value]));

export const classNameOf = ({ classId }: RegionRow): string | undefined => work.classes.value.find(({ id }) => id === classId)?.name;

/** What a region is called: by a person, or by its number. */
export const nameOf = (row: RegionRow): string => {
  const of = classNameOf(row);
  return row.name ?? (of ? `${of} \u00b7 ${texts.region(row.id)}` : texts.region(row.id));
};

/** What is proposed for a region, in short; undefined where nothing is. */
export const proposedOf = ({ id }: RegionRow): string | undefined => {
  const found = work.proposed.value.get(id);
  if (!found) return undefined;
  return found.name === undefined ? texts.labelling.proposed : texts.naming.guess(found.name, found.score);
};

/** What is said of a region, a word each: its name first, then its class where the name does not tell, size, share and state. */
export const partsOf = (row: RegionRow): string[] => {
  const { width, height } = work.regions.value ?? { width: 1, height: 1 };
  return [
    nameOf(row),
    row.name !== undefined && classNameOf(row),
    texts.labelling.pixels(row.area),
    texts.share(row.area / (width * height)),
    row.hidden && texts.hidden,
    row.locked && texts.locked,
    proposedOf(row),
    work.proposed.value.get(row.id)?.name !== undefined && texts.naming.suggested,
  ].filter((part): part is string => typeof part === 'string');
};

export const wordsOf = (row: RegionRow): string => partsOf(row).join(', ');

/** What is said to screen readers as one walks over the picture. */
export const walked = signal('');

/** Where the last plain step of a walk went: Shift selects from there. */
let anchor: number | undefined;

/** How a walk selects: the region alone, all since the last one that was selected alone, or none. */
export type Way = 'set' | 'extend' | 'look';

export const walkTo = (id: number, way: Way): void => {
  work.hover.value = id;
  if (way === 'look') return;
  if (way === 'set') anchor = id;
  const ids = rowsNow.value.map((row) => row.id);
  const [from, to] = [ids.indexOf(anchor ?? id), ids.indexOf(id)];
  const start = from < 0 ? to : from;
  work.selection.value = new Set(ids.slice(Math.min(start, to), Math.max(start, to) + 1));
};

/** Where a walk along the list stands: the region that is lit, or a selected one. */
export const placeNow = (): number => {
  const { value: rows } = rowsNow;
  const lit = rows.findIndex(({ id }) => id === work.hover.value);
  return lit >= 0 ? lit : rows.findIndex(({ id }) => work.selection.value.has(id));
};

/** Milliseconds after which a letter begins a new word. */
const PAUSE = 700;
let typed = '';
let typedAt = -Infinity;

/** Letters that are typed go to the next region whose name, or whose class, begins with them; one letter again and again goes on. */
export const typeAhead = (letter: string, now: number): number | undefined => {
  typed = now - typedAt < PAUSE ? typed + letter.toLowerCase() : letter.toLowerCase();
  typedAt = now;
  const isRepeated = [...typed].every((one) => one === typed[0]);
  const wanted = isRepeated ? typed[0] : typed;
  const { value: rows } = rowsNow;
  const from = Math.max(0, placeNow()) + (isRepeated ? 1 : 0);
  return [...rows.slice(from), ...rows.slice(0, from)].find((row) => nameOf(row).toLowerCase().startsWith(wanted))?.id;
};

/** Opens the name or the colour of a region in the list. */
export const startEditing = (id: number, what: 'name' | 'colour'): void => {
  work.tab.value = 'regions';
  work.editing.value = { id, what };
};
