/** What regions look like to the encoder: their tokens' mean, and how like another's it is. Pure. */
import type { FeatureMap } from 'diffcut';
import type { Labels } from './render.ts';

/** A unit vector a region: `channels` numbers from `k * channels` on for the kth of `ids`. */
export interface Pooled {
  ids: Int32Array;
  vectors: Float32Array;
  channels: number;
  /** Pixels of each. */
  areas: Float64Array;
}

/** A vector at unit length, in its place; zeros stay. */
const toUnit = (vector: Float32Array): void => {
  let squares = 0;
  for (let c = 0; c < vector.length; c++) squares += vector[c] * vector[c];
  if (squares > 0) for (let c = 0, by = 1 / Math.sqrt(squares); c < vector.length; c++) vector[c] *= by;
};

/** The token column or row of each pixel. */
const tokensOf = (pixels: number, tokens: number): Int32Array =>
  Int32Array.from({ length: pixels }, (_, i) => Math.min(tokens - 1, Math.floor(((i + 0.5) * tokens) / pixels)));

/**
 * The mean of each region's tokens, each weighted by how much of it the region covers, at unit length.
 * @param tokens of unit length
 * @param labels of any size: they are laid over the tokens
 * @param ids of all labels that occur
 */
export const poolTokens = (tokens: FeatureMap, { data, width, height }: Labels, ids: Iterable<number>): Pooled => {
  const order = Int32Array.from(ids).sort();
  const { channels } = tokens;
  const index = new Int32Array((order.at(-1) ?? -1) + 1).fill(-1);
  for (const [k, id] of order.entries()) index[id] = k;
  const vectors = new Float32Array(order.length * channels);
  const areas = new Float64Array(order.length);
  const columns = tokensOf(width, tokens.width);
  const rows = tokensOf(height, tokens.height);
  const covered = new Float64Array(order.length * tokens.width); // pixels of a row of tokens, by region and column
  const flush = (row: number): void => {
    for (let at = 0; at < covered.length; at++) {
      if (covered[at] === 0) continue;
      const k = Math.floor(at / tokens.width);
      const from = (row * tokens.width + (at % tokens.width)) * channels;
      for (let c = 0, to = k * channels; c < channels; c++, to++) vectors[to] += covered[at] * tokens.data[from + c];
      areas[k] += covered[at];
    }
    covered.fill(0);
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0, at = y * width; x < width; x++, at++) covered[index[data[at]] * tokens.width + columns[x]]++;
    if (y === height - 1 || rows[y + 1] !== rows[y]) flush(rows[y]);
  }
  for (let k = 0; k < order.length; k++) toUnit(vectors.subarray(k * channels, (k + 1) * channels));
  return { ids: order, vectors, channels, areas };
};

/** The mean of some regions, each weighted by its area, at unit length; undefined where none of them is there. */
export const meanOf = ({ ids, vectors, channels, areas }: Pooled, some: readonly number[]): Float32Array | undefined => {
  const mean = new Float32Array(channels);
  for (const [k, id] of ids.entries()) {
    if (some.includes(id)) for (let c = 0; c < channels; c++) mean[c] += areas[k] * vectors[k * channels + c];
  }
  toUnit(mean);
  return mean.some((value) => value !== 0) ? mean : undefined;
};

/** The cosine of each region with a unit vector, by id. */
export const cosinesOf = ({ ids, vectors, channels }: Pooled, unit: Float32Array): Map<number, number> => {
  const out = new Map<number, number>();
  for (const [k, id] of ids.entries()) {
    let sum = 0;
    for (let c = 0, at = k * channels; c < channels; c++, at++) sum += vectors[at] * unit[c];
    out.set(id, sum);
  }
  return out;
};
