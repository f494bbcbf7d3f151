import { expected, InputError, kindOf } from '../errors.ts';
import { REFINE, REFINED_BY } from '../options/draw.ts';
import { type Given, resolveOptions } from '../options/spec.ts';
import { regionGraph } from '../regions/regions.ts';
import { withContours } from '../solve/contours.ts';
import { checkFeatures, checkLabels, checkShape, unitFeatures } from '../tensor/features.ts';
import { resizeLabels } from '../tensor/resize.ts';
import type { FeatureMap, FloatImage, LabelMap, RgbImage, Watch } from '../types.ts';
import { CRF_SIDE, crfOfLabels } from './crf.ts';
import { median3x3 } from './median.ts';
import { pamr } from './pamr.ts';
import { drawTokens } from './tokens.ts';

/**
 * Draws the borders of labels to the edges of the picture. `pamr`: pixel-adaptive mask refinement, then a 3x3 filter. `crf`: a
 * fully connected CRF, above 512 pixels worked brought down. `edges` and `vote` draw along the picture's regions, and want the
 * features that the labels were cut from.
 * @param labels of the picture's size, or with features of their grid; ids are kept, one may vanish
 * @param image 8-bit RGB, or the same as floats 0..255
 * @param options method, and what it takes: see options/draw.ts
 * @returns labels of the picture's size
 * @throws InputError for sizes that do not fit, negative ids or an option out of range or of another method; the signal's reason
 * once aborted
 */
export const refine = async (labels: LabelMap, image: RgbImage | FloatImage, options?: Given<typeof REFINE> & Watch): Promise<LabelMap> => {
  const { method, iterations, dilations, median, features, signal, onProgress, ...rest } = resolveOptions('refine', REFINE, options);
  const watch: Watch = { signal, onProgress };
  for (const name of Object.values(REFINED_BY).flat())
    if (options?.[name] !== undefined && !REFINED_BY[method].includes(name))
      throw new InputError(`${name} says nothing to the method ${method}: leave it out, or choose another method`);
  checkLabels(labels);
  if (image?.data?.length !== image?.width * image?.height * 3)
    throw expected('{ data: width x height x 3 numbers, width, height }', 'the picture', image);
  if (method === 'edges' || method === 'vote') return alongRegions(method, labels, image, features, watch);
  if (labels.width !== image.width || labels.height !== image.height) {
    throw new InputError(
      `The labels are ${labels.width}x${labels.height} but the picture is ${image.width}x${image.height}: bring them to one size first (assign, or diffcut partition --output-size)`,
    );
  }
  if (method === 'crf') return crfOfLabels(labels, inBytes(image), { iterations, ...rest }, CRF_SIDE, watch);
  const refined = await pamr(labels, image, { iterations, dilations }, watch);
  return median === 'none' ? refined : median3x3(refined, median, watch);
};

const alongRegions = async (
  method: 'edges' | 'vote',
  labels: LabelMap,
  image: RgbImage | FloatImage,
  features: FeatureMap | undefined,
  watch: Watch,
): Promise<LabelMap> => {
  if (features === undefined)
    throw new InputError(`The method ${method} wants the features that the labels were cut from: give them, or choose pamr`);
  checkFeatures(features);
  checkShape(features, image);
  const tokens = unitFeatures(features);
  const coarse = onGrid(labels, tokens, image);
  const picture = inBytes(image);
  const regions = async () => withContours(await regionGraph(picture, tokens, watch), tokens, watch);
  return drawTokens[method](coarse, tokens, picture, watch, regions);
};

/** Floats rounded. */
const inBytes = ({ data, width, height }: RgbImage | FloatImage): RgbImage => ({
  data: kindOf(data) === 'Float32Array' ? new Uint8Array(Uint8ClampedArray.from(data).buffer) : (data as Uint8Array),
  width,
  height,
});

/** A label a token: of labels of the picture's size, the one in the token's middle. */
const onGrid = (labels: LabelMap, { width, height }: FeatureMap, image: { width: number; height: number }): LabelMap => {
  if (labels.width === width && labels.height === height) return labels;
  if (labels.width === image.width && labels.height === image.height) return resizeLabels(labels, { width, height });
  throw new InputError(
    `The labels are ${labels.width}x${labels.height} but the features are ${width}x${height} and the picture ${image.width}x${image.height}: give labels of one of these sizes`,
  );
};
