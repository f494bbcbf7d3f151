import { describe, expect, it } from 'vitest';
import { random } from '../../test/random.ts';
import { createKernels } from '../tensor/kernels.ts';
import type { FeatureMap } from '../types.ts';
import { affinity, affinityBytes, rowStride, triangle } from './affinity.ts';

const noise = (width: number, height: number, channels: number): FeatureMap => {
  const next = random(width * height);
  return { data: Float32Array.from({ length: width * height * channels }, () => next() - 0.5), width, height, channels };
};

/** In a job of its own, of just the memory that is said to be needed. */
const affinityOf = async (features: FeatureMap, alpha: number): Promise<Float32Array> => {
  const n = features.width * features.height;
  const kernels = await createKernels(affinityBytes(n, features.channels));
  const out = kernels.f32(triangle(n));
  await affinity(kernels, features, alpha, out);
  return out.slice();
};

/** The formula, pair by pair. */
const direct = ({ data, width, height, channels }: FeatureMap, alpha: number): number[] => {
  const n = width * height;
  const rows = Array.from({ length: n }, (_, i) => {
    const row = [...data.subarray(i * channels, (i + 1) * channels)];
    const length = Math.hypot(...row);
    return row.map((v) => v / length);
  });
  const cosines = rows.flatMap((a, i) => rows.slice(0, i + 1).map((b) => a.reduce((sum, v, c) => sum + v * b[c], 0)));
  const [lo, hi] = [Math.min(...cosines), Math.max(...cosines)];
  return cosines.map((s) => ((s - lo) / (hi - lo)) ** alpha);
};

describe('affinity', () => {
  it.each([
    [3, 2, 5, 1],
    [9, 8, 6, 3], // more rows than stay in a cache's band
    [13, 11, 7, 2.5],
  ])('is the power of the cosines, least 0 and most 1: %ix%i, %i channels, alpha %f', async (width, height, channels, alpha) => {
    const features = noise(width, height, channels);
    const want = direct(features, alpha);
    const got = await affinityOf(features, alpha);
    expect(got).toHaveLength(want.length);
    got.forEach((v, k) => expect(v).toBeCloseTo(want[k], 5));
    expect([Math.min(...got), Math.max(...got)]).toEqual([0, 1]);
  });

  it.each([1, 3, 2.5])('is 1 everywhere for constant features, where the formula divides 0 by 0 (alpha %f)', async (alpha) => {
    const constant = { data: new Float32Array(12).fill(2), width: 3, height: 1, channels: 4 };
    expect([...(await affinityOf(constant, alpha))]).toEqual([1, 1, 1, 1, 1, 1]);
    expect([...(await affinityOf({ ...constant, data: new Float32Array(12) }, alpha))]).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('gives back the memory it worked in', async () => {
    const kernels = await createKernels(affinityBytes(6, 5));
    const out = kernels.f32(triangle(6));
    await affinity(kernels, noise(3, 2, 5), 2, out);
    const once = out.slice();
    await affinity(kernels, noise(3, 2, 5), 2, out);
    expect(out).toEqual(once);
  });

  it('packs a lower triangle, and rows into whole registers', () => {
    expect([0, 1, 2, 3, 10].map(triangle)).toEqual([0, 1, 3, 6, 55]);
    expect([1, 4, 5, 8, 9].map(rowStride)).toEqual([4, 4, 8, 8, 12]);
  });
});
