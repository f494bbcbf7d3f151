/**
 * A worker: takes pictures from a queue and has them done in lanes, which are processes, so that its signs of life go on while they
 * compute. A picture may be taken twice, where its worker seemed dead: so it is planned anew by the ledger when it is taken, and one
 * that is finished is done at once.
 */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { UnrecoverableError, WaitingError, Worker } from 'bullmq';
import type { Lanes, Opening } from '../lanes/lanes.ts';
import { checkBucket, isS3 } from '../net/s3-node.ts';
import { isFolder } from '../system-errors-node.ts';
import { describeEncoder, InputError, inTurn, type Resolved, type WORK } from '../toolkit.ts';
import type { Picture } from './inputs-node.ts';
import { sharedLabelling } from './labelling-node.ts';
import { followLedger } from './ledger-follow-node.ts';
import { checkWritable } from './outputs-node.ts';
import { type Job, planOne } from './plan-node.ts';
import { type Done, type JobTask, openJobLanes, usualJobs } from './pool-node.ts';
import { countLeft, KEPT, TRIES, whyFailed } from './queue-contents-node.ts';
import {
  connectionTeller,
  FORMAT,
  isConnection,
  type Outcome,
  type PictureJob,
  type PictureQueue,
  placeOf,
  type QueueAddress,
  type QueuedPicture,
  refusalOf,
  retryForEver,
  risksOf,
  withQueue,
} from './queue-node.ts';

export interface WorkEvents {
  opened(encoder: { name: string; device: string }): void;
  /** All outputs are written. */
  done(job: Job, done: Done): void;
  /** Finished before. */
  skipped(picture: Picture): void;
  /** It will be tried again, or was set aside. */
  failed(picture: Picture, error: unknown, isLast: boolean): void;
  /** A line for people. */
  say(line: string): void;
}

/** What this machine, not the picture, is to blame for: the picture goes back, and the worker ends. */
class Unfit extends Error {
  readonly reason: unknown;
  constructor(reason: unknown) {
    super('unfit');
    this.reason = reason;
  }
}

/** Lanes for one encoder after the other: jobs of another one wait until these are idle. */
const lanesInTurn = (countOf: (opening: Opening) => Promise<number>, opened: WorkEvents['opened']) => {
  let now: { key: string; lanes: Lanes<JobTask, Done>; running: Set<Promise<unknown>> } | undefined;
  const turn = inTurn();
  const enter = async (opening: Opening): Promise<NonNullable<typeof now>> => {
    const key = JSON.stringify(opening);
    if (now?.key === key) return now;
    await Promise.allSettled(now?.running ?? []);
    await now?.lanes.close();
    now = { key, lanes: openJobLanes(await countOf(opening), opening, opened), running: new Set() };
    return now;
  };
  return {
    /** @param taskFor lanes, by their number @param check throws where it is too late, once it is this one's turn */
    async run(opening: Opening, taskFor: (count: number) => JobTask, check: () => void): Promise<Done> {
      const { done, lanes } = await turn(async () => {
        const { lanes, running } = await enter(opening).catch((error) => {
          throw new Unfit(error);
        });
        check();
        const done = lanes.run(taskFor(lanes.count));
        running.add(done);
        done.catch(() => {}).finally(() => running.delete(done));
        return { done, lanes };
      });
      return done.catch((error) => {
        if (lanes.refusal || isFull(error) || isModels(error)) throw new Unfit(error);
        throw error;
      });
    },
    close: async (): Promise<void> => now?.lanes.close(),
  };
};

const storages = new Map<string, Promise<unknown>>();

/** Tried once. @throws Unfit where the storage of the outputs is not there, or takes nothing: no picture is worth computing then */
const checkStorage = async (folder: string): Promise<void> => {
  if (!isS3(folder) && !(await isFolder(folder))) {
    const sentence = `${JSON.stringify(folder)} is not there on this machine: pictures and outputs are to have the same paths on all of them`;
    throw new Unfit(new InputError(sentence, { code: 'E_FILE' }));
  }
  const tried = storages.get(folder) ?? (isS3(folder) ? checkBucket(folder, 'written') : checkWritable(folder));
  storages.set(folder, tried);
  await tried.catch((error) => {
    storages.delete(folder);
    throw new Unfit(error);
  });
};

/** Of a picture that failed the disk may be the reason, and is tried anew; servers have hiccups, and pictures more than one try. */
const doubtStorage = (folder: string): unknown => !isS3(folder) && storages.delete(folder);

/** A full disk is no picture's fault. */
const isFull = (error: unknown): boolean => {
  const { code = '' } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
  return ['ENOSPC', 'EDQUOT'].includes(code);
};

/** What names segments is not on this machine, or does not open here. */
const isModels = (error: unknown): boolean => error instanceof InputError && error.code === 'E_MODEL';

/** An option that the encoder does not take fails its pictures wherever they are tried. */
const isPicturesFault = (reason: unknown): reason is InputError => reason instanceof InputError && reason.code === 'E_OPTION';

/** What the library takes for final is a text to it alone. */
const asTold = (error: Error): unknown => (error instanceof UnrecoverableError ? new InputError(whyFailed(error.message)) : error);

/** A claim to a picture is lost where another worker took it over, and where Redis knows nothing of it any more. */
const wordsOf = ({ message }: Error): string =>
  /lock|Missing key/i.test(message)
    ? "A picture that is worked on here is not this worker's any more: another took it over, for want of a sign of life, or Redis forgot it"
    : message;

/** Until nothing is left, looked at each second, or the signal is aborted. */
const untilEmpty = async (left: () => Promise<number>, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted && (await left()) > 0) await delay(1000, undefined, { signal }).catch(() => {});
};

/** Milliseconds that a Redis is left alone which refuses what it is asked: the library would ask again at once, thousands of times a second. */
const REST = 3000;

/** Works on an open queue: see `workOn`. */
const workFrom = async (
  queue: PictureQueue,
  at: QueueAddress,
  options: Resolved<typeof WORK>,
  signal: AbortSignal,
  events: WorkEvents,
): Promise<void> => {
  const { jobs, takeOver, backoff } = options;
  const unfit = new AbortController();
  const stopped = AbortSignal.any([signal, unfit.signal]);
  const read = followLedger();
  const lanes = lanesInTurn(async ({ encoder, encoderOptions }) => {
    worker.concurrency = jobs ?? usualJobs(await describeEncoder(encoder), encoderOptions.device);
    return worker.concurrency;
  }, events.opened);

  const segment = async ({ format, picture, plan, recipe }: QueuedPicture): Promise<Outcome> => {
    if (format !== FORMAT) throw new Unfit(new InputError('The pictures were added by another version of diffcut: use the same one everywhere'));
    await checkStorage(plan.target.folder);
    const job = await planOne(picture, { ...plan, resume: !plan.overwrite }, read);
    if (!job) {
      events.skipped(picture);
      return {};
    }
    const { encoder, encoderOptions, labelling, ...plain } = recipe;
    const taskFor = (count: number): JobTask => ({ job, recipe: { ...plain, ...(labelling && { labelling: sharedLabelling(labelling, count) }) } });
    const done = await lanes.run({ encoder, encoderOptions }, taskFor, () => stopped.throwIfAborted());
    events.done(job, done);
    return { segments: done.made.segments.length, milliseconds: done.milliseconds };
  };

  /** Not this worker's any more, and as if it had not been tried. */
  const giveBack = async (job: PictureJob, token: string): Promise<never> => {
    await job.moveToWait(token);
    throw new WaitingError();
  };

  const take = async (job: PictureJob, token = ''): Promise<Outcome> => {
    try {
      return await segment(job.data);
    } catch (error) {
      if (stopped.aborted && error === stopped.reason) return giveBack(job, token);
      if (!(error instanceof Unfit)) {
        doubtStorage(job.data.plan.target.folder);
        throw error;
      }
      if (isPicturesFault(error.reason)) throw new UnrecoverableError(error.reason.message);
      unfit.abort(error.reason);
      return giveBack(job, token);
    }
  };

  const worker = new Worker<QueuedPicture, Outcome>(at.name, take, {
    ...placeOf(at, retryForEver),
    concurrency: jobs ?? 1, // until an encoder is open, which says how many are usual
    lockDuration: 1000 * takeOver,
    stalledInterval: 1000 * takeOver,
    maxStalledCount: TRIES - 1,
    removeOnComplete: KEPT.done,
    removeOnFail: KEPT.setAside,
    settings: { backoffStrategy: (tries) => 1000 * backoff * 2 ** (tries - 1) },
  });
  const teller = connectionTeller(at, events.say);
  /** As the library itself rests where a queue has a limit to its rate. To pause and resume it leaves a timer behind. */
  const rest = (error: unknown): void => {
    teller.lost(error);
    Object.assign(worker, { limitUntil: Date.now() + REST });
  };
  worker.on('error', (error) => {
    if (refusalOf(at, error)) return rest(error);
    if (!isConnection(error)) events.say(wordsOf(error)); // its going away is told by the queue's own connection
  });
  worker.on('active', teller.back);
  worker.on('drained', teller.back);
  worker.on('failed', (job, error) => {
    if (job) events.failed(job.data.picture, asTold(error), Boolean(job.finishedOn));
  });
  const stop = (): void => {
    events.say('Taking no more; what is worked on is finished');
    void worker.close();
  };
  stopped.addEventListener('abort', stop, { once: true });
  try {
    if (options.untilEmpty) await untilEmpty(() => countLeft(queue), stopped);
    else if (!stopped.aborted) await once(stopped, 'abort');
  } finally {
    await worker.close();
    await lanes.close();
  }
  unfit.signal.throwIfAborted();
};

/**
 * Works on a queue until the signal is aborted, or until it is empty where that is asked for. Then no more is taken, and what is
 * worked on is finished.
 * @throws InputError where the queue is not reached; what makes this machine unfit: an encoder that does not open, no such storage
 */
export const workOn = (at: QueueAddress, options: Resolved<typeof WORK>, signal: AbortSignal, events: WorkEvents): Promise<void> =>
  withQueue(at, events.say, async (queue) => {
    for (const risk of await risksOf(queue)) events.say(risk);
    await workFrom(queue, at, options, signal, events);
  });
