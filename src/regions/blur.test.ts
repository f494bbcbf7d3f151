import { describe, expect, it } from 'vitest';
import { random } from '../../test/random.ts';
import { createKernels } from '../tensor/kernels.ts';
import { blurBytes, blurred } from './blur.ts';
import { gradient } from './gradient.ts';

/** The sum over both directions at once, indices mirrored one step at a time. */
const direct = (plane: Float32Array, width: number, height: number, sigma: number): number[] => {
  const radius = Math.floor(4 * sigma + 0.5);
  const fold = (i: number, n: number): number => (i < 0 ? fold(-1 - i, n) : i >= n ? fold(2 * n - 1 - i, n) : i);
  const out: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let [sum, total] = [0, 0];
      for (let v = -radius; v <= radius; v++) {
        for (let u = -radius; u <= radius; u++) {
          const w = Math.exp(-(u * u + v * v) / (2 * sigma * sigma));
          total += w;
          sum += w * plane[fold(y + v, height) * width + fold(x + u, width)];
        }
      }
      out.push(sum / total);
    }
  }
  return out;
};

/** In a job of its own, of just the memory that is said to be needed. */
const blur = async (values: Float32Array, width: number, height: number, sigma: number): Promise<Float32Array> => {
  const kernels = await createKernels(2 * values.length * 4 + 32 + blurBytes(width, sigma));
  const planes = kernels.f32(values.length);
  planes.set(values);
  return blurred(kernels, planes, width, height, sigma, kernels.f32(values.length)).slice();
};

const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expect(a.length).toBe(b.length);
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i] - b[i]));
  return most;
};

describe('blurred', () => {
  it.each([
    [9, 7, 1],
    [13, 4, 1.5],
    [5, 6, 3], // wider than the picture
    [1, 9, 0.5],
    [1, 1, 3],
  ])('is the direct sum: %ix%i, sigma %f', async (width, height, sigma) => {
    const next = random(width * height);
    const planes = Float32Array.from({ length: 2 * width * height }, () => next() * 100);
    const n = width * height;
    const want = [0, 1].flatMap((p) => direct(planes.subarray(p * n, (p + 1) * n), width, height, sigma));
    expect(worst(await blur(planes, width, height, sigma), want)).toBeLessThan(1e-4);
  });

  it('asks for the memory of its weights and of a line, no more', () => {
    expect(blurBytes(100, 3)).toBe(64 + 496); // 13 and 124 floats
    expect(blurBytes(1, 0.5)).toBe(16 + 32);
    expect(blurBytes(10, 0.75)).toBe(16 + 64);
  });

  it('keeps a constant', async () => {
    expect(worst(await blur(new Float32Array(35).fill(7), 5, 7, 1.5), new Float32Array(35).fill(7))).toBeLessThan(1e-5);
  });
});

describe('gradient', () => {
  it('does not see a constant', () => {
    const next = random(3);
    const planes = Float32Array.from({ length: 2 * 63 }, () => Math.floor(next() * 64));
    expect(
      gradient(
        planes.map((v) => v + 128),
        9,
        7,
      ),
    ).toEqual(gradient(planes, 9, 7));
  });

  it('is the slope inside, half of it at the edges, all planes together', () => {
    const ramp = Float32Array.from({ length: 40 }, (_, i) => 3 * (i % 8) + 4 * Math.floor(i / 8)); // 8 x 5
    const got = gradient(ramp, 8, 5);
    expect(got[1 * 8 + 3]).toBeCloseTo(5);
    expect(got[1 * 8]).toBeCloseTo(Math.hypot(1.5, 4));
    expect(got[0]).toBeCloseTo(2.5);
    const both = Float32Array.from([...ramp, ...ramp]);
    expect(gradient(both, 8, 5)[11]).toBeCloseTo(5 * Math.SQRT2);
  });

  it('does not change when a number is added to all, and is 0 where there is no neighbour', () => {
    const next = random(3);
    const plane = Float32Array.from({ length: 12 * 9 }, () => Math.round(next() * 100));
    expect(
      gradient(
        plane.map((v) => v + 50),
        12,
        9,
      ),
    ).toEqual(gradient(plane, 12, 9));
    expect(gradient(Float32Array.of(9), 1, 1)).toEqual(Float32Array.of(0));
  });
});
