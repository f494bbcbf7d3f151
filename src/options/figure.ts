/** Options of the figure of `diffcut coherence`. */
import { choice, number } from './spec.ts';

/** The figure of `diffcut coherence`. */
export const COHERENCE = {
  /** each: the colours span each map's own range; shared: one range for all (one of each, shared; default: each) */
  scale: choice('each', ['each', 'shared'], "each: the colours span each map's own range; shared: one range for all"),
  /** viridis is for readers who cannot tell the colours of jet apart (one of jet, viridis; default: jet) */
  colormap: choice('jet', ['jet', 'viridis'], 'viridis is for readers who cannot tell the colours of jet apart'),
  /** width of a picture in the figure, pixels (a whole number from 128 to 4096; default: 512) */
  panel: number(512, 128, 4096, 'width of a picture in the figure, pixels', true),
};
