/** Options of the figure of `diffcut coherence`. */
import { choice, number } from './spec.ts';

/** The figure of `diffcut coherence`. */
export const COHERENCE = {
  scale: choice('each', ['each', 'shared'], "each: the colours span each map's own range; shared: one range for all"),
  colormap: choice('jet', ['jet', 'viridis'], 'viridis is for readers who cannot tell the colours of jet apart'),
  panel: number(512, 128, 4096, 'width of a picture in the figure, pixels', true),
};
