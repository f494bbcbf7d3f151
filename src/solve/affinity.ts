import { type Kernels, room } from '../tensor/kernels.ts';
import type { FeatureMap } from '../types.ts';

/** Numbers in the packed lower triangle of n x n. */
export const triangle = (n: number): number => (n * (n + 1)) / 2;

/** Rows of features that stay in the first-level cache while all others pass by. */
const BAND = 64;

/** Floats a normalised row takes: whole SIMD registers. */
export const rowStride = (channels: number): number => Math.ceil(channels / 4) * 4;

/**
 * A = ((S - min S) / (max S - min S))^alpha with S the cosines of all pairs of tokens, min and max over
 * the whole matrix, diagonal included (paper section 3.2). Constant features, where max S = min S and
 * the reference divides 0 by 0, give 1 everywhere.
 * @param out packed lower triangle, `triangle(width * height)` floats, in the job's memory
 */
export const affinity = (kernels: Kernels, features: FeatureMap, alpha: number, out: Float32Array): void => {
  const n = features.width * features.height;
  const stride = rowStride(features.channels);
  const mark = kernels.mark();
  const raw = kernels.f32(n * features.channels);
  raw.set(features.data);
  const unit = kernels.f32(n * stride);
  if (features.isUnit) spread(raw, features.channels, unit, stride);
  else kernels.normalizeRows(raw, n, features.channels, unit, stride);
  for (let from = 0; from < n; from += BAND) kernels.gram(unit, n, stride, from, Math.min(n, from + BAND), out);
  const range = kernels.f32(2);
  kernels.extent(out, triangle(n), range);
  const [lo, hi] = range;
  if (hi > lo) kernels.affinityPower(out, triangle(n), lo, hi, alpha);
  else out.fill(1);
  kernels.release(mark);
};

/** Rows that are normalised already, each with zeros up to whole SIMD registers. */
const spread = (rows: Float32Array, channels: number, out: Float32Array, stride: number): void => {
  out.fill(0);
  for (let from = 0, to = 0; from < rows.length; from += channels, to += stride) out.set(rows.subarray(from, from + channels), to);
};

/** Bytes that `affinity` of n tokens takes, its result among them. */
export const affinityBytes = (n: number, channels: number): number =>
  room(n * channels, 4) + room(n * rowStride(channels), 4) + room(2, 4) + room(triangle(n), 4);
