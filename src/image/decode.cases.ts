/** What decoding gives wherever it runs: the tests of decode-node, and of decode-web in a browser, run these. */
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

/** How the file is given. */
export const SOURCES = ['bytes', 'buffer', 'blob', 'url'] as const;
export type Source = (typeof SOURCES)[number];

export interface Decoded {
  width: number;
  height: number;
  data: ArrayLike<number>;
}

/** Decodes a file that is given in one of these ways. @throws what decodeImage does; its name and message are enough */
export type Decode = (file: Uint8Array, as: Source, options?: { maxPixels?: number }) => Promise<Decoded>;

const pngOf = (data: Uint8Array, width: number, channels: 1 | 3 | 4): Promise<Uint8Array> =>
  sharp(data, { raw: { width, height: data.length / channels / width, channels } })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .png()
    .toBuffer();

/** Three pixels of 16 bits. */
const deep = (values: readonly number[]): Promise<Uint8Array> =>
  sharp(Uint16Array.from(values), { raw: { width: values.length, height: 1, channels: 1 } })
    .toColourspace('grey16')
    .png()
    .toBuffer();

/** 32 x 16 pixels, red on the left and blue on the right, as a camera on its side writes it. */
const turned = (orientation: number): Promise<Uint8Array> => {
  const data = new Uint8Array(32 * 16 * 3).map((_, i) => (i % 3 === (Math.floor(i / 3) % 32 < 16 ? 0 : 2) ? 255 : 0));
  return sharp(data, { raw: { width: 32, height: 16, channels: 3 } })
    .withMetadata({ orientation })
    .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
    .toBuffer();
};

const expectNear = ({ data }: Decoded, wanted: readonly number[], within: number): void => {
  expect(data.length).toBe(wanted.length);
  for (const [i, value] of wanted.entries()) expect(Math.abs(data[i] - value), `byte ${i}: ${data[i]} for ${value}`).toBeLessThanOrEqual(within);
};

/** Red, green and blue of a pixel. */
const at = ({ data, width }: Decoded, [x, y]: readonly [number, number]): number[] => [0, 1, 2].map((c) => data[3 * (y * width + x) + c]);

export const decodeCases = (decode: Decode): void => {
  describe('as every decoder', () => {
    it.each(SOURCES)('reads a file that comes as %s', async (source) => {
      const picture = await decode(await pngOf(Uint8Array.of(255, 0, 0, 0, 0, 255), 2, 3), source);
      expect([picture.width, picture.height, ...Array.from(picture.data)]).toEqual([2, 1, 255, 0, 0, 0, 0, 255]);
    });

    it('reads one pixel', async () => {
      const { width, height, data } = await decode(await pngOf(Uint8Array.of(1, 2, 3), 1, 3), 'bytes');
      expect([width, height, ...Array.from(data)]).toEqual([1, 1, 1, 2, 3]);
    });

    it('gives grey in three channels', async () => {
      expectNear(await decode(await pngOf(Uint8Array.of(0, 100, 255), 3, 1), 'bytes'), [0, 0, 0, 100, 100, 100, 255, 255, 255], 0);
    });

    it('gives 16 bits as 8', async () => {
      expectNear(await decode(await deep([0, 128 * 257, 65_535]), 'bytes'), [0, 0, 0, 128, 128, 128, 255, 255, 255], 1);
    });

    it('lays what is transparent on white', async () => {
      const rgba = Uint8Array.of(255, 0, 0, 255, 255, 0, 0, 128, 255, 0, 0, 0);
      expectNear(await decode(await pngOf(rgba, 3, 4), 'bytes'), [255, 0, 0, 255, 127, 127, 255, 255, 255], 1);
    });

    it.each([
      ['as it lies', 1, [32, 16], [0, 0], [31, 15]],
      ['upside down', 3, [32, 16], [31, 15], [0, 0]],
      ['clockwise', 6, [16, 32], [0, 0], [15, 31]],
      ['anticlockwise', 8, [16, 32], [15, 31], [0, 0]],
    ] as const)('turns a photograph %s, as EXIF says', async (_, orientation, size, red, blue) => {
      const picture = await decode(await turned(orientation), 'bytes');
      expect([picture.width, picture.height]).toEqual(size);
      const [[r, , notBlue], [notRed, , b]] = [at(picture, red), at(picture, blue)];
      expect([r > 200, notBlue < 60, notRed < 60, b > 200]).toEqual([true, true, true, true]);
    });

    it.each([
      ['is cut short', (file: Uint8Array) => file.slice(0, 40), /truncated or damaged/],
      ['is damaged', (file: Uint8Array) => file.map((byte, i) => (i > 8 && i < 30 ? 0 : byte)), /truncated or damaged/],
      ['is empty', () => new Uint8Array(), /is empty \(0 bytes\)/],
      [
        'is no picture',
        () => new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"/>'),
        /is an SVG drawing, which is not read here: render it as PNG/,
      ],
    ])('refuses a file that %s, in one sentence', async (_, spoil, sentence) => {
      const file = await pngOf(new Uint8Array(64 * 64 * 3), 64, 3);
      const error = await decode(spoil(file), 'bytes').then(
        () => undefined,
        (e: Error) => e,
      );
      expect(error).toMatchObject({ name: 'InputError', message: expect.stringMatching(sentence) });
      expect(error?.message).not.toMatch(/\n|undefined/);
    });

    it('refuses a picture of too many pixels, and takes one of just as many', async () => {
      const file = await pngOf(new Uint8Array(5 * 4 * 3), 5, 3);
      await expect(decode(file, 'bytes', { maxPixels: 19 })).rejects.toThrow(/has 5 x 4 = 20 pixels, over the limit of 19: raise maxPixels/);
      expect((await decode(file, 'bytes', { maxPixels: 20 })).width).toBe(5);
    });
  });
};
