/** A picture encoded and cut once: `analyse`; `draw` it at any granularity and size; `describe` its segments. */
import { decodeImage } from '#image/decode';
import { mergeSmall, splitComponents } from './draw/components.ts';
import { REGION_SPECK } from './draw/edges.ts';
import { drawRegions, drawTokens } from './draw/tokens.ts';
import { alphaAt, setApart } from './draw/transparency.ts';
import type { Encoder } from './encode/encoder.ts';
import { openEncoder } from './encode/open.ts';
import { encodeTiles, type InRows, tileSize } from './encode/tiles.ts';
import { expected, InputError } from './errors.ts';
import { checkSameSize } from './export/check.ts';
import { byArea } from './export/segments.ts';
import { checkImage, type ImageSource, type PictureFile } from './image/image.ts';
import { type AskedGranularity, granularityOf, solverOf, type ToldGranularity } from './models/granularity.ts';
import { DEFAULT_ENCODER } from './models/table.ts';
import { GRANULARITY, type SolverName } from './options/cut.ts';
import { DRAW, DRAWING } from './options/draw.ts';
import { SEGMENT } from './options/segment.ts';
import { checkWatch, type Resolved, resolveOptions } from './options/spec.ts';
import { type RegionGraph, regionGraph, regionSettings, workSize } from './regions/regions.ts';
import {
  checkClashes,
  checkGiven,
  type DrawOptions,
  encoderOptionsOf,
  readingOptionsOf,
  SETTINGS,
  type SegmentOptions,
  sourceOf,
} from './segment-options.ts';
import { withContours } from './solve/contours.ts';
import { FEATURES, SOLVERS, type Solution } from './solve/solver.ts';
import { cut } from './solve/tree.ts';
import { checkFeatures, checkLabels, checkShape, tilesOf, unitFeatures } from './tensor/features.ts';
import { areasOf } from './tensor/ids.ts';
import { reducePicture, resizeLabels } from './tensor/resize.ts';
import { type AnyLabels, expandRuns, toRuns } from './tensor/runs.ts';
import { stopwatch, type Timed } from './tensor/watch.ts';
import type { CutSettings, CutTree, FeatureMap, Granularity, LabelMap, RgbImage, Segment, Watch } from './types.ts';

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

/** How segments are drawn, defaults filled in. */
export const drawnAs = (given: SegmentOptions): Resolved<typeof DRAWING> =>
  Object.fromEntries(Object.entries(DRAWING).map(([name, spec]) => [name, given[name as keyof typeof DRAWING] ?? spec.default])) as never;

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
  const watch: Watch = { signal: options.signal, onProgress: options.onProgress };
  const timings: Record<string, number> = {};
  const timed = stopwatch(timings, options.signal);

  const encoder = givenFeatures
    ? undefined
    : typeof chosen === 'string'
      ? await timed('load', () => openEncoder(name, { ...encoderOptionsOf(options), signal: options.signal }))
      : chosen;
  try {
    const picture = await timed('decode', read);
    if (givenFeatures) checkShape(givenFeatures, picture);
    const features = givenFeatures ?? (await timed('encode', () => encoded(encoder as Encoder, picture, whole ?? picture, options.tile, watch)));
    const tokens = unitFeatures(features);
    const regions = solver.needs.picture ? await timed('regions', () => regionGraph(picture, tokens, watch)) : undefined;
    const input = { features: { [FEATURES]: tokens }, picture, regions };
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
 * An analysed picture's segments, at the picture's own size or a smaller one.
 * @param asked tau, or price, ease and join; the encoder's own where none is given
 * @param given how borders are drawn; `size`, the longest side of the labels
 * @returns ids >= 0; `describe` numbers them by area
 * @throws InputError for an option out of range, or a granularity that the tree was not built for; the signal's reason once aborted
 */
export const draw = async (analysis: Analysis, asked: AskedGranularity = {}, given: DrawOptions = {}): Promise<LabelMap> =>
  (await drawing(analysis, asked, given, stopwatch({}, given?.signal))).drawn;

interface Drawn {
  drawn: LabelMap;
  lost: number;
  granularity: Granularity;
}

export const drawing = async (analysis: Analysis, asked: AskedGranularity, given: DrawOptions, timed: Timed): Promise<Drawn> => {
  if (!analysis?.tree || !analysis.tokens) throw expected('what analyse gave', 'analysis', analysis);
  const { refine, minArea, split, keepAlpha, size, ...watch } = resolveOptions('draw', DRAW, given);
  const wanted = resolveOptions('draw', GRANULARITY, asked);
  checkClashes({ ...asked, ...given } as SegmentOptions);
  const { tokens, tree, row } = analysis;
  const solver = solverOf(row, { ...wanted, refine, solver: analysis.options.solver });
  const granularity = granularityOf(row, solver, wanted, 'people', tree.tiles);
  const coarse = await timed('cut', () => cut(tree, tokens, granularity, watch));
  const picture = await pictureAt(analysis, Math.max(size ?? Infinity, regionSettings(tokens).workSide), watch); // regions have that size
  const regions = async () => {
    analysis.regions ??= await timed('regions', async () => withContours(await regionGraph(analysis.picture, tokens, watch), tokens, watch));
    return analysis.regions; // with merge they are there
  };
  const fine = await timed('refine', () =>
    tree.cut
      ? drawTokens[refine](coarse, tokens, picture, watch, regions)
      : drawRegions[refine as Exclude<typeof refine, 'vote'>](coarse, picture, watch, regions),
  );
  const lost = areasOf(coarse).size - areasOf(fine).size;
  const sized = size === undefined ? fine : resizeLabels(fine, workSize(fine, size));
  const alpha = keepAlpha ? await alphaAt(analysis.picture, sized, watch) : undefined;
  const speck = refine === 'edges' ? (REGION_SPECK * sized.data.length) / (tree.tiles ?? 1) : 0; // the others leave specks, too
  const apart = alpha ? await setApart(sized, alpha, speck, watch) : sized;
  const least = (minArea * sized.data.length) / (analysis.picture.width * analysis.picture.height); // pixels of the picture
  if (!split && least <= 1) return { drawn: apart, lost, granularity };
  const clean = async () => {
    const parts = split ? await splitComponents(apart, watch) : apart;
    return least > 1 ? mergeSmall(parts, least, watch) : parts;
  };
  return { drawn: await timed('clean', clean), lost, granularity };
};

/** The picture brought down to a longest side; the last one made is kept. */
const pictureAt = async (analysis: Analysis, side: number, watch: Watch): Promise<RgbImage> => {
  const { picture, scaled } = analysis;
  const { width, height } = workSize(picture, side);
  if (width === picture.width && height === picture.height) return picture;
  if (scaled?.width === width && scaled.height === height) return scaled;
  analysis.scaled = await reducePicture(picture, { width, height }, watch);
  return analysis.scaled;
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
