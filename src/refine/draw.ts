import { assign, scoreMaps } from '../assign/assign.ts';
import { resizeArea } from '../tensor/resize.ts';
import type { FeatureMap, LabelMap, RgbImage, Watch } from '../types.ts';
import { drawEdges } from './edges.ts';
import { refine } from './refine.ts';
import { upsampleGuided, workSize } from './upsample.ts';

/** PAMR's settings for open vocabulary in the reference, and the longest side it works on here. */
const PAMR = { iterations: 15, dilations: [1, 2, 4, 8, 12, 24, 32, 64], side: 1024 };

/** Coarse labels to the picture's own size, by name of the method. */
export const DRAW: Record<'edges' | 'pamr' | 'none', (coarse: LabelMap, features: FeatureMap, picture: RgbImage, watch: Watch) => Promise<LabelMap>> =
  {
    edges: (coarse, features, picture, watch) => drawEdges(scoreMaps(coarse, features), picture, watch),
    pamr: async (coarse, features, picture, watch) => {
      const size = workSize(picture, PAMR.side);
      const small = resizeArea(picture, size);
      const { iterations, dilations } = PAMR;
      const labels = await refine(await assign(coarse, features, { ...size, ...watch }), small, { iterations, dilations, ...watch });
      return upsampleGuided(labels, small, picture, watch);
    },
    none: (coarse, features, { width, height }, watch) => assign(coarse, features, { width, height, ...watch }),
  };
