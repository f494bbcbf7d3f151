import { describe, expect, it } from 'vitest';
import { random } from '../../test/random.ts';
import { resizeBilinear } from '../tensor/resize.ts';
import { pooledSums } from './pool.ts';

describe('pooledSums', () => {
  it.each([
    [23, 17, 4, 5],
    [3, 2, 6, 6],
    [1, 40, 1, 7],
  ])('adds up the upsampled cells of each region: %ix%i pixels, %ix%i cells', async (width, height, w, h) => {
    const next = random(width);
    const channels = 3;
    const cells = Float32Array.from({ length: w * h * channels }, () => next() - 0.5);
    const data = Int32Array.from({ length: width * height }, () => Math.floor(next() * 4));
    const want = new Float64Array(4 * channels);
    resizeBilinear(cells, w, h, channels, width, height).forEach((v, i) => {
      want[data[Math.floor(i / channels)] * channels + (i % channels)] += v;
    });
    const got = await pooledSums({ data, width, height, count: 4 }, cells, { width: w, height: h, channels });
    got.forEach((v, i) => expect(v).toBeCloseTo(want[i], 4));
  });
});
