/** How large a picture is, by its header alone: for browsers, which tell only once they have decoded it. */
import type { Format } from './formats.ts';
import { framesOf } from './jpeg-frames.ts';

interface Size {
  width: number;
  height: number;
}

type Measure = (bytes: Uint8Array, view: DataView) => Size | undefined;

/** Of the first frame. */
const jpeg: Measure = (bytes) => {
  const frame = framesOf(bytes).next().value;
  return frame && { width: frame.width, height: frame.height };
};

/** By its first chunk: VP8, VP8L or VP8X. */
const webp: Measure = (bytes, view) => {
  const kind = bytes[15];
  if (kind === 0x20) return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  if (kind === 0x4c) {
    const bits = view.getUint32(21, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  const side = (at: number): number => (view.getUint32(at, true) & 0xffffff) + 1;
  return kind === 0x58 ? { width: side(24), height: side(27) } : undefined;
};

const MEASURES: Partial<Record<Format, Measure>> = {
  PNG: (_, view) => ({ width: view.getUint32(16), height: view.getUint32(20) }),
  GIF: (_, view) => ({ width: view.getUint16(6, true), height: view.getUint16(8, true) }),
  JPEG: jpeg,
  WebP: webp,
};

/** Longer than what is looked at, but for a JPEG's, which looks itself. */
const LEAST = 32;

/** Of a whole file; undefined where its header does not tell, or nobody here reads it. */
export const sizeInHeader = (bytes: Uint8Array, format: string): Size | undefined =>
  bytes.length < LEAST ? undefined : MEASURES[format as Format]?.(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
