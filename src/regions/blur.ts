/** Separable Gaussian on planes, edges mirrored (`d c b a | a b c d`), as `scipy.ndimage.gaussian_filter`. */
import { type Kernels, room } from '../tensor/kernels.ts';

/** Weights of the centre and of each distance up to 4 sigma; with both sides they add up to 1. */
const gaussian = (sigma: number): Float64Array => {
  const radius = Math.floor(4 * sigma + 0.5);
  const raw = Float64Array.from({ length: radius + 1 }, (_, i) => Math.exp(-0.5 * (i / sigma) ** 2));
  const total = raw.reduce((sum, w, i) => sum + (i === 0 ? w : 2 * w), 0);
  return raw.map((w) => w / total);
};

/** Bytes of a job's memory that `blurred` takes beside its planes. */
export const blurBytes = (width: number, sigma: number): number => {
  const radius = Math.floor(4 * sigma + 0.5);
  return room(radius + 1, 4) + room(width + 2 * radius, 4);
};

/**
 * @param planes whole planes of width x height, one after the other, in the job's memory
 * @param out the same layout, likewise
 */
export const blurred = (kernels: Kernels, planes: Float32Array, width: number, height: number, sigma: number, out: Float32Array): Float32Array => {
  const mark = kernels.mark();
  const raw = gaussian(sigma);
  const weights = kernels.f32(raw.length);
  weights.set(raw);
  const radius = raw.length - 1;
  const line = kernels.f32(width + 2 * radius);
  const n = width * height;
  for (let from = 0; from < planes.length; from += n)
    kernels.blur(planes.subarray(from, from + n), out.subarray(from, from + n), width, height, weights, radius, line);
  kernels.release(mark);
  return out;
};
