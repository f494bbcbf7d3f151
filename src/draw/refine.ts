import { expected, InputError } from '../errors.ts';
import { REFINE } from '../options/draw.ts';
import { type Given, resolveOptions } from '../options/spec.ts';
import { checkLabels } from '../tensor/features.ts';
import type { FloatImage, LabelMap, RgbImage, Watch } from '../types.ts';
import { median3x3 } from './median.ts';
import { pamr } from './pamr.ts';

/**
 * Draws the borders of labels to the edges of the picture: PAMR, then a 3x3 filter.
 * @param labels of the picture's size; ids are kept, one may vanish
 * @param image 8-bit RGB, or the same as floats 0..255
 * @param options method, iterations, dilations, median: see options/draw.ts
 * @throws InputError for sizes that differ, negative ids or an option out of range
 */
export const refine = async (labels: LabelMap, image: RgbImage | FloatImage, options?: Given<typeof REFINE> & Watch): Promise<LabelMap> => {
  const { iterations, dilations, median, ...watch } = resolveOptions('refine', REFINE, options);
  checkLabels(labels);
  if (image?.data?.length !== image?.width * image?.height * 3)
    throw expected('{ data: width x height x 3 numbers, width, height }', 'the picture', image);
  if (labels.width !== image.width || labels.height !== image.height) {
    throw new InputError(
      `The labels are ${labels.width}x${labels.height} but the picture is ${image.width}x${image.height}: bring them to one size first (assign, or diffcut partition --output-size)`,
    );
  }
  const refined = await pamr(labels, image, { iterations, dilations }, watch);
  return median === 'none' ? refined : median3x3(refined, median, watch);
};
