/** The picture tinted by segment and outlined, for people to look at. */
import type { LabelMap, RgbImage } from '../types.ts';
import { checkSameSize, largestId } from './check.ts';
import { segmentPalette } from './palette.ts';

/** Share of the segment's colour in the tint. */
const TINT = 0.45;
/** Share of black in the casing, the dark rim that keeps the white line visible on bright pictures. */
const CASING = 0.6;

/** Distances are in thirds of a pixel: 3 to the next pixel, 4 to the diagonal one (Borgefors' chamfer distance). */
const STEP = 3;
const DIAGONAL = 4;
/** Further away than any line reaches; room for one more step in a byte. */
const FAR = 250;

/** Distance of each pixel to the nearest border pixel, one that differs from its left or upper neighbour. Two passes whatever the line's width. */
const borderDistance = ({ data, width, height }: LabelMap): Uint8Array => {
  const far = new Uint8Array(data.length).fill(FAR);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      let d = FAR;
      if ((x > 0 && data[i] !== data[i - 1]) || (y > 0 && data[i] !== data[i - width])) d = 0;
      if (x > 0) d = Math.min(d, far[i - 1] + STEP);
      if (y > 0) d = Math.min(d, far[i - width] + STEP);
      if (y > 0 && x > 0) d = Math.min(d, far[i - width - 1] + DIAGONAL);
      if (y > 0 && x + 1 < width) d = Math.min(d, far[i - width + 1] + DIAGONAL);
      far[i] = d;
    }
  }
  for (let y = height - 1, i = data.length - 1; y >= 0; y--) {
    for (let x = width - 1; x >= 0; x--, i--) {
      let d = far[i];
      if (x + 1 < width) d = Math.min(d, far[i + 1] + STEP);
      if (y + 1 < height) d = Math.min(d, far[i + width] + STEP);
      if (y + 1 < height && x + 1 < width) d = Math.min(d, far[i + width + 1] + DIAGONAL);
      if (y + 1 < height && x > 0) d = Math.min(d, far[i + width - 1] + DIAGONAL);
      far[i] = d;
    }
  }
  return far;
};

/** How far line and rim reach from the border pixel, in pixels, for the longer side of a picture: 0 and 1 under 1,500, 1 and 3 from there, 2 and 5 from 3,000. */
const reach = (side: number): { line: number; rim: number } => {
  const line = Math.min(16, Math.floor(side / 1500));
  return { line, rim: line + Math.max(1, Math.round(line * 1.5)) };
};

/**
 * Tints each segment with its palette colour and draws a white line with a dark rim between segments:
 * 1 pixel wide at 500 pixels, 3 at 2,000 and so on in proportion.
 * @throws InputError unless picture and labels are of one size
 */
export const drawOverlay = (image: RgbImage, labels: LabelMap): RgbImage => {
  checkSameSize(image, labels);
  const palette = segmentPalette(Math.min(256, largestId(labels) + 1));
  const distance = borderDistance(labels);
  const { line, rim } = reach(Math.max(labels.width, labels.height));
  const data = new Uint8Array(image.data.length);
  for (let i = 0, at = 0; i < distance.length; i++, at += 3) {
    if (distance[i] <= line * STEP) {
      data.fill(255, at, at + 3);
      continue;
    }
    const colour = (labels.data[i] % 256) * 3;
    const light = distance[i] <= rim * STEP ? 1 - CASING : 1;
    for (let c = 0; c < 3; c++) data[at + c] = ((1 - TINT) * image.data[at + c] + TINT * palette[colour + c]) * light + 0.5;
  }
  return { data, width: image.width, height: image.height };
};
