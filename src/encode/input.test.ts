import { describe, expect, it } from 'vitest';
import { resizeBilinear } from '../tensor/resize.ts';
import type { RgbImage } from '../types.ts';
import { planesOf } from './input.ts';

const IMAGE: RgbImage = { data: Uint8Array.from({ length: 70 * 50 * 3 }, (_, i) => (i * i) % 251), width: 70, height: 50 };
/** Two bands and a part of a third. */
const [WIDTH, HEIGHT] = [1000, 600];
const [MEAN, DEVIATION] = [[1, 2, 3] as const, [4, 5, 6] as const];

describe('planesOf', () => {
  it('are the picture resized as a whole, a channel after the other', async () => {
    const planes = await planesOf(IMAGE, WIDTH, HEIGHT, MEAN, DEVIATION);
    const pixels = resizeBilinear(IMAGE.data, 70, 50, 3, WIDTH, HEIGHT);
    const area = WIDTH * HEIGHT;
    const wanted = Float32Array.from(planes, (_, i) => {
      const c = Math.floor(i / area);
      return (pixels[(i % area) * 3 + c] - MEAN[c]) / DEVIATION[c];
    });
    expect(Buffer.compare(Buffer.from(planes.buffer), Buffer.from(wanted.buffer))).toBe(0);
  });

  it('hear an abort between bands', async () => {
    const reason = new Error('enough');
    await expect(planesOf(IMAGE, WIDTH, HEIGHT, MEAN, DEVIATION, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
