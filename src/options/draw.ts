/** Options of drawing: borders at the picture's own size. */
import type { FeatureMap } from '../types.ts';
import { choice, flag, isWhole, number, type OptionSpec, optional } from './spec.ts';

/** `refine(labels, image, options)`. */
export const REFINE = {
  method: choice('pamr', ['pamr', 'edges', 'vote'], 'how labels are drawn to the edges of the picture'),
  iterations: number(10, 1, 1000, 'rounds of PAMR', true),
  dilations: {
    default: [1, 2, 4, 8],
    wanted: '1 to 16 whole numbers from 1 to 256',
    accepts: (v: unknown) => Array.isArray(v) && v.length >= 1 && v.length <= 16 && v.every((d) => isWhole(d, 1, 256)),
    help: 'distances of the neighbours, pixels',
  } as OptionSpec<readonly number[]>,
  median: choice('numeric', ['none', 'numeric', 'majority'], 'the 3x3 filter after it'),
  features: optional<FeatureMap>('what an encoder gave', (v) => typeof v === 'object' && v !== null, 'that the labels were cut from: edges, vote'),
};

/** How borders are drawn at the picture's own size, and what becomes of small pieces. */
export const DRAWING = {
  refine: choice('edges', ['edges', 'vote', 'pamr', 'none'], 'how borders are drawn at full size'),
  minArea: number(0, 0, 1e9, 'segments under this many pixels join the neighbour with the longest border', true),
  split: flag(false, 'connected components as segments of their own'),
};
