/**
 * Which pixels are like a point, a box or a region: features bilinearly upsampled to the pictures' sizes, then
 * normalised, then cosines (the DiffCut notebook on semantic coherence; tools/visualization.py, `Demo`).
 *
 * Channels never exist at a picture's size. With b_t the weights of bilinear interpolation at a pixel and F_t the
 * tokens, its feature is g = sum b_t F_t, and
 *
 *   <q, g> = sum b_t <q, F_t>               one scalar map, interpolated
 *   |g|^2  = sum b_t b_u <F_t, F_u>         a few scalar maps: t and u are neighbours
 *
 *   A--B    A, B, C, D: the tokens around the pixel. Down a column first, then along the row:
 *   |  |    P = |column|^2          = top^2 AA + bottom^2 CC + 2 top bottom AC
 *   C--D    R = <column, the next>  = top^2 AB + bottom^2 CD + top bottom (AD + BC)
 */
import { expected, InputError, kindOf } from '../errors.ts';
import { SIMILARITY } from '../options/figure.ts';
import { resolveOptions } from '../options/spec.ts';
import { checkFeatures, checkLabels } from '../tensor/features.ts';
import { type Axis, axis } from '../tensor/resize.ts';
import type { FeatureMap, LabelMap } from '../types.ts';

export interface Size {
  width: number;
  height: number;
}

/** Cosines, -1..1, row by row: 0 where a feature is zero. */
export interface SimilarityMap extends Size {
  data: Float32Array;
}

/** What is looked for: a pixel, or the mean of all pixels of a box or of one label of a map of the picture's size. */
export type Query =
  | readonly [x: number, y: number]
  | { boxXYWH: readonly [left: number, top: number, width: number, height: number] }
  | { labels: LabelMap; id: number };

/** The place, in pixels of a map, whose cosine is the largest. */
export interface Match {
  x: number;
  y: number;
  cosine: number;
}

/** torch's `normalize`: nothing is divided by less. */
const LEAST = 1e-12;
/** What is left of a squared norm when neighbours cancel to less than this is rounding; it counts as zero. */
const CANCELLED = 1e-14;
const MAX_SIDE = 65_535;

const isWhole = (n: unknown, min: number, max: number): boolean => Number.isInteger(n) && (n as number) >= min && (n as number) <= max;

const checkSize = (size: Size, name: string): Size => {
  const isSize = typeof size === 'object' && size !== null && isWhole(size.width, 1, MAX_SIDE) && isWhole(size.height, 1, MAX_SIDE);
  if (!isSize) throw expected(`{ width, height }, each a whole number from 1 to ${MAX_SIDE},`, name, size);
  return size;
};

/** In the words of an error: where a query may lie. */
const inside = ({ width, height }: Size): string => `the picture is ${width} x ${height} pixels: x is 0 to ${width - 1}, y 0 to ${height - 1}`;

const checkPoint = (point: unknown, picture: Size): void => {
  if (!Array.isArray(point) || point.length !== 2) throw expected('[x, y]', 'the point', point);
  const [x, y] = point;
  if (isWhole(x, 0, picture.width - 1) && isWhole(y, 0, picture.height - 1)) return;
  if (!Number.isInteger(x) || !Number.isInteger(y)) throw expected('whole numbers [x, y]', 'the point', point);
  throw new InputError(`The point ${x},${y} is outside: ${inside(picture)}`);
};

const checkBox = (box: unknown, picture: Size): void => {
  const whole = Array.isArray(box) && box.length === 4 && box.every(Number.isInteger) && box[2] >= 1 && box[3] >= 1;
  if (!whole) throw expected('whole numbers [left, top, width, height], 1 pixel at least a side,', 'the box', box);
  const [left, top, width, height] = box;
  if (left >= 0 && top >= 0 && left + width <= picture.width && top + height <= picture.height) return;
  throw new InputError(`The box ${box.join(',')} reaches outside: ${inside(picture)}`);
};

const checkMask = ({ labels, id }: { labels: LabelMap; id: number }, picture: Size): void => {
  const { data, width, height } = checkLabels(labels);
  if (width !== picture.width || height !== picture.height) {
    throw new InputError(
      `The mask is ${width} x ${height} but the picture is ${picture.width} x ${picture.height}: give a mask of the picture's size`,
    );
  }
  if (!Number.isInteger(id)) throw expected('a whole number', 'the label', id);
  if (data.includes(id)) return;
  const there = [...new Set(data)].sort((a, b) => a - b);
  throw new InputError(`The mask has no pixel of label ${id}: it holds ${there.slice(0, 20).join(', ')}${there.length > 20 ? ', ...' : ''}`);
};

/**
 * Throws one sentence unless a query lies in a picture of this size.
 * @throws InputError that names the picture's size where the query is outside of it
 */
export const checkQuery = (query: Query, picture: Size): void => {
  if (Array.isArray(query)) checkPoint(query, picture);
  else if (typeof query === 'object' && query !== null && 'boxXYWH' in query) checkBox(query.boxXYWH, picture);
  else if (typeof query === 'object' && query !== null && 'labels' in query) checkMask(query, picture);
  else throw expected('[x, y], { boxXYWH } or { labels, id }', 'the query', query);
};

/** Calls `at` for every pixel of a checked query, row by row. */
const eachPixel = (query: Query, width: number, at: (x: number, y: number) => void): void => {
  if ('labels' in query) {
    const { data } = query.labels;
    for (let i = 0; i < data.length; i++) if (data[i] === query.id) at(i % width, Math.floor(i / width));
    return;
  }
  const [left, top, w, h] = 'boxXYWH' in query ? query.boxXYWH : [...query, 1, 1];
  for (let y = top; y < top + h; y++) for (let x = left; x < left + w; x++) at(x, y);
};

/** Inner products of neighbouring tokens, one map each; beyond the last column and row stands the last one again. */
interface Products extends Size {
  own: Float64Array;
  right: Float64Array;
  below: Float64Array;
  /** Both diagonals of the square that starts here, added up. */
  across: Float64Array;
}

const dotOf = (a: Float32Array, from: number, b: Float32Array, at: number, channels: number): number => {
  let sum = 0;
  for (let c = 0; c < channels; c++) sum += a[from + c] * b[at + c];
  return sum;
};

const productsOf = ({ data, width, height, channels }: FeatureMap): Products => {
  const [own, right, below, across] = Array.from({ length: 4 }, () => new Float64Array(width * height));
  for (let y = 0, i = 0; y < height; y++) {
    const down = y + 1 < height ? width : 0;
    for (let x = 0; x < width; x++, i++) {
      const next = x + 1 < width ? 1 : 0;
      const dot = (a: number, b: number): number => dotOf(data, a * channels, data, b * channels, channels);
      own[i] = dot(i, i);
      right[i] = dot(i, i + next);
      below[i] = dot(i, i + down);
      across[i] = dot(i, i + next + down) + dot(i + next, i + down);
    }
  }
  return { own, right, below, across, width, height };
};

/** What a row of pixels needs of the squared norms; a value a column of tokens. */
interface NormLine {
  /** |column|^2: P above. */
  column: Float64Array;
  /** <column, the next>: R above. */
  next: Float64Array;
  /** |column|^2 if its two tokens were orthogonal: the measure for what cancelled. */
  scale: Float64Array;
}

const normLine = ({ own, right, below, across, width }: Products, rows: Axis, y: number): NormLine => {
  const [column, next, scale] = Array.from({ length: 3 }, () => new Float64Array(width));
  const bottom = rows.weight[y];
  const top = 1 - bottom;
  for (let x = 0, a = rows.first[y] * width, c = rows.second[y] * width; x < width; x++, a++, c++) {
    scale[x] = top * top * own[a] + bottom * bottom * own[c];
    column[x] = scale[x] + 2 * top * bottom * below[a];
    next[x] = top * top * right[a] + bottom * bottom * right[c] + top * bottom * across[a];
  }
  return { column, next, scale };
};

/** 1 / |g| at column x of pixels, 0 where g is zero. */
const inverseNorm = ({ column, next, scale }: NormLine, columns: Axis, x: number): number => {
  const a = columns.first[x];
  const b = columns.second[x];
  const right = columns.weight[x];
  const left = 1 - right;
  const square = left * left * column[a] + right * right * column[b] + 2 * left * right * next[a];
  return square <= CANCELLED * (left * left * scale[a] + right * right * scale[b]) ? 0 : 1 / Math.max(Math.sqrt(square), LEAST);
};

/** The same numbers at unit length; zero stays zero. */
const toUnit = (vector: Float64Array): Float64Array => {
  const norm = Math.sqrt(vector.reduce((sum, v) => sum + v * v, 0));
  return vector.map((v) => v / Math.max(norm, LEAST));
};

/**
 * The mean of the unit features of a query's pixels, at unit length: sum over tokens of (sum over pixels of
 * b_t / |g|) F_t.
 */
const queryFeature = (features: FeatureMap, query: Query, picture: Size): Float32Array => {
  const { data, width, height, channels } = features;
  const columns = axis(width, picture.width);
  const rows = axis(height, picture.height);
  const products = productsOf(features);
  const shares = new Float64Array(width * height);
  let line: NormLine | undefined;
  let lineY = -1;
  eachPixel(query, picture.width, (x, y) => {
    if (y !== lineY || !line) line = normLine(products, rows, y);
    lineY = y;
    const by = inverseNorm(line, columns, x);
    const right = columns.weight[x];
    const bottom = rows.weight[y];
    const above = rows.first[y] * width;
    const below = rows.second[y] * width;
    shares[above + columns.first[x]] += by * (1 - bottom) * (1 - right);
    shares[above + columns.second[x]] += by * (1 - bottom) * right;
    shares[below + columns.first[x]] += by * bottom * (1 - right);
    shares[below + columns.second[x]] += by * bottom * right;
  });
  const sum = new Float64Array(channels);
  for (let t = 0; t < shares.length; t++) if (shares[t] !== 0) for (let c = 0; c < channels; c++) sum[c] += shares[t] * data[t * channels + c];
  return Float32Array.from(toUnit(sum));
};

/** Cosines of a unit vector with features upsampled to a size. */
const cosines = (unit: Float32Array, features: FeatureMap, { width, height }: Size): SimilarityMap => {
  const { data, width: across, channels } = features;
  const scores = Float64Array.from({ length: across * features.height }, (_, t) => dotOf(unit, 0, data, t * channels, channels));
  const products = productsOf(features);
  const columns = axis(across, width);
  const rows = axis(features.height, height);
  const out = new Float32Array(width * height);
  const line = new Float64Array(across);
  for (let y = 0, to = 0; y < height; y++) {
    const norms = normLine(products, rows, y);
    const bottom = rows.weight[y];
    for (let x = 0; x < across; x++) line[x] = (1 - bottom) * scores[rows.first[y] * across + x] + bottom * scores[rows.second[y] * across + x];
    for (let x = 0; x < width; x++) {
      const right = columns.weight[x];
      const dot = (1 - right) * line[columns.first[x]] + right * line[columns.second[x]];
      out[to++] = Math.min(1, Math.max(-1, dot * inverseNorm(norms, columns, x)));
    }
  }
  return { data: out, width, height };
};

/**
 * The cosine of a query with every place of a target.
 * @param features of the reference, where the query is
 * @param query in pixels of `picture`; without one, in cells of the feature grid
 * @param targetFeatures of the picture that is searched, which may be the reference's own
 * @param options.picture size of the reference in pixels
 * @param options.target size of the map; the target's grid where not given
 * @throws InputError for a query outside of the picture, features of different channels, sizes that are none
 */
export const similarity = (
  features: FeatureMap,
  query: Query,
  targetFeatures: FeatureMap,
  options: { picture?: Size | undefined; target?: Size | undefined } = {},
): SimilarityMap => {
  checkFeatures(features);
  checkFeatures(targetFeatures);
  if (features.channels !== targetFeatures.channels) {
    throw new InputError(
      `The reference has features of ${features.channels} channels but the target's have ${targetFeatures.channels}: encode both with one encoder`,
    );
  }
  const { picture = features, target = targetFeatures } = resolveOptions('similarity', SIMILARITY, options);
  checkQuery(query, picture);
  return cosines(queryFeature(features, query, picture), targetFeatures, target);
};

/** Throws one sentence unless it is width x height cosines. */
export const checkMap = (map: SimilarityMap): SimilarityMap => {
  if (kindOf(map?.data) !== 'Float32Array') throw expected('{ data: Float32Array, width, height }', 'the map', map);
  checkSize(map, 'the map');
  if (map.data.length !== map.width * map.height) throw expected(`${map.width} x ${map.height} numbers`, 'the data of the map', map.data);
  return map;
};

/** Where a map is largest; the first in row order of several. */
export const bestMatch = (map: SimilarityMap): Match => {
  const { data, width } = checkMap(map);
  let best = 0;
  for (let i = 1; i < data.length; i++) if (data[i] > data[best]) best = i;
  return { x: best % width, y: Math.floor(best / width), cosine: data[best] };
};

/**
 * Unit features at pixels of a picture: raw features bilinearly upsampled, taken there, normalised.
 * @param points whole numbers [x, y], 0..width-1 and 0..height-1
 * @returns points x channels; a zero feature stays zero
 * @throws InputError for a point outside, which names the picture's size
 */
export const sampleFeatures = (features: FeatureMap, picture: Size, points: readonly (readonly [x: number, y: number])[]): Float32Array => {
  const { data, width, height, channels } = checkFeatures(features);
  checkSize(picture, 'the picture');
  for (const point of points) checkPoint(point, picture);
  const columns = axis(width, picture.width);
  const rows = axis(height, picture.height);
  const out = new Float32Array(points.length * channels);
  const feature = new Float64Array(channels);
  for (const [i, [x, y]] of points.entries()) {
    const right = columns.weight[x];
    const bottom = rows.weight[y];
    const corner = (row: Axis['first'], column: Axis['first']): number => (row[y] * width + column[x]) * channels;
    const a = corner(rows.first, columns.first);
    const b = corner(rows.first, columns.second);
    const c = corner(rows.second, columns.first);
    const d = corner(rows.second, columns.second);
    for (let k = 0; k < channels; k++) {
      feature[k] = (1 - bottom) * ((1 - right) * data[a + k] + right * data[b + k]) + bottom * ((1 - right) * data[c + k] + right * data[d + k]);
    }
    out.set(toUnit(feature), i * channels);
  }
  return out;
};
