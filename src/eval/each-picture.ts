/** The pictures of a set, several begun at a time and each told of in the set's order. */
import type { Item } from './datasets.ts';
import { reason } from './disk.ts';
import type { Failure } from './ledger.ts';
import type { EvaluateOptions } from './settings.ts';

/** How far a set was gone through. */
export interface Outcome {
  /** Pictures that were scored. */
  pictures: number;
  /** Of these, the ones taken from the `resume` file. */
  resumed: number;
  failed: { id: string; problem: string }[];
}

/** What is done with each picture of a set. */
export interface Pass<M, T> extends Pick<EvaluateOptions, 'signal' | 'onPicture'> {
  /** The result of a picture that is finished already. */
  known?(item: Item): T | undefined | Promise<T | undefined>;
  /** May fail: the picture is left out then. */
  measure(item: Item): Promise<M>;
  /** Pictures that are begun while the first of them is waited for; 1 where not given. */
  ahead?: number;
  /** Writes down what was measured, in the set's order; a failure ends the run. */
  keep(measured: M): T | Promise<T>;
  /** Writes down why a picture is left out. */
  lose?(failure: Failure): void | Promise<void>;
  /** Told of each result in the set's order. */
  take(result: T): void;
}

/** What became of a picture: a result from before, a new measurement, or why there is none. */
type Ended<M, T> = { known: T } | { measured: M } | { problem: string };

/** @throws what `known` throws; the signal's reason once it is aborted */
const begin = async <M, T>(item: Item, { known, measure, signal }: Pass<M, T>): Promise<Ended<M, T>> => {
  const result = await known?.(item);
  if (result !== undefined) return { known: result };
  try {
    return { measured: await measure(item) };
  } catch (error) {
    signal?.throwIfAborted();
    return { problem: reason(error) };
  }
};

/** Goes through a set: every picture is taken once, or reported with the reason why there is nothing to take. */
export const eachPicture = async <M, T>(items: readonly Item[], pass: Pass<M, T>): Promise<Outcome> => {
  const { ahead = 1, keep, lose, take, signal, onPicture } = pass;
  const out: Outcome = { pictures: 0, resumed: 0, failed: [] };
  const begun: Promise<Ended<M, T>>[] = [];
  for (const [index, { id, at }] of items.entries()) {
    signal?.throwIfAborted();
    while (begun.length < ahead && index + begun.length < items.length) {
      const one = begin(items[index + begun.length], pass);
      one.catch(() => {}); // told when it is its turn
      begun.push(one);
    }
    const ended = await (begun.shift() as Promise<Ended<M, T>>);
    if ('problem' in ended) {
      const { problem } = ended;
      await lose?.({ id, at, problem });
      out.failed.push({ id, problem });
      onPicture?.(index + 1, items.length, id, problem);
      continue;
    }
    if ('known' in ended) out.resumed++;
    out.pictures++;
    take('known' in ended ? ended.known : await keep(ended.measured));
    if ('measured' in ended) onPicture?.(index + 1, items.length, id);
  }
  return out;
};
