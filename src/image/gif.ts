/** The frames of a GIF: where they lie. */

/** Of a frame: its place on the canvas, and what becomes of it before the next. */
interface Frame {
  left: number;
  top: number;
  width: number;
  height: number;
  disposal: number;
}

/** Cleared, and put back to what was there before. */
const CLEARED = 2;
const PUT_BACK = 3;

/** Past sub-blocks: a length and so many bytes, until one of 0. */
const skipBlocks = (bytes: Uint8Array, at: number): number => {
  while (at < bytes.length && bytes[at] !== 0) at += bytes[at] + 1;
  return at + 1;
};

/** Bytes of a colour table, by the flags before it. */
const tableSize = (flags: number): number => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0);

/** The frames of a GIF, as far as it is whole. */
const gifFrames = (bytes: Uint8Array): Frame[] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const frames: Frame[] = [];
  let disposal = 0;
  for (let at = 13 + tableSize(bytes[10]); at + 10 < bytes.length; ) {
    if (bytes[at] === 0x21) {
      if (bytes[at + 1] === 0xf9) disposal = (bytes[at + 3] >> 2) & 7;
      at = skipBlocks(bytes, at + 2);
    } else if (bytes[at] === 0x2c) {
      const [left, top, width, height] = [1, 3, 5, 7].map((offset) => view.getUint16(at + offset, true));
      frames.push({ left, top, width, height, disposal });
      disposal = 0;
      at = skipBlocks(bytes, at + 10 + tableSize(bytes[at + 9]) + 1);
    } else break;
  }
  return frames;
};

const fill = (mask: Uint8Array, width: number, height: number, frame: Frame, value: number): void => {
  const right = Math.min(width, frame.left + frame.width);
  for (let y = frame.top; y < Math.min(height, frame.top + frame.height); y++)
    if (frame.left < right) mask.fill(value, y * width + frame.left, y * width + right);
};

/** Which pixels of a frame, from 1, no frame has drawn: 1 a pixel; undefined where there is none of them. */
export const uncoveredBy = (bytes: Uint8Array, frame: number, { width, height }: { width: number; height: number }): Uint8Array | undefined => {
  const frames = gifFrames(bytes).slice(0, frame);
  const isWhole = (f: Frame): boolean => f.left === 0 && f.top === 0 && f.width >= width && f.height >= height;
  if (frames.every((f) => f.disposal < CLEARED) && frames.some(isWhole)) return undefined;
  if (frames.length > 0 && isWhole(frames[frames.length - 1])) return undefined;
  const holes = new Uint8Array(width * height).fill(1);
  frames.forEach((f, i) => {
    const before = f.disposal === PUT_BACK ? holes.slice() : undefined;
    fill(holes, width, height, f, 0);
    if (i === frames.length - 1) return;
    if (f.disposal === CLEARED) fill(holes, width, height, f, 1);
    if (before) holes.set(before);
  });
  return holes.includes(1) ? holes : undefined;
};
