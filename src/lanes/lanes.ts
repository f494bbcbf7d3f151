/** Work on pictures, several at a time: a lane has an encoder of its own and does one task after the other. */

import type { Encoder } from '../encode/encoder.ts';
import { openEncoder } from '../encode/open.ts';
import { inTurn } from '../files/in-turn.ts';
import type { ENCODER } from '../options/encoders.ts';
import type { Given } from '../options/spec.ts';
import { untilAborted } from '../tensor/watch.ts';
import type { Watch } from '../types.ts';

/** What a lane does with a task. */
export type Work<T, R> = (task: T, encoder: Encoder, watch: Watch) => Promise<R>;

/** Which encoder each lane opens: plain data. */
export interface Opening {
  /** Name or path. */
  encoder: string;
  encoderOptions: Given<typeof ENCODER>;
}

/** Told of a task; none may throw. */
export interface Hearing {
  signal?: AbortSignal | undefined;
  /** A lane takes it up. */
  begin?(): void;
  onStage?(stage: string): void;
}

export interface Lanes<T, R> {
  /** How many tasks are worked on at a time. */
  readonly count: number;
  /** Why no encoder opens, once that is so: nothing will be done here. */
  readonly refusal: { error: unknown } | undefined;
  /** Opens an encoder, so that the first task need not wait for it. @throws what keeps it from being opened */
  open(): Promise<void>;
  /** What the work gives; waits for a free lane. @throws what the work does; the signal's reason once it is aborted */
  run(task: T, hearing?: Hearing): Promise<R>;
  /** Ends whatever is done; no task may follow. */
  close(): Promise<void>;
}

/** One lane in this very thread, with an encoder that is opened at the first task; one that is open already stays so. */
export const lanesHere = <T, R>(work: Work<T, R>, opening: Opening | Encoder, opened: (encoder: Encoder) => void = () => {}): Lanes<T, R> => {
  const queue = inTurn();
  const stop = new AbortController();
  let refusal: Lanes<T, R>['refusal'];
  let encoder: Promise<Encoder> | undefined = 'encode' in opening ? Promise.resolve(opening) : undefined;
  const open = (): Promise<Encoder> => {
    if (encoder || 'encode' in opening) return encoder as Promise<Encoder>;
    encoder = openEncoder(opening.encoder, { ...opening.encoderOptions, signal: stop.signal });
    encoder.then(opened, (error) => {
      refusal = { error };
    });
    return encoder;
  };
  return {
    count: 1,
    get refusal() {
      return refusal;
    },
    open: async () => void (await open()),
    run(task, { signal, begin, onStage } = {}) {
      const stopped = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
      const done = queue(async () => {
        stopped.throwIfAborted();
        begin?.();
        return work(task, await open(), { signal: stopped, onProgress: (stage) => onStage?.(stage) });
      });
      return untilAborted(done, stopped);
    },
    async close() {
      stop.abort();
      if (!('encode' in opening)) await encoder?.then((one) => one.dispose()).catch(() => {}); // who asked for it was told
    },
  };
};
