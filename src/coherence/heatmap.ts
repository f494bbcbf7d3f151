/** Cosines as colours over a picture: smoothed, stretched to a range, half and half with the picture. */
import { expected, InputError } from '../errors.ts';
import { HEATMAP } from '../options/figure.ts';
import { resolveOptions } from '../options/spec.ts';
import { checkImage } from '../tensor/features.ts';
import type { RgbImage } from '../types.ts';
import { type ColormapName, colormapTable, stepOf } from './colormap.ts';
import { checkMap, type SimilarityMap } from './similarity.ts';

/** Lowest and highest cosine: the two ends of the colours. */
export type Range = readonly [low: number, high: number];

/**
 * The notebook smooths with sigma = 3 pixels at the size of its pictures, whose longer side is 492 pixels (its encoders'
 * input of 1024 pixels is another size). Sigma grows with the longer side, so that a map looks alike at any size.
 */
const SIGMA = 3;
const SIGMA_SIDE = 492;
/** Kernels end at 4 sigma: scipy's `truncate`. */
const TRUNCATE = 4;
/** A narrower range is rounding: all of a map is alike, and gets the middle colour. */
const FLAT = 1e-6;
/** Share of the colours over the picture. */
const OPACITY = 0.5;

/** Weights from the middle outwards, which add up to 1 over both sides. */
const kernelOf = (sigma: number): Float64Array => {
  const radius = Math.floor(TRUNCATE * sigma + 0.5);
  const half = Float64Array.from({ length: radius + 1 }, (_, i) => Math.exp((-0.5 * i * i) / (sigma * sigma)));
  const sum = 2 * half.reduce((a, b) => a + b, 0) - 1;
  return half.map((weight) => weight / sum);
};

/** Index i of a row that is mirrored at its ends, the end cells twice: c b a | a b c | c b a (scipy's `reflect`). */
const mirrored = (i: number, length: number): number => {
  const at = ((i % (2 * length)) + 2 * length) % (2 * length);
  return at < length ? at : 2 * length - 1 - at;
};

/** Down the columns, row by row: neighbours in memory are added up together. */
const blurColumns = ({ data, width, height }: SimilarityMap, kernel: Float64Array): Float32Array => {
  const out = new Float32Array(data.length);
  const sums = new Float64Array(width);
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    for (let j = 1 - kernel.length; j < kernel.length; j++) {
      const weight = kernel[Math.abs(j)];
      const row = mirrored(y + j, height) * width;
      for (let x = 0; x < width; x++) sums[x] += data[row + x] * weight;
    }
    out.set(sums, y * width);
  }
  return out;
};

const blurRows = ({ data, width, height }: SimilarityMap, kernel: Float64Array): Float32Array => {
  const radius = kernel.length - 1;
  const out = new Float32Array(data.length);
  const line = new Float64Array(width + 2 * radius);
  const from = Int32Array.from({ length: line.length }, (_, i) => mirrored(i - radius, width));
  for (let y = 0, to = 0; y < height; y++) {
    for (let i = 0; i < line.length; i++) line[i] = data[y * width + from[i]];
    for (let x = radius; x < radius + width; x++) {
      let sum = line[x] * kernel[0];
      for (let j = 1; j <= radius; j++) sum += (line[x - j] + line[x + j]) * kernel[j];
      out[to++] = sum;
    }
  }
  return out;
};

/** scipy's `gaussian_filter(map, sigma)`, of what is drawn only. @param sigma pixels; in the notebook's proportion where not given */
export const smooth = (map: SimilarityMap, sigma: number = (SIGMA * Math.max(map.width, map.height)) / SIGMA_SIDE): SimilarityMap => {
  if (!(sigma > 0 && sigma < 1e4)) throw expected('a number over 0 and below 10000', 'sigma', sigma);
  const { width, height } = map;
  const kernel = kernelOf(sigma);
  return { data: blurRows({ data: blurColumns(map, kernel), width, height }, kernel), width, height };
};

/** The least and the greatest of maps. */
export const rangeOf = (maps: readonly SimilarityMap[]): Range => {
  let low = Infinity;
  let high = -Infinity;
  for (const { data } of maps) {
    for (let i = 0; i < data.length; i++) {
      if (data[i] < low) low = data[i];
      if (data[i] > high) high = data[i];
    }
  }
  return [low, high];
};

/** How the colours of a map are chosen. */
export interface HeatmapOptions {
  /** The map's own where not given: min-max. */
  range?: Range | undefined;
  /** jet where not given. */
  colormap?: ColormapName | undefined;
}

/**
 * The map's colours at half opacity over the picture. Cosines outside the range take its end's colour; in a range
 * without extent all take the middle one.
 * @throws InputError unless picture and map are of one size
 */
export const drawHeatmap = (image: RgbImage, map: SimilarityMap, options: HeatmapOptions = {}): RgbImage => {
  const { width, height } = checkImage(image);
  checkMap(map);
  const { range = rangeOf([map]), colormap } = resolveOptions('drawHeatmap', HEATMAP, options);
  if (map.width !== width || map.height !== height) {
    throw new InputError(`The picture is ${width} x ${height} but the map is ${map.width} x ${map.height}: give a map of the picture's size`);
  }
  const table = colormapTable(colormap);
  const [low, high] = range;
  const isFlat = !(high - low >= FLAT);
  const data = new Uint8Array(image.data.length);
  for (let i = 0, to = 0; i < map.data.length; i++) {
    const colour = 3 * stepOf(isFlat ? 0.5 : (map.data[i] - low) / (high - low));
    for (let c = 0; c < 3; c++, to++) data[to] = Math.round(image.data[to] * (1 - OPACITY) + table[colour + c] * OPACITY);
  }
  return { data, width, height };
};
