/** A region alone, small: its pixels on a transparent ground. Pure. */
import type { RgbImage } from 'diffcut';
import type { Box } from '../edit/index.ts';
import { type Labels, places } from './render.ts';

/** Pixels, RGBA. */
export interface Cutout {
  data: Uint8ClampedArray<ArrayBuffer>;
  width: number;
  height: number;
}

/**
 * What lies in a box, with all pixels of other regions transparent.
 * @param labels of the picture's size
 * @param most pixels of the longer side: of a larger box pixels are passed over
 */
export const cutoutOf = (image: RgbImage, labels: Labels, id: number, [left, top, width, height]: Box, most: number): Cutout => {
  const by = Math.min(1, most / Math.max(width, height));
  const [w, h] = [width, height].map((side) => Math.max(1, Math.round(side * by)));
  const columns = places(w, 0, w / width, width, width);
  const rows = places(h, 0, h / height, height, height);
  const data = new Uint8ClampedArray(4 * w * h);
  for (let y = 0, to = 0; y < h; y++) {
    for (let x = 0; x < w; x++, to += 4) {
      const at = (top + rows[y]) * image.width + left + columns[x];
      if (labels.data[at] !== id) continue;
      data.set(image.data.subarray(3 * at, 3 * at + 3), to);
      data[to + 3] = 255;
    }
  }
  return { data, width: w, height: h };
};
