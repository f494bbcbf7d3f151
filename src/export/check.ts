/** What every exporter asks of its label map. */
import { expected, InputError, kindOf } from '../errors.ts';
import { checkImage, checkLabelSize, checkLabels } from '../tensor/features.ts';
import { type AnyLabels, isRuns } from '../tensor/runs.ts';
import type { LabelMap, RgbImage } from '../types.ts';
import type { Raster } from './cutouts.ts';

/**
 * The largest id of a label map.
 * @throws InputError when its size does not fit its data, or an id is negative
 */
export const largestId = (labels: AnyLabels): number => {
  let largest = 0;
  for (const id of isRuns(labels) ? labels.id : checkLabels(labels).data) if (id > largest) largest = id;
  return largest;
};

/** The labels, once their size fits their data. @throws InputError otherwise */
export const checkAnyLabels = (labels: AnyLabels): AnyLabels => (isRuns(labels) ? labels : checkLabelSize(labels));

/** @throws InputError unless the picture and the labels are what they should be, and of one size */
export const checkSameSize = (image: RgbImage, labels: LabelMap): void => {
  checkImage(image);
  checkLabelSize(labels);
  if (image.width === labels.width && image.height === labels.height) return;
  throw new InputError(
    `The picture is ${image.width} x ${image.height} but the labels are ${labels.width} x ${labels.height}: give labels of the picture's size`,
  );
};

/** Bytes a pixel of a raster: grey, RGB or RGBA. @throws InputError unless it is one */
export const channelsOf = (raster: Raster): 1 | 3 | 4 => {
  const { data, width, height } = raster ?? {};
  if (!(kindOf(data) === 'Uint8Array' && Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0))
    throw expected('{ data: Uint8Array, width, height }', 'the picture', raster);
  const channels = data.length / (width * height);
  if (channels === 1 || channels === 3 || channels === 4) return channels;
  throw new InputError(`Expected 1, 3 or 4 bytes for each of ${width} x ${height} pixels but received ${data.length} in all`);
};

/** @throws InputError unless it is the quality of a JPEG */
export const checkQuality = (quality: number): number => {
  if (Number.isInteger(quality) && quality >= 1 && quality <= 100) return quality;
  throw expected('a whole number from 1 to 100', 'quality', quality);
};
