/** The whole work as one file: saved, and opened again beside what is here or in its place. */
import { batch, signal } from '@preact/signals';
import { texts } from '../texts.ts';
import { bridge, say, tellProblem } from './bridge.ts';
import { download } from './download.ts';
import { fileName } from './names.ts';
import { activate, forget, keepWork, lastPlace, takeRows } from './pictures.ts';
import * as work from './work.ts';

export const ENDING = '.diffcut';
export const isProject = (name: string): boolean => name.toLowerCase().endsWith(ENDING);

/** What is being done with a project, 0 to 1; and the one that waits for an answer. */
export const doing = signal<{ text: string; share: number } | undefined>(undefined);
export const waiting = signal<File | undefined>(undefined);
let stopper: AbortController | undefined;
export const stopProject = (): void => stopper?.abort();

const busy = async <T>(
  text: string,
  run: (options: { signal: AbortSignal; onProgress(stage: string, done: number, total: number): void }) => Promise<T>,
) => {
  stopper?.abort();
  const own = new AbortController();
  stopper = own;
  doing.value = { text, share: 0 };
  try {
    const onProgress = (_stage: string, done: number, total: number): void => {
      doing.value = { text, share: done / Math.max(1, total) };
    };
    return await run({ signal: own.signal, onProgress });
  } catch (error) {
    tellProblem(error);
    return undefined;
  } finally {
    if (stopper === own) doing.value = undefined;
  }
};

/** Saves all pictures, their regions with every step, classes and settings. */
export const saveProject = (name: string): Promise<void> =>
  busy(texts.project.saving, async (options) => {
    const { classes, goneClasses, settings, activeId } = work;
    const row = { classes: [...classes.value], gone: [...goneClasses.value], settings: settings.value };
    const asked = { ...row, ...(activeId.value && { activeId: activeId.value }) };
    download(await bridge.call('savedProject', asked, options), `${fileName(name)}${ENDING}`);
  });

/** @param isReplacing what is here goes once the project is there; else its pictures come after those that are here */
export const takeProject = async (file: File, isReplacing: boolean): Promise<void> => {
  const before = work.items.value.map(({ id }) => id);
  const classes = isReplacing ? [] : [...work.classes.value];
  const gone = isReplacing ? [] : [...work.goneClasses.value];
  const taken = await busy(texts.project.opening, (options) => bridge.call('openProject', { file, order: lastPlace(), classes, gone }, options));
  if (!taken) return;
  const { rows, active } = taken;
  batch(() => {
    work.classes.value = taken.classes;
    work.goneClasses.value = taken.gone;
    if (isReplacing) work.settings.value = taken.settings;
  });
  keepWork();
  takeRows(rows);
  if (active && (isReplacing || before.length === 0)) await activate(active);
  if (isReplacing) await forget(before);
  say(texts.project.opened(rows.length));
};

/** Opens a project: at once where nothing is open, else after asking. */
export const openProject = (file: File): void => {
  if (work.items.value.length === 0) return void takeProject(file, true);
  waiting.value = file;
  work.dialog.value = 'project';
};

export const answer = (how: 'add' | 'replace' | undefined): void => {
  const file = waiting.value;
  waiting.value = undefined;
  work.dialog.value = undefined;
  if (file && how) void takeProject(file, how === 'replace');
};
