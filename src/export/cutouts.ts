/** Single segments as pictures: mask, and the cut-out region on a transparent ground. */
import { expected } from '../errors.ts';
import { isWhole } from '../options/spec.ts';
import { checkLabelSize } from '../tensor/features.ts';
import { type AnyLabels, type RunMap, rowReader } from '../tensor/runs.ts';
import type { LabelMap, RgbImage, Segment } from '../types.ts';
import { checkSameSize } from './check.ts';
import { pngPieces } from './png.ts';

/** Bytes row by row; how many a pixel (1 grey, 4 RGBA) follows from their number. */
export interface Raster {
  data: Uint8Array;
  width: number;
  height: number;
}

/** 255 inside the segment, 0 outside; grey, a byte a pixel. */
export const maskOf = (labels: LabelMap, id: number): Raster => {
  const { data, width, height } = checkLabelSize(labels);
  if (!isWhole(id, 0, 2 ** 31 - 1)) throw expected('a whole number from 0', 'the id of a segment', id);
  const mask = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) if (data[i] === id) mask[i] = 255;
  return { data: mask, width, height };
};

/** `maskOf` as a PNG piece by piece, of labels whichever way they are kept. */
export const maskPieces = (labels: AnyLabels, id: number): AsyncIterable<Uint8Array> => {
  const { width, height } = labels;
  const ids = new Int32Array(width);
  const read = rowReader(labels);
  return pngPieces({ width, height, depth: 8, colour: 'grey', rowBytes: width }, (y, row) => {
    read(y, ids);
    for (let x = 0; x < width; x++) row[x] = ids[x] === id ? 255 : 0;
  });
};

type Place = Pick<Segment, 'id' | 'boxXYWH'>;

/** @throws InputError unless the box lies in the labels */
const checkPlace = (segment: Place, labels: LabelMap): void => {
  const box = segment?.boxXYWH;
  const isBox = Array.isArray(box) && box.length === 4 && box.every((n) => Number.isInteger(n) && n >= 0);
  if (!isBox || !Number.isInteger(segment.id)) throw expected('what describe gave', 'the segment', segment);
  if (box[0] + box[2] > labels.width || box[1] + box[3] > labels.height)
    throw expected(`a box in ${labels.width} x ${labels.height} pixels`, 'segment.boxXYWH', box);
};

/** The colour, 0..255, that gives `shown` where it lies on white. @param alpha 1..255 */
const offWhite = (shown: number, alpha: number): number => Math.max(0, Math.round(255 - ((255 - shown) * 255) / alpha));

/**
 * The segment's pixels, cropped to its box, as opaque as in the picture and of their own colours, without the white behind
 * them; RGBA, transparent black outside.
 * @throws InputError unless picture and labels are of one size, with the box inside
 */
export const cutout = (image: RgbImage, labels: LabelMap, segment: Place): Raster => {
  checkSameSize(image, labels);
  checkPlace(segment, labels);
  const { id } = segment;
  const [left, top, width, height] = segment.boxXYWH;
  const data = new Uint8Array(width * height * 4);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0, from = (top + y) * labels.width + left; x < width; x++, from++, to += 4) {
      const alpha = image.alpha ? image.alpha[from] : 255;
      if (labels.data[from] !== id || alpha === 0) continue;
      for (let c = 0; c < 3; c++) data[to + c] = offWhite(image.data[from * 3 + c], alpha);
      data[to + 3] = alpha;
    }
  }
  return { data, width, height };
};

/** Pixels of the picture that are read at once. */
const BAND = 2 ** 24;

/** `cutout` as a PNG piece by piece, of a picture that is read in parts. @param rows gives rows of the picture */
export const cutoutPieces = (
  rows: (top: number, bottom: number) => Promise<RgbImage>,
  labels: RunMap,
  { id, boxXYWH: [left, top, width, height] }: Place,
): AsyncIterable<Uint8Array> => {
  const most = Math.max(1, Math.floor(BAND / labels.width));
  const ids = rowReader(labels);
  let band: Uint8Array = new Uint8Array(0);
  const readBand = async (y: number): Promise<void> => {
    const count = Math.min(most, height - y);
    const image = await rows(top + y, top + y + count);
    const data = new Int32Array(count * labels.width);
    for (let i = 0; i < count; i++) ids(top + y + i, data.subarray(i * labels.width, (i + 1) * labels.width));
    band = cutout(image, { data, width: labels.width, height: count }, { id, boxXYWH: [left, 0, width, count] }).data;
  };
  return pngPieces({ width, height, depth: 8, colour: 'rgba', rowBytes: 4 * width }, async (y, row) => {
    if (y % most === 0) await readBand(y);
    row.set(band.subarray((y % most) * row.length, ((y % most) + 1) * row.length));
  });
};
