/** Options of drawing: borders at the picture's own size. */
import type { CutTree, FeatureMap } from '../types.ts';
import { choice, flag, isWhole, number, type OptionSpec, optional, type Resolved } from './spec.ts';

/** `refine(labels, image, options)`. */
export const REFINE = {
  /** how labels are drawn to the edges of the picture (one of pamr, crf, edges, vote; default: pamr) */
  method: choice('pamr', ['pamr', 'crf', 'edges', 'vote'], 'how labels are drawn to the edges of the picture'),
  /** rounds of PAMR, or of the CRF's mean field (a whole number from 1 to 1000; default: 10) */
  iterations: number(10, 1, 1000, "rounds of PAMR, or of the CRF's mean field", true),
  /** distances of the neighbours, pixels (1 to 16 whole numbers from 1 to 256; default: 1, 2, 4, 8) */
  dilations: {
    default: [1, 2, 4, 8],
    wanted: '1 to 16 whole numbers from 1 to 256',
    accepts: (v: unknown) => Array.isArray(v) && v.length >= 1 && v.length <= 16 && v.every((d) => isWhole(d, 1, 256)),
    help: 'distances of the neighbours, pixels',
  } as OptionSpec<readonly number[]>,
  /** the 3x3 filter after PAMR (one of none, numeric, majority; default: numeric) */
  median: choice('numeric', ['none', 'numeric', 'majority'], 'the 3x3 filter after PAMR'),
  /** crf: probability of a given label, before the others are asked (a number from 0.01 to 0.99; default: 0.7) */
  confidence: number(0.7, 0.01, 0.99, 'crf: probability of a given label, before the others are asked'),
  /** crf: reach of smoothness, pixels (a number from 0.1 to 1000; default: 3) */
  smoothnessSigma: number(3, 0.1, 1000, 'crf: reach of smoothness, pixels'),
  /** crf: what smoothness weighs (a number from 0 to 1000; default: 7) */
  smoothnessWeight: number(7, 0, 1000, 'crf: what smoothness weighs'),
  /** crf: reach of likeness of colour, pixels (a number from 0.1 to 1000; default: 50) */
  appearanceSigma: number(50, 0.1, 1000, 'crf: reach of likeness of colour, pixels'),
  /** crf: how unlike colours may be, 0..255 (a number from 0.1 to 1000; default: 5) */
  colourSigma: number(5, 0.1, 1000, 'crf: how unlike colours may be, 0..255'),
  /** crf: what likeness of colour weighs (a number from 0 to 1000; default: 10) */
  appearanceWeight: number(10, 0, 1000, 'crf: what likeness of colour weighs'),
  /** that the labels were cut from: edges, vote (what an encoder gave) */
  features: optional<FeatureMap>('what an encoder gave', (v) => typeof v === 'object' && v !== null, 'that the labels were cut from: edges, vote'),
};

/** What each method of `refine` takes beside labels and picture. */
export const REFINED_BY: Record<Resolved<typeof REFINE>['method'], readonly (keyof typeof REFINE)[]> = {
  pamr: ['iterations', 'dilations', 'median'],
  crf: ['iterations', 'confidence', 'smoothnessSigma', 'smoothnessWeight', 'appearanceSigma', 'colourSigma', 'appearanceWeight'],
  edges: ['features'],
  vote: ['features'],
};

/** `assign(labels, features, { width, height, tree })`. */
export const ASSIGN = {
  /** of the result, pixels (a whole number from 1 to 65535) */
  width: number(undefined, 1, 65_535, 'of the result, pixels', true),
  /** of the result, pixels (a whole number from 1 to 65535) */
  height: number(undefined, 1, 65_535, 'of the result, pixels', true),
  /** that the labels were cut from: where it has scores of its own (diffseg), they draw its segments (a tree that a solver gave) */
  tree: optional<CutTree>(
    'a tree that a solver gave',
    (v) => ArrayBuffer.isView((v as CutTree | null)?.order) && ArrayBuffer.isView((v as CutTree).cells?.data),
    'that the labels were cut from: where it has scores of its own (diffseg), they draw its segments',
  ),
};

/** How borders are drawn at the picture's own size, and what becomes of small pieces. */
export const DRAWING = {
  /** how borders are drawn at full size (one of edges, vote, pamr, crf, none; default: edges) */
  refine: choice('edges', ['edges', 'vote', 'pamr', 'crf', 'none'], 'how borders are drawn at full size'),
  /** segments under this many pixels join the neighbour with the longest border (a whole number from 0 to 1000000000; default: 0) */
  minArea: number(0, 0, 1e9, 'segments under this many pixels join the neighbour with the longest border', true),
  /** connected components as segments of their own (true or false; default: false) */
  split: flag(false, 'connected components as segments of their own'),
  /** transparent pixels are a segment of their own (true or false; default: false) */
  keepAlpha: flag(false, 'transparent pixels are a segment of their own'),
};

/** How large the labels are drawn. */
export const SIZING = {
  /** longest side of the labels, pixels; the picture's own where not given or larger (a whole number from 1 to 65535) */
  size: number(undefined, 1, 65_535, "longest side of the labels, pixels; the picture's own where not given or larger", true),
};

/** `draw(analysis, granularity, options)`. */
export const DRAW: typeof DRAWING & typeof SIZING = { ...DRAWING, ...SIZING };
