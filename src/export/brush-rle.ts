/**
 * Label Studio's run lengths of brushes (thi.ng's rle-pack) over the bytes of an RGBA picture, to the bit as label-studio-converter
 * writes them: 32 bits for how many bytes there are, 5 for the bits of a word less 1, four times 4 for the bits of a length less 1;
 * then for each run a bit that says that its words are alike, two that say of which of the four sizes its length is, the length
 * less 1, and the word; at last 1 to 8 zeros up to a whole byte.
 */
import { InputError } from '../errors.ts';
import type { Segment } from '../types.ts';
import { maskRuns, type Spans } from './spans.ts';

const WORD = 8;
/** Bits of a length. */
const SIZES = [3, 4, 8, 16];
const HEAD = 32 + 5 + 4 * SIZES.length;
const LONGEST = 2 ** 16;
/** Bits of the longest run. */
const MOST = 1 + 2 + 16 + WORD;
const INSIDE = 255;

interface Bits {
  bytes: Uint8Array;
  /** The next bit. */
  at: number;
}

const write = (bits: Bits, value: number, count: number): void => {
  for (let left = count; left > 0; ) {
    const free = 8 - (bits.at & 7);
    const some = Math.min(free, left);
    left -= some;
    bits.bytes[bits.at >>> 3] |= ((value >>> left) & ((1 << some) - 1)) << (free - some);
    bits.at += some;
  }
};

/** Words that are alike, two or more. */
const writeRun = (bits: Bits, length: number, word: number): void => {
  const size = SIZES.findIndex((size, i) => length <= 2 ** size || i === SIZES.length - 1); // the rest of a long one is of its size
  for (let left = length; left > 0; left -= LONGEST) {
    write(bits, 4 | size, 3);
    write(bits, Math.min(left, LONGEST) - 1, SIZES[size]);
    write(bits, word, WORD);
  }
};

/**
 * All four bytes of a pixel are 255 inside a segment, 0 outside.
 * @param spans of the segment
 * @throws InputError where the picture has more bytes than 32 bits count
 */
export const encodeBrush = (spans: Spans, { width, height }: { width: number; height: number }): Uint8Array => {
  const total = 4 * width * height;
  if (total >= 2 ** 32) throw new InputError(`Label Studio's brushes hold pictures of up to 1073741823 pixels, and this one has ${width * height}`);
  const box: Segment['boxXYWH'] = [0, 0, width, height];
  const runs = maskRuns(spans, box);
  const most = HEAD + MOST * (runs.length + total / LONGEST) + 8;
  const bits: Bits = { bytes: new Uint8Array(Math.ceil(most / 8)), at: 0 };
  write(bits, total, 32);
  write(bits, WORD - 1, 5);
  for (const size of SIZES) write(bits, size - 1, 4);
  runs.forEach((run, i) => run > 0 && writeRun(bits, 4 * run, i % 2 ? INSIDE : 0));
  return bits.bytes.slice(0, (bits.at >>> 3) + 1);
};

const cutShort = (): InputError => new InputError('The run lengths of a brush are cut short: export them again');

/** @throws InputError past the end */
const read = (bits: Bits, count: number): number => {
  if (bits.at + count > 8 * bits.bytes.length) throw cutShort();
  let value = 0;
  for (let left = count; left > 0; ) {
    const held = 8 - (bits.at & 7);
    const some = Math.min(held, left);
    value = value * 2 ** some + ((bits.bytes[bits.at >>> 3] >> (held - some)) & ((1 << some) - 1));
    left -= some;
    bits.at += some;
  }
  return value;
};

/**
 * The bytes of the RGBA picture; words of whatever size are cut to 8 bits.
 * @param most pixels that there may be
 * @throws InputError for what is cut short, or of more pixels
 */
export const decodeBrush = (bytes: Uint8Array, most: number): Uint8Array => {
  const bits: Bits = { bytes, at: 0 };
  const total = read(bits, 32);
  if (total > 4 * most) throw new InputError(`The run lengths of a brush are of ${total} bytes, more than ${most} pixels have: give other ones`);
  const word = read(bits, 5) + 1;
  const sizes = SIZES.map(() => read(bits, 4) + 1);
  const out = new Uint8Array(total);
  for (let i = 0; i < total; ) {
    const isRun = read(bits, 1) === 1;
    const end = Math.min(total, i + 1 + read(bits, sizes[read(bits, 2)]));
    if (isRun) out.fill(read(bits, word), i, end);
    else for (let k = i; k < end; k++) out[k] = read(bits, word);
    i = end;
  }
  return out;
};
