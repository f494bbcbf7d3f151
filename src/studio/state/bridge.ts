/** The bridge to the worker, and what is said to the user. */
import { effect } from '@preact/signals';
import { createBridge, isVoid } from '../bridge/bridge.ts';
import type { Trouble } from '../keep/store.ts';
import { texts } from '../texts.ts';
import { dialog, type Mode, mode, notice } from './work.ts';

const startWorker = (): Worker => new Worker(new URL('worker.js', document.baseURI), { type: 'module', name: 'diffcut' });

const listeners: ((event: string, value: unknown) => void)[] = [];
/** Hears the worker's own events: `restarted`, `trouble`. */
export const onEvent = (hear: (event: string, value: unknown) => void): void => {
  listeners.push(hear);
};

export const bridge = createBridge(startWorker, (event, value) => {
  for (const hear of listeners) hear(event, value);
});

/** Has the browser ask before the page is left while something is on its way that is not kept yet. */
export const askBeforeLeaving = (): void =>
  addEventListener('beforeunload', (event) => {
    if (bridge.isKeeping()) event.preventDefault();
  });

export const say = (text: string): void => {
  notice.value = { kind: 'said', text };
};

/** Says what was done in a view, and takes it back on request. Where the view was left, nothing on the page shows what that would undo. */
export const sayDone = (of: Mode, text: string, undo: (() => void) | undefined): void => {
  notice.value = { kind: 'said', text, ...(undo && mode.value === of && { of, action: { text: texts.undo, run: undo } }) };
};
effect(() => {
  const { of } = notice.value ?? {};
  if (of !== undefined && of !== mode.value) notice.value = undefined;
});

/** Tells of an error, unless it only says that nobody waits any more. */
export const tellProblem = (error: unknown): void => {
  if (!isVoid(error)) notice.value = { kind: 'problem', text: (error as Error).message };
};

const tellTrouble = (kind: Trouble['kind']): void => {
  if (kind === 'room') return say(texts.storage.room);
  const openExport = {
    text: texts.saveProject,
    run: () => {
      dialog.value = 'export';
    },
  };
  notice.value = { kind: 'problem', text: texts.storage[kind], action: openExport };
};

onEvent((event, value) => {
  if (event === 'restarted') say(texts.restarted);
  if (event === 'trouble') tellTrouble((value as Trouble).kind);
});

/**
 * A task that is asked for more often than it can be done: one at a time, then once more with the latest arguments.
 * So a view that moves all the time is drawn as often as the worker can.
 */
export const latest = <A extends unknown[]>(run: (...args: A) => Promise<void>): ((...args: A) => Promise<void>) => {
  let waiting: A | undefined;
  let running: Promise<void> | undefined;
  const loop = async (): Promise<void> => {
    while (waiting) {
      const args = waiting;
      waiting = undefined;
      await run(...args).catch(tellProblem);
    }
    running = undefined;
  };
  return (...args) => {
    waiting = args;
    running ??= loop();
    return running;
  };
};
