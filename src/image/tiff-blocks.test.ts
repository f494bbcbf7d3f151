import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { tiff } from '../../test/picture-files.ts';
import { random } from '../../test/random.ts';
import { decodeImage } from './decode-node.ts';
import { blocksOf } from './tiff-blocks.ts';

/** Noise, stripes and flat ground: what fills LZW's table several times, and what makes long runs. */
const seeded = random(5);
const [width, height] = [173, 119];
const data = new Uint8Array(width * height * 3).map((_, i) => (i % 3000 < 1500 ? Math.floor(seeded() * 256) : i % 7000 < 3500 ? (i * 5) % 256 : 9));

/** A JPEG up to its pixels: a table, and the frame of a size with the samplings of its components. */
const jpegOf = (width: number, height: number, ...samplings: number[]): number[] => [
  ...[0xff, 0xd8, 0xff, 0xdb, 0, 4, 1, 2],
  ...[0xff, 0xc0, 0, 8 + 3 * samplings.length, 8, height >> 8, height & 255, width >> 8, width & 255, samplings.length],
  ...samplings.flatMap((sampling, i) => [i, sampling, 0]),
  ...[0xff, 0xda, 0, 2, 1, 0xff, 0, 2, 0xff, 0xd9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
];

describe('what another writer packed', () => {
  it.each(['lzw', 'deflate', 'packbits', 'none'] as const)('as %s is unpacked as libtiff does it, in strips and tiles', async (compression) => {
    for (const given of [{}, { predictor: 'horizontal' as const }, { tile: true, tileWidth: 64, tileHeight: 48 }]) {
      const file = await sharp(data, { raw: { width, height, channels: 3 } })
        .tiff({ compression, predictor: 'none', ...given })
        .toBuffer();
      expect((await decodeImage(file, { bands: [1, 2, 3] })).data, JSON.stringify(given)).toEqual(data);
    }
  });

  it('is taken up to the last byte that there is room for', async () => {
    const packed = deflateSync(Uint8Array.of(1, 2, 3, 4, 5));
    const decode = (most: number) =>
      blocksOf(most)
        .bindParameters(8, { predictor: 1 } as never)
        .decode(packed.slice().buffer);
    expect([await decode(3), await decode(9)].map((buffer) => [...new Uint8Array(buffer)])).toEqual([
      [1, 2, 3],
      [1, 2, 3, 4, 5],
    ]);
  });

  it.each([
    [5, Uint8Array.of(0xff, 0xff, 0xff, 0xff), /its LZW has a code 511 that stands for nothing/],
    [34_887, new Uint8Array(40), /truncated or damaged/],
    [7, Uint8Array.of(0xff, 0xd8, 0xff, 0xda), /its JPEG has no frame/],
  ])('and is none (compression %i) is refused', async (compression, bytes, sentence) => {
    const tags = { 259: [3, [compression]], 339: [3, [compression === 34_887 ? 3 : 1]], 258: [3, [compression === 34_887 ? 32 : 8]] } as const;
    await expect(decodeImage(tiff({ width: 4, height: 4, data: bytes, tags }), { bands: [1] })).rejects.toThrow(sentence);
  });

  it('as a JPEG larger than its strip is refused before it is decoded', async () => {
    const jpeg = new Uint8Array(
      await sharp(data, { raw: { width, height, channels: 3 } })
        .jpeg()
        .toBuffer(),
    );
    const file = tiff({ width: 16, height: 16, bands: 3, isPlanar: false, data: jpeg, tags: { 259: [3, [7]], 258: [3, [8, 8, 8]] } });
    await expect(decodeImage(file, { bands: [1, 2, 3] })).rejects.toThrow(/its JPEG holds more than a strip or tile/);
  });

  it.each([
    ['too wide', jpegOf(65_535, 16, 0x11), /its JPEG holds more/],
    ['too high', jpegOf(16, 65_535, 0x11), /its JPEG holds more/],
    ['too wide, after another', [...jpegOf(16, 16, 0x11), ...jpegOf(65_535, 16, 0x11)], /its JPEG holds more/],
    ['of many components', jpegOf(16, 16, ...Array<number>(9).fill(0x11)), /its JPEG has a frame that is none/],
    ['of a sampling that is none', jpegOf(16, 16, 0x22, 0xff), /its JPEG has a frame that is none/],
  ])('as a JPEG %s is refused', async (_, bytes, sentence) => {
    const file = tiff({ width: 16, height: 16, data: Uint8Array.from(bytes), tags: { 259: [3, [7]] } });
    await expect(decodeImage(file, { bands: [1] })).rejects.toThrow(sentence);
  });
});
