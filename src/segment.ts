import type { Encoder } from './encode/encoder.ts';
import { describeEncoder, openEncoder } from './encode/open-encoder.ts';
import { checkAborted, expected, InputError } from './errors.ts';
import { describeSegments } from './export/segments.ts';
import { decodeImage } from './image/decode-node.ts';
import type { ImageSource } from './image/image.ts';
import { DEFAULT_ENCODER, type Granularity, granularityOf } from './models/table.ts';
import { ENCODER, type Given, resolveOptions, SEGMENT } from './options.ts';
import { partition } from './partition/partition.ts';
import { PRUNE_TREE_TAU, pruneAt } from './partition/prune.ts';
import { mergeSmall, splitComponents } from './refine/components.ts';
import { DRAW } from './refine/draw.ts';
import { areasOf, renamed } from './tensor/ids.ts';
import type { CutTree, FeatureMap, LabelMap, RgbImage, Segment, Watch } from './types.ts';

export interface SegmentOptions extends Omit<Given<typeof SEGMENT>, 'encoder'>, Watch {
  /** Name of an encoder, or one that is open already: it is not disposed of. */
  encoder?: string | Encoder;
  /** Features of this picture, instead of encoding it. */
  features?: FeatureMap;
}

export interface Segmentation {
  /** Of the picture's size; ids 0..K-1, the largest segment first. */
  labels: LabelMap;
  segments: Segment[];
  /** On the grid of the features: `cutAt(tree, tau)` and `pruneAt(tree, features, price, ease)` give other granularities. */
  tree: CutTree;
  features: FeatureMap;
  /** What was used, defaults filled in. */
  options: Granularity & {
    encoder: string;
    alpha: number;
    /** What encoded the picture; null with given features. */
    device: string | null;
    /** Of the encoder's input, pixels; null with given features. */
    size: [width: number, height: number] | null;
    refine: string;
    minArea: number;
    split: boolean;
  };
  /** Milliseconds a stage, in order. */
  timings: Record<string, number>;
}

/**
 * A picture in, its regions out.
 * @param image path, URL, bytes of a file, Blob, ImageData or RgbImage
 * @throws InputError for a picture or an option that cannot be used; the signal's reason once aborted
 */
export const segment = async (image: ImageSource, given: SegmentOptions = {}): Promise<Segmentation> => {
  checkGiven(given);
  const { encoder: chosen = DEFAULT_ENCODER, features: givenFeatures, ...rest } = given;
  const name = typeof chosen === 'string' ? chosen : chosen.name;
  const options = resolveOptions('segment', SEGMENT, { ...rest, encoder: name });
  const row = typeof chosen === 'string' ? await describeEncoder(chosen) : chosen.row;
  const { alpha = row.alpha, minArea, split, signal } = options;
  const granularity = granularityOf(row, options);
  const { tau, price, ease } = granularity;
  const watch: Watch = { signal, onProgress: options.onProgress };
  const { timings, timed } = stopwatch(signal);

  const encoder = givenFeatures ? undefined : typeof chosen === 'string' ? await timed('load', () => openEncoder(name, pick(options, KEYS))) : chosen;
  try {
    const picture = await timed('decode', () => decodeImage(image, options));
    const features = givenFeatures ?? (await timed('encode', () => (encoder as Encoder).encode(picture, watch)));
    const { tree, labels: cut } = await timed('partition', () =>
      partition(features, { alpha, tau: tau ?? PRUNE_TREE_TAU, parity: row.parity, ...watch }),
    );
    const coarse = price === null ? cut : pruneAt(tree, features, price, ease ?? undefined);
    const fine = await timed('refine', () => DRAW[options.refine](coarse, features, picture, watch));
    const { labels, segments } = await timed('describe', () => {
      const parts = split ? splitComponents(fine) : fine;
      return largestFirst(minArea > 1 ? mergeSmall(parts, minArea) : parts, picture);
    });
    const size = encoder?.inputSize(picture) ?? null;
    const used = {
      encoder: row.name,
      device: encoder?.device ?? null,
      alpha,
      ...granularity,
      size,
      refine: options.refine,
      minArea,
      split,
    };
    return { labels, segments, tree, features, options: used, timings };
  } finally {
    if (typeof chosen === 'string') await encoder?.dispose();
  }
};

/** What `openEncoder` is given. */
const KEYS = Object.keys(ENCODER) as (keyof typeof ENCODER)[];

const pick = <T extends object, K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> =>
  Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, K>;

/** Options that make each other void, and what is told of them. */
const CLASHES: readonly (readonly [keyof SegmentOptions, keyof SegmentOptions, string])[] = [
  ['tau', 'price', 'each alone chooses the segments'],
  ['tau', 'ease', 'ease is of the price'],
  ...KEYS.map((key) => ['features', key, `${key} is of the encoder, and nothing is encoded`] as const),
];

/** What the table of options cannot say: kinds of encoder, and options that exclude each other. */
const checkGiven = (given: SegmentOptions): void => {
  if (typeof given !== 'object' || given === null) throw expected('an object', 'the options of segment', given);
  const { encoder } = given;
  const isOpen = typeof encoder === 'object' && encoder !== null && typeof encoder.encode === 'function';
  if (encoder !== undefined && typeof encoder !== 'string' && !isOpen)
    throw expected('the name of an encoder, or one that openEncoder gave,', 'encoder', encoder);
  const late = isOpen ? KEYS.find((key) => given[key] !== undefined) : undefined;
  if (late) throw new InputError(`Both ${late} and an open encoder were given: give the ${late} to openEncoder`);
  for (const [a, b, why] of CLASHES)
    if (given[a] !== undefined && given[b] !== undefined) throw new InputError(`Both ${a} and ${b} were given, and ${why}: leave one out`);
};

const stopwatch = (signal: AbortSignal | undefined) => {
  const timings: Record<string, number> = {};
  const timed = async <T>(stage: string, work: () => T | Promise<T>): Promise<T> => {
    checkAborted(signal);
    const start = performance.now();
    const result = await work();
    timings[stage] = performance.now() - start;
    return result;
  };
  return { timings, timed };
};

/** Ids by area, the largest segment 0; equal ones in order of their first pixel. */
const largestFirst = (labels: LabelMap, picture: RgbImage): { labels: LabelMap; segments: Segment[] } => {
  const order = [...areasOf(labels)].sort((a, b) => b[1] - a[1]); // the sort is stable
  const newId = new Map(order.map(([id], k) => [id, k]));
  const sorted = renamed(labels, (id) => newId.get(id) as number);
  return { labels: sorted, segments: describeSegments(sorted, picture) };
};
