/** A picture encoded and cut once: `analyse`; `describe` what was drawn of it. */
import { decodeImage } from '#image/decode';
import type { Encoder } from './encode/encoder.ts';
import { openEncoder } from './encode/open.ts';
import { encodeTiles, type InRows, tileSize } from './encode/tiles.ts';
import { InputError } from './errors.ts';
import { checkSameSize } from './export/check.ts';
import { byArea } from './export/segments.ts';
import { checkImage, type ImageSource, type PictureFile } from './image/image.ts';
import { granularityOf, solverOf, type ToldGranularity } from './models/granularity.ts';
import { DEFAULT_ENCODER } from './models/table.ts';
import type { SolverName } from './options/cut.ts';
import type { DRAWING } from './options/draw.ts';
import { SEGMENT } from './options/segment.ts';
import { checkWatch, type Resolved, resolveOptions } from './options/spec.ts';
import { type RegionGraph, regionGraph } from './regions/regions.ts';
import { checkGiven, type DrawOptions, encoderOptionsOf, readingOptionsOf, SETTINGS, type SegmentOptions, sourceOf } from './segment-options.ts';
import { SOLVERS, type Solution } from './solve/solver.ts';
import { checkFeatures, checkLabels, checkShape, tilesOf, unitFeatures } from './tensor/features.ts';
import { reducePicture } from './tensor/resize.ts';
import { type AnyLabels, expandRuns, toRuns } from './tensor/runs.ts';
import { stopwatch } from './tensor/watch.ts';
import type { CutSettings, CutTree, FeatureMap, LabelMap, RgbImage, Segment, Watch } from './types.ts';

export type { DrawOptions, SegmentOptions };

/** A picture that was encoded and cut once: any granularity of it is a walk over its tree. Plain data, to be cloned and posted. */
export interface Analysis {
  picture: RgbImage;
  /** As the encoder gave them. */
  features: FeatureMap;
  /** The same at unit length, which every later stage works on. */
  tokens: FeatureMap;
  tree: CutTree;
  /** What borders are drawn along; made when it is first needed. */
  regions?: RegionGraph;
  /** The picture at the size below its own that was last drawn at. */
  scaled?: RgbImage;
  /** How features of this encoder are cut where nothing is said. */
  row: CutSettings;
  /** What was used. */
  options: Analysed;
  /** Milliseconds a stage, in order. */
  timings: Record<string, number>;
}

export interface Analysed {
  /** Null with features of which nobody knows the encoder. */
  encoder: string | null;
  /** What encoded the picture; null with given features. */
  device: string | null;
  solver: SolverName;
  /** Exponent of the affinity; null with `merge`, which has none. */
  alpha: number | null;
  /** Of the encoder's input, pixels, a tile's with tiles; null with given features. */
  size: [width: number, height: number] | null;
  /** Side of the tiles, pixels; left out where the picture was encoded whole. */
  tile?: number;
}

export interface Segmentation {
  /** Of the picture's size; ids 0..K-1, the largest segment first. */
  labels: LabelMap;
  segments: Segment[];
  /** Segments of the tree that the drawing gave up: no edge bears them and their features are not clear, or they are specks. */
  lost: number;
  /** `cut(tree, features, granularity)` gives other granularities. */
  tree: CutTree;
  features: FeatureMap;
  /** What was used, defaults filled in. */
  options: Analysed & ToldGranularity & Resolved<typeof DRAWING>;
  /** Milliseconds a stage, in order. */
  timings: Record<string, number>;
}

/** What is made of a picture's file: the labels of a large one stay runs. */
export interface FileSegmentation extends Omit<Segmentation, 'labels'> {
  labels: AnyLabels;
  /** The picture, or what of a large one was encoded: it brought down. */
  picture: RgbImage;
}

/**
 * Encodes a picture and cuts it, once. Of `segment`'s options those that only draw (price, refine, minArea, ...) are checked and
 * have no say here, but that the granularity is how loose the tree is built where no `treeTau` is given.
 * @param image path, URL, bytes of a file, Blob, ImageData or RgbImage; pixels that are given are not copied, and must stay as
 *   they are while the analysis is used
 * @throws InputError for a picture or an option that cannot be used; the signal's reason once aborted
 */
export const analyse = (image: ImageSource, given: SegmentOptions = {}): Promise<Analysis> =>
  analysisOf(() => decodeImage(image, readingOptionsOf(given)), given);

/** The options of `segment`, all that is wrong with them but what hangs on the encoder told; defaults filled in. */
export const checkOptions = (given: SegmentOptions): Resolved<typeof SEGMENT> & Watch => {
  checkGiven(given);
  const { encoder = DEFAULT_ENCODER, features, ...rest } = given;
  if (features !== undefined) checkFeatures(features);
  return resolveOptions('segment', SEGMENT, { ...rest, encoder: typeof encoder === 'string' ? encoder : encoder.name });
};

/** `analyse`. @param read gives the picture @param whole what tiles are read from, where the picture was brought down from it */
export const analysisOf = async (read: () => Promise<RgbImage>, given: SegmentOptions, whole?: PictureFile): Promise<Analysis> => {
  const options = checkOptions(given);
  const { encoder: asked, features: givenFeatures } = given;
  const chosen = asked ?? DEFAULT_ENCODER;
  const name = options.encoder as string;
  const { encoder: told, row } = await sourceOf(asked, givenFeatures);
  const solver = SOLVERS[solverOf(row, options)];
  const settingsOf = (tiles: number) => SETTINGS[solver.name](row, options, granularityOf(row, solver.name, options, 'people', tiles), tiles);
  settingsOf(1); // what is wrong whatever the picture is told at once
  const opening = encoderOptionsOf(options);
  const watch: Watch = { signal: options.signal, onProgress: options.onProgress };
  const timings: Record<string, number> = {};
  const timed = stopwatch(timings, options.signal);

  const encoder = givenFeatures
    ? undefined
    : typeof chosen === 'string'
      ? await timed('load', () => openEncoder(name, { ...opening, signal: options.signal }))
      : chosen;
  try {
    const picture = await timed('decode', read);
    if (givenFeatures) checkShape(givenFeatures, picture);
    const features = givenFeatures ?? (await timed('encode', () => encoded(encoder as Encoder, picture, whole ?? picture, options.tile, watch)));
    const tokens = unitFeatures(features);
    const regions = solver.needs.picture ? await timed('regions', () => regionGraph(picture, tokens, watch)) : undefined;
    const input = { features: { [solver.needs.taps[0]]: tokens }, picture, regions };
    const tree = treeOf(await timed(solver.stage, () => solver.solve(input, settingsOf(tilesOf(features)), watch)));
    const size = encoder?.inputSize(options.tile ? tileSize(whole ?? picture, options.tile) : picture) ?? null;
    const used = {
      encoder: told,
      device: encoder?.device ?? null,
      solver: solver.name,
      alpha: tree.cut?.alpha ?? null,
      size,
      ...(options.tile && { tile: options.tile }),
    };
    return { picture, features, tokens, tree, ...(regions && { regions }), row, options: used, timings };
  } finally {
    if (typeof chosen === 'string') await encoder?.dispose();
  }
};

/**
 * Segments numbered by area, the largest 0; equal ones in order of their first pixel.
 * @param picture whose colours are averaged; brought down to the labels' size where these are smaller
 * @throws InputError for labels or a picture that are none; the signal's reason once aborted
 */
export const describe = async (labels: LabelMap, picture: RgbImage, watch: Watch = {}): Promise<{ labels: LabelMap; segments: Segment[] }> => {
  checkLabels(labels);
  checkImage(picture, 'picture');
  checkWatch('describe', watch);
  const isSmaller = labels.width < picture.width || labels.height < picture.height;
  const sized = isSmaller ? await reducePicture(picture, labels, watch) : picture;
  checkSameSize(sized, labels);
  const { labels: runs, segments } = byArea(await toRuns(labels, watch, sized));
  return { labels: await expandRuns(runs, watch), segments };
};

const encoded = (encoder: Encoder, picture: RgbImage, whole: InRows, tile: number | undefined, watch: Watch): Promise<FeatureMap> =>
  tile === undefined ? encoder.encode(picture, watch) : encodeTiles(encoder, whole, tile, watch);

const treeOf = (solution: Solution): CutTree => {
  if (!('tree' in solution)) throw new InputError('This solver gives labels and no tree to walk over: call solve');
  return solution.tree;
};
