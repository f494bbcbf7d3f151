/** The picture tinted by segment and outlined, for people to look at. */
import { expected } from '../errors.ts';
import { OVERLAY } from '../options/export.ts';
import { type Given, resolveOptions } from '../options/spec.ts';
import { inBands, pause } from '../tensor/watch.ts';
import type { LabelMap, RgbImage, Watch } from '../types.ts';
import { checkSameSize, largestId } from './check.ts';
import { drawNames } from './names.ts';
import { segmentPalette } from './palette.ts';

/** Share of black in the casing, the dark rim that keeps the white line visible on bright pictures. */
const CASING = 0.6;

/** How far line and rim reach from the border pixel, in pixels. */
export interface Reach {
  line: number;
  rim: number;
}

/** For the longer side of a picture: 0 and 1 under 1,500, 1 and 3 from there, 2 and 5 from 3,000. */
const reachOf = ({ width, height }: LabelMap): Reach => {
  const side = Math.max(width, height);
  const line = Math.min(16, Math.floor(side / 1500));
  return { line, rim: line + Math.max(1, Math.round(line * 1.5)) };
};

const [PLAIN, RIM, LINE] = [0, 1, 2];

/** Pixels that are tinted between two pauses. */
const BAND = 2 ** 18;

/**
 * What of the border each pixel shows. Border pixels differ from their left or upper neighbour; around each, a stamp is set
 * of what lies within reach by Borgefors' chamfer distance (3 a step, 4 a diagonal one, in thirds of a pixel).
 */
const borderMarks = async ({ data, width, height }: LabelMap, { line, rim }: Reach, watch: Watch): Promise<Uint8Array> => {
  const stamp: { dx: number; dy: number; mark: number }[] = [];
  for (let dy = -rim; dy <= rim; dy++) {
    for (let dx = -rim; dx <= rim; dx++) {
      const distance = 3 * Math.max(Math.abs(dx), Math.abs(dy)) + Math.min(Math.abs(dx), Math.abs(dy));
      if (distance <= 3 * rim) stamp.push({ dx, dy, mark: distance <= 3 * line ? LINE : RIM });
    }
  }
  const marks = new Uint8Array(data.length);
  const stampAt = (x: number, y: number): void => {
    for (const { dx, dy, mark } of stamp) {
      if (x + dx < 0 || x + dx >= width || y + dy < 0 || y + dy >= height) continue;
      const at = (y + dy) * width + x + dx;
      if (marks[at] < mark) marks[at] = mark;
    }
  };
  await inBands(height, Math.ceil(BAND / 8 / width), watch, (top, bottom) => {
    for (let y = top, i = top * width; y < bottom; y++)
      for (let x = 0; x < width; x++, i++) if ((x > 0 && data[i] !== data[i - 1]) || (y > 0 && data[i] !== data[i - width])) stampAt(x, y);
  });
  return marks;
};

/**
 * Tints each segment with its colour and draws a white line with a dark rim between segments:
 * 1 pixel wide at 500 pixels, 3 at 2,000 and so on in proportion. With `names` each segment that has one is labelled on a plate of
 * its colour; pictures under 128 pixels are too small for that.
 * @throws InputError unless picture and labels are of one size and each id has its colour; the signal's reason once aborted
 */
export const drawOverlay = async (image: RgbImage, labels: LabelMap, given: Given<typeof OVERLAY> & Watch = {}): Promise<RgbImage> => {
  checkSameSize(image, labels);
  return overlayOf(image, labels, given, reachOf(labels));
};

/** The same with borders of another width. @throws what `drawOverlay` does, but that sizes are not checked */
export const overlayOf = async (image: RgbImage, labels: LabelMap, given: Given<typeof OVERLAY> & Watch, reach: Reach): Promise<RgbImage> => {
  const { colours, names, tint, ...watch } = resolveOptions('drawOverlay', OVERLAY, given);
  const largest = largestId(labels);
  if (colours && colours.length <= 3 * largest) throw expected(`3 bytes for each of ${largest + 1} ids`, 'colours', colours);
  await pause(watch);
  const palette = colours ?? segmentPalette(Math.min(256, largest + 1));
  const tints = Float64Array.from(palette, (value) => tint * value);
  const count = palette.length / 3; // our own repeat
  await pause(watch);
  const marks = await borderMarks(labels, reach, watch);
  const data = new Uint8Array(image.data.length);
  await inBands(marks.length, BAND, watch, (from, to) => {
    for (let i = from, at = from * 3; i < to; i++, at += 3) {
      if (marks[i] === LINE) {
        data[at] = data[at + 1] = data[at + 2] = 255;
        continue;
      }
      const colour = (labels.data[i] % count) * 3;
      const light = marks[i] === PLAIN ? 1 : 1 - CASING;
      data[at] = ((1 - tint) * image.data[at] + tints[colour]) * light + 0.5;
      data[at + 1] = ((1 - tint) * image.data[at + 1] + tints[colour + 1]) * light + 0.5;
      data[at + 2] = ((1 - tint) * image.data[at + 2] + tints[colour + 2]) * light + 0.5;
    }
  });
  const drawn = { data, width: image.width, height: image.height };
  if (names) await drawNames(drawn, labels, names, (id) => palette.subarray(3 * (id % count), 3 * (id % count) + 3), watch);
  return drawn;
};
