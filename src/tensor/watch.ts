import { checkAborted } from '../errors.ts';
import type { Watch } from '../types.ts';

/** Milliseconds of work after which the thread's other work, an abort among it, has its turn. */
const STRETCH = 25;

/** When other work last had its turn: of the thread, whoever works on it. Only how soon the next turn comes hangs on it. */
let lastTurn = 0;

/** Timers would wait a millisecond in Node and four, or a second where the page is hidden, in a browser. */
const turn = (): Promise<void> =>
  new Promise((resolve) => {
    if (typeof setImmediate === 'function') return void setImmediate(resolve);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });

/**
 * Between two pieces of long work, of a few milliseconds at most: lets the thread's other work have its turn where it is time.
 * @throws the signal's reason once it is aborted
 */
export const pause = async ({ signal }: Watch): Promise<void> => {
  checkAborted(signal);
  if (performance.now() - lastTurn < STRETCH) return;
  await turn();
  lastTurn = performance.now();
  checkAborted(signal);
};

/** `pause`, and tells how far the work is. */
export const breathe = async (watch: Watch, stage: string, done: number, total: number): Promise<void> => {
  watch.onProgress?.(stage, done, total);
  await pause(watch);
};

/**
 * Works 0..count-1 in bands of `size`, with pauses between them. What `work` does at length belongs into a function of the
 * module: the machine code of a closure goes with it, at the next collection of garbage.
 */
export const inBands = async (count: number, size: number, watch: Watch, work: (from: number, to: number) => void): Promise<void> => {
  for (let from = 0; from < count; from += size) {
    work(from, Math.min(count, from + size));
    await pause(watch);
  }
};

/** What `work` gives, or the signal's reason as soon as it is aborted. */
export const untilAborted = <T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
  if (!signal) return work;
  return new Promise<T>((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
    if (signal.aborted) stop(); // which nobody tells any more
  });
};

/** Runs a stage and writes down how long it took. */
export type Timed = <T>(stage: string, work: () => T | Promise<T>) => Promise<T>;

/** @param timings gets the milliseconds of each stage, in order; of one within another, the outer one's are less the inner one's */
export const stopwatch = (timings: Record<string, number>, signal: AbortSignal | undefined): Timed => {
  let inner = 0;
  return async (stage, work) => {
    checkAborted(signal);
    const before = inner;
    const start = performance.now();
    inner = 0;
    const result = await work();
    const took = performance.now() - start;
    timings[stage] = took - inner;
    inner = before + took;
    return result;
  };
};
