/** Export: the chosen formats of the chosen pictures, as files that are saved, or beside the pictures. */
import { computed, signal } from '@preact/signals';
import { DEFAULT_FORMATS, SETS } from 'diffcut/export';
import { BEHIND, isVoid } from '../bridge/bridge.ts';
import { SUFFIXES } from '../formats.ts';
import type { Entry } from '../keep/zip.ts';
import { MOST_PIXELS } from '../limits.ts';
import { texts } from '../texts.ts';
import type { MadeFile } from '../worker/export.ts';
import type { MadeSets } from '../worker/sets.ts';
import { type Beside, besideOf, writeBeside } from './beside.ts';
import { bridge, tellProblem } from './bridge.ts';
import { codeOf, commandOf } from './copies.ts';
import { copyPicture, copyText, download } from './download.ts';
import { selected } from './edit.ts';
import { fileName, namer, stemOf } from './names.ts';
import { change } from './pictures.ts';
import * as work from './work.ts';

export const SCOPES = ['this', 'all', 'done'] as const;
export type Scope = (typeof SCOPES)[number];
export const scope = signal<Scope>('this');
/** Names of formats. */
export const formats = signal<readonly string[]>(DEFAULT_FORMATS);

export const toggleFormat = (name: string): void => {
  const { value } = formats;
  formats.value = value.includes(name) ? value.filter((one) => one !== name) : [...value, name];
};

/** Names of sets: files of all chosen pictures together. */
export const sets = signal<readonly string[]>([]);

export const toggleSet = (name: string): void => {
  const { value } = sets;
  sets.value = value.includes(name) ? value.filter((one) => one !== name) : [...value, name];
};

export const inScope = (of: Scope): readonly work.Item[] =>
  work.items.value.filter(({ id, isDone }) => (of === 'all' ? true : of === 'done' ? isDone : id === work.activeId.value));
export const chosen = computed(() => inScope(scope.value));
/** Whether any is worked on brought down. */
export const hasLarge = computed(() => chosen.value.some(({ width = 0, height = 0 }) => width * height > MOST_PIXELS));
/** Whether all came from a folder that the browser lets be written to. */
export const canBeBeside = computed(() => chosen.value.length > 0 && chosen.value.every(({ folder }) => folder !== undefined));

/** What is being exported; and what came of the last time. */
export const running = signal<{ name: string; done: number; total: number } | undefined>(undefined);
export interface Report {
  written: readonly string[];
  failed: readonly { name: string; problem: string }[];
}
export const report = signal<Report | undefined>(undefined);
/** Files that are there already, and what is to be done about them. */
export const conflict = signal<{ names: readonly string[]; answer(how: 'replace' | 'both' | undefined): void } | undefined>(undefined);

let stopper: AbortController | undefined;
export const stop = (): void => stopper?.abort();

/** One export at a time, which can be stopped. */
const run = async (work: (signal: AbortSignal) => Promise<Report>): Promise<void> => {
  stopper?.abort();
  const own = new AbortController();
  stopper = own;
  report.value = undefined;
  try {
    report.value = await work(own.signal);
  } catch (error) {
    tellProblem(error);
  } finally {
    if (stopper === own) running.value = undefined;
  }
};

/** Makes the files of one picture after the other; one that fails is told of, and the rest goes on. */
const eachPicture = async (
  items: readonly work.Item[],
  signal: AbortSignal,
  take: (item: work.Item, files: readonly MadeFile[]) => Promise<void> | void,
): Promise<{ name: string; problem: string }[]> => {
  const failed: { name: string; problem: string }[] = [];
  for (const [done, item] of items.entries()) {
    const { id, name } = item;
    running.value = { name, done, total: items.length };
    const onProgress = (_stage: string, part: number, parts: number): void => {
      running.value = { name, done: done + Math.min(0.9, part / Math.max(1, parts)), total: items.length };
    };
    try {
      const asked = { id, formats: formats.value, classes: work.classes.value };
      await take(item, await bridge.call('exported', asked, { priority: 5, signal, onProgress }));
      if (item.status === 'waiting') change(id, { status: 'ready' });
    } catch (error) {
      if (isVoid(error)) throw error;
      failed.push({ name, problem: (error as Error).message });
    }
  }
  return failed;
};

/** A picture's name in sets, where each has files of its own in place of the ending. */
const setNames = (items: readonly work.Item[]): { id: string; name: string }[] => {
  const nameFor = namer();
  return items.map(({ id, name }) => {
    const ending = name.slice(stemOf(name).length);
    return { id, name: nameFor(fileName(stemOf(name)), ['']) + ending };
  });
};

/** Makes the chosen sets. */
const allTogether = async (items: readonly work.Item[], signal: AbortSignal): Promise<MadeSets> => {
  if (sets.value.length === 0) return { files: [], failed: [] };
  const name = texts.exporting.together;
  running.value = { name, done: 0, total: 1 };
  const onProgress = (_stage: string, done: number, total: number): void => {
    running.value = { name, done, total };
  };
  const asked = { pictures: setNames(items), sets: sets.value, classes: work.classes.value };
  return bridge.call('exportedSets', asked, { priority: BEHIND, signal, onProgress });
};

/** Saves the chosen formats: one file as it is, several as a ZIP. */
export const save = (): Promise<void> =>
  run(async (signal) => {
    const nameFor = namer(sets.value.map((name) => SETS[name].path));
    const entries: Entry[] = [];
    const items = formats.value.length > 0 ? chosen.value : [];
    const failed = await eachPicture(items, signal, ({ name }, files) => {
      const suffixes = files.map(({ suffix }) => suffix);
      const stem = nameFor(fileName(stemOf(name)), suffixes);
      for (const { suffix, blob } of files) entries.push({ name: stem + suffix, blob });
    });
    const together = await allTogether(chosen.value, signal);
    entries.push(...together.files);
    failed.push(...together.failed.filter(({ name }) => !failed.some((one) => one.name === name)));
    if (entries.length === 0) return { written: [], failed };
    if (entries.length === 1 && !entries[0].name.includes('/')) {
      download(entries[0].blob, entries[0].name);
      return { written: [entries[0].name], failed };
    }
    running.value = { name: texts.exporting.packing, done: 0, total: 1 };
    const blobs = await bridge.call('zipped', { entries }, { priority: 5, signal });
    const [item, ...more] = chosen.value;
    const stem = item && more.length === 0 ? fileName(stemOf(item.name)) : 'diffcut';
    const written = blobs.map((_, i) => (i === 0 ? `${stem}.zip` : `${stem} (${i + 1}).zip`));
    blobs.forEach((blob, i) => {
      download(blob, written[i]);
    });
    return { written, failed };
  });

const asked = (names: readonly string[], signal: AbortSignal): Promise<'replace' | 'both'> =>
  new Promise((resolve, reject) => {
    const answer = (how: 'replace' | 'both' | undefined): void => {
      conflict.value = undefined;
      how ? resolve(how) : reject(new DOMException('nothing was written', 'AbortError'));
    };
    signal.addEventListener('abort', () => answer(undefined), { once: true });
    conflict.value = { names, answer };
  });

/** Writes the chosen formats into the pictures' own folders. Nothing that is there is replaced without being asked about. */
export const saveBeside = (): Promise<void> =>
  run(async (signal) => {
    const items = chosen.value;
    const suffixes = Object.keys(SUFFIXES)
      .filter((name) => formats.value.includes(name))
      .map((name) => SUFFIXES[name]);
    let places = await besideOf(items, work.items.value, suffixes, false);
    const there = [...places.values()].flatMap((place) => place.there);
    const isReplaced = there.length > 0 && (await asked(there, signal)) === 'replace';
    if (there.length > 0 && !isReplaced) places = await besideOf(items, work.items.value, suffixes, true);
    const written: string[] = [];
    const failed = await eachPicture(items, signal, async ({ id }, files) => {
      written.push(...(await writeBeside(places.get(id) as Beside, files, signal)));
    });
    return { written, failed };
  });

/** Copies what gives the same without the page. */
export const copyRecipe = (what: 'command' | 'typescript'): void => {
  const { value: item } = work.active;
  if (item) void copyText((what === 'command' ? commandOf : codeOf)(item.name, item.settings), texts.copying[what]);
};

/** Copies the picture with its regions over it, or the selected regions alone. */
export const copyView = (what: 'overlay' | 'cutout'): void => {
  const id = work.activeId.value;
  if (!id) return;
  const regions = what === 'cutout' ? { regions: selected() } : {};
  void copyPicture(bridge.call('clip', { id, classes: work.classes.value, ...regions }), texts.copying[what]);
};
