/** Work that several ask for: done once, and stopped when nobody waits for it any more. */
import type { Context } from './wire.ts';

export type Watch = Pick<Context, 'signal' | 'onProgress'>;

export interface Shared<T> {
  /** It failed, or nobody waited any more before it was done: it is to be begun anew. */
  readonly isVoid: boolean;
  /** What it gives; the signal's reason once aborted, and the work goes on for the others. */
  join(watch: Watch): Promise<T>;
}

export const shared = <T>(begin: (watch: Watch) => Promise<T>): Shared<T> => {
  const stop = new AbortController();
  const waiting = new Set<Watch>();
  const work = begin({
    signal: stop.signal,
    onProgress: (...progress) => {
      for (const { onProgress } of waiting) onProgress(...progress);
    },
  });
  let state: 'begun' | 'done' | 'void' = 'begun';
  work.then(
    () => {
      state = 'done';
    },
    () => {
      state = 'void';
    },
  );
  return {
    get isVoid() {
      return state === 'void';
    },
    join: (watch) => {
      const { signal } = watch;
      waiting.add(watch);
      return new Promise<T>((resolve, reject) => {
        const leave = (): void => {
          waiting.delete(watch);
          reject(signal.reason);
          if (waiting.size > 0 || state !== 'begun') return;
          state = 'void';
          stop.abort(signal.reason);
        };
        if (signal.aborted) return leave();
        signal.addEventListener('abort', leave, { once: true });
        work.then(resolve, reject).finally(() => {
          waiting.delete(watch);
          signal.removeEventListener('abort', leave);
        });
      });
    },
  };
};
