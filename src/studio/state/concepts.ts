/** The concepts view: regions of all pictures are looked at, one picture after the other, and grouped by likeness. */
import { batch, computed, effect, signal, untracked } from '@preact/signals';
import { isVoid } from '../bridge/bridge.ts';
import { texts } from '../texts.ts';
import type { Regions, Settings } from '../types.ts';
import type { Column } from '../worker/coherence.ts';
import type { SeenPicture } from '../worker/concepts.ts';
import { bridge, tellProblem } from './bridge.ts';
import { columnKey, ownColumn } from './coherence.ts';
import { type Alike, type ByHand, byPicture, freeNumbers, freeOf, isAmiss, type Known, keyOf, newNumber, type Part, rowsOf } from './concept-rows.ts';
import * as work from './work.ts';

const words = texts.concepts;

/** How much dearer one more row is than in `diffcut concepts`, whose price goes with how many regions there are: at the ends of the slider. */
export const DEARER = { fewest: 10, most: 0.1 } as const;
export const dearer = signal<number>(1);

const isOn = computed(() => work.mode.value === 'concepts');
/** As one text: whatever else changes in the strip, nothing is grouped again for it. */
const idsNow = computed(() =>
  work.items.value
    .filter(({ status }) => status !== 'failed')
    .map(({ id }) => id)
    .join(' '),
);
const pictures = computed(() => idsNow.value.split(' ').filter(Boolean));

export const nameOfPicture = (id: string): string => work.items.value.find((item) => item.id === id)?.name ?? '';

/** What sees all pictures: at first what sees the one of the strip. */
const chosen = signal<Column | undefined>(undefined);
export const encoder = computed(() => chosen.value ?? ownColumn.value);
effect(() => {
  if (!isOn.value) return;
  chosen.value ??= ownColumn.peek();
  work.selection.value = new Set(); // keys are not of what is hidden
});

/** A picture's own settings where the encoder is its own: what was encoded for its regions serves again. */
const settingsOf = (id: string): Settings => {
  const { value: by } = encoder;
  const { encoder: own = 'embedded', where = 'page', ...rest } = work.items.value.find((item) => item.id === id)?.settings ?? {};
  return columnKey({ encoder: own, where }) === columnKey(by) ? { ...rest, encoder: own, where } : by;
};

const seen = signal<ReadonlyMap<string, SeenPicture>>(new Map());
/** Why pictures could not be looked at. */
export const failed = signal<ReadonlyMap<string, string>>(new Map());
/** Pictures that are as they were seen: when the view is opened all are asked again, which is quick where nothing has changed. */
const checked = signal<ReadonlySet<string>>(new Set());
export const isStopped = signal(false);
const next = computed(() => pictures.value.find((id) => !checked.value.has(id)));
/** How far the looking is, of how many pictures. */
export const looked = computed(() => ({ done: pictures.value.filter((id) => checked.value.has(id)).length, all: pictures.value.length }));

/** What a person put together without naming it. */
export const byHand = signal<ByHand>(new Map());
const alike = signal<ReadonlyMap<string, Alike>>(new Map());
/** What the rows that were found are of. */
const groupedBy = signal<number | undefined>(undefined);

/** Regions of a picture: those that are hidden are nobody's. */
const partsOf = ({ picture, labels, regions }: SeenPicture): readonly Part[] =>
  regions
    .filter(({ hidden }) => !hidden)
    .map(({ id, share, classId }) => ({ key: keyOf(picture, id), picture, id, share, classId, image: `${picture}-${labels}-${id}` }));
/** Those of a picture stay the same objects while it is as it was: their cut-outs are not drawn anew for another picture's. */
const madeOf = new WeakMap<SeenPicture, readonly Part[]>();
const parts = computed((): Part[] =>
  pictures.value.flatMap((picture) => {
    const found = seen.value.get(picture);
    if (!found) return [];
    const made = madeOf.get(found) ?? partsOf(found);
    madeOf.set(found, made);
    return made;
  }),
);
const known = computed((): Known => ({ parts: parts.value, classes: work.classes.value, byHand: byHand.value, alike: alike.value }));
export const rows = computed(() => rowsOf(known.value));
/** The number of a row that is none yet. */
export const freshNumber = (): number => newNumber(known.value);
export const partOf = computed((): ReadonlyMap<string, Part> => new Map(parts.value.map((part) => [part.key, part])));

const isLooking = computed(() => isOn.value && !isStopped.value && next.value !== undefined);
const isOutdated = computed(() => dearer.value !== groupedBy.value || isAmiss(known.value));
/** Whether the rows are not all there yet. */
export const isBusy = computed(() => isLooking.value || isOutdated.value);
/** How far the looking is, in words; undefined once all pictures were looked at. */
export const lookingNow = computed((): string | undefined => {
  const { done, all } = looked.value;
  if (done === all) return undefined;
  return isStopped.value ? words.stopped(done, all) : words.looking(done + 1, all);
});
/** What is said of all rows. */
export const heading = computed((): string => {
  const inRows = rows.value.flatMap((row) => row.parts);
  if (inRows.length === 0 && isBusy.value) return lookingNow.value ?? words.grouping;
  const told = words.told(rows.value.length, inRows.length, new Set(inRows.map(({ picture }) => picture)).size);
  return lookingNow.value === undefined ? told : words.soFar(told, lookingNow.value);
});

const withEntry = <T>(map: ReadonlyMap<string, T>, key: string, value: T): ReadonlyMap<string, T> => new Map(map).set(key, value);
const withoutEntries = <T>(map: ReadonlyMap<string, T>, isGone: (key: string) => boolean): ReadonlyMap<string, T> =>
  new Map([...map].filter(([key]) => !isGone(key)));

/** What was found out of a picture; where its labels are others than before its regions are grouped anew. What is as it was draws nothing anew. */
const see = (found: SeenPicture): void =>
  batch(() => {
    const { picture, labels, version } = found;
    const before = seen.value.get(picture);
    if (before?.labels !== labels) alike.value = withoutEntries(alike.value, (key) => key.startsWith(`${picture}-`));
    if (before?.labels !== labels || before.version !== version) seen.value = withEntry(seen.value, picture, found);
    checked.value = new Set([...checked.value, picture]);
  });

/** Regions of a picture after their names alone were changed. */
export const seeNames = ({ picture, version, rows: marks }: Regions): void => {
  const before = seen.value.get(picture);
  if (!before) return;
  const said = new Map(marks.map((row) => [row.id, row]));
  see({ ...before, version, regions: before.regions.map((region) => ({ ...region, classId: said.get(region.id)?.classId })) });
};

let stop = new AbortController();
const stopCalls = (): void => {
  stop.abort();
  stop = new AbortController();
};
/** Ends the looking, until it is gone on with. */
export const stopLooking = (): void => {
  isStopped.value = true;
  stopCalls();
};
export const goOn = (): void => {
  isStopped.value = false;
};

const look = async (id: string): Promise<void> => {
  const { signal: heard } = stop;
  try {
    const found = await bridge.call('conceptRegions', { id, settings: settingsOf(id) }, { priority: 5, signal: heard });
    if (!heard.aborted) see(found);
  } catch (error) {
    if (isVoid(error) || heard.aborted) return;
    failed.value = withEntry(failed.value, id, (error as Error).message);
    checked.value = new Set([...checked.value, id]);
  }
};

let isRunning = false;
const lookAtAll = async (): Promise<void> => {
  if (isRunning) return;
  isRunning = true;
  for (let id = next.peek(); id && isLooking.peek(); id = next.peek()) await look(id);
  isRunning = false;
};
effect(() => {
  if (isLooking.value) untracked(() => void lookAtAll());
});

/** When the view is opened the next time all are looked at again. */
effect(() => {
  if (isOn.value) return;
  stopCalls();
  batch(() => {
    isStopped.value = false;
    checked.value = new Set();
    failed.value = new Map();
  });
});

/** What another encoder sees has nothing to do with what there was. */
export const chooseEncoder = (column: Column): void => {
  stopCalls();
  batch(() => {
    chosen.value = column;
    seen.value = failed.value = alike.value = new Map();
    checked.value = new Set();
  });
};

/** The picture on the stage was edited otherwise than here. */
effect(() => {
  const { value: found } = work.regions;
  const before = found && seen.peek().get(found.picture);
  if (before && before.version !== found.version) checked.value = new Set([...checked.peek()].filter((id) => id !== found.picture));
});

const group = async (of: readonly Part[], by: number): Promise<void> => {
  const asked = [...byPicture(of)].map(([id, regions]) => ({ id, regions, settings: settingsOf(id) }));
  try {
    const { row, cosine } = await bridge.call('concepts', { of: asked, dearer: by }, { key: 'concepts' });
    const numbers = freeNumbers(
      row.reduce((most, n) => Math.max(most, n + 1), 0),
      byHand.value,
    );
    batch(() => {
      alike.value = new Map(of.map(({ key }, i) => [key, { row: numbers[row[i]], cosine: cosine[i] }]));
      groupedBy.value = by;
    });
  } catch (error) {
    tellProblem(error);
  }
};

// Once all that is looked at is there, and again whenever the slider or a region asks for it.
effect(() => {
  if (!isOn.value || isLooking.value || !isOutdated.value) return;
  const [of, by] = [freeOf(known.value), dearer.value];
  untracked(() => void group(of, by));
});
