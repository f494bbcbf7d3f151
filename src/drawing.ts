/** An analysed picture drawn: `draw` at any granularity and size, or nodes of its tree; `superpixels`. */
import type { Analysis, Segmentation } from './analysis.ts';
import { keepLargest, mergeSmall, piecesOf } from './draw/components.ts';
import { REGION_SPECK } from './draw/edges.ts';
import { byNodes } from './draw/nodes.ts';
import { drawMasks, drawRegions, drawTokens } from './draw/tokens.ts';
import { alphaAt, setApart } from './draw/transparency.ts';
import { upsampleGuided } from './draw/upsample.ts';
import { expected } from './errors.ts';
import { type AskedGranularity, granularityOf, solverOf, toldGranularity } from './models/granularity.ts';
import { GRANULARITY } from './options/cut.ts';
import { DRAW, DRAWING, SIZING } from './options/draw.ts';
import { type Resolved, resolveOptions } from './options/spec.ts';
import { type RegionGraph, regionGraph, regionSettings, workSize } from './regions/regions.ts';
import { checkClashes, type DrawOptions, type SegmentOptions } from './segment-options.ts';
import { withContours } from './solve/contours.ts';
import { isOfTokens } from './solve/solver.ts';
import { areNodes, cut } from './solve/tree.ts';
import { areasOf, byFirstPixel } from './tensor/ids.ts';
import { reducePicture, resizeLabels } from './tensor/resize.ts';
import { stopwatch, type Timed } from './tensor/watch.ts';
import type { ChosenNodes, Granularity, LabelMap, RgbImage, Watch } from './types.ts';

/** What `draw` gives: labels, and what became of the tree's segments. */
export interface Drawing extends LabelMap {
  /** Segments that the drawing gave up: no edge bears them and their features are not clear, or they are specks. */
  lost: number;
  /**
   * Where nodes were drawn, the node that each id shows: first those that were asked for, by their index, then those of further
   * pieces (`split`), and -1 for what is transparent. An id that occurs nowhere in `data` was given up, or is under `minArea`.
   */
  nodes?: Int32Array;
}

/**
 * An analysed picture's segments, at the picture's own size or a smaller one.
 * @param asked tau, or price, ease and join; the encoder's own where none is given. Or `{ nodes }` of the tree that have all its
 *   elements between them, each once: these are the segments, and ids are indices into them
 * @param given how borders are drawn; `size`, the longest side of the labels
 * @returns ids >= 0; `describe` numbers them by area. Nodes of `nodesAt` are drawn as its granularity is
 * @throws InputError for an option out of range, a granularity that the tree was not built for, or nodes that overlap or leave
 *   something out; the signal's reason once aborted
 */
export const draw = (analysis: Analysis, asked: AskedGranularity | ChosenNodes = {}, given: DrawOptions = {}): Promise<Drawing> =>
  drawing(analysis, asked, given, stopwatch({}, given?.signal));

export const drawing = async (analysis: Analysis, asked: AskedGranularity | ChosenNodes, given: DrawOptions, timed: Timed): Promise<Drawing> => {
  const { refine, minArea, split, keepAlpha, size, ...watch } = resolveOptions('draw', DRAW, given);
  const granularity = granularityIn(analysis, asked, given);
  const { tokens, tree } = analysis;
  const chosen = await timed('cut', () => cut(tree, tokens, granularity, watch));
  const coarse = 'nodes' in granularity ? byFirstPixel(chosen) : chosen; // that no number has a say in how they are drawn
  const picture = await pictureAt(analysis, Math.max(size ?? Infinity, regionSettings(tokens).workSide), watch); // regions have that size
  const regions = () => regionsOf(analysis, watch, timed);
  const fine = await timed('refine', () =>
    refine === 'crf' && tree.objects
      ? drawMasks(coarse, tree, picture, watch)
      : isOfTokens(tree)
        ? drawTokens[refine](coarse, tokens, picture, watch, regions, tree)
        : drawRegions[refine as Exclude<typeof refine, 'vote'>](coarse, picture, watch, regions),
  );
  const lost = areasOf(coarse).size - areasOf(fine).size;
  const sized = size === undefined ? fine : resizeLabels(fine, workSize(fine, size));
  const alpha = keepAlpha ? await alphaAt(analysis.picture, sized, watch) : undefined;
  const speck = refine === 'edges' ? (REGION_SPECK * sized.data.length) / (tree.tiles ?? 1) : 0; // the others leave specks, too
  const apart = alpha ? await setApart(sized, alpha, speck, watch) : sized;
  const least = (minArea * sized.data.length) / (analysis.picture.width * analysis.picture.height); // pixels of the picture
  const clean = async (): Promise<{ drawn: LabelMap; idOf?: Map<number, number> }> => {
    const { components, idOf } = split ? await piecesOf(apart, watch) : { components: apart };
    return { drawn: least > 1 ? await mergeSmall(components, least, watch) : components, ...(idOf && { idOf }) };
  };
  const { drawn, idOf } = split || least > 1 ? await timed('clean', clean) : { drawn: apart };
  if (!('nodes' in granularity)) return { ...drawn, lost };
  return { ...byNodes(drawn, granularity.nodes, [...areasOf(chosen).keys()], idOf), lost };
};

/** What was asked for, else what suits the encoder. @throws InputError for what does not go together */
const granularityIn = (analysis: Analysis, asked: AskedGranularity | ChosenNodes, given: DrawOptions): Granularity | ChosenNodes => {
  if (!analysis?.tree || !analysis.tokens) throw expected('what analyse gave', 'analysis', analysis);
  const { tree, row, options } = analysis;
  const wanted = areNodes(asked) ? {} : resolveOptions('draw', GRANULARITY, asked);
  checkClashes({ ...wanted, ...given } as SegmentOptions);
  const solver = solverOf(row, { ...wanted, refine: given?.refine, solver: options.solver });
  return areNodes(asked) ? { nodes: asked.nodes } : granularityOf(row, solver, wanted, 'people', tree.tiles);
};

/** How segments are drawn, defaults filled in. */
export const drawnAs = (given: SegmentOptions): Resolved<typeof DRAWING> =>
  Object.fromEntries(Object.entries(DRAWING).map(([name, spec]) => [name, given[name as keyof typeof DRAWING] ?? spec.default])) as never;

/**
 * What `draw` was told with these arguments, defaults filled in, as `segment` tells it.
 * @throws what `draw` does of them
 */
export const usedOptions = (analysis: Analysis, asked: AskedGranularity | ChosenNodes = {}, given: DrawOptions = {}): Segmentation['options'] => {
  const granularity = toldGranularity(granularityIn(analysis, asked, given));
  const { size: _, signal: __, onProgress: ___, ...drawn } = resolveOptions('draw', DRAW, given);
  return { ...analysis.options, ...granularity, ...drawn };
};

/** The regions that borders are drawn along: made once. */
const regionsOf = async (analysis: Analysis, watch: Watch, timed: Timed): Promise<RegionGraph> => {
  const { picture, tokens } = analysis;
  analysis.regions ??= await timed('regions', async () => withContours(await regionGraph(picture, tokens, watch), tokens, watch));
  return analysis.regions; // with merge they are there
};

/**
 * The small regions that borders are drawn along, 1,000 or fewer (with tiles more), their own borders carried to the picture's
 * size as those of segments are.
 * @param given `size`, the longest side of the labels, pixels; the picture's own where not given or larger
 * @returns ids 0..K-1, which are the elements of a tree of `merge`; one of a few pixels may be lost on the way
 * @throws InputError for an option out of range; the signal's reason once aborted
 */
export const superpixels = async (analysis: Analysis, given: { size?: number | undefined } & Watch = {}): Promise<LabelMap> => {
  const { size, ...watch } = resolveOptions('superpixels', SIZING, given);
  if (!analysis?.tree || !analysis.tokens) throw expected('what analyse gave', 'analysis', analysis);
  const { data, width, height } = await regionsOf(analysis, watch, stopwatch({}, watch.signal));
  const picture = await pictureAt(analysis, Math.max(size ?? Infinity, Math.max(width, height)), watch);
  const fine = await keepLargest(await upsampleGuided({ data, width, height }, picture, watch), watch);
  return size === undefined ? fine : resizeLabels(fine, workSize(fine, size));
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
