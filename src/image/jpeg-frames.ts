/** The frames of a JPEG, by its markers. */

/** What a frame says of its picture. */
export interface Frame {
  width: number;
  height: number;
  components: number;
  /** No component has more than four samples a block either way. */
  isSane: boolean;
}

/** C0 to CF, but for tables (C4, CC) and what is reserved (C8). */
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
/** Filling, stuffing, restarts, start and end: markers without a length. */
const isBare = (marker: number): boolean => marker <= 1 || marker === 0xff || (marker >= 0xd0 && marker <= 0xd9);

/** Every frame, not only the first: decoders differ in which one they take. */
export const framesOf = function* (bytes: Uint8Array): Generator<Frame, undefined> {
  const short = (at: number): number => (bytes[at] << 8) | bytes[at + 1];
  for (let at = 0; at + 10 <= bytes.length; ) {
    const marker = bytes[at + 1];
    if (bytes[at] !== 0xff || isBare(marker)) {
      at++;
      continue;
    }
    if (isFrame(marker)) {
      const components = bytes[at + 9];
      const samplings = bytes.subarray(at + 10, at + 10 + 3 * components).filter((_, i) => i % 3 === 1);
      const isSane = components <= 4 && samplings.every((both) => both >> 4 <= 4 && (both & 15) <= 4);
      yield { width: short(at + 7), height: short(at + 5), components, isSane };
    }
    at += 2 + Math.max(2, short(at + 2));
  }
};
