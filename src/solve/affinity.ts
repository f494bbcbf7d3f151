import { type Kernels, room } from '../tensor/kernels.ts';
import { inBands, pause } from '../tensor/watch.ts';
import type { FeatureMap, Watch } from '../types.ts';

/** Numbers in the packed lower triangle of n x n. */
export const triangle = (n: number): number => (n * (n + 1)) / 2;

/** Rows of features that stay in the first-level cache while all others pass by. */
const BAND = 64;
/** Multiplications, and numbers of the triangle, worked between two pauses: a few milliseconds. */
const GRAM_WORK = 2 ** 26;
const NUMBERS = 2 ** 18;

/** Floats a normalised row takes: whole SIMD registers. */
export const rowStride = (channels: number): number => Math.ceil(channels / 4) * 4;

/**
 * S: the cosines of all pairs of tokens.
 * @param out packed lower triangle, `triangle(width * height)` floats, in the job's memory
 * @throws the signal's reason once aborted
 */
export const cosines = async (kernels: Kernels, features: FeatureMap, out: Float32Array, watch: Watch = {}): Promise<void> => {
  const n = features.width * features.height;
  const stride = rowStride(features.channels);
  const mark = kernels.mark();
  const raw = kernels.f32(n * features.channels);
  raw.set(features.data);
  await pause(watch);
  const unit = kernels.f32(n * stride);
  if (features.isUnit) spread(raw, features.channels, unit, stride);
  else kernels.normalizeRows(raw, n, features.channels, unit, stride);
  await pause(watch);
  // a band of columns at a time
  const band = Math.max(4, Math.min(BAND, 4 * Math.floor(GRAM_WORK / (4 * n * stride))));
  await inBands(n, band, watch, (from, to) => kernels.gram(unit, n, stride, from, to, out));
  kernels.release(mark);
};

/**
 * A = ((S - min S) / (max S - min S))^alpha with S the cosines of all pairs of tokens, min and max over
 * the whole matrix, diagonal included (paper section 3.2). Constant features, where max S = min S and
 * the reference divides 0 by 0, give 1 everywhere.
 * @param out packed lower triangle, `triangle(width * height)` floats, in the job's memory
 * @throws the signal's reason once aborted
 */
export const affinity = async (kernels: Kernels, features: FeatureMap, alpha: number, out: Float32Array, watch: Watch = {}): Promise<void> => {
  const mark = kernels.mark();
  await cosines(kernels, features, out, watch);
  // min S and max S, then the power in place
  const size = triangle(features.width * features.height);
  const range = kernels.f32(2);
  let lo = Infinity;
  let hi = -Infinity;
  await inBands(size, NUMBERS, watch, (from, to) => {
    kernels.extent(out.subarray(from), to - from, range);
    lo = Math.min(lo, range[0]);
    hi = Math.max(hi, range[1]);
  });
  await inBands(size, NUMBERS, watch, (from, to) => {
    if (hi > lo) kernels.affinityPower(out.subarray(from), to - from, lo, hi, alpha);
    else out.fill(1, from, to);
  });
  kernels.release(mark);
};

/** The same of another exponent, from that of exponent 1. @param likeness of `affinity` with alpha 1; is left as it is */
export const raised = async (kernels: Kernels, likeness: Float32Array, alpha: number, out: Float32Array, watch: Watch = {}): Promise<void> =>
  inBands(likeness.length, NUMBERS, watch, (from, to) => {
    out.set(likeness.subarray(from, to), from);
    kernels.affinityPower(out.subarray(from), to - from, 0, 1, alpha);
  });

/** Rows that are normalised already, each with zeros up to whole SIMD registers. */
const spread = (rows: Float32Array, channels: number, out: Float32Array, stride: number): void => {
  out.fill(0);
  for (let from = 0, to = 0; from < rows.length; from += channels, to += stride) out.set(rows.subarray(from, from + channels), to);
};

/** Bytes that `affinity` of n tokens takes, its result among them. */
export const affinityBytes = (n: number, channels: number): number =>
  room(n * channels, 4) + room(n * rowStride(channels), 4) + room(2, 4) + room(triangle(n), 4);
