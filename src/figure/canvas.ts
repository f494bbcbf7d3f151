/** Shapes and letters on an RgbImage, anti-aliased by exact coverage: no fonts, no graphics library. */
import type { RgbImage } from '../types.ts';

export type Colour = readonly [red: number, green: number, blue: number];
/** Corners of a closed polygon, x, y, x, y, ..., in pixels from the picture's upper left corner, y down. */
export type Polygon = readonly number[];

/** A picture of one colour. */
export const blank = (width: number, height: number, colour: Colour): RgbImage => {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) data[i] = colour[i % 3];
  return { data, width, height };
};

/** Copies a picture in at whole pixels; it must lie inside. */
export const place = (onto: RgbImage, image: RgbImage, left: number, top: number): void => {
  for (let y = 0; y < image.height; y++) {
    onto.data.set(image.data.subarray(y * image.width * 3, (y + 1) * image.width * 3), ((top + y) * onto.width + left) * 3);
  }
};

/** Integral of t, held to 0..1. */
const ramp = (t: number): number => (t <= 0 ? 0 : t >= 1 ? t - 0.5 : (t * t) / 2);

/** How much of pixel i lies right of a straight line that runs from xa to xb within the row, 0..1. */
const rightOf = (i: number, xa: number, xb: number): number =>
  Math.abs(xb - xa) < 1e-6 ? Math.min(1, Math.max(0, i + 1 - xa)) : (ramp(i + 1 - xa) - ramp(i + 1 - xb)) / (xb - xa);

/**
 * Adds what an edge covers to its right, as differences between a pixel and the one to its left: a sum along the row
 * gives the coverage.
 */
const addEdge = (sums: Float64Array, width: number, x0: number, y0: number, x1: number, y1: number): void => {
  if (y0 === y1) return;
  const slope = (x1 - x0) / (y1 - y0);
  const sign = y1 > y0 ? 1 : -1;
  const top = Math.min(y0, y1);
  const bottom = Math.max(y0, y1);
  for (let y = Math.floor(top); y < bottom; y++) {
    const from = Math.max(y, top);
    const to = Math.min(y + 1, bottom);
    const xa = x0 + (from - y0) * slope;
    const xb = x0 + (to - y0) * slope;
    let before = 0;
    for (let i = Math.floor(Math.min(xa, xb)); i <= Math.floor(Math.max(xa, xb)) + 1; i++) {
      const covered = rightOf(i, xa, xb);
      sums[y * width + i] += sign * (to - from) * (covered - before);
      before = covered;
    }
  }
};

/** Whole pixels around polygons, one more to the right for the sums. */
const boundsOf = (polygons: readonly Polygon[]): { left: number; top: number; width: number; height: number } => {
  const bounds = [Infinity, Infinity, -Infinity, -Infinity];
  for (const polygon of polygons) {
    for (let i = 0; i < polygon.length; i++) {
      bounds[i % 2] = Math.min(bounds[i % 2], polygon[i]);
      bounds[2 + (i % 2)] = Math.max(bounds[2 + (i % 2)], polygon[i]);
    }
  }
  const [left, top] = bounds.map(Math.floor);
  return { left, top, width: Math.floor(bounds[2]) - left + 2, height: Math.ceil(bounds[3]) - top };
};

/** Mixes a colour into a pixel. @param share 0..1 */
export const blend = (image: RgbImage, x: number, y: number, colour: Colour, share: number): void => {
  if (x < 0 || y < 0 || x >= image.width || y >= image.height || share <= 0) return;
  const at = (y * image.width + x) * 3;
  for (let c = 0; c < 3; c++) image.data[at + c] = Math.round(image.data[at + c] * (1 - share) + colour[c] * share);
};

/** Fills polygons together: what lies within one that turns the other way is a hole. What reaches outside the picture is left out. */
export const fill = (image: RgbImage, polygons: readonly Polygon[], colour: Colour): void => {
  if (polygons.length === 0) return;
  const { left, top, width, height } = boundsOf(polygons);
  const sums = new Float64Array(width * height);
  for (const p of polygons) {
    for (let i = 0; i < p.length; i += 2) {
      const j = (i + 2) % p.length;
      addEdge(sums, width, p[i] - left, p[i + 1] - top, p[j] - left, p[j + 1] - top);
    }
  }
  for (let y = 0; y < height; y++) {
    let cover = 0;
    for (let x = 0; x < width; x++) {
      cover += sums[y * width + x];
      blend(image, left + x, top + y, colour, Math.min(1, Math.abs(cover)));
    }
  }
};

/** The same outline turned the other way: a hole. */
export const hole = (polygon: Polygon): Polygon => polygon.map((_, i) => polygon[polygon.length - 2 - i + 2 * (i % 2)]);

export const rectangle = (left: number, top: number, right: number, bottom: number): Polygon => [left, top, right, top, right, bottom, left, bottom];

/** A circle as a polygon whose sides are shorter than a pixel at the sizes of marks. */
export const circle = (x: number, y: number, radius: number): Polygon =>
  Array.from({ length: 128 }, (_, i) => {
    const turn = (Math.floor(i / 2) * Math.PI) / 32;
    return i % 2 ? y + radius * Math.sin(turn) : x + radius * Math.cos(turn);
  });

/** A straight line of some width. */
export const stroke = (x0: number, y0: number, x1: number, y1: number, width: number): Polygon => {
  const by = width / 2 / Math.hypot(x1 - x0, y1 - y0);
  const dx = (y1 - y0) * by;
  const dy = (x0 - x1) * by;
  return [x0 + dx, y0 + dy, x1 + dx, y1 + dy, x1 - dx, y1 - dy, x0 - dx, y0 - dy];
};
