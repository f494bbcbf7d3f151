/** Granularity and the other settings of the picture on the stage: previewed while a control moves, settled when it rests. */
import { batch, computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import { isVoid } from '../bridge/bridge.ts';
import { texts } from '../texts.ts';
import type { Settings, Used } from '../types.ts';
import { bridge, latest, say, tellProblem } from './bridge.ts';
import { granularityOf, placeOf, valueAt, valueNow, wayOf } from './granularity.ts';
import { change, isActive, keepWork, show } from './pictures.ts';
import { editedSince } from './removal.ts';
import { changed, solverOf } from './rules.ts';
import { lookNow, showFrame, viewNow } from './view.ts';
import * as work from './work.ts';

/** What a set of controls edits: the picture's own settings, or those that it is compared with. */
export interface Side {
  name: 'A' | 'B';
  settings: ReadonlySignal<Settings>;
  /** What they came to, when they were last drawn. */
  used: ReadonlySignal<Used | undefined>;
  /** While a control moves: regions small and at once. */
  preview(changes: Partial<Settings>): void;
  /** When it rests: regions at full size. */
  settle(changes?: Partial<Settings>): Promise<void>;
}

/** What a control that moves says, until it rests. */
const moving = signal<Settings | undefined>();
export const isMoving = computed(() => moving.value !== undefined);
effect(() => {
  void work.activeId.value; // of the picture that was on the stage
  moving.value = undefined;
});
/** Drawings at full size that are waited for. */
const settlings = signal(0);
/** Whether the regions on the list are about to be others. */
export const isChanging = computed(() => isMoving.value || settlings.value > 0);
effect(() => bridge.hold(isChanging.value)); // no other picture is begun meanwhile

const settings = computed((): Settings => moving.value ?? work.active.value?.settings ?? {});
const used = computed(() => work.regions.value?.used);

/** Settings with changes, and a sentence where these make something void. */
export const decided = (before: Settings, changes: Partial<Settings>, own: Used['own'] | undefined): Settings => {
  const { settings: next, voided } = changed(before, changes);
  const ownSolver = own?.solver ?? 'merge';
  const solver = solverOf(next, ownSolver);
  if (solver !== solverOf(before, ownSolver) && !('solver' in changes)) say(texts.solverNow(solver));
  else if ('solver' in changes && voided.length > 0) say(texts.notWith(solver, voided.map(nameOf)));
  return next;
};
const nameOf = (key: keyof Settings): string => texts.settings[key as keyof typeof texts.settings]?.name ?? key;

const drawPreview = latest(async (id: string, wanted: Settings): Promise<void> => {
  const { value: view } = viewNow;
  if (view && isActive(id) && moving.value) showFrame(id, await bridge.call('preview', { id, settings: wanted, view, look: lookNow.value }));
});

let previewing: Promise<void> | undefined;
let settling = new AbortController();

export const preview = (changes: Partial<Settings>): void => {
  const { value: item } = work.active;
  if (!item || !work.regions.value) return;
  settling.abort(); // what would be drawn at full size is void by now
  moving.value = changed(settings.value, changes).settings;
  previewing = drawPreview(item.id, moving.value);
};

export const settle = async (changes: Partial<Settings> = {}): Promise<void> => {
  const { value: item } = work.active;
  if (!item) return;
  const { id, settings: before } = item;
  editedSince();
  const wanted = decided(settings.value, changes, used.value?.own);
  settling.abort();
  settling = new AbortController();
  const { signal: stop } = settling;
  batch(() => {
    change(id, { settings: wanted });
    moving.value = undefined;
    settlings.value++;
    work.progress.value = { stage: 'refine', done: 0, total: 1 }; // at once: the first stage may tell late
  });
  await previewing; // one that came later would stand over what is settled
  try {
    const onProgress = (stage: string, done: number, total: number) => {
      if (isActive(id) && !stop.aborted) work.progress.value = { stage, done, total };
    };
    show(await bridge.call('settle', { id, settings: wanted, classes: work.classes.value }, { key: 'ready', signal: stop, onProgress }));
    work.settings.value = wanted;
    keepWork();
    change(id, { status: 'ready' });
  } catch (error) {
    tellProblem(error);
    if (!isVoid(error)) takeBack(id, wanted, before);
  } finally {
    settlings.value--;
    if (!stop.aborted) work.progress.value = undefined;
  }
};

/** Settings that cannot be: the controls show those of the regions that are there. */
const takeBack = (id: string, wanted: Settings, before: Settings): void => {
  if (work.items.value.find((item) => item.id === id)?.settings !== wanted) return;
  change(id, { settings: before });
  if (isActive(id) && work.regions.value) work.regions.value = { ...work.regions.value }; // drawn anew, over what was previewed
};

/** The picture's own settings. */
export const ownSide: Side = { name: 'A', settings, used, preview, settle };

/** A notch of the slider by key: previewed, and settled when no more come. */
const NOTCH = 0.05;
const REST = 400;
let resting = 0;
export const previewGranularity = (notches: number): void => {
  const way = wayOf(settings.value, used.value?.own);
  const place = placeOf(way, valueNow(way, settings.value, used.value?.own));
  const next = granularityOf(way, valueAt(way, place + notches * NOTCH));
  const { value: id } = work.activeId;
  preview(next);
  clearTimeout(resting);
  resting = window.setTimeout(() => {
    if (id && isActive(id)) void settle(next);
  }, REST);
};
