/** The worker's side of the bridge: calls in, answers, progress and errors out. Everything that crosses is plain data. */
import { InputError } from 'diffcut';
import { withoutFlags } from './said.ts';

/** What a handler is given beside its arguments. */
export interface Context {
  signal: AbortSignal;
  /** `done` of `total` of a stage: shown, and proof of life. */
  onProgress(stage: string, done: number, total: number): void;
  /** In the background: it gives way to what somebody waits for. */
  isBehind?: boolean;
  /** These leave the worker with the answer instead of being copied. */
  transfer(...things: Transferable[]): void;
}

// biome-ignore lint/suspicious/noExplicitAny: a table of functions that each take something else
export type Handler = (args: any, context: Context) => unknown;

export type Request = { call: string; id: number; args: unknown; isBehind?: true } | { abort: number };

/** An error as plain data. */
export interface Told {
  name: string;
  message: string;
  code?: string;
}

export type Answer =
  | { id: number; value: unknown }
  | { id: number; error: Told }
  | { id: number; progress: [stage: string, done: number, total: number] }
  | { event: string; value: unknown };

/** A worker's own side, which the types of a page lack. */
const here = globalThis as unknown as {
  onmessage: (event: MessageEvent<Request>) => void;
  postMessage(answer: Answer, transfer?: Transferable[]): void;
};

const told = (error: unknown): Told => {
  if (error instanceof InputError) return { name: error.name, message: withoutFlags(error.message), code: error.code };
  const { name = 'Error', message = String(error) } = (error ?? {}) as Partial<Error>;
  return { name, message };
};

/** Something that the page should know without having asked. */
export const tell = (event: string, value: unknown): void => here.postMessage({ event, value });

export const serve = (handlers: Record<string, Handler>): void => {
  const running = new Map<number, AbortController>();
  const run = async (id: number, call: string, args: unknown, isBehind = false): Promise<void> => {
    const stop = new AbortController();
    running.set(id, stop);
    const moved: Transferable[] = [];
    try {
      const value = await handlers[call](args, {
        signal: stop.signal,
        isBehind,
        onProgress: (...progress) => here.postMessage({ id, progress }),
        transfer: (...things) => moved.push(...things),
      });
      here.postMessage({ id, value }, moved);
    } catch (error) {
      here.postMessage({ id, error: told(error) });
    } finally {
      running.delete(id);
    }
  };
  here.onmessage = ({ data }) => {
    if ('abort' in data) running.get(data.abort)?.abort();
    else void run(data.id, data.call, data.args, data.isBehind);
  };
};
