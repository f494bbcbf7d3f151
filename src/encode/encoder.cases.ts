/** What every encoder keeps to, whatever its kind: run by the tests of each. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FeatureMap, RgbImage } from '../types.ts';
import type { Encoder } from './encoder.ts';

/** No two pixels alike in a row. */
const picture = (width: number, height: number): RgbImage => ({
  data: Uint8Array.from({ length: 3 * width * height }, (_, i) => (i * 7 + (i >> 8) * 13) % 256),
  width,
  height,
});
const PICTURE = picture(60, 44);

/**
 * @param open the encoder, at a size that is computed in well under a second
 * @param about `steps` of an encode, as its progress is told
 */
export const encoderCases = (name: string, open: () => Promise<Encoder>, { steps }: { steps: number }): void => {
  /** Of the grid that the size of the input and the row's step promise, rounded either way, and finite. */
  const expectGrid = ({ row, inputSize }: Encoder, image: RgbImage, { data, width, height, channels }: FeatureMap): void => {
    const promised = inputSize(image).map((side) => side / row.gridStep);
    for (const [i, side] of [width, height].entries()) expect(Math.abs(side - promised[i]), `${side} for ${promised[i]}`).toBeLessThan(1);
    expect(channels).toBeGreaterThan(0);
    expect(data).toHaveLength(width * height * channels);
    expect(data.every(Number.isFinite)).toBe(true);
  };

  describe(`${name}, as every encoder,`, () => {
    let encoder: Encoder;
    beforeAll(async () => {
      encoder = await open();
    });
    afterAll(() => encoder?.dispose());

    it('gives finite features of the grid that it promises, and each time the same', async () => {
      const [first, second] = [await encoder.encode(PICTURE), await encoder.encode(PICTURE)];
      expectGrid(encoder, PICTURE, first);
      expect(second).toEqual(first);
    });

    it('may encode several pictures at once', async () => {
      const alone = await encoder.encode(PICTURE);
      for (const features of await Promise.all([1, 2, 3].map(() => encoder.encode(PICTURE)))) expect(features).toEqual(alone);
    });

    it.each([
      [1, 1],
      [1, 300],
      [900, 2],
    ])('takes a picture of %i x %i', async (width, height) => {
      const image = picture(width, height);
      expectGrid(encoder, image, await encoder.encode(image));
    });

    it('refuses a picture that is none', async () => {
      await expect(encoder.encode({ ...PICTURE, width: 3 })).rejects.toMatchObject({ name: 'InputError' });
    });

    it('tells how far it is, in order', async () => {
      const told: unknown[] = [];
      await encoder.encode(PICTURE, { onProgress: (...words) => told.push(words) });
      expect(told).toEqual(Array.from({ length: steps + 1 }, (_, done) => ['encode', done, steps]));
    });

    it('does nothing where it is aborted before', async () => {
      const reason = new Error('enough');
      const told: unknown[] = [];
      const watch = { signal: AbortSignal.abort(reason), onProgress: (...words: unknown[]) => void told.push(words) };
      await expect(encoder.encode(PICTURE, watch)).rejects.toBe(reason);
      expect(told).toEqual([]);
    });

    it.each([
      ['when it begins', (abort: () => void) => abort()],
      ['while its network runs', (abort: () => void) => void setImmediate(abort)],
    ])('ends with the reason of an abort %s, and encodes the next picture', async (_, when) => {
      const abort = new AbortController();
      const reason = new Error('enough');
      let last = -1;
      const onProgress = (_stage: string, done: number): void => {
        if (last < 0) when(() => abort.abort(reason));
        last = done;
      };
      await expect(encoder.encode(PICTURE, { signal: abort.signal, onProgress })).rejects.toBe(reason);
      expect(last).toBeLessThan(steps);
      expectGrid(encoder, PICTURE, await encoder.encode(PICTURE));
    });

    it('finishes what it began, and refuses work once it is disposed of, as often as it is', async () => {
      const own = await open();
      const work = own.encode(PICTURE);
      await Promise.all([own.dispose(), own.dispose()]);
      await own.dispose();
      expectGrid(own, PICTURE, await work);
      const refused = await own.encode(PICTURE).catch((error: unknown) => error);
      expect(refused).toMatchObject({ name: 'InputError', message: `The encoder ${own.name} was disposed of: open it again` });
    });
  });
};
