/** A labelled set of small pictures, and an encoder that tells their colours apart: evaluations of the real thing in a moment. */
import type { FeatureMap, LabelMap, RgbImage } from '../src/types.ts';

/** Of a picture, pixels. */
export const SIDE = 41;
const GRID = 9;

/** Stripes and discs that differ from picture to picture, with some unrest, and their classes. */
export const toyScene = (seed: number): { image: RgbImage; mask: LabelMap } => {
  const data = new Uint8Array(SIDE * SIDE * 3);
  const ids = new Int32Array(SIDE * SIDE);
  for (let p = 0; p < SIDE * SIDE; p++) {
    const [x, y] = [p % SIDE, Math.floor(p / SIDE)];
    const id = (x - 12) ** 2 + (y - 14 - seed) ** 2 < 90 ? 1 : x + y > 55 - 3 * seed ? 2 : 0;
    ids[p] = p % 37 === 0 ? 255 : id;
    const unrest = (p * 7919 * (seed + 3)) % 90;
    data.set([40 + 80 * id + unrest, 200 - 60 * id - unrest, 30 + unrest + (x > 20 ? 60 : 0)], p * 3);
  }
  return { image: { data, width: SIDE, height: SIDE }, mask: { data: ids, width: SIDE, height: SIDE } };
};

/** A token is the mean colour of its cell, in numbers that part colours well. */
export const toyEncode = async ({ data, width, height }: RgbImage): Promise<FeatureMap> => {
  const channels = 5;
  const out = new Float32Array(GRID * GRID * channels);
  for (let p = 0; p < width * height; p++) {
    const token = Math.floor((Math.floor(p / width) * GRID) / height) * GRID + Math.floor(((p % width) * GRID) / width);
    const [r, g, b] = data.subarray(p * 3, p * 3 + 3);
    [r - 120, g - 110, b - 90, (r * g) / 255 - 60, 20].forEach((value, c) => {
      out[token * channels + c] += value;
    });
  }
  return { data: out, width: GRID, height: GRID, channels };
};
