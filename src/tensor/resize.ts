/** Resizing of maps with half-pixel centres, as torch's `interpolate` does it (aten UpSample.h, `align_corners=False`). */
import { expected } from '../errors.ts';
import type { FloatImage, LabelMap, RgbImage, Watch } from '../types.ts';
import { inBands } from './watch.ts';

const round = Math.fround;

const checkSides = (sides: Record<string, number>): void => {
  for (const [name, n] of Object.entries(sides)) if (!Number.isInteger(n) || n < 1) throw expected('a whole number from 1', name, n);
};

/** Between which two cells each of a row of half-pixel centres falls. */
export interface Axis {
  /** The two sources of each target position. */
  first: Int32Array;
  second: Int32Array;
  /** Weight of the second, 0..1. */
  weight: Float32Array;
}

/** Positions are float32, as in torch: at large sizes the difference to float64 shows. */
export const axis = (from: number, to: number): Axis => {
  const first = new Int32Array(to);
  const second = new Int32Array(to);
  const weight = new Float32Array(to);
  const scale = round(from / to);
  for (let i = 0; i < to; i++) {
    const at = Math.max(0, round(round(scale * (i + 0.5)) - 0.5));
    first[i] = Math.min(Math.floor(at), from - 1);
    second[i] = Math.min(first[i] + 1, from - 1);
    weight[i] = at - first[i];
  }
  return { first, second, weight };
};

/**
 * Bilinear, half-pixel centres, no antialiasing: torch's `interpolate(mode="bilinear", align_corners=False)`.
 * @param src `srcH` rows of `srcW` cells of `channels` values; bytes are taken as 0..255
 * @returns the same layout, `dstH * dstW * channels`
 */
export const resizeBilinear = (
  src: Float32Array | Uint8Array,
  srcW: number,
  srcH: number,
  channels: number,
  dstW: number,
  dstH: number,
): Float32Array => {
  checkSides({ srcW, srcH, channels, dstW, dstH });
  if (src.length !== srcW * srcH * channels) throw expected(`${srcW} x ${srcH} x ${channels} values`, 'src', src);
  const out = new Float32Array(dstW * dstH * channels);
  resizeRows(src, srcW, channels, axis(srcW, dstW), axis(srcH, dstH), 0, dstH, out);
  return out;
};

/** `resizeBilinear` a band at a time: the target's rows from `start` to before `end`, laid at the beginning of `out`. */
export const resizeRows = (
  src: Float32Array | Uint8Array,
  srcW: number,
  channels: number,
  xs: Axis,
  ys: Axis,
  start: number,
  end: number,
  out: Float32Array,
): void => {
  const dstW = xs.first.length;
  let to = 0;
  for (let y = start; y < end; y++) {
    const above = ys.first[y] * srcW;
    const below = ys.second[y] * srcW;
    const bottom = ys.weight[y];
    const top = round(1 - bottom);
    for (let x = 0; x < dstW; x++) {
      const right = xs.weight[x];
      const left = round(1 - right);
      let a = (above + xs.first[x]) * channels;
      let b = (above + xs.second[x]) * channels;
      let c = (below + xs.first[x]) * channels;
      let d = (below + xs.second[x]) * channels;
      for (let k = 0; k < channels; k++) {
        const upper = round(round(src[a++] * left) + round(src[b++] * right));
        const lower = round(round(src[c++] * left) + round(src[d++] * right));
        out[to++] = round(upper * top) + round(lower * bottom);
      }
    }
  }
};

/** Labels at another size: the nearest one for each pixel, half-pixel centres, as torch's `interpolate(mode="nearest-exact")`. */
export const resizeLabels = ({ data, width, height }: LabelMap, to: { width: number; height: number }): LabelMap => {
  checkSides({ width, height, 'to.width': to.width, 'to.height': to.height });
  if (data.length !== width * height) throw expected(`${width} x ${height} values`, 'labels', data);
  const nearest = (from: number, count: number): Int32Array => {
    const scale = round(from / count);
    return Int32Array.from({ length: count }, (_, i) => Math.min(Math.floor(round((i + 0.5) * scale)), from - 1));
  };
  const xs = nearest(width, to.width);
  const ys = nearest(height, to.height);
  const out = new Int32Array(to.width * to.height);
  for (let y = 0, at = 0; y < to.height; y++) {
    const row = ys[y] * width;
    for (let x = 0; x < to.width; x++) out[at++] = data[row + xs[x]];
  }
  return { data: out, width: to.width, height: to.height };
};

/** Pixels of the source that are read between two pauses. */
const BAND = 2 ** 19;

/**
 * Every target pixel is the mean of the area that it covers, edges in part: for making a picture smaller.
 * @returns numbers of the source's range, 0..255
 */
export const resizeArea = async (
  { data, width, height }: RgbImage,
  to: { width: number; height: number },
  watch: Watch = {},
): Promise<FloatImage> => {
  if (to.width === width && to.height === height) return { data: Float32Array.from(data), width, height };
  const columns = covers(width, to.width);
  const rows = covers(height, to.height);
  const out = new Float32Array(to.width * to.height * 3);
  const sums = new Float64Array(to.width * 3); // of one target row
  const by = 1 / ((width / to.width) * (height / to.height));
  const band = Math.max(1, Math.floor((BAND * to.height) / (height * width)));
  await inBands(to.height, band, watch, (from, end) => areaRows(data, width, columns, rows, by, sums, out, from, end));
  return { data: out, width: to.width, height: to.height }; // `to` may be a map of its own
};

/** The target rows `from` to `end`. @param sums scratch, a row */
const areaRows = (
  data: Uint8Array,
  width: number,
  columns: Covers,
  rows: Covers,
  by: number,
  sums: Float64Array,
  out: Float32Array,
  from: number,
  end: number,
): void => {
  for (let y = from, o = from * sums.length; y < end; y++) {
    sums.fill(0);
    for (let row = rows.first[y]; row <= rows.last[y]; row++) addRow(data, row * width, columns, coverOf(rows, y, row), sums);
    for (let i = 0; i < sums.length; i++) out[o++] = sums[i] * by;
  }
};

/** A picture brought down to a size, its colours rounded. */
export const reducePicture = async (
  picture: RgbImage,
  { width, height }: { width: number; height: number },
  watch: Watch = {},
): Promise<RgbImage> => {
  const { data } = await resizeArea(picture, { width, height }, watch);
  return { data: new Uint8Array(new Uint8ClampedArray(data).buffer), width, height };
};

/** Sources that each target covers: `first` to `last`, these two in part, those between them whole. */
export interface Covers {
  first: Int32Array;
  last: Int32Array;
  /** How much of the first and of the last is covered, 0..1; 0 for the last where it is the first. */
  head: Float64Array;
  tail: Float64Array;
}

export const covers = (from: number, to: number): Covers => {
  const out = { first: new Int32Array(to), last: new Int32Array(to), head: new Float64Array(to), tail: new Float64Array(to) };
  for (let i = 0; i < to; i++) {
    const start = (i * from) / to;
    const end = ((i + 1) * from) / to;
    const first = Math.floor(start);
    const last = Math.max(first, Math.ceil(end - 1e-9) - 1);
    out.first[i] = first;
    out.last[i] = last;
    out.head[i] = Math.min(end, first + 1) - start;
    out.tail[i] = last > first ? end - last : 0;
  }
  return out;
};

export const coverOf = ({ first, last, head, tail }: Covers, target: number, source: number): number =>
  source === first[target] ? head[target] : source === last[target] ? tail[target] : 1;

/** Adds to each target's sums, 3 a target, what it covers of the row of pixels from `at` on. */
export const addRow = (data: Uint8Array, at: number, { first, last, head, tail }: Covers, weight: number, sums: Float64Array): void => {
  for (let x = 0, o = 0; x < first.length; x++, o += 3) {
    const end = (at + last[x]) * 3;
    let i = (at + first[x]) * 3;
    const part = head[x];
    let r = part * data[i];
    let g = part * data[i + 1];
    let b = part * data[i + 2];
    if (i < end) {
      let wholeR = 0;
      let wholeG = 0;
      let wholeB = 0;
      for (i += 3; i < end; i += 3) {
        wholeR += data[i];
        wholeG += data[i + 1];
        wholeB += data[i + 2];
      }
      const rest = tail[x];
      r += wholeR + rest * data[end];
      g += wholeG + rest * data[end + 1];
      b += wholeB + rest * data[end + 2];
    }
    sums[o] += weight * r;
    sums[o + 1] += weight * g;
    sums[o + 2] += weight * b;
  }
};
