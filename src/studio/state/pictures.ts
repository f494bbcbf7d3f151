/** The strip: pictures come in, are computed ahead, and are brought onto the stage. */
import { batch } from '@preact/signals';
import { type CallOptions, isVoid } from '../bridge/bridge.ts';
import { texts } from '../texts.ts';
import type { PictureRow, Regions } from '../types.ts';
import { bridge, onEvent, tellProblem } from './bridge.ts';
import { fitView } from './view.ts';
import * as work from './work.ts';

export const change = (id: string, changes: Partial<work.Item>): void => {
  work.items.value = work.items.value.map((item) => (item.id === id ? { ...item, ...changes } : item));
};

export const isActive = (id: string): boolean => work.activeId.value === id;

/** A file, and the folder that it came from where the browser tells. */
export interface Given {
  blob: Blob;
  name: string;
  folder?: FileSystemDirectoryHandle;
}

let lastOrder = 0;

/** 128 random bits; `randomUUID` is not there where the page's address is not secure. */
const newId = (): string => [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36).padStart(7, '0')).join('');

/** Puts pictures into the strip. The first one is shown where none is. */
export const addPictures = async (given: readonly Given[]): Promise<void> => {
  if (given.length === 0) return;
  const rows = given.map(
    ({ blob, name, folder }): PictureRow => ({
      id: newId(),
      name,
      blob,
      order: ++lastOrder,
      settings: work.settings.value,
      ...(folder && { folder }),
    }),
  );
  work.items.value = [...work.items.value, ...rows.map(work.itemOf)];
  // all before anything else is asked of one of them: its thumbnail may be clicked by now
  await Promise.all(rows.map((row) => bridge.call('adopt', row)));
  if (!work.active.value) await activate(rows[0].id);
  workAhead();
};

/** The place of the last picture that was opened. */
export const lastPlace = (): number => lastOrder;

/** Puts pictures into the strip that are kept already. */
export const takeRows = (rows: readonly PictureRow[]): void => {
  work.items.value = [...work.items.value, ...rows.map(work.itemOf)];
  lastOrder = Math.max(lastOrder, ...rows.map(({ order }) => order));
  if (!work.active.value && rows[0]) void activate(rows[0].id);
  workAhead();
};

/** What the last visit left. */
export const restore = async (): Promise<void> => {
  const [kept, rows, engine] = await Promise.all([bridge.call('work', undefined), bridge.call('kept', undefined), bridge.call('engine', undefined)]);
  const here = work.items.value; // what was dropped meanwhile
  batch(() => {
    work.engine.value = engine;
    work.items.value = [...rows.filter(({ id }) => !here.some((item) => item.id === id)).map(work.itemOf), ...here];
    lastOrder = Math.max(lastOrder, ...rows.map(({ order }) => order));
    if (kept) {
      work.classes.value = kept.classes;
      work.goneClasses.value = kept.gone ?? [];
      work.settings.value = kept.settings;
    }
  });
  const first = rows.find(({ id }) => id === kept?.activeId) ?? rows[0];
  if (first && !work.activeId.value) await activate(first.id);
  workAhead();
};

/** One loop at a time, however often it is begun. */
const once = (loop: () => Promise<void>): (() => Promise<void>) => {
  let running: Promise<void> | undefined;
  return () => {
    running ??= loop().finally(() => {
      running = undefined;
    });
    return running;
  };
};

/** All thumbnails first: they are quick, and show at once what cannot be read. */
const thumbsAhead = once(async () => {
  const next = () => work.items.value.find(({ thumb, status }) => !thumb && status !== 'failed');
  for (let item = next(); item; item = next()) {
    const { id } = item;
    try {
      change(id, { thumb: URL.createObjectURL(await bridge.call('glance', { id })) });
    } catch (error) {
      change(id, { status: 'failed', problem: (error as Error).message });
    }
  }
});

/** Regions of all pictures that have none yet, in the background: the next ones first. */
const regionsAhead = once(async () => {
  for (let next = nextWaiting(); next; next = nextWaiting()) await computed(next, 10);
});

const workAhead = (): void => {
  void thumbsAhead();
  void regionsAhead();
};

const nextWaiting = (): work.Item | undefined => {
  const { value } = work.items;
  const at = value.findIndex(({ id }) => id === work.activeId.value);
  return [...value.slice(at + 1), ...value.slice(0, at + 1)].find(({ status, id }) => status === 'waiting' && !isActive(id));
};

/** A picture's regions, as they are or made now. */
const computed = async ({ id }: work.Item, priority: number, options: CallOptions = {}): Promise<Regions | undefined> => {
  change(id, { status: 'working' });
  try {
    const found = await bridge.call('ready', { id, classes: work.classes.value }, { ...options, priority });
    change(id, { status: 'ready', ...found.file });
    return found;
  } catch (error) {
    change(id, isVoid(error) ? { status: 'waiting' } : { status: 'failed', problem: (error as Error).message });
    return undefined;
  }
};

export const keepWork = (): void => {
  const { activeId, classes, goneClasses, settings } = work;
  void bridge.call('keepWork', {
    classes: [...classes.value],
    gone: [...goneClasses.value],
    settings: settings.value,
    ...(activeId.value && { activeId: activeId.value }),
  });
};

/** Brings a picture onto the stage: the picture at once, its regions when they are there. */
export const activate = async (id: string): Promise<void> => {
  const item = work.items.value.find((one) => one.id === id);
  if (!item) return;
  batch(() => {
    work.activeId.value = id;
    work.selection.value = new Set();
    work.hover.value = undefined;
    work.lit.value = [];
    work.editing.value = undefined;
    work.regions.value = undefined;
    work.overlay.value = undefined;
    // at once: where it is being computed ahead already, its stages are told to nobody
    work.progress.value = item.status === 'ready' ? undefined : { stage: 'encode', done: 0, total: 1 };
  });
  keepWork();
  const picture = bridge.call('show', { id }, { key: 'show' }).then((made) => {
    if (!isActive(id)) return;
    for (const level of work.shown.value?.levels ?? []) level.close();
    work.shown.value = { id, ...made };
    fitView();
  });
  picture.catch((error) => {
    if (isVoid(error)) return;
    const { message } = error as Error;
    change(id, { status: 'failed', problem: message });
    work.notice.value = { kind: 'problem', text: message, action: { text: texts.remove, run: () => void forget([id]) } };
  });
  await picture.catch(() => {});
  const found = await computed(item, 0, {
    key: 'ready',
    onProgress: (stage, done, total) => {
      if (isActive(id)) work.progress.value = { stage, done, total };
    },
  });
  if (found) show(found);
  else if (isActive(id)) work.progress.value = undefined;
  workAhead();
};

/** The regions on the stage as they are kept: what was shown may not have been done. */
export const refresh = async (): Promise<void> => {
  const id = work.activeId.value;
  if (!id) return;
  try {
    show(await bridge.call('ready', { id, classes: work.classes.value }, { key: 'ready' }));
  } catch (error) {
    tellProblem(error);
  }
};

/** Puts a picture's regions on the stage, unless another picture is there by now. */
export const show = (found: Regions): void => {
  if (!isActive(found.picture)) return;
  const there = new Set(found.rows.map(({ id }) => id));
  batch(() => {
    work.regions.value = found;
    if (found.settings) change(found.picture, { settings: found.settings });
    work.progress.value = undefined;
    work.selection.value = new Set([...work.selection.value].filter((id) => there.has(id)));
    if (work.hover.value !== undefined && !there.has(work.hover.value)) work.hover.value = undefined;
  });
};

/** Takes pictures out of the strip; of what is left, the one in its place comes onto the stage. */
export const takeOut = async (ids: readonly string[]): Promise<void> => {
  const { value } = work.items;
  const at = value.findIndex(({ id }) => id === work.activeId.value);
  const left = value.filter(({ id }) => !ids.includes(id));
  work.items.value = left;
  if (!ids.includes(work.activeId.value ?? '')) return;
  const next = left[Math.min(at, left.length - 1)];
  if (next) return activate(next.id);
  for (const level of work.shown.value?.levels ?? []) level.close();
  batch(() => {
    work.activeId.value = undefined;
    work.shown.value = undefined;
    work.regions.value = undefined;
    work.overlay.value = undefined;
  });
};

/** Takes pictures out of the strip, and all that was made of them. */
export const forget = async (ids: readonly string[]): Promise<void> => {
  for (const { id, thumb } of work.items.value) if (ids.includes(id) && thumb) URL.revokeObjectURL(thumb);
  const moved = takeOut(ids);
  await bridge.call('forget', { ids });
  await moved;
};

/** The next or the previous picture of the strip. */
export const step = (by: number): void => {
  const { value } = work.items;
  const next = value[value.findIndex(({ id }) => id === work.activeId.value) + by];
  if (next) void activate(next.id);
};

/** The next picture that is not done, round the strip. @returns whether there is one */
export const nextUndone = (): boolean => {
  const { value } = work.items;
  const at = value.findIndex(({ id }) => id === work.activeId.value);
  const next = [...value.slice(at + 1), ...value.slice(0, at)].find(({ isDone, status }) => !isDone && status !== 'failed');
  if (next) void activate(next.id);
  return next !== undefined;
};

export const setDone = (isDone: boolean): void => {
  const { value } = work.active;
  if (!value) return;
  change(value.id, { isDone });
  void bridge.call('note', { id: value.id, changes: { isDone } });
};

/** After a crash: what is on the stage as it is kept. What was being computed is asked again anyhow. */
const afterCrash = once(async () => {
  if (work.active.value?.status === 'ready') await refresh();
});
onEvent((event) => {
  if (event === 'restarted') void afterCrash();
});
