/** Attention maps: where each token attends to, as probabilities of all tokens. Their distances are what DiffSeg merges by. */
import { InputError } from '../../errors.ts';
import { type Kernels, room } from '../../tensor/kernels.ts';
import type { FeatureMap } from '../../types.ts';
import { rowStride } from '../affinity.ts';

/** Maps one after the other, `cells` numbers each. */
export interface Maps {
  data: Float32Array;
  count: number;
  cells: number;
}

/** What a probability of zero counts as, so that it has a logarithm: the least normal float. */
const LEAST = 2 ** -126;

/** @throws InputError unless the features are attention maps: a channel for each token, no number below zero */
export const checkMaps = ({ data, width, height, channels }: FeatureMap): Maps => {
  const cells = width * height;
  const wanted = 'The solver diffseg cuts attention maps, which the tap attention of sd-1.4, sd-1.5 and sd-2.1 gives';
  if (channels !== cells) throw new InputError(`${wanted}: expected ${cells} channels for ${width} x ${height} tokens but received ${channels}`);
  let bad = 0;
  while (bad < data.length && data[bad] >= 0) bad++;
  if (bad < data.length) throw new InputError(`${wanted}: expected numbers of 0 and up but received ${data[bad]}`);
  return { data, count: cells, cells };
};

/** out = a map as probabilities, whatever the scale of its numbers; one that is zero everywhere says nothing, so it is even. */
export const probabilities = ({ data, cells }: Maps, map: number, out: Float32Array): void => {
  const from = map * cells;
  let sum = 0;
  for (let c = 0; c < cells; c++) sum += data[from + c];
  for (let c = 0; c < cells; c++) out[c] = sum > 0 ? data[from + c] / sum : 1 / cells;
};

/** Maps that are compared at once: some 10 ms of work beside 256 others. */
export const BAND = 16;

/**
 * Sets up D(P, Q) = 1/2 sum (P - Q)(ln P - ln Q) of all maps with those of a list. It is half of sum P ln P + sum Q ln Q less
 * (P, ln P) * (ln Q, Q), so that all logarithms are of maps, and all else is a product of matrices.
 */
export interface Distances {
  /** The probabilities of the `count` maps from `from`, and their distances to each of the list: `at(i)[k]`. */
  band(from: number, count: number): { row(i: number): Float32Array; at(i: number): Float64Array };
}

export const distanceBytes = (listed: number, cells: number): number =>
  room(listed * 2 * rowStride(cells), 4) + 2 * room(BAND * 2 * rowStride(cells), 4) + room(BAND * listed, 8);

/** @param listed numbers of the maps in the list @param maps compared with them, `listed` of the same cells */
export const distancesTo = (kernels: Kernels, list: Maps, listed: readonly number[], maps: Maps): Distances => {
  const { cells } = list;
  const half = rowStride(cells);
  const stride = 2 * half;
  /** out = (P, ln P), or turned round; sum P ln P. */
  const write = (from: Maps, map: number, out: Float32Array, isTurned: boolean): number => {
    const [p, logs] = isTurned ? [out.subarray(half), out] : [out, out.subarray(half)];
    probabilities(from, map, p.subarray(0, cells));
    let sum = 0;
    for (let c = 0; c < cells; c++) {
      logs[c] = Math.log(Math.max(p[c], LEAST));
      sum += p[c] * logs[c];
    }
    return sum;
  };
  const rows = kernels.f32(listed.length * stride);
  const sums = listed.map((map, k) => write(list, map, rows.subarray(k * stride, (k + 1) * stride), true));
  const [own, products] = [kernels.f32(BAND * stride), kernels.f32(BAND * stride)];
  const distances = kernels.f64(BAND * listed.length);
  const row = (i: number): Float32Array => own.subarray(i * stride, i * stride + cells);
  const at = (i: number): Float64Array => distances.subarray(i * listed.length, (i + 1) * listed.length);
  return {
    band: (from, count) => {
      const ownSums = Array.from({ length: count }, (_, i) => write(maps, from + i, own.subarray(i * stride, (i + 1) * stride), false));
      kernels.matmul(rows, listed.length, stride, own, count, products);
      for (let i = 0; i < count; i++)
        for (let k = 0; k < listed.length; k++) distances[i * listed.length + k] = (ownSums[i] + sums[k] - products[i * stride + k]) / 2;
      return { row, at };
    },
  };
};
