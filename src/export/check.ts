/** What every exporter asks of its label map. */
import { InputError } from '../errors.ts';
import { checkLabels } from '../tensor/features.ts';
import { type AnyLabels, isRuns } from '../tensor/runs.ts';
import type { LabelMap, RgbImage } from '../types.ts';

/**
 * The largest id of a label map.
 * @throws InputError when its size does not fit its data, or an id is negative
 */
export const largestId = (labels: AnyLabels): number => {
  let largest = 0;
  for (const id of isRuns(labels) ? labels.id : checkLabels(labels).data) if (id > largest) largest = id;
  return largest;
};

/** @throws InputError unless the picture and the labels are of one size */
export const checkSameSize = (image: RgbImage, labels: LabelMap): void => {
  if (image.width === labels.width && image.height === labels.height && image.data.length === labels.data.length * 3) return;
  throw new InputError(
    `The picture is ${image.width} x ${image.height} but the labels are ${labels.width} x ${labels.height}: give labels of the picture's size`,
  );
};
