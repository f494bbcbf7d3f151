import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { vitFolder } from '../../test/vits.ts';
import { unitTokens } from '../tensor/features.ts';
import { resizeBilinear } from '../tensor/resize.ts';
import type { FeatureMap, RgbImage } from '../types.ts';
import { joinFeatures } from './joint.ts';
import { describeEncoder, openEncoder, shareOptions } from './open.ts';

const map = (width: number, height: number, channels: number, seed: number): FeatureMap => ({
  data: Float32Array.from({ length: width * height * channels }, (_, i) => Math.sin(seed + i * 1.7)),
  width,
  height,
  channels,
});

const dot = ({ data, channels }: Pick<FeatureMap, 'data' | 'channels'>, a: number, b: number): number => {
  let sum = 0;
  for (let c = 0; c < channels; c++) sum += data[a * channels + c] * data[b * channels + c];
  return sum;
};

describe('joinFeatures', () => {
  it('gives the weighted mean of the cosines, on the finest grid', async () => {
    const weight = fc.double({ min: 0.1, max: 9, noNaN: true });
    await fc.assert(
      fc.asyncProperty(weight, weight, fc.integer({ min: 0, max: 34 }), async (first, second, token) => {
        const maps = [map(5, 7, 3, 1), map(4, 3, 6, 2)];
        const joint = await joinFeatures(maps, [first, second]);
        expect([joint.width, joint.height, joint.channels]).toEqual([5, 7, 9]);
        const cosines = maps.map(({ data, width, height, channels }) => {
          const resized = resizeBilinear(data, width, height, channels, 5, 7);
          return dot({ data: unitTokens({ data: resized, channels }), channels }, 0, token);
        });
        expect(dot(joint, 0, token)).toBeCloseTo((first * cosines[0] + second * cosines[1]) / (first + second), 5);
      }),
    );
  });

  it('takes the finer of the two both ways', async () => {
    expect(await joinFeatures([map(8, 2, 1, 0), map(3, 6, 1, 0)], [1, 1])).toMatchObject({ width: 8, height: 6 });
  });
});

const picture: RgbImage = { data: Uint8Array.from({ length: 64 * 48 * 3 }, (_, i) => (i * 7) % 256), width: 64, height: 48 };

describe('several encoders by name', () => {
  const name = `embedded+${vitFolder('dinov2')}:2`;

  it('are opened and used together', async () => {
    const encoder = await openEncoder(name, { size: 96, layer: -2 });
    const { width, height, channels, origin } = await encoder.encode(picture);
    expect([width, height, channels]).toEqual([6, 6, 352 + 32]);
    expect(origin).toMatchObject({ encoder: 'embedded+dinov2:2', cut: { alpha: 3 } });
    expect(origin?.parts).toMatchObject([
      { encoder: 'embedded', settings: {} },
      { encoder: 'dinov2', size: [96, 96], settings: { layer: -2, tap: 'tokens' } },
    ]);
    expect(encoder.row).toMatchObject({ kind: 'joint', alpha: 3, name: 'embedded+dinov2:2' });
    await encoder.dispose();
  });

  it('are described without being opened', async () => {
    expect(await describeEncoder(name)).toMatchObject({ kind: 'joint', licence: "Apache-2.0, the folder's" });
  });

  it('refuse an option that none of them takes, and a part that there is not', async () => {
    await expect(openEncoder(name, { timestep: 3 })).rejects.toThrow(/takes no timestep: it is of diffusion encoders$/);
    await expect(openEncoder('embedded+embeded')).rejects.toThrow(/did you mean "embedded"/);
    await expect(openEncoder('embedded', { layer: -2 })).rejects.toThrow(/The encoder embedded takes no layer: it is of vision transformers$/);
    await expect(openEncoder('embedded', { cacheFeatures: true })).rejects.toThrow(/it is of diffusion encoders and vision transformers$/);
  });

  it('share options with others, each taking its own', async () => {
    const given = { size: 96, layer: -2, vae: 'tiny' };
    expect(await shareOptions(['embedded', name, 'ssd-1b'], given)).toEqual([{ size: 96 }, { size: 96, layer: -2 }, { size: 96, vae: 'tiny' }]);
    await expect(shareOptions(['embedded', 'ssd-1b'], given)).rejects.toThrow(/embedded, ssd-1b takes no layer/);
  });
});
