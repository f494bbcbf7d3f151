/** How much this browser keeps, for how long, and forgetting all of it. */
import { batch, effect, signal } from '@preact/signals';
import { texts } from '../texts.ts';
import { bridge, say, tellProblem } from './bridge.ts';
import { loadEncoders } from './encoders.ts';
import { forget } from './pictures.ts';
import * as work from './work.ts';

export interface Usage {
  /** Bytes; undefined where the browser does not say. */
  used: number | undefined;
  quota: number | undefined;
  /** The browser deletes nothing by itself. */
  isLasting: boolean;
}
export const usage = signal<Usage | undefined>(undefined);

export const measure = async (): Promise<void> => {
  const { storage } = navigator as { storage?: StorageManager };
  const { usage: used, quota } = (await storage?.estimate?.().catch(() => undefined)) ?? {};
  const isLasting = (await storage?.persisted?.().catch(() => false)) ?? false;
  usage.value = { used, quota, isLasting };
};

let isAsked = false;
/** At the first edit the browser is asked to keep the work for good: before there is nothing that could not be made again. */
effect(() => {
  if (isAsked || !work.regions.value?.canUndo) return;
  isAsked = true;
  void navigator.storage?.persist?.().catch(() => {});
});

/** Pictures, regions, classes, settings and added models: as if the page had never been used. */
export const forgetEverything = async (): Promise<void> => {
  try {
    await bridge.call('forgetAll', undefined); // before the page is empty: it may be closed then
    await forget(work.items.value.map(({ id }) => id)); // and what was being computed meanwhile
    batch(() => {
      work.classes.value = [];
      work.settings.value = {};
    });
    await Promise.all([loadEncoders(), measure()]);
    say(texts.encoders.forgotten);
  } catch (error) {
    tellProblem(error);
  }
};
