import { describe, expect, it } from 'vitest';
import { workSize } from '../regions/regions.ts';
import { resizeArea } from '../tensor/resize.ts';
import type { RgbImage } from '../types.ts';
import { upsampleGuided } from './upsample.ts';

/** Black to the left of `edge`, white to the right. */
const split = (width: number, height: number, edge: number): RgbImage => ({
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) => (Math.floor(i / 3) % width < edge ? 0 : 255)),
  width,
  height,
});

describe('workSize', () => {
  it('brings the longest side down and never up', () => {
    expect(workSize({ width: 4000, height: 3000 }, 512)).toEqual({ width: 512, height: 384 });
    expect(workSize({ width: 100, height: 30 }, 512)).toEqual({ width: 100, height: 30 });
    expect(workSize({ width: 1, height: 5000 }, 512)).toEqual({ width: 1, height: 512 });
  });
});

describe('upsampleGuided', () => {
  it('puts the border on the edge of the picture, not on that of the work pixels', async () => {
    const picture = split(100, 40, 43); // within the fifth of ten work pixels
    const small = resizeArea(picture, { width: 10, height: 4 });
    const labels = { data: Int32Array.from({ length: 40 }, (_, i) => (i % 10 < 4 ? 7 : 900)), width: 10, height: 4 };
    const out = await upsampleGuided(labels, small, picture);
    for (let i = 0; i < out.data.length; i++) if (Math.abs((i % 100) - 43) > 1) expect(out.data[i]).toBe(i % 100 < 43 ? 7 : 900);
  });

  it('leaves labels of the picture’s size alone', async () => {
    const picture = split(4, 2, 2);
    const labels = { data: new Int32Array(8), width: 4, height: 2 };
    expect(await upsampleGuided(labels, resizeArea(picture, picture), picture)).toBe(labels);
  });
});
