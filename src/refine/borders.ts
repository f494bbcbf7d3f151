import { assign } from '../assign/assign.ts';
import type { FeatureMap, LabelMap, RgbImage, Watch } from '../types.ts';
import { refine } from './refine.ts';

/** How borders are drawn at the picture's own size, by name of the method. */
export const drawBorders = async (coarse: LabelMap, features: FeatureMap, picture: RgbImage, method: 'edges' | 'pamr' | 'none', watch: Watch): Promise<LabelMap> => {
  const { width, height } = picture;
  const fine = await assign(coarse, features, { width, height, ...watch });
  if (method === 'none') return fine;
  return refine(fine, picture, { iterations: 15, dilations: [1, 2, 4, 8, 12, 24, 32, 64], ...watch });
};
