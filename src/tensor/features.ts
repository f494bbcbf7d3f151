import { expected, InputError, kindOf } from '../errors.ts';
import type { FeatureMap, LabelMap, RgbImage } from '../types.ts';

const isCount = (n: unknown): n is number => Number.isInteger(n) && (n as number) >= 1;

/** Throws one sentence unless `features` is width x height x channels finite numbers. */
export const checkFeatures = (features: FeatureMap): FeatureMap => {
  if (kindOf(features?.data) !== 'Float32Array') throw expected('{ data: Float32Array, width, height, channels }', 'features', features);
  const { data, width, height, channels } = features;
  for (const [name, n] of Object.entries({ width, height, channels }))
    if (!isCount(n)) throw expected('a whole number from 1', `features.${name}`, n);
  if (data.length !== width * height * channels) throw expected(`${width} x ${height} x ${channels} numbers`, 'features.data', data.length);
  let bad = 0; // a plain loop: this runs over every number of every map
  while (bad < data.length && Number.isFinite(data[bad])) bad++;
  if (bad < data.length) {
    const token = Math.floor(bad / channels);
    throw new InputError(
      `Features must be finite, but channel ${bad % channels} at x ${token % width}, y ${Math.floor(token / width)} is ${data[bad]}`,
    );
  }
  return features;
};

/**
 * The same image, once its width and height are whole numbers from 1, its data hold 3 bytes a pixel and its alpha, if any, one.
 * @throws InputError otherwise
 */
export const checkImage = (image: RgbImage, name = 'image'): RgbImage => {
  if (typeof image !== 'object' || image === null) throw expected('a picture { data, width, height }', name, image);
  const { data, width, height, alpha } = image;
  if (!isCount(width)) throw expected('a whole number from 1', `${name}.width`, width);
  if (!isCount(height)) throw expected('a whole number from 1', `${name}.height`, height);
  if (kindOf(data) !== 'Uint8Array') throw expected('a Uint8Array', `${name}.data`, data);
  if (data.length !== width * height * 3) throw expected(`${width} x ${height} x 3 = ${width * height * 3} bytes`, `${name}.data`, data);
  if (alpha !== undefined && (kindOf(alpha) !== 'Uint8Array' || alpha.length !== width * height))
    throw expected(`a Uint8Array of ${width} x ${height} bytes`, `${name}.alpha`, alpha);
  return image;
};

/** Throws one sentence unless `labels` is width x height numbers. */
export const checkLabelSize = (labels: LabelMap): LabelMap => {
  if (kindOf(labels?.data) !== 'Int32Array') throw expected('{ data: Int32Array, width, height }', 'labels', labels);
  const { data, width, height } = labels;
  for (const [name, n] of Object.entries({ width, height })) if (!isCount(n)) throw expected('a whole number from 1', `labels.${name}`, n);
  if (data.length !== width * height) throw expected(`${width} x ${height} numbers`, 'labels.data', data.length);
  return labels;
};

/** Throws one sentence unless `labels` is width x height ids >= 0. */
export const checkLabels = (labels: LabelMap): LabelMap => {
  const { data, width } = checkLabelSize(labels);
  let bad = 0;
  while (bad < data.length && data[bad] >= 0) bad++;
  if (bad < data.length)
    throw new InputError(`Segment ids must be 0 or more, but the one at x ${bad % width}, y ${Math.floor(bad / width)} is ${data[bad]}`);
  return labels;
};

/** The tokens at unit length; a zero token stays zero (torch's `normalize`). */
export const unitTokens = ({ data, channels }: Pick<FeatureMap, 'data' | 'channels'>): Float32Array => {
  const out = new Float32Array(data.length);
  for (let from = 0; from < data.length; from += channels) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += data[from + c] ** 2;
    const by = 1 / Math.max(Math.sqrt(sum), 1e-12);
    for (let c = 0; c < channels; c++) out[from + c] = data[from + c] * by;
  }
  return out;
};

/** The map with its tokens at unit length. One that is marked as such is taken as it is, so that no stage does it again. */
export const unitFeatures = (features: FeatureMap): FeatureMap => {
  if (features.isUnit) return features;
  const { width, height, channels, origin } = features;
  return { data: unitTokens(features), width, height, channels, isUnit: true, ...(origin && { origin }) };
};

/** How many tiles' areas the picture has that these are of; 1 where it was encoded whole. */
export const tilesOf = ({ origin }: Pick<FeatureMap, 'origin'>): number => {
  const tile = origin?.tile;
  return tile ? (tile.of[0] * tile.of[1]) / (tile.size[0] * tile.size[1]) : 1;
};

/** By how much a side may differ from what its picture's shape makes it: pixels, and a share of it. A picture may be made smaller in between. */
const SLACK = { pixels: 2, share: 0.02 };

/** @throws InputError where the features tell that they are of a picture of another shape */
export const checkShape = ({ origin }: Pick<FeatureMap, 'origin'>, { width, height }: Pick<LabelMap, 'width' | 'height'>): void => {
  if (!origin?.picture) return;
  const [theirWidth, theirHeight] = origin.picture;
  const expectedHeight = (theirHeight * width) / theirWidth;
  const expectedWidth = (theirWidth * height) / theirHeight;
  const isNear = (side: number, wanted: number): boolean => Math.abs(side - wanted) <= Math.max(SLACK.pixels, SLACK.share * wanted);
  if (isNear(height, expectedHeight) || isNear(width, expectedWidth)) return;
  throw new InputError(
    `The features are of a picture of ${theirWidth} x ${theirHeight} pixels, and this one has ${width} x ${height}: encode this picture`,
  );
};
