/** A batch with several pictures at a time, each in a process of its own. This one holds the plan, the order and the failures. */
import { availableParallelism } from 'node:os';
import { type EncoderRow, InputError, memoryHere } from '../toolkit.ts';
import type { Job } from './plan-node.ts';
import { hasProcesses, type Outcome, type PlainRecipe, type Process, startProcess } from './process-node.ts';
import type { Events } from './run-node.ts';

/** Bytes that are left for each picture: nearly twice what one of 12 megapixels takes (docs/results.md). */
const ROOM = 1.5e9;

/**
 * How many pictures at a time suit the encoder and this machine. Encoders that take gigabytes, a GPU, or most of a
 * picture's time on all cores, get one.
 */
export const usualJobs = ({ kind }: EncoderRow, device = 'auto'): number => {
  if (kind !== 'embedded' || !['auto', 'cpu'].includes(device) || !hasProcesses()) return 1;
  return Math.max(1, Math.min(availableParallelism(), Math.floor(memoryHere() / ROOM)));
};

export interface PoolEvents extends Events {
  /** The first encoder is open. */
  opened(encoder: { name: string; device: string }): void;
}

/** Tells of what ended in any order by number, each when all before it are told. */
const inOrder = () => {
  const waiting: (() => void)[] = [];
  let turn = 0;
  return {
    tell(at: number, telling: () => void): void {
      waiting[at] = telling;
      for (; waiting[turn]; turn++) {
        waiting[turn]();
        delete waiting[turn];
      }
    },
    /** Those that wait for some that will not come any more. */
    rest: (): void => waiting.forEach((telling) => telling()),
  };
};

/**
 * As `runJobs`, at most so many at a time. Each is told of as done or failed in the order of the jobs; stages are those of the
 * picture that was begun last. A process that dies fails its picture, and another takes its place.
 * @throws what keeps the encoder from being opened; the signal's reason once it is aborted: files being written are finished first
 */
export const runPool = async (jobs: readonly Job[], recipe: PlainRecipe, most: number, signal: AbortSignal, events: PoolEvents): Promise<void> => {
  if (!hasProcesses()) throw new InputError('There is no built code beside the sources: run "npm run build", or leave jobs out');
  const count = Math.min(most, jobs.length);
  const threads = Math.max(1, Math.floor(availableParallelism() / count));
  const refused = new AbortController();
  const stopped = AbortSignal.any([signal, refused.signal]);
  const processes = new Set<Process>();
  const order = inOrder();
  let next = 0;
  let isOpened = false;
  const opened: PoolEvents['opened'] = (encoder) => {
    if (!isOpened) events.opened(encoder);
    isOpened = true;
  };
  const tell = (job: Job, outcome: Outcome): void =>
    'error' in outcome ? events.failed(job, outcome.error) : events.done(job, outcome.made, outcome.milliseconds);
  /** One process, or one after the other, for whatever picture is next. */
  const lane = async (): Promise<void> => {
    let one: Process | undefined;
    while (next < jobs.length && !stopped.aborted) {
      const at = next++;
      const job = jobs[at];
      if (one?.isOver) processes.delete(one);
      if (!one || one.isOver) {
        one = startProcess(recipe, threads, opened);
        processes.add(one);
      }
      events.begin(job);
      const outcome = await one
        .work(job, (stage) => at === next - 1 && events.onProgress(stage, 0, 1))
        .catch((error): Outcome => {
          if (!isOpened) throw error; // no encoder opens: nothing will be done
          one?.kill();
          return { error };
        });
      if (!stopped.aborted || 'made' in outcome) order.tell(at, () => tell(job, outcome));
    }
    await one?.end();
  };
  const killAll = (): void => processes.forEach((one) => one.kill());
  stopped.addEventListener('abort', () => processes.forEach((one) => one.stop()), { once: true });
  process.on('exit', killAll);
  try {
    await Promise.all(Array.from({ length: count }, () => lane().catch((error) => refused.abort(error))));
    order.rest();
    stopped.throwIfAborted();
  } finally {
    killAll();
    process.off('exit', killAll);
  }
};
