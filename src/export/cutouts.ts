/** Single segments as pictures: mask, and the cut-out region on a transparent ground. */
import type { LabelMap, RgbImage, Segment } from '../types.ts';
import { checkSameSize } from './check.ts';

/** Bytes row by row; how many a pixel (1 grey, 4 RGBA) follows from their number. */
export interface Raster {
  data: Uint8Array;
  width: number;
  height: number;
}

/** 255 inside the segment, 0 outside; grey, a byte a pixel. */
export const maskOf = ({ data, width, height }: LabelMap, id: number): Raster => {
  const mask = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) if (data[i] === id) mask[i] = 255;
  return { data: mask, width, height };
};

/** The segment's pixels, cropped to its box; RGBA, transparent black outside. */
export const cutout = (image: RgbImage, labels: LabelMap, segment: Pick<Segment, 'id' | 'boxXYWH'>): Raster => {
  checkSameSize(image, labels);
  const [left, top, width, height] = segment.boxXYWH;
  const data = new Uint8Array(width * height * 4);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0, from = (top + y) * labels.width + left; x < width; x++, from++, to += 4) {
      if (labels.data[from] !== segment.id) continue;
      data[to] = image.data[from * 3];
      data[to + 1] = image.data[from * 3 + 1];
      data[to + 2] = image.data[from * 3 + 2];
      data[to + 3] = 255;
    }
  }
  return { data, width, height };
};
