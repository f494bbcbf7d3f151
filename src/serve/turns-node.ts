/** Pictures that the page posts, worked on here: one at a time, in the order in which they came. */
import { expected } from '../errors.ts';
import { inTurn } from '../toolkit.ts';
import { readBody } from './body-node.ts';
import { ended, Refusal } from './refusal-node.ts';

/** Of the largest picture that is taken. */
const MOST_PIXELS = 2 ** 26;
const MOST_SIDE = 65_535;

/** @throws InputError for what is no whole number in this range */
export const wholeOf = (query: URLSearchParams, name: string, from: number, to: number): number => {
  const text = query.get(name) ?? undefined;
  const value = /^\d{1,9}$/.test(text ?? '') ? Number(text) : -1;
  if (value < from || value > to) throw expected(`a whole number from ${from} to ${to}`, name, text);
  return value;
};

/** @throws Refusal (413) for a picture that is too large */
export const pictureOf = (query: URLSearchParams): { width: number; height: number } => {
  const [width, height] = ['width', 'height'].map((side) => wholeOf(query, side, 1, MOST_SIDE));
  if (width * height <= MOST_PIXELS) return { width, height };
  throw new Refusal(413, `A picture of ${width} x ${height} pixels is too large: at most ${MOST_PIXELS} pixels are taken`);
};

export interface Turns {
  /**
   * Reads a request's body when its turn comes, so that one at most is in memory, and works on it. The signal is that of who goes away,
   * and of the end.
   * @param bytes how many the body has to have
   */
  take<T>(request: Request, bytes: number, work: (body: Uint8Array, signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Stops the work, and what waits. */
  close(): void;
}

/** @param patience milliseconds in which something of a body has to come */
export const newTurns = (patience?: number): Turns => {
  const stop = new AbortController();
  const queue = inTurn();
  return {
    take(request, bytes, work) {
      const signal = AbortSignal.any([request.signal, stop.signal]);
      return queue(async () => {
        signal.throwIfAborted();
        return work(await readBody(request, bytes, patience), signal);
      });
    },
    close: () => stop.abort(ended()),
  };
};
