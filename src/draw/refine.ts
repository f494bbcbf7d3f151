import { expected, InputError } from '../errors.ts';
import { REFINE } from '../options/draw.ts';
import { type Given, resolveOptions } from '../options/spec.ts';
import { regionGraph } from '../regions/regions.ts';
import { checkFeatures, checkLabels } from '../tensor/features.ts';
import type { FeatureMap, FloatImage, LabelMap, RgbImage, Watch } from '../types.ts';
import { median3x3 } from './median.ts';
import { pamr } from './pamr.ts';
import { drawTokens } from './tokens.ts';

export interface RefineOptions extends Given<typeof REFINE>, Watch {
  /** Those that the labels are of: what edges and vote ask where a segment ends. */
  features?: FeatureMap | undefined;
}

/**
 * Draws the borders of labels to the edges of the picture: PAMR, then a 3x3 filter; or along its regions, as `segment` does.
 * @param labels of the picture's size, or for edges and vote on the features' grid; ids are kept, one may vanish
 * @param image 8-bit RGB; for PAMR the same as floats 0..255 too
 * @param options method, iterations, dilations, median: see options/draw.ts; features
 * @throws InputError for sizes that differ, negative ids or an option out of range or of another method
 */
export const refine = async (labels: LabelMap, image: RgbImage | FloatImage, { features, ...options }: RefineOptions = {}): Promise<LabelMap> => {
  const { method, iterations, dilations, median, ...watch } = resolveOptions('refine', REFINE, options);
  checkLabels(labels);
  if (image?.data?.length !== image?.width * image?.height * 3)
    throw expected('{ data: width x height x 3 numbers, width, height }', 'the picture', image);
  if (method !== 'pamr') {
    const foreign = (['iterations', 'dilations', 'median'] as const).find((key) => options[key] !== undefined);
    if (foreign) throw new InputError(`Both the method ${method} and ${foreign} were given, and ${foreign} is of pamr: leave one out`);
    if (!features) throw new InputError(`The method ${method} wants features: give those that the labels are of`);
    const { width, height } = checkFeatures(features);
    if (labels.width !== width || labels.height !== height)
      throw new InputError(
        `The labels are ${labels.width}x${labels.height} but the features are ${width}x${height}: ${method} wants the labels of the features' tokens`,
      );
    const picture = image as RgbImage;
    return drawTokens[method](labels, features, picture, watch, () => regionGraph(picture, features, watch));
  }
  if (features) throw new InputError('Both the method pamr and features were given, and it wants none: leave one out');
  if (labels.width !== image.width || labels.height !== image.height) {
    throw new InputError(
      `The labels are ${labels.width}x${labels.height} but the picture is ${image.width}x${image.height}: bring them to one size first (assign, or diffcut partition --output-size)`,
    );
  }
  const refined = await pamr(labels, image, { iterations, dilations }, watch);
  return median === 'none' ? refined : median3x3(refined, median, watch);
};
