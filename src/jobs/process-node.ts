/**
 * A process that works on pictures, one after the other, seen from the one that holds the plan. A thread would not do:
 * onnxruntime cannot be stopped in one (runtime/worker-node.ts), and where memory runs out the whole batch would go.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorFrom, InputError, type ToldError } from '../errors.ts';
import { PROCESSES, removeStages } from '../temporary-node.ts';
import type { ENCODER, Given } from '../toolkit.ts';
import type { Job } from './plan-node.ts';
import type { Finished, Recipe } from './run-node.ts';

/** How pictures are segmented, as plain data: each process opens the encoder anew. */
export interface PlainRecipe {
  options: Recipe['options'];
  exporting?: Recipe['exporting'];
  numbering?: Recipe['numbering'];
  /** Name or path. */
  encoder: string;
  encoderOptions: Given<typeof ENCODER>;
}

/** What a process is asked. @param threads its share of the cores */
export type Request = { kind: 'open'; recipe: PlainRecipe; threads: number } | { kind: 'job'; job: Job } | { kind: 'stop' };

/** What it answers: of its encoder, of where a job is, and how that ended. */
export type Answer =
  | { kind: 'opened'; name: string; device: string }
  | { kind: 'refused'; error: ToldError }
  | { kind: 'stage'; stage: string }
  | { kind: 'done'; made: Finished; milliseconds: number }
  | { kind: 'failed'; error: ToldError };

/** How a job ended. */
export type Outcome = { made: Finished; milliseconds: number } | { error: unknown };

const ENTRY = new URL('./process-entry-node.js', import.meta.url);

/** Yes in the built package. Beside the sources, which vitest runs, there is no such file. */
export const hasProcesses = (): boolean => existsSync(ENTRY);

/** Milliseconds that a process has to hear of an abort: one that computes in onnxruntime does not. */
const PATIENCE = 500;

/** V8's helpers take a core from the other processes where each has one: a batch of small pictures takes 15 % more time with them. */
const ALONE = ['--no-concurrent-recompilation', '--single-threaded-gc'];

/** glibc's heap keeps what was freed, and more the longer it runs; from this size on it gives memory back at once. */
const FRUGAL = { MALLOC_MMAP_THRESHOLD_: '4194304', MALLOC_TRIM_THRESHOLD_: '4194304' };

const died = (reason: string): InputError =>
  new InputError(`The process that worked on it ended (${reason}), as it does where memory runs out: fewer --jobs leave more for each`, {
    code: 'E_MEMORY',
  });

export interface Process {
  isOver: boolean;
  /** @throws what keeps the encoder from being opened; all else is the job's own outcome */
  work(job: Job, onStage: (stage: string) => void): Promise<Outcome>;
  /** Lets a file that is being written be finished, and ends what else it does. */
  stop(): void;
  /** Ends it whatever it does, without a turn of this thread; what it left half written goes. */
  kill(): void;
  /** Ends an idle one; done when it is gone. */
  end(): Promise<void>;
}

/**
 * @param threads of the cores, for its encoder and decoder
 * @param opened told once of its encoder
 */
export const startProcess = (recipe: PlainRecipe, threads: number, opened: (encoder: { name: string; device: string }) => void): Process => {
  const child = fork(fileURLToPath(ENTRY), {
    serialization: 'advanced',
    execArgv: threads === 1 ? ALONE : [],
    env: { ...FRUGAL, ...process.env, DIFFCUT_HERE: PROCESSES },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const gone = once(child, 'exit').catch(() => {}); // what could not be started is told as an error
  let now: { job: Job; stage: string; onStage(stage: string): void; settle(outcome: Outcome): void; refuse(error: unknown): void } | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ask = (request: Request): unknown => child.connected && child.send(request, () => {}); // its end is told elsewhere
  const clear = (): void => {
    if (now && child.pid !== undefined) removeStages(dirname(now.job.outputs[0].path), child.pid);
  };
  const settle = (outcome: Outcome): void => {
    now?.settle(outcome);
    now = undefined;
  };
  const over = (reason: string): void => {
    one.isOver = true;
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
  const one: Process = {
    isOver: false,
    work: (job, onStage) =>
      new Promise((settle, refuse) => {
        now = { job, stage: '', onStage, settle, refuse };
        ask({ kind: 'job', job });
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
  return one;
};
