/** What every exporter asks of its label map. */
import { expected, InputError } from '../errors.ts';
import type { LabelMap, RgbImage } from '../types.ts';

/**
 * The largest id, once the map's size fits its data and no id is negative.
 * @throws InputError otherwise
 */
export const checkLabels = ({ data, width, height }: LabelMap): number => {
  if (data.length !== width * height || data.length === 0) throw expected(`${width} x ${height} ids, at least one`, 'the data of the labels', data);
  let largest = 0;
  for (let i = 0; i < data.length; i++) {
    if (data[i] < 0) throw new InputError(`Expected label ids from 0 but received ${data[i]} at position ${i}: renumber them`);
    if (data[i] > largest) largest = data[i];
  }
  return largest;
};

/** @throws InputError unless the picture and the labels are of one size */
export const checkSameSize = (image: RgbImage, labels: LabelMap): void => {
  if (image.width === labels.width && image.height === labels.height && image.data.length === labels.data.length * 3) return;
  throw new InputError(
    `The picture is ${image.width} x ${image.height} but the labels are ${labels.width} x ${labels.height}: give labels of the picture's size`,
  );
};
