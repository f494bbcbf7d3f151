/**
 * Heat maps as a pointer that moves wants them: the cosine of a query with every token, enlarged to the panel. The
 * library's `similarity` is exact between tokens too, but takes some ten times as long where there are many channels: it
 * has the last word once the pointer rests.
 */
import { type ColormapName, drawHeatmap, type FeatureMap, type Range, type SimilarityMap, type Size } from 'diffcut';

/** A pixel. */
export type Point = readonly [x: number, y: number];

/** Features, and what each frame needs of them. */
export interface Prepared {
  features: FeatureMap;
  /** 1 / length of each token; 0 where it is zero. */
  inverse: Float32Array;
}

/** Shorter vectors count as zero, as they do for `similarity`. */
const LEAST = 1e-12;

const dot = (a: Float32Array, from: number, b: Float32Array): number => {
  // two sums at a time: one would wait for itself
  let even = 0;
  let odd = 0;
  const last = b.length - 1;
  for (let c = 0; c < last; c += 2) {
    even += a[from + c] * b[c];
    odd += a[from + c + 1] * b[c + 1];
  }
  return b.length % 2 === 0 ? even + odd : even + odd + a[from + last] * b[last];
};

export const prepare = (features: FeatureMap): Prepared => {
  const { data, width, height, channels } = features;
  const inverse = Float32Array.from({ length: width * height }, (_, token) => {
    const length = Math.sqrt(dot(data, token * channels, data.subarray(token * channels, (token + 1) * channels)));
    return length < LEAST ? 0 : 1 / length;
  });
  return { features, inverse };
};

/** Between which tokens a pixel lies, and the share of the second. */
const between = (pixel: number, pixels: number, tokens: number): [first: number, second: number, share: number] => {
  const place = Math.min(tokens - 1, Math.max(0, ((pixel + 0.5) * tokens) / pixels - 0.5));
  const first = Math.floor(place);
  return [first, Math.min(tokens - 1, first + 1), place - first];
};

/** Adds a vector at unit length; zero adds nothing. */
const addUnit = (sum: Float64Array, vector: Float64Array): void => {
  const length = Math.sqrt(vector.reduce((all, v) => all + v * v, 0));
  if (length >= LEAST) for (let c = 0; c < sum.length; c++) sum[c] += vector[c] / length;
};

/** The mean of the unit features of some pixels, at unit length. @param picture what the pixels are of */
export const unitAt = ({ data, width, height, channels }: FeatureMap, picture: Size, points: readonly Point[]): Float32Array => {
  const sum = new Float64Array(channels);
  const feature = new Float64Array(channels);
  for (const [x, y] of points) {
    const [left, right, across] = between(x, picture.width, width);
    const [above, below, down] = between(y, picture.height, height);
    const corners = [
      [above * width + left, (1 - down) * (1 - across)],
      [above * width + right, (1 - down) * across],
      [below * width + left, down * (1 - across)],
      [below * width + right, down * across],
    ];
    feature.fill(0);
    for (const [token, share] of corners) for (let c = 0; c < channels; c++) feature[c] += share * data[token * channels + c];
    addUnit(sum, feature);
  }
  const unit = new Float64Array(channels);
  addUnit(unit, sum);
  return Float32Array.from(unit);
};

/** Cosines of a unit vector with every token. */
export const tokenMap = ({ features: { data, width, height, channels }, inverse }: Prepared, unit: Float32Array): SimilarityMap => {
  const map = new Float32Array(width * height);
  for (let token = 0; token < map.length; token++) map[token] = dot(data, token * channels, unit) * inverse[token];
  return { data: map, width, height };
};

/** The least and the greatest of maps. */
export const rangeOf = (maps: readonly SimilarityMap[]): Range => {
  let [low, high] = [Infinity, -Infinity];
  for (const { data } of maps) {
    for (let i = 0; i < data.length; i++) {
      if (data[i] < low) low = data[i];
      if (data[i] > high) high = data[i];
    }
  }
  return [low, high];
};

const STEPS = 256;

/** The steps of a colormap, bare: half of each over black and half over white, rounded, add up to it and 128. */
const coloursOf = (colormap: ColormapName): Uint8Array => {
  const ramp = { data: Float32Array.from({ length: STEPS }, (_, i) => (i + 0.5) / STEPS), width: STEPS, height: 1 };
  const over = (ground: number): Uint8Array =>
    drawHeatmap({ data: new Uint8Array(3 * STEPS).fill(ground), width: STEPS, height: 1 }, ramp, { range: [0, 1], colormap }).data;
  const [dark, bright] = [over(0), over(255)];
  return dark.map((half, i) => half + bright[i] - 128);
};

const tables = new Map<ColormapName, Uint8Array>();
const tableOf = (colormap: ColormapName): Uint8Array => {
  const table = tables.get(colormap) ?? coloursOf(colormap);
  tables.set(colormap, table);
  return table;
};

/** Colours from one end to the other, for the bar below a map. */
export const stopsOf = (colormap: ColormapName, count = 17): [number, number, number][] => {
  const table = tableOf(colormap);
  return Array.from({ length: count }, (_, i) => {
    const at = 3 * Math.round((i * (STEPS - 1)) / (count - 1));
    return [table[at], table[at + 1], table[at + 2]];
  });
};

/** A narrower range is rounding: all takes the middle colour, as in `drawHeatmap`. */
const FLAT = 1e-6;

/** A map in colours, opaque, enlarged or shrunk straight between its values. @returns RGBA of that size */
export const paintMap = (map: SimilarityMap, { width, height }: Size, [low, high]: Range, colormap: ColormapName): Uint8ClampedArray<ArrayBuffer> => {
  const colours = tableOf(colormap);
  // little-endian, as canvases want it
  const table = Uint32Array.from({ length: STEPS }, (_, i) => 0xff000000 | (colours[3 * i + 2] << 16) | (colours[3 * i + 1] << 8) | colours[3 * i]);
  const isFlat = !(high - low >= FLAT);
  const by = STEPS / (high - low);
  const columns = Array.from({ length: width }, (_, x) => between(x, width, map.width));
  const first = Int32Array.from(columns, ([at]) => at);
  const second = Int32Array.from(columns, ([, at]) => at);
  const shares = Float32Array.from(columns, ([, , share]) => share);
  const out = new Uint32Array(width * height);
  const line = new Float32Array(map.width);
  for (let y = 0, to = 0; y < height; y++) {
    const [above, below, down] = between(y, height, map.height);
    for (let x = 0; x < line.length; x++) line[x] = (1 - down) * map.data[above * map.width + x] + down * map.data[below * map.width + x];
    for (let x = 0; x < width; x++, to++) {
      const value = line[first[x]] + shares[x] * (line[second[x]] - line[first[x]]);
      const step = isFlat ? STEPS / 2 : Math.floor((value - low) * by);
      out[to] = table[step < 0 ? 0 : step >= STEPS ? STEPS - 1 : step];
    }
  }
  return new Uint8ClampedArray(out.buffer);
};
