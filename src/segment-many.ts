/** Any number of pictures, one after the other in, one after the other out, several at a time in between. */
import { segmentLanes, usualLanes } from '#lanes/segment-lanes';
import { checkOptions, type Segmentation } from './analysis.ts';
import { describeEncoder } from './encode/open.ts';
import { expected, InputError, kindOf } from './errors.ts';
import type { ImageSource } from './image/image.ts';
import { type Lanes, lanesHere } from './lanes/lanes.ts';
import { plainSource, type SegmentTask, segmentTask, type Told } from './lanes/segmenting.ts';
import { DEFAULT_ENCODER } from './models/table.ts';
import { ENCODER } from './options/encoders.ts';
import { JOBS } from './options/jobs.ts';
import { check } from './options/spec.ts';
import { encoderOptionsOf, type SegmentOptions } from './segment-options.ts';
import { expandRuns, isRuns } from './tensor/runs.ts';
import { untilAborted } from './tensor/watch.ts';

/** Inputs that are asked for beyond those that lanes work on: done before the one that is waited for. */
const AHEAD = 2;

export interface SegmentManyOptions extends Omit<SegmentOptions, 'features' | 'onProgress'> {
  /** Pictures at a time: as cores and memory allow where not given. */
  jobs?: number | undefined;
}

/** What became of one picture: its place among the inputs, from 0, and a result or why there is none. */
export type SegmentedOne<I> = { index: number; input: I } & ({ result: Segmentation; error?: never } | { error: unknown; result?: never });

type Inputs<I> = Iterable<I> | AsyncIterable<I>;

/** A text and bytes are lists, too, but of no pictures. */
const isList = (inputs: unknown): inputs is Inputs<unknown> =>
  typeof inputs === 'object' && inputs !== null && !ArrayBuffer.isView(inputs) && (Symbol.asyncIterator in inputs || Symbol.iterator in inputs);

const iteratorOf = <I>(inputs: Inputs<I>): AsyncIterator<I> | Iterator<I> =>
  Symbol.asyncIterator in inputs ? inputs[Symbol.asyncIterator]() : inputs[Symbol.iterator]();

/** @throws InputError for what belongs to one picture, or goes to no process */
const checkMany = ({ jobs, ...given }: SegmentManyOptions): void => {
  const odd = (['features', 'onProgress'] as const).find((name) => (given as SegmentOptions)[name] !== undefined);
  if (odd) throw new InputError(`${odd} is of one picture, and segmentMany takes many: give it to segment`, { code: 'E_OPTION' });
  checkOptions(given);
  if (jobs !== undefined) check(JOBS.jobs, 'jobs', jobs);
  if (jobs !== undefined && jobs > 1 && typeof given.encoder === 'object')
    throw new InputError('An open encoder does one picture at a time: give its name, or leave jobs out', { code: 'E_OPTION' });
};

const lanesFor = async ({ jobs, encoder = DEFAULT_ENCODER, ...options }: SegmentManyOptions): Promise<Lanes<SegmentTask, Told>> => {
  if (typeof encoder === 'object') return lanesHere(segmentTask, encoder);
  const count = jobs ?? usualLanes(await describeEncoder(encoder), options.device);
  return segmentLanes(count, { encoder, encoderOptions: encoderOptionsOf(options) });
};

/** What each picture is told of the options. */
const perPicture = (options: SegmentManyOptions): SegmentTask['options'] =>
  Object.fromEntries(
    Object.entries(options).filter(
      ([name, value]) => value !== undefined && !['jobs', 'encoder', 'signal'].includes(name) && !Object.hasOwn(ENCODER, name),
    ),
  );

/** What an input becomes, its labels still runs. */
type Ended<I> = { index: number; input: I } & ({ told: Told } | { error: unknown });

/**
 * Inputs asked for one by one, as many as there is room for, whether or not somebody waits: so results that are there go out while
 * the next input is still to come.
 */
const pump = <I>(iterator: AsyncIterator<I> | Iterator<I>, most: number, begin: (input: I, index: number) => Promise<Ended<I>>) => {
  const begun: Promise<Ended<I>>[] = [];
  let [isPulling, isOver, index] = [false, false, 0];
  let failure: { error: unknown } | undefined;
  let wake = (): void => {};
  const pull = async (): Promise<void> => {
    if (isPulling) return;
    isPulling = true;
    try {
      while (!isOver && begun.length < most) {
        const { done, value } = await iterator.next();
        if (done) isOver = true;
        else if (!isOver) begun.push(begin(value, index++));
        wake();
      }
    } catch (error) {
      failure = { error };
      isOver = true;
    } finally {
      isPulling = false;
      wake();
    }
  };
  return {
    /** The next one in order, once it has ended; undefined after the last. @throws what the inputs throw, after those before it */
    async next(): Promise<Ended<I> | undefined> {
      for (;;) {
        void pull();
        if (begun.length > 0) return begun[0];
        if (failure) throw failure.error;
        if (isOver && !isPulling) return undefined;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    /** What `next` gave was taken: there is room for another one. */
    taken(): void {
      begun.shift();
      void pull();
    },
    /** No more is asked for. */
    async end(): Promise<void> {
      isOver = true;
      const ending = Promise.resolve(failure ? undefined : iterator.return?.());
      if (isPulling)
        ending.catch(() => {}); // it waits for an input that may never come
      else await ending;
    },
  };
};

const results = async function* <I extends ImageSource>(
  inputs: Inputs<I>,
  options: SegmentManyOptions,
  signal: AbortSignal,
): AsyncGenerator<SegmentedOne<I>> {
  signal.throwIfAborted();
  const lanes = await lanesFor(options);
  const asked = perPicture(options);
  const begin = async (input: I, index: number): Promise<Ended<I>> => {
    try {
      return { index, input, told: await lanes.run({ source: await plainSource(input), options: asked }, { signal }) };
    } catch (error) {
      return { index, input, error };
    }
  };
  const ended = pump(iteratorOf(inputs), lanes.count + AHEAD, begin);
  try {
    for (let one = await untilAborted(ended.next(), signal); one; one = await untilAborted(ended.next(), signal)) {
      if (lanes.refusal) throw lanes.refusal.error;
      ended.taken();
      yield await resultOf(one, signal);
    }
  } finally {
    await Promise.all([lanes.close(), ended.end()]);
  }
};

const resultOf = async <I>(one: Ended<I>, signal: AbortSignal): Promise<SegmentedOne<I>> => {
  if (!('told' in one)) return one;
  const { index, input, told } = one;
  const { labels, ...rest } = told;
  return { index, input, result: { ...rest, labels: isRuns(labels) ? await expandRuns(labels, { signal }) : labels } };
};

/**
 * `segment` for any number of pictures, a few at a time: in Node each in a process of its own with an encoder that stays open, in a
 * page (and in a bundle, where the package's files are not beside it) one after the other. Results come in the order of the inputs;
 * a picture that cannot be read, or whose process dies, is one with an `error`, and the others go on. At most `jobs` inputs and two
 * more are asked for ahead of what was taken. Leaving the loop, or the iterator's `return`, ends the work.
 * @param inputs pictures as `segment` takes them: a list, or an iterable that gives one after the other
 * @param given the options of `segment`, but for `features` and `onProgress`; an encoder that is open does one picture at a time
 * @throws InputError for what is no list, an option that cannot be used, and, with the first result, an encoder that does not open;
 *   what the inputs throw; the signal's reason, within a second once it is aborted
 */
export const segmentMany = <I extends ImageSource>(inputs: Inputs<I>, given: SegmentManyOptions = {}): AsyncIterableIterator<SegmentedOne<I>> => {
  if (!isList(inputs)) throw expected('a list or an iterable of pictures', 'inputs', inputs);
  if (kindOf(given) !== 'Object') throw expected('an object', 'the options of segmentMany', given);
  checkMany(given);
  const left = new AbortController();
  const all = results(inputs, given, given.signal ? AbortSignal.any([given.signal, left.signal]) : left.signal);
  const over = { done: true, value: undefined } as const;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () =>
      all.next().catch((error) => {
        if (left.signal.aborted && error === left.signal.reason) return over;
        throw error;
      }),
    async return() {
      left.abort();
      await all.return(undefined);
      return over;
    },
  };
};
