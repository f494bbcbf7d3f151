/** What every exporter asks of its label map. */
import { expected, InputError, kindOf } from '../errors.ts';
import { isWhole } from '../options/spec.ts';
import { checkImage, checkLabelSize, checkLabels } from '../tensor/features.ts';
import { type AnyLabels, isRuns, type RunMap } from '../tensor/runs.ts';
import type { LabelMap, RgbImage } from '../types.ts';
import type { Raster } from './cutouts.ts';

/**
 * The largest id of a label map.
 * @throws InputError when its size does not fit its data, or an id is negative
 */
export const largestId = (labels: AnyLabels): number => {
  let largest = 0;
  for (const id of isRuns(labels) ? checkRuns(labels).id : checkLabels(labels).data) if (id > largest) largest = id;
  return largest;
};

/** The labels, once their size fits their data. @throws InputError otherwise */
export const checkAnyLabels = (labels: AnyLabels): AnyLabels => (isRuns(labels) ? checkRuns(labels) : checkLabelSize(labels));

const NO_RUNS = 'runs { width, height, rowStart, end, id } that fill every row';

/** Whether the rows' runs follow each other, and each row's end where it does. */
const fillRows = ({ width, height, rowStart, end }: RunMap): boolean => {
  for (let y = 0; y < height; y++) {
    if (rowStart[y + 1] <= rowStart[y] || end[rowStart[y + 1] - 1] !== width) return false;
    for (let run = rowStart[y], left = 0; run < rowStart[y + 1]; left = end[run++]) if (!(end[run] > left)) return false;
  }
  return rowStart[0] === 0 && rowStart[height] === end.length;
};

/** @throws InputError for what this package did not make: rows that are not filled, negative ids */
const checkRuns = (runs: RunMap): RunMap => {
  const { width, height, rowStart, end, id } = runs;
  const areArrays = [rowStart, end, id].every((data) => kindOf(data) === 'Int32Array') && end.length === id.length;
  if (!areArrays || !isWhole(width, 1, 2 ** 31) || !isWhole(height, 1, 2 ** 31) || rowStart.length !== height + 1 || !fillRows(runs))
    throw expected(NO_RUNS, 'labels', runs);
  if (id.some((one) => one < 0)) throw new InputError('Segment ids must be 0 or more, but one of the runs has another');
  return runs;
};

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
