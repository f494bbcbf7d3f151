/** How many requests are inside at a time, worked on or waiting; the others are told to come again. */
import { Refusal } from '../refusal-node.ts';

/** Seconds after which a client that was sent away may ask again. */
export const RETRY_AFTER = 2;

export interface Admission {
  /** Requests inside. */
  readonly inside: number;
  readonly isClosing: boolean;
  /** Does a request's work. @throws Refusal: 429 where all places are taken, 503 once it closes */
  admit<T>(work: () => Promise<T>): Promise<T>;
  /** Lets nobody in any more. @returns when the last has left */
  close(): Promise<void>;
}

/** @param most places, waiting ones among them */
export const admission = (most: number): Admission => {
  let inside = 0;
  let isClosing = false;
  let last = (): void => {};
  return {
    get inside() {
      return inside;
    },
    get isClosing() {
      return isClosing;
    },
    async admit(work) {
      if (isClosing) throw new Refusal(503, 'The server ends: it takes no more work');
      if (inside >= most) throw new Refusal(429, `${most} requests are worked on or wait already: ask again in ${RETRY_AFTER} s`);
      inside++;
      try {
        return await work();
      } finally {
        if (--inside === 0) last();
      }
    },
    close() {
      isClosing = true;
      return new Promise((resolve) => {
        last = resolve;
        if (inside === 0) resolve();
      });
    },
  };
};
