/** The whole path on one screen: `analyse` a picture once, `draw` it at any granularity, `describe` its segments. */

import { decodeImage } from '#image/decode';
import { mergeSmall, splitComponents } from './draw/components.ts';
import { drawRegions, drawTokens } from './draw/tokens.ts';
import type { Encoder } from './encode/encoder.ts';
import { describeEncoder, openEncoder } from './encode/open.ts';
import { checkAborted, expected, InputError } from './errors.ts';
import { describeSegments } from './export/segments.ts';
import type { ImageSource } from './image/image.ts';
import { DEFAULT_ENCODER, type EncoderRow, type Granularity, granularityOf, solverOf } from './models/table.ts';
import { GRANULARITY } from './options/cut.ts';
import { DRAWING } from './options/draw.ts';
import { ENCODER } from './options/encoders.ts';
import { SEGMENT } from './options/segment.ts';
import { type Given, resolveOptions } from './options/spec.ts';
import { type RegionGraph, regionGraph } from './regions/regions.ts';
import { withContours } from './solve/contours.ts';
import { cutAt } from './solve/cut-at.ts';
import { mergeRegions } from './solve/merge/merge.ts';
import { partition } from './solve/ncut/partition.ts';
import { isMergeTree, PRUNE_TREE_TAU, pruneAt } from './solve/prune.ts';
import { checkFeatures, checkLabels } from './tensor/features.ts';
import { areasOf, renamed } from './tensor/ids.ts';
import { pause } from './tensor/watch.ts';
import type { CutTree, FeatureMap, LabelMap, MergeTree, RgbImage, Segment, Watch } from './types.ts';

export interface SegmentOptions extends Omit<Given<typeof SEGMENT>, 'encoder'>, Watch {
  /** Name of an encoder, or one that is open already: it is not disposed of. */
  encoder?: string | Encoder;
  /** Features of this picture, instead of encoding it. */
  features?: FeatureMap;
}

/** How a picture is drawn: granularity and borders. */
export interface DrawOptions extends Given<typeof GRANULARITY>, Given<typeof DRAWING>, Watch {}

/** A picture that was encoded and cut once: any granularity of it is a walk over its tree. */
export interface Analysis {
  picture: RgbImage;
  features: FeatureMap;
  tree: CutTree | MergeTree;
  /** What borders are drawn along; made when it is first needed. */
  regions?: RegionGraph;
  /** Of the encoder: its defaults. */
  row: EncoderRow;
  /** What was used. */
  options: Analysed;
  /** Milliseconds a stage, in order. */
  timings: Record<string, number>;
}

interface Analysed {
  encoder: string;
  /** What encoded the picture; null with given features. */
  device: string | null;
  solver: 'ncut' | 'merge';
  /** Exponent of the affinity; null with `merge`, which has none. */
  alpha: number | null;
  /** Of the encoder's input, pixels; null with given features. */
  size: [width: number, height: number] | null;
}

export interface Segmentation {
  /** Of the picture's size; ids 0..K-1, the largest segment first. */
  labels: LabelMap;
  segments: Segment[];
  /** Segments of the tree that the drawing gave up: no edge bears them and their features are not clear, or they are specks. */
  lost: number;
  /** `pruneAt(tree, features, price, ease)` gives other granularities, and `cutAt(tree, tau)` with the solver `ncut`. */
  tree: CutTree | MergeTree;
  features: FeatureMap;
  /** What was used, defaults filled in. */
  options: Analysed & Granularity & { refine: string; minArea: number; split: boolean };
  /** Milliseconds a stage, in order. */
  timings: Record<string, number>;
}

/**
 * A picture in, its regions out.
 * @param image path, URL, bytes of a file, Blob, ImageData or RgbImage
 * @throws InputError for a picture or an option that cannot be used; the signal's reason once aborted
 */
export const segment = async (image: ImageSource, given: SegmentOptions = {}): Promise<Segmentation> => {
  const analysis = await analyse(image, given);
  const { picture, tree, features, row, timings } = analysis;
  const { tau, price, ease, join, refine = SEGMENT.refine.default, minArea = 0, split = false, signal, onProgress } = given;
  const granularity = { tau, price, ease, join };
  const timed = stopwatch(timings, signal);
  const { drawn, lost } = await timed('refine', () => drawing(analysis, { ...granularity, refine, minArea, split, signal, onProgress }));
  const { labels, segments } = await timed('describe', () => describe(drawn, picture, { signal }));
  const used = { ...analysis.options, ...granularityOf(row, analysis.options.solver, granularity), refine, minArea, split };
  return { labels, segments, lost, tree, features, options: used, timings };
};

/**
 * Encodes a picture and cuts it, once. Of `segment`'s options those that only draw (price, refine, minArea, ...) are checked and
 * have no say here, but that a tau is how loose the tree is built.
 * @param image path, URL, bytes of a file, Blob, ImageData or RgbImage
 * @throws InputError for a picture or an option that cannot be used; the signal's reason once aborted
 */
export const analyse = async (image: ImageSource, given: SegmentOptions = {}): Promise<Analysis> => {
  checkGiven(given);
  const { encoder: chosen = DEFAULT_ENCODER, features: givenFeatures, ...rest } = given;
  if (givenFeatures !== undefined) checkFeatures(givenFeatures);
  const name = typeof chosen === 'string' ? chosen : chosen.name;
  const options = resolveOptions('segment', SEGMENT, { ...rest, encoder: name });
  const row = typeof chosen === 'string' ? await describeEncoder(chosen) : chosen.row;
  const solver = solverOf(row, options);
  const alpha = solver === 'ncut' ? (options.alpha ?? row.alpha) : null;
  const { tau } = granularityOf(row, solver, options);
  const watch: Watch = { signal: options.signal, onProgress: options.onProgress };
  const timings: Record<string, number> = {};
  const timed = stopwatch(timings, options.signal);

  const encoder = givenFeatures ? undefined : typeof chosen === 'string' ? await timed('load', () => openEncoder(name, pick(options, KEYS))) : chosen;
  try {
    const picture = await timed('decode', () => decodeImage(image, options));
    const features = givenFeatures ?? (await timed('encode', () => (encoder as Encoder).encode(picture, watch)));
    const used = { encoder: row.name, device: encoder?.device ?? null, solver, alpha, size: encoder?.inputSize(picture) ?? null };
    if (alpha !== null) {
      const cut = { alpha, tau: tau ?? PRUNE_TREE_TAU, parity: row.parity };
      const { tree } = await timed('partition', () => partition(features, { ...cut, ...watch }));
      return { picture, features, tree, row, options: used, timings };
    }
    const regions = await timed('regions', () => regionGraph(picture, features, watch));
    const tree = await timed('merge', () => mergeRegions(regions, features, watch));
    return { picture, features, tree, regions, row, options: used, timings };
  } finally {
    if (typeof chosen === 'string') await encoder?.dispose();
  }
};

/**
 * An analysed picture's segments at the picture's own size.
 * @param given granularity, the encoder's own where none is given; how borders are drawn
 * @returns ids >= 0; `describe` numbers them by area
 * @throws InputError for an option out of range; the signal's reason once aborted
 */
export const draw = async (analysis: Analysis, given: DrawOptions = {}): Promise<LabelMap> => (await drawing(analysis, given)).drawn;

const drawing = async (analysis: Analysis, given: DrawOptions): Promise<{ drawn: LabelMap; lost: number }> => {
  if (!analysis?.tree || !analysis.features) throw expected('what analyse gave', 'analysis', analysis);
  checkClashes(given);
  const { refine, minArea, split, ...options } = resolveOptions('draw', { ...GRANULARITY, ...DRAWING }, given);
  checkAborted(options.signal);
  const { picture, features, tree, row } = analysis;
  solverOf(row, { ...options, refine, solver: analysis.options.solver });
  const { tau, price, ease, join } = granularityOf(row, analysis.options.solver, options);
  if (price !== null && !isMergeTree(tree) && tree.treeTau < PRUNE_TREE_TAU)
    throw new InputError(`The picture was analysed down to tau ${tree.treeTau}, and a price wants ${PRUNE_TREE_TAU}: analyse it without a tau`);
  const coarse = price === null ? cutAt(tree as CutTree, tau as number) : pruneAt(tree, features, price, ease ?? 0, join ?? 0);
  const watch = { signal: options.signal, onProgress: options.onProgress };
  const regions = async () => {
    analysis.regions ??= await withContours(await regionGraph(picture, features, watch), features, watch); // with merge they are there
    return analysis.regions;
  };
  const fine = isMergeTree(tree)
    ? await drawRegions[refine as Exclude<typeof refine, 'vote'>](coarse, picture, watch, regions)
    : await drawTokens[refine](coarse, features, picture, watch, regions);
  const lost = areasOf(coarse).size - areasOf(fine).size;
  const parts = split ? await splitComponents(fine, watch) : fine;
  return { drawn: minArea > 1 ? await mergeSmall(parts, minArea, watch) : parts, lost };
};

/**
 * Segments numbered by area, the largest 0; equal ones in order of their first pixel.
 * @throws the signal's reason once aborted
 */
export const describe = async (labels: LabelMap, picture: RgbImage, watch: Watch = {}): Promise<{ labels: LabelMap; segments: Segment[] }> => {
  checkLabels(labels);
  await pause(watch);
  const order = [...areasOf(labels)].sort((a, b) => b[1] - a[1]); // the sort is stable
  const newId = new Map(order.map(([id], k) => [id, k]));
  await pause(watch);
  const sorted = renamed(labels, (id) => newId.get(id) as number);
  return { labels: sorted, segments: await describeSegments(sorted, picture, watch) };
};

/** What `openEncoder` is given. */
const KEYS = Object.keys(ENCODER) as (keyof typeof ENCODER)[];

const pick = <T extends object, K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> =>
  Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, K>;

/** Options that make each other void, and what is told of them. */
const CLASHES: readonly (readonly [keyof SegmentOptions, keyof SegmentOptions, string])[] = [
  ['tau', 'price', 'each alone chooses the segments'],
  ['tau', 'ease', 'ease is of the price'],
  ['tau', 'join', 'join goes with a price'],
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
  checkClashes(given);
};

const checkClashes = (given: SegmentOptions): void => {
  for (const [a, b, why] of CLASHES)
    if (given[a] !== undefined && given[b] !== undefined) throw new InputError(`Both ${a} and ${b} were given, and ${why}: leave one out`);
};

/** Writes down how long each stage took. */
const stopwatch =
  (timings: Record<string, number>, signal: AbortSignal | undefined) =>
  async <T>(stage: string, work: () => T | Promise<T>): Promise<T> => {
    checkAborted(signal);
    const start = performance.now();
    const result = await work();
    timings[stage] = performance.now() - start;
    return result;
  };
