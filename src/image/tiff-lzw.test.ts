import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { random } from '../../test/random.ts';
import { inMemory } from './bytes.ts';
import { readingOf } from './image.ts';
import { openTiff } from './tiff.ts';
import { unpackLzw } from './tiff-lzw.ts';
import { tiffReader } from './tiff-reader.ts';

/** Codes of 9 bits, the highest bit first. */
const codes = (...all: number[]): Uint8Array => {
  const bits = all.map((code) => code.toString(2).padStart(9, '0')).join('');
  return Uint8Array.from({ length: Math.ceil(bits.length / 8) }, (_, i) => Number.parseInt(bits.slice(8 * i, 8 * i + 8).padEnd(8, '0'), 2));
};

describe('LZW', () => {
  it('is unpacked: words, and words that are only just made', () =>
    expect([...unpackLzw(codes(256, 7, 258, 259, 9, 258, 257, 1), 100)]).toEqual([7, 7, 7, 7, 7, 7, 9, 7, 7]));

  it('begins anew at a clear code, and ends where the bytes do', () =>
    expect([...unpackLzw(codes(256, 1, 2, 258, 256, 3, 258), 100)]).toEqual([1, 2, 1, 2, 3, 3, 3]));

  it('makes no more than is wanted', () => expect([...unpackLzw(codes(256, 7, 258, 259, 260, 261), 5)]).toEqual([7, 7, 7, 7, 7]));

  it.each([
    ['a first one', [256, 258]],
    ['one too far', [256, 1, 260]],
    ['of before the clear code', [256, 1, 2, 3, 256, 1, 259]],
  ])('refuses a code that is not in the table: %s', (_, all) => expect(() => unpackLzw(codes(...all), 100)).toThrow(/is not in the table/));

  it.each([
    ['noise', random(3)],
    ['long runs', () => 0.5],
  ])('reads what libtiff writes: %s', async (_, next) => {
    const data = Uint8Array.from({ length: 200 * 150 }, () => 256 * next());
    const picture = sharp(data, { raw: { width: 200, height: 150, channels: 1 } }).toColourspace('b-w');
    const file = inMemory(new Uint8Array(await picture.tiff({ compression: 'lzw', predictor: 'none' }).toBuffer()), 'a.tif');
    const page = await openTiff(file, readingOf({}));
    const { data: read } = await tiffReader(page!, 'a.tif', readingOf({})).read({ left: 0, top: 0, width: 200, height: 150 });
    expect(Array.from(read)).toEqual(Array.from(data));
  });
});
