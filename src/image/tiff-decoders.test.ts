import { describe, expect, it } from 'vitest';
import { checkFrames } from './tiff-decoders.ts';

/** A JPEG up to its frame: its start, a table, and the frame of a size with the samplings of its components. */
const jpeg = (width: number, height: number, ...samplings: number[]): Uint8Array =>
  Uint8Array.from([
    ...[0xff, 0xd8, 0xff, 0xdb, 0, 4, 1, 2],
    ...[0xff, 0xc0, 0, 8 + 3 * samplings.length, 8, height >> 8, height & 255, width >> 8, width & 255, samplings.length],
    ...samplings.flatMap((sampling, i) => [i, sampling, 0]),
    ...[0xff, 0xda, 0, 2, 1, 0xff, 0, 2, 0xff, 0xd9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  ]);

describe('the JPEG of a block', () => {
  it.each([
    ['of its size', jpeg(16, 16, 0x22, 0x11, 0x11)],
    ['a little larger', jpeg(32, 24, 0x11)],
    ['none at all', new Uint8Array(30).fill(0xff)],
  ])('is handed on: %s', (_, bytes) => expect(() => checkFrames(bytes, 16, 16)).not.toThrow());

  it.each([
    ['too wide', jpeg(65_535, 16, 0x11)],
    ['too high', jpeg(16, 65_535, 0x11)],
    ['of many components', jpeg(16, 16, ...Array<number>(9).fill(0x11))],
    ['of a sampling that is none', jpeg(16, 16, 0x22, 0xff)],
    ['too wide, after another', Uint8Array.from([...jpeg(16, 16, 0x11), ...jpeg(65_535, 16, 0x11)])],
  ])('is refused: %s', (_, bytes) => expect(() => checkFrames(bytes, 16, 16)).toThrow(/is no picture of its size/));
});
