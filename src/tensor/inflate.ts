/** Inflating a little at a time, so that whoever takes the bytes can stop before there are too many. */
import { Unzlib } from 'fflate';

/** Bytes that are inflated at a time: to at most a thousand times as many. */
const PIECE = 2 ** 14;

/** @param take gets what is inflated as it comes; what it throws ends it */
export const inflate = (parts: readonly Uint8Array[], take: (bytes: Uint8Array) => void): void => {
  const stream = new Unzlib(take);
  for (const part of parts) for (let from = 0; from < part.length; from += PIECE) stream.push(part.subarray(from, from + PIECE));
};

/** The largest prime below 2^16, and how many bytes can be added up before the sums have to be taken modulo it. */
const PRIME = 65521;
const STRETCH = 3800;

/** Adler-32 of what comes after bytes whose own it is, 1 for none (RFC 1950): what a stream ends on, and fflate does not look at. */
export const adler32 = (bytes: Uint8Array, before = 1): number => {
  let [a, b] = [before & 0xffff, before >>> 16];
  for (let from = 0; from < bytes.length; from += STRETCH) {
    const to = Math.min(bytes.length, from + STRETCH);
    for (let i = from; i < to; i++) b += a += bytes[i];
    a %= PRIME;
    b %= PRIME;
  }
  return ((b << 16) | a) >>> 0;
};
