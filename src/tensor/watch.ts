import { checkAborted } from '../errors.ts';
import type { Watch } from '../types.ts';

/**
 * Between two pieces of long work: tells how far it is and lets the thread's other work, an abort among it,
 * have its turn. Nothing where nobody watches.
 * @throws the signal's reason once it is aborted
 */
export const breathe = async ({ signal, onProgress }: Watch, stage: string, done: number, total: number): Promise<void> => {
  onProgress?.(stage, done, total);
  checkAborted(signal);
  if (!signal && !onProgress) return;
  await new Promise((resolve) => setTimeout(resolve, 0));
  checkAborted(signal);
};
