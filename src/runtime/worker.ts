/**
 * Sessions that compute in a worker, so that the thread which asks stays free: onnxruntime computes on the thread that
 * it is called from. This is both ends of the line; what the line is differs (worker-node.ts, worker-web.ts).
 *
 * One request is on its way at a time, and the others wait on this side. So an abort ends at most what it is about: what
 * waited is not begun, and a graph that runs can only be stopped with its worker.
 */
import { errorFrom, InputError, type ToldError, tellError } from '../errors.ts';
import { inTurn as queue } from '../files/in-turn.ts';
import { untilAborted } from '../tensor/watch.ts';
import type { Model, Opened, OpenSession, Outputs, Session, SessionOptions, Tensor } from './session.ts';

/** What a worker is asked. Sessions go by number; to `dispose` there is no answer. */
export type Request =
  | { kind: 'open'; model: Model; options: SessionOptions }
  | { kind: 'run'; session: number; inputs: Record<string, Tensor> }
  | { kind: 'dispose'; session: number };

export type Answer = { value: unknown } | { error: ToldError };

/** The worker's end. @param answer takes what crosses by transfer beside the answer */
export const serveSessions = (openSession: OpenSession, answer: (answer: Answer, transfer: ArrayBuffer[]) => void): ((request: Request) => void) => {
  const sessions = new Map<number, Session>();
  let count = 0;
  const open = async (model: Model, options: SessionOptions): Promise<Opened & { session: number }> => {
    const opened = await openSession(model, options);
    sessions.set(count, opened);
    const { device, inputs, outputs } = opened;
    return { session: count++, device, inputs, outputs };
  };
  const work = async (request: Request): Promise<void> => {
    if (request.kind === 'open') return answer({ value: await open(request.model, request.options) }, []);
    const session = sessions.get(request.session) as Session;
    if (request.kind === 'run') {
      const value = await session.run(request.inputs);
      return answer({ value }, [...new Set(Object.values(value).map(({ data }) => data.buffer as ArrayBuffer))]);
    }
    sessions.delete(request.session);
    return session.dispose();
  };
  const fail = (error: unknown) => answer({ error: tellError(error) }, []);
  return (request) => void work(request).catch(request.kind === 'dispose' ? () => {} : fail);
};

/** A worker that runs, seen from outside. */
export interface Line {
  post(request: Request): void;
  /** Whether somebody waits for it: an idle one keeps no process alive. */
  hold(isAwaited: boolean): void;
  /** Stops it whatever it does; done when it is gone. */
  end(): Promise<void>;
}

/** @param ended told once when it ends by itself, with the reason in words */
export type StartWorker = (answered: (answer: Answer) => void, ended: (reason: string) => void) => Line;

/** Milliseconds that onnxruntime has for its answer after an abort. */
const PATIENCE = 1000;

/** Arrays of their own, where the line gives parts of its messages. */
const own = (outputs: Outputs): Outputs =>
  Object.fromEntries(
    Object.entries(outputs).map(([name, { data, dims }]) => [name, { data: data.byteLength < data.buffer.byteLength ? data.slice() : data, dims }]),
  );

/**
 * Opens sessions that share one worker. It starts with the first of them and ends with the last; one that ended before,
 * by an abort or by itself, is started again by the next call, which opens the same model there.
 */
export const inWorker = (start: StartWorker): OpenSession => {
  let line: Line | undefined;
  let waiting: { resolve(value: unknown): void; reject(error: Error): void } | undefined;
  /** Workers that are gone: what was opened under another count is gone with its own. */
  let gone = 0;
  let users = 0;
  const inTurn = queue();

  const settle = (): typeof waiting => {
    const settled = waiting;
    waiting = undefined;
    line?.hold(false);
    return settled;
  };
  const forget = (error: Error): void => {
    const settled = settle();
    line = undefined;
    gone++;
    settled?.reject(error);
  };
  const begin = (): Line =>
    start(
      (answer) => {
        const settled = settle();
        if ('error' in answer) settled?.reject(errorFrom(answer.error));
        else settled?.resolve(answer.value);
      },
      (reason) =>
        forget(
          new InputError(`The worker that computes ended (${reason}), as it does where memory runs out: take a smaller size or a smaller model`, {
            code: 'E_MEMORY',
          }),
        ),
    );
  const end = async (): Promise<void> => {
    const ending = line;
    forget(new Error('the worker was stopped'));
    await ending?.end();
  };

  const request = <T>(content: Request): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      waiting = { resolve: resolve as (value: unknown) => void, reject };
      line ??= begin();
      line.hold(true);
      line.post(content);
    });
  /** A request that is aborted may still be answered for a while, and ends with the worker after that. */
  const patiently = async <T>(content: Request, signal: AbortSignal | undefined): Promise<T> => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = (): void => {
      timer = setTimeout(end, PATIENCE);
    };
    signal?.addEventListener('abort', stop, { once: true });
    try {
      return await request<T>(content);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    }
  };

  return async (model, options, signal) => {
    const open = async (signal?: AbortSignal): Promise<Opened & { session: number; gone: number }> => {
      signal?.throwIfAborted();
      const before = gone;
      return { ...(await patiently<Opened & { session: number }>({ kind: 'open', model, options }, signal)), gone: before };
    };
    users++;
    let opened = await inTurn(() => open(signal)).catch(async (error: unknown) => {
      if (--users === 0) await end();
      throw error;
    });
    const { device, inputs, outputs } = opened;
    let isDisposed = false;
    return {
      device,
      inputs,
      outputs,
      async run(inputs, signal) {
        signal?.throwIfAborted();
        const work = inTurn(async () => {
          signal?.throwIfAborted();
          if (opened.gone !== gone) opened = await open();
          signal?.throwIfAborted();
          return own(await patiently<Outputs>({ kind: 'run', session: opened.session, inputs }, signal));
        });
        return untilAborted(work, signal);
      },
      async dispose() {
        if (isDisposed) return;
        isDisposed = true;
        if (--users === 0) await end();
        else if (opened.gone === gone) line?.post({ kind: 'dispose', session: opened.session });
      },
    };
  };
};
