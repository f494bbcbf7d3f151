/**
 * A batch with several pictures at a time. Each is worked on in a process, from its file to its outputs: onnxruntime
 * computes on the thread that asks it and cannot be stopped there (runtime/worker-node.ts), and where memory runs out one
 * picture is lost, not the batch. This end holds the plan, the order and the failures.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorFrom, InputError, type ToldError } from '../errors.ts';
import { type ENCODER, type EncoderRow, FORMATS, type Given, memoryHere } from '../toolkit.ts';
import type { Output } from './outputs-node.ts';
import type { Job } from './plan-node.ts';
import type { Events, Finished, Recipe } from './run-node.ts';

/** How pictures are segmented, as plain data: each process opens the encoder anew. */
export interface PoolRecipe {
  options: Recipe['options'];
  /** Name or path. */
  encoder: string;
  encoderOptions: Given<typeof ENCODER>;
}

export interface PoolEvents extends Events {
  /** The first encoder is open. */
  opened(encoder: { name: string; device: string }): void;
}

/** A job as it crosses: formats are functions, and go by name. */
export type JobTold = { picture: Job['picture']; outputs: { path: string; format: string }[] };

/** What a process is asked. @param threads its share of the cores */
export type Request = { kind: 'open'; recipe: PoolRecipe; threads: number } | { kind: 'job'; job: JobTold } | { kind: 'stop' };

type Outcome = { made: Finished; milliseconds: number } | { error: unknown };

/** What it answers: of its encoder, of where a job is, and how that ended. */
export type Answer =
  | { kind: 'opened'; name: string; device: string }
  | { kind: 'refused'; error: ToldError }
  | { kind: 'stage'; stage: string }
  | { kind: 'done'; made: Finished; milliseconds: number }
  | { kind: 'failed'; error: ToldError };

const ENTRY = new URL('./pool-entry-node.js', import.meta.url);

/** Bytes that are left for each picture: a job with 50 megapixels (docs/results.md). */
const ROOM = 1.5e9;
/** Milliseconds that a process has to hear of an abort: one that computes in onnxruntime does not. */
const PATIENCE = 500;

/**
 * How many pictures at a time suit the encoder and this machine. Encoders that take gigabytes, or most of a picture's
 * time on all cores, get one.
 */
export const usualJobs = ({ kind }: EncoderRow, device = 'auto'): number => {
  // vitest runs the sources, beside which there is no built entry
  if (kind !== 'embedded' || !['auto', 'cpu'].includes(device) || !existsSync(ENTRY)) return 1;
  return Math.max(1, Math.min(availableParallelism(), Math.floor(memoryHere() / ROOM)));
};

const NAMES = new Map(Object.entries(FORMATS).map(([name, format]) => [format, name]));

const toldJob = ({ picture, outputs }: Job): JobTold => ({
  picture,
  outputs: outputs.map(({ path, format }) => ({ path, format: NAMES.get(format) as string })),
});

/** What a process that was killed left half written: names that writing it whole would have taken away. */
const removeTemporaries = (outputs: readonly Output[], pid: number): void => {
  for (const { path } of outputs) {
    const [folder, start] = [dirname(path), basename(path).slice(0, 50)];
    const left = existsSync(folder) ? readdirSync(folder) : [];
    for (const name of left)
      if (name.includes(`.${pid}.`) && name.endsWith('.tmp') && name.replace(/^\./, '').startsWith(start))
        rmSync(join(folder, name), { recursive: true, force: true });
  }
};

/** A process that works on pictures, one after the other. */
interface Worker {
  isOver: boolean;
  /** @throws what keeps the encoder from being opened; all else is the job's own outcome */
  work(job: Job, onStage: (stage: string) => void): Promise<Outcome>;
  /** Lets a file that is being written be finished, and ends what else it does. */
  stop(): void;
  /** Ends it whatever it does; what it left half written goes. */
  kill(): void;
  /** Ends an idle one; done when it is gone. */
  end(): Promise<void>;
}

const died = (reason: string): InputError =>
  new InputError(`The process that worked on it ended (${reason}), as it does where memory runs out: fewer --jobs leave more for each`, {
    code: 'E_MEMORY',
  });

const startWorker = (recipe: PoolRecipe, threads: number, opened: PoolEvents['opened']): Worker => {
  const child: ChildProcess = fork(fileURLToPath(ENTRY), { serialization: 'advanced', execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const gone = once(child, 'exit').catch(() => {}); // what could not be started is told as an error
  let now: { job: Job; stage: string; onStage(stage: string): void; settle(outcome: Outcome): void; refuse(error: unknown): void } | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ask = (request: Request): unknown => child.connected && child.send(request, () => {}); // its end is told elsewhere
  const clear = (): void => {
    if (now && child.pid !== undefined) removeTemporaries(now.job.outputs, child.pid);
  };
  const settle = (outcome: Outcome): void => {
    now?.settle(outcome);
    now = undefined;
  };
  const over = (reason: string): void => {
    worker.isOver = true;
    clearTimeout(timer);
    child.kill('SIGKILL'); // where it is only out of reach
    clear();
    settle({ error: died(reason) });
  };
  const hear: { [K in Answer['kind']]: (answer: Extract<Answer, { kind: K }>) => void } = {
    opened,
    refused: ({ error }) => now?.refuse(errorFrom(error)),
    stage({ stage }) {
      if (!now) return;
      now.stage = stage;
      now.onStage(stage);
    },
    done: settle,
    failed: ({ error }) => settle({ error: errorFrom(error) }),
  };
  const worker: Worker = {
    isOver: false,
    work: (job, onStage) =>
      new Promise((settle, refuse) => {
        now = { job, stage: '', onStage, settle, refuse };
        ask({ kind: 'job', job: toldJob(job) });
      }),
    stop() {
      ask({ kind: 'stop' });
      timer = setTimeout(() => now?.stage !== 'write' && child.kill('SIGKILL'), PATIENCE);
    },
    kill() {
      child.kill('SIGKILL');
      if (now?.stage === 'write') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50); // the system ends it at its next step
      clear();
    },
    async end() {
      if (child.kill('SIGKILL')) await gone;
    },
  };
  child.on('message', (answer: Answer) => hear[answer.kind](answer as never));
  child.once('exit', (code, signal) => over(signal ?? `code ${code}`));
  child.on('error', ({ message }) => over(message));
  ask({ kind: 'open', recipe, threads });
  return worker;
};

/** Tells of what ended in any order by number, each when all before it are told. */
const inOrder = (): { tell(at: number, telling: () => void): void; rest(): void } => {
  const waiting: (() => void)[] = [];
  let turn = 0;
  return {
    tell(at, telling) {
      waiting[at] = telling;
      for (; waiting[turn]; turn++) {
        waiting[turn]();
        delete waiting[turn];
      }
    },
    /** Where some will not come any more. */
    rest: () => waiting.forEach((telling) => telling()),
  };
};

/**
 * As `runJobs`, `count` at a time. Each is told of as done or failed in the order of the jobs; stages are those of the
 * picture that was begun last. A process that dies fails its picture, and another takes its place.
 * @throws what keeps the encoder from being opened; the signal's reason once it is aborted: files being written are finished first
 */
export const runPool = async (jobs: readonly Job[], recipe: PoolRecipe, count: number, signal: AbortSignal, events: PoolEvents): Promise<void> => {
  if (!existsSync(ENTRY)) throw new InputError('There are no built jobs beside the sources: run "npm run build", or leave --jobs out');
  const threads = Math.max(1, Math.floor(availableParallelism() / count));
  const refused = new AbortController();
  const stopped = AbortSignal.any([signal, refused.signal]);
  const workers = new Set<Worker>();
  const order = inOrder();
  let next = 0;
  let isOpened = false;
  const opened: PoolEvents['opened'] = (encoder) => {
    if (!isOpened) events.opened(encoder);
    isOpened = true;
  };
  const start = (): Worker => {
    const worker = startWorker(recipe, threads, opened);
    workers.add(worker);
    return worker;
  };
  const tell = (job: Job, outcome: Outcome): void =>
    'error' in outcome ? events.failed(job, outcome.error) : events.done(job, outcome.made, outcome.milliseconds);
  const lane = async (): Promise<void> => {
    let worker: Worker | undefined;
    while (next < jobs.length && !stopped.aborted) {
      const at = next++;
      const job = jobs[at];
      if (worker?.isOver) workers.delete(worker);
      if (!worker || worker.isOver) worker = start();
      events.begin(job);
      const outcome = await worker.work(job, (stage) => at === next - 1 && events.onProgress(stage, 0, 1));
      if (!stopped.aborted || 'made' in outcome) order.tell(at, () => tell(job, outcome));
    }
    await worker?.end();
  };
  const stopAll = (): void => workers.forEach((worker) => worker.stop());
  const killAll = (): void => workers.forEach((worker) => worker.kill());
  stopped.addEventListener('abort', stopAll, { once: true });
  process.on('exit', killAll);
  try {
    await Promise.all(Array.from({ length: Math.min(count, jobs.length) }, () => lane().catch((error) => refused.abort(error))));
    order.rest();
    stopped.throwIfAborted();
  } finally {
    killAll();
    process.off('exit', killAll);
  }
};
