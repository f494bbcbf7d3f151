/** The work of `diffcut queue`, and how a queue is asked for. */
import { drainQueue, KEPT, type QueueState, retryPictures, stateOf } from '../jobs/queue-contents-node.ts';
import { type PictureQueue, type QueueAddress, queueAddress, withQueue } from '../jobs/queue-node.ts';
import { untilAborted } from '../toolkit.ts';
import { count, withTitle } from './batch.ts';
import type { QueueOptions } from './queue.ts';
import { print, printJson, say, usageIfOption } from './terminal.ts';

/** Where `--queue` is. @throws UsageError for what is no such address */
export const queueAsked = (url: string): QueueAddress => {
  try {
    return queueAddress(url);
  } catch (error) {
    return usageIfOption(error);
  }
};

const useQueue = (url: string, signal: AbortSignal, use: (queue: PictureQueue, told: string) => Promise<void>): Promise<void> => {
  const at = queueAsked(url);
  return withQueue(at, say, (queue) => untilAborted(use(queue, at.told), signal));
};

/** Seconds in words that fit how sure they are. */
const durationOf = (seconds: number): string => {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
};

/** Of the pictures that were set aside, unless all are asked for. */
const SHOWN = 10;

const statusText = (state: QueueState, told: string): string => {
  const { waiting, running, delayed, done, setAside, rate, eta = 0, failed } = state;
  const pace = rate === undefined ? [] : [`${rate.toFixed(1)} pictures a minute${eta > 0 ? `, about ${durationOf(eta)} left` : ''}`];
  const counts = `${waiting} waiting, ${running} running, ${delayed} to be tried again, ${done}${done < KEPT.done.count ? '' : ' or more'} done, ${setAside} set aside`;
  const more = setAside > failed.length ? [`  and ${setAside - failed.length} more: --verbose shows all`] : [];
  return [`${told}: ${counts}`, ...pace, ...failed.map((one) => `  ${withTitle(one, one.error)}`), ...more].join('\n');
};

export const printStatus = ({ queue: url, json, verbose }: QueueOptions, signal: AbortSignal): Promise<void> =>
  useQueue(url, signal, async (queue, told) => {
    const state = await stateOf(queue, json || verbose ? Number.MAX_SAFE_INTEGER : SHOWN);
    if (json) printJson(state);
    else print(statusText(state, told));
  });

export const retry = ({ queue: url, json }: QueueOptions, signal: AbortSignal, pictures: readonly string[]): Promise<void> =>
  useQueue(url, signal, async (queue) => {
    const retried = await retryPictures(queue, pictures);
    if (json) printJson({ retried });
    else print(`${count(retried, 'picture')} put back`);
  });

export const drain = ({ queue: url, json }: QueueOptions, signal: AbortSignal): Promise<void> =>
  useQueue(url, signal, async (queue) => {
    const removed = await drainQueue(queue);
    if (json) printJson({ removed });
    else print(`${count(removed, 'picture')} removed`);
  });
