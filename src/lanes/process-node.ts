/**
 * A process that works on pictures, one after the other, seen from the one that holds the plan. A thread would not do:
 * onnxruntime cannot be stopped in one (runtime/worker-node.ts), and where memory runs out all the others would go.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { errorFrom, InputError, type ToldError } from '../errors.ts';
import { PROCESSES } from '../temporary-node.ts';
import type { Opening } from './lanes.ts';

/** What a process is asked. @param threads its share of the cores */
export type Request<T> = { kind: 'open'; opening: Opening; threads: number } | { kind: 'task'; task: T } | { kind: 'stop' };

/** What it answers: of its encoder, of where a task is, and how that ended. */
export type Answer<R> =
  | { kind: 'opened'; name: string; device: string }
  | { kind: 'refused'; error: ToldError }
  | { kind: 'stage'; stage: string }
  | { kind: 'done'; result: R }
  | { kind: 'failed'; error: ToldError };

/** How a task ended. */
export type Outcome<R> = { result: R } | { error: unknown };

/** The stage in which files are written: it is let finish. */
const WRITE = 'write';

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

export interface Process<T, R> {
  isOver: boolean;
  /** Opens its encoder, if it has not. @throws what keeps it from being opened */
  open(): Promise<void>;
  /** @throws what keeps the encoder from being opened; all else is the task's own outcome */
  work(task: T, onStage: (stage: string) => void): Promise<Outcome<R>>;
  /** Ends the task: lets a file that is being written be finished. What does not hear of it is killed. */
  stop(): void;
  /** Ends it whatever it does, without a turn of this thread; what it left half written goes. */
  kill(): void;
  /** Ends an idle one; done when it is gone. */
  end(): Promise<void>;
}

export interface Starting<T> {
  /** The file that it runs: one that ends in `answerTasks` of child-node.ts. */
  entry: URL;
  opening: Opening;
  /** Of the cores, for its encoder and decoder. */
  threads: number;
  /** Told once of its encoder. */
  opened(encoder: { name: string; device: string }): void;
  /** Clears away what a process that ended left of a task. */
  left?: ((task: T, pid: number) => void) | undefined;
}

export const startProcess = <T, R>({ entry, opening, threads, opened, left }: Starting<T>): Process<T, R> => {
  const child = fork(fileURLToPath(entry), {
    serialization: 'advanced',
    execArgv: threads === 1 ? ALONE : [],
    env: { ...FRUGAL, ...process.env, DIFFCUT_HERE: PROCESSES },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const gone = once(child, 'exit').catch(() => {}); // what could not be started is told as an error
  let now: { task: T; stage: string; onStage(stage: string): void; settle(outcome: Outcome<R>): void; refuse(error: unknown): void } | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOpened = false;
  let isStopped = false;
  let ready: { resolve(): void; reject(error: unknown): void } | undefined;
  const opens = new Promise<void>((resolve, reject) => {
    ready = { resolve, reject };
  });
  opens.catch(() => {}); // told to whoever waits for it
  const ask = (request: Request<T>): unknown => child.connected && child.send(request, () => {}); // its end is told elsewhere
  const clear = (): void => {
    if (now && child.pid !== undefined) left?.(now.task, child.pid);
  };
  const settle = (outcome: Outcome<R>): void => {
    clearTimeout(timer);
    now?.settle(outcome);
    now = undefined;
  };
  const over = (reason: string): void => {
    one.isOver = true;
    child.kill('SIGKILL'); // where it is only out of reach
    clear();
    ready?.reject(died(reason));
    if (!isOpened && !isStopped) now?.refuse(died(reason)); // no picture was read yet
    settle({ error: died(reason) });
  };
  const hear: { [K in Answer<R>['kind']]: (answer: Extract<Answer<R>, { kind: K }>) => void } = {
    opened(encoder) {
      isOpened = true;
      ready?.resolve();
      opened(encoder);
    },
    refused({ error }) {
      ready?.reject(errorFrom(error));
      now?.refuse(errorFrom(error));
    },
    stage({ stage }) {
      if (!now) return;
      now.stage = stage;
      now.onStage(stage);
    },
    done: settle,
    failed: ({ error }) => settle({ error: errorFrom(error) }),
  };
  const one: Process<T, R> = {
    isOver: false,
    open: () => opens,
    work: (task, onStage) =>
      new Promise((settled, refuse) => {
        isStopped = false;
        now = { task, stage: '', onStage, settle: settled, refuse };
        try {
          if (one.isOver) settle({ error: died('before it began') });
          else ask({ kind: 'task', task });
        } catch (error) {
          settle({ error }); // what cannot be sent
        }
      }),
    stop() {
      isStopped = true;
      ask({ kind: 'stop' });
      clearTimeout(timer);
      timer = setTimeout(() => now && now.stage !== WRITE && child.kill('SIGKILL'), PATIENCE);
    },
    kill() {
      isStopped = true;
      child.kill('SIGKILL');
      if (now?.stage === WRITE) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50); // the system ends it at its next step
      clear();
    },
    async end() {
      if (child.kill('SIGKILL')) await gone;
    },
  };
  child.on('message', (answer: Answer<R>) => hear[answer.kind](answer as never));
  child.once('exit', (code, signal) => over(signal ?? `code ${code}`));
  child.on('error', ({ message }) => over(message));
  ask({ kind: 'open', opening, threads });
  return one;
};
