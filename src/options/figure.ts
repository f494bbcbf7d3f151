/** Options of the figures of `diffcut coherence` and `diffcut compare`. */
import { choice, isWhole, number, optional } from './spec.ts';

const size = (help: string) =>
  optional<{ width: number; height: number }>(
    '{ width, height }, each a whole number from 1 to 65535,',
    (v) => typeof v === 'object' && v !== null && 'width' in v && 'height' in v && isWhole(v.width, 1, 65_535) && isWhole(v.height, 1, 65_535),
    help,
  );

/** `similarity(features, query, target, options)`. */
export const SIMILARITY = {
  /** of the reference, pixels: what a query is in ({ width, height }, each a whole number from 1 to 65535,) */
  picture: size('of the reference, pixels: what a query is in'),
  /** of the map, pixels; the target's grid where not given ({ width, height }, each a whole number from 1 to 65535,) */
  target: size("of the map, pixels; the target's grid where not given"),
};

/** The figure of `diffcut coherence`. */
export const COHERENCE = {
  /** each: the colours span each map's own range; shared: one range for all (one of each, shared; default: each) */
  scale: choice('each', ['each', 'shared'], "each: the colours span each map's own range; shared: one range for all"),
  /** viridis is for readers who cannot tell the colours of jet apart (one of jet, viridis; default: jet) */
  colormap: choice('jet', ['jet', 'viridis'], 'viridis is for readers who cannot tell the colours of jet apart'),
  /** width of a picture in the figure, pixels (a whole number from 128 to 4096; default: 512) */
  panel: number(512, 128, 4096, 'width of a picture in the figure, pixels', true),
};

/** The figure of `diffcut compare`. */
export const COMPARE = {
  /** of a picture in the figure, pixels (a whole number from 64 to 4096; default: 360) */
  width: number(360, 64, 4096, 'of a picture in the figure, pixels', true),
};

/** `drawHeatmap(image, map, options)`. */
export const HEATMAP = {
  /** the two ends of the colours; the map's own where not given (two numbers, the lower first) */
  range: optional<readonly [low: number, high: number]>(
    'two numbers, the lower first',
    (v) => Array.isArray(v) && v.length === 2 && v.every((n) => typeof n === 'number') && v[0] <= v[1],
    "the two ends of the colours; the map's own where not given",
  ),
  colormap: COHERENCE.colormap,
};
