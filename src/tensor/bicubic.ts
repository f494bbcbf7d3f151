/** Bicubic resizing with antialiasing, as torch's `interpolate(mode="bicubic", antialias=True)` (aten UpSampleKernel.cpp). */
import { expected } from '../errors.ts';

/** Keys' kernel with a = -0.5, which torch takes with antialiasing; without it, it takes -0.75. */
const kernel = (x: number): number => {
  const d = Math.abs(x);
  if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
  return d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0;
};

/** Reach of the kernel. */
const SUPPORT = 2;

/** The window of sources of each target, and their weights, which add up to 1: what lies outside has none. */
const windows = (from: number, to: number): { start: number; weights: Float32Array }[] => {
  const scale = from / to;
  const widening = Math.max(scale, 1);
  return Array.from({ length: to }, (_, i) => {
    const centre = scale * (i + 0.5);
    const start = Math.max(0, Math.trunc(centre - SUPPORT * widening + 0.5));
    const end = Math.min(from, Math.trunc(centre + SUPPORT * widening + 0.5));
    const raw = Array.from({ length: end - start }, (_, j) => kernel((start + j - centre + 0.5) / widening));
    const sum = raw.reduce((a, b) => a + b, 0);
    return { start, weights: Float32Array.from(raw, (weight) => weight / sum) };
  });
};

/**
 * @param src `srcH` rows of `srcW` cells of `channels` values
 * @returns the same layout, `dstH * dstW * channels`; the values themselves where the size is the same
 */
export const resizeBicubic = (src: Float32Array, srcW: number, srcH: number, channels: number, dstW: number, dstH: number): Float32Array => {
  for (const [name, n] of Object.entries({ srcW, srcH, channels, dstW, dstH }))
    if (!Number.isInteger(n) || n < 1) throw expected('a whole number from 1', name, n);
  if (src.length !== srcW * srcH * channels) throw expected(`${srcW} x ${srcH} x ${channels} values`, 'src', src);
  if (srcW === dstW && srcH === dstH) return src;
  const across = new Float32Array(srcH * dstW * channels);
  const columns = windows(srcW, dstW);
  for (let y = 0; y < srcH; y++) {
    for (let x = 0; x < dstW; x++) {
      const to = (y * dstW + x) * channels;
      const { start, weights } = columns[x];
      for (const [j, weight] of weights.entries()) {
        const at = (y * srcW + start + j) * channels;
        for (let c = 0; c < channels; c++) across[to + c] += weight * src[at + c];
      }
    }
  }
  const out = new Float32Array(dstH * dstW * channels);
  const row = dstW * channels;
  for (const [y, { start, weights }] of windows(srcH, dstH).entries()) {
    for (const [j, weight] of weights.entries()) for (let i = 0; i < row; i++) out[y * row + i] += weight * across[(start + j) * row + i];
  }
  return out;
};
