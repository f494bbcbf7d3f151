/** What is in a queue: pictures added, counted, put back and removed. */
import { resolve } from 'node:path';
import { InputError } from '../toolkit.ts';
import { nameOf, type Picture, toldPath } from './inputs-node.ts';
import { idOf, type PictureJob, type PictureQueue, type QueuedPicture } from './queue-node.ts';

/** How often a picture is tried before it is set aside. */
export const TRIES = 3;

/** How long is between two tries is the worker's to say. */
const RETRIED = { attempts: TRIES, backoff: { type: 'custom' }, stackTraceLimit: 1 };

/** What Redis keeps, in seconds and jobs of about a kilobyte: of those done enough for their number and rate, whatever runs. */
export const KEPT = { done: { age: 86_400, count: 50_000 }, setAside: { age: 30 * 86_400, count: 100_000 } };

/** Jobs that Redis is sent at a time. */
const PIECE = 500;

const pieces = <T>(all: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(all.length / PIECE) }, (_, i) => all.slice(i * PIECE, (i + 1) * PIECE));

/** What became of a picture that was to be added. */
export type Adding = 'added' | 'there' | 'set aside';

const isDone = ({ finishedOn, returnvalue }: PictureJob): boolean => Boolean(finishedOn && returnvalue);
const isSetAside = (job: PictureJob): boolean => Boolean(job.finishedOn) && !isDone(job);

/**
 * Adds pictures, in their order, but for those that are there: those that wait, and those that were set aside. One that was done
 * is done anew, since whoever adds it found its outputs missing, or wants them anew.
 */
export const addPictures = async (queue: PictureQueue, pictures: readonly QueuedPicture[], signal: AbortSignal): Promise<Adding[]> => {
  const out: Adding[] = [];
  for (const piece of pieces(pictures)) {
    signal.throwIfAborted();
    const ids = piece.map(idOf);
    const known = await Promise.all(ids.map((id) => queue.getJob(id)));
    await Promise.all(known.map((job) => job && isDone(job) && job.remove()));
    const states = known.map((job): Adding => {
      if (!job || isDone(job)) return 'added';
      return isSetAside(job) ? 'set aside' : 'there';
    });
    const jobs = piece.map((data, i) => ({ name: 'picture', data, opts: { jobId: ids[i], ...RETRIED } }));
    await queue.addBulk(jobs.filter((_, i) => states[i] === 'added'));
    out.push(...states);
  }
  return out;
};

/** A picture that was set aside, and why. */
export interface SetAside extends Pick<Picture, 'path' | 'page'> {
  error: string;
  tries: number;
}

/** What the library says of a picture whose worker was gone once too often. */
const LOST = /stalled more than/;

/** Why a picture failed, in a sentence. */
export const whyFailed = (message: string): string =>
  LOST.test(message)
    ? `${TRIES} workers ended while they worked on it, as happens where memory runs out: try it alone, with diffcut segment`
    : message;

const setAsideOf = ({ data: { picture }, failedReason, attemptsMade, stalledCounter }: PictureJob): SetAside => ({
  path: toldPath(picture.path),
  ...(picture.page !== undefined && { page: picture.page }),
  error: whyFailed(failedReason),
  tries: Math.max(attemptsMade, stalledCounter),
});

export interface QueueState {
  waiting: number;
  /** Worked on now. */
  running: number;
  /** Failed, and to be tried again. */
  delayed: number;
  /** Those that Redis still knows: see KEPT. */
  done: number;
  setAside: number;
  /** Pictures a minute; none where too few were done of late. */
  rate?: number;
  /** Seconds until all is done at that rate. */
  eta?: number;
  failed: SetAside[];
}

/** Milliseconds that a rate is taken over, and the most pictures that are looked at for it. */
const [LATELY, MOST] = [300_000, 1000];

/**
 * Pictures a minute of late: those done after the first one of the last five minutes (of the last thousand, where these are more),
 * by the time from that one until now. So a queue that stands still slows down, and one that has just begun is not taken for slow.
 */
const rateOf = async (queue: PictureQueue): Promise<number | undefined> => {
  const client = await queue.client;
  const told = await client.zrange(queue.toKey('completed'), -MOST, -1, { WITHSCORES: true });
  const now = Date.now();
  const times = told.map(Number).filter((time, i) => i % 2 === 1 && time > now - LATELY);
  return times.length < 2 ? undefined : (60_000 * (times.length - 1)) / Math.max(1, now - times[0]);
};

/** How many are in the queue and not done. */
export const countLeft = async (queue: PictureQueue): Promise<number> =>
  queue.getJobCountByTypes('waiting', 'paused', 'prioritized', 'delayed', 'active');

/** @param most of the pictures that were set aside, the last ones first */
export const stateOf = async (queue: PictureQueue, most: number): Promise<QueueState> => {
  const { waiting, active, delayed, completed, failed } = await queue.getJobCounts('waiting', 'active', 'delayed', 'completed', 'failed');
  const rate = await rateOf(queue);
  const left = waiting + active + delayed;
  const aside = most > 0 ? ((await queue.getJobs(['failed'], 0, most - 1)) as PictureJob[]) : [];
  return {
    waiting,
    running: active,
    delayed,
    done: completed,
    setAside: failed,
    ...(rate !== undefined && { rate, eta: (60 * left) / rate }),
    failed: aside.map(setAsideOf),
  };
};

/** Removes what waits; what is worked on is finished. @returns how many */
export const drainQueue = async (queue: PictureQueue): Promise<number> => {
  const count = await queue.getJobCountByTypes('waiting', 'paused', 'prioritized', 'delayed');
  await queue.drain(true);
  return count;
};

/** Whether this is the name of a picture, as it was given or as it is told. */
const isNamed = ({ data: { picture } }: PictureJob, name: string): boolean =>
  [picture.path, toldPath(picture.path), nameOf(picture.path)].includes(name) || picture.path === resolve(name);

/**
 * Puts pictures that were set aside back, as if they had never been tried.
 * @param named all of them where none is
 * @returns how many
 * @throws InputError for a name of none
 */
export const retryPictures = async (queue: PictureQueue, named: readonly string[]): Promise<number> => {
  const all = (await queue.getJobs(['failed'])) as PictureJob[];
  const missing = named.find((name) => !all.some((job) => isNamed(job, name)));
  if (missing !== undefined) throw new InputError(`${JSON.stringify(nameOf(missing))} is not among the pictures that were set aside`);
  const client = await queue.client;
  const chosen = named.length === 0 ? all : all.filter((job) => named.some((name) => isNamed(job, name)));
  for (const piece of pieces(chosen))
    await Promise.all(
      piece.map(async (job) => {
        await client.hdel(queue.toKey(job.id as string), 'stc'); // how often its worker was lost, which the library does not set back
        await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
      }),
    );
  return chosen.length;
};
