/** Inflating a little at a time, so that whoever takes the bytes can stop before there are too many. */
import { Unzlib } from 'fflate';

/** Bytes that are inflated at a time: to at most a thousand times as many. */
const PIECE = 2 ** 14;

/** @param take gets what is inflated as it comes; what it throws ends it */
export const inflate = (parts: readonly Uint8Array[], take: (bytes: Uint8Array) => void): void => {
  const stream = new Unzlib(take);
  for (const part of parts) for (let from = 0; from < part.length; from += PIECE) stream.push(part.subarray(from, from + PIECE));
};
