import { checkAborted } from '../errors.ts';
import type { Watch } from '../types.ts';

/** Lets the thread's other work have its turn where somebody watches. @throws the signal's reason once it is aborted */
export const giveTurn = async ({ signal, onProgress }: Watch): Promise<void> => {
  if (!signal && !onProgress) return;
  await new Promise((resolve) => setTimeout(resolve, 0));
  checkAborted(signal);
};

/**
 * Between two pieces of long work: tells how far it is and lets the thread's other work, an abort among it,
 * have its turn. Nothing where nobody watches.
 * @throws the signal's reason once it is aborted
 */
export const breathe = async (watch: Watch, stage: string, done: number, total: number): Promise<void> => {
  watch.onProgress?.(stage, done, total);
  checkAborted(watch.signal);
  await giveTurn(watch);
};
