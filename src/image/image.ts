/** What decode-node and decode-web share: kinds of source, checks of pixels, their one-sentence refusals. */

import { expected, InputError } from '../errors.ts';
import { SEGMENT } from '../options/segment.ts';
import { check } from '../options/spec.ts';
import type { PictureSource, RgbImage } from '../types.ts';

/** RGBA picture as a canvas gives it: row by row, 4 bytes a pixel, alpha not premultiplied. */
export interface ImageDataLike {
  data: Uint8ClampedArray;
  width: number;
  height: number;
}

/** A picture file (path, URL, its bytes or a Blob of them) or a picture that is decoded already. */
export type ImageSource = string | URL | Uint8Array | ArrayBuffer | Blob | ImageDataLike | RgbImage;

export interface DecodeOptions {
  /** Larger pictures are refused; `SEGMENT.maxPixels` where not given. */
  maxPixels?: number | undefined;
  /** Stops a download. */
  signal?: AbortSignal | undefined;
}

/** A picture's file, open to be read in parts: what is larger than memory never stands there whole. */
export interface PictureFile {
  /** Upright, pixels. */
  width: number;
  height: number;
  source: PictureSource;
  /** Rows `top` to before `bottom` at full size. */
  rows(top: number, bottom: number, signal?: AbortSignal): Promise<RgbImage>;
  /** The whole, brought down to a size. */
  reduced(size: { width: number; height: number }, signal?: AbortSignal): Promise<RgbImage>;
}

const isSide = (n: unknown): boolean => Number.isInteger(n) && (n as number) >= 1;

/**
 * The same image, once its width and height are whole numbers from 1 and its data hold 3 bytes a pixel.
 * @throws InputError otherwise
 */
export const checkImage = (image: RgbImage, name = 'image'): RgbImage => {
  if (typeof image !== 'object' || image === null) throw expected('a picture { data, width, height }', name, image);
  const { data, width, height } = image;
  if (!isSide(width)) throw expected('a whole number from 1', `${name}.width`, width);
  if (!isSide(height)) throw expected('a whole number from 1', `${name}.height`, height);
  if (!(data instanceof Uint8Array)) throw expected('a Uint8Array', `${name}.data`, data);
  if (data.length !== width * height * 3) throw expected(`${width} x ${height} x 3 = ${width * height * 3} bytes`, `${name}.data`, data);
  return image;
};

/** Throws one sentence with the picture's size if it has more pixels than allowed. */
export const checkPixels = (width: number, height: number, maxPixels: number, name: string): void => {
  const pixels = width * height;
  if (pixels <= maxPixels) return;
  throw new InputError(
    `${name} has ${width} x ${height} = ${pixels} pixels, over the limit of ${maxPixels}: raise maxPixels (--max-pixels) to accept it`,
  );
};

/** The pixel limit in force. */
export const maxPixelsOf = (options: DecodeOptions): number => check(SEGMENT.maxPixels, 'maxPixels', options.maxPixels ?? SEGMENT.maxPixels.default);

/**
 * RGBA composed on white, the paper that a transparent picture is usually seen on.
 * @param rgba 4 bytes a pixel, alpha not premultiplied
 */
export const onWhite = (rgba: Uint8Array | Uint8ClampedArray, width: number, height: number): RgbImage => {
  const data = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < data.length; from += 4) {
    const alpha = rgba[from + 3];
    const white = 255 * (255 - alpha) + 127; // 127: rounds to the nearest
    for (let c = 0; c < 3; c++) data[to++] = Math.floor((rgba[from + c] * alpha + white) / 255);
  }
  return { data, width, height };
};

/** A decoded picture (RgbImage or ImageData) as RgbImage; undefined where the source is a file still to decode. */
export const fromPixels = (source: ImageSource, maxPixels: number): RgbImage | undefined => {
  if (typeof source !== 'object' || source === null || !('width' in source && 'height' in source && 'data' in source)) return undefined;
  const { data, width, height } = source;
  if (!(data instanceof Uint8ClampedArray)) {
    checkImage(source as RgbImage);
    checkPixels(width, height, maxPixels, 'The picture');
    return source as RgbImage;
  }
  if (!isSide(width) || !isSide(height) || data.length !== width * height * 4) {
    throw expected(`width x height x 4 bytes (here ${width} x ${height})`, 'the data of an ImageData', data);
  }
  checkPixels(width, height, maxPixels, 'The picture');
  return onWhite(data, width, height);
};

/** The file formats that are read, and how a file of each starts; by numbers where a page without a charset would read other letters. */
const isFormat: Record<string, (start: string) => boolean> = {
  JPEG: (s) => s.startsWith(String.fromCharCode(0xff, 0xd8, 0xff)),
  PNG: (s) => s.startsWith('PNG', 1) && s.charCodeAt(0) === 0x89,
  WebP: (s) => s.startsWith('RIFF') && s.startsWith('WEBP', 8),
  AVIF: (s) => s.startsWith('ftyp', 4) && /avi[fs]/.test(s.slice(8)),
  TIFF: (s) => /^(II[*+]\0|MM\0[*+])/.test(s),
  GIF: (s) => s.startsWith('GIF8'),
};

/**
 * Refuses bytes that are no picture of a known format, so that no decoder for anything else (SVG, PDF)
 * ever sees them, and what a decoder refuses later is known to be damaged.
 * @throws InputError with one sentence
 */
export const checkPictureBytes = (bytes: Uint8Array, name: string): void => {
  if (bytes.length === 0) throw new InputError(`${name} is empty (0 bytes)`);
  const start = String.fromCharCode(...bytes.subarray(0, 64));
  if (Object.values(isFormat).some((starts) => starts(start))) return;
  throw new InputError(`${name} is not a picture that can be read: give one of ${Object.keys(isFormat).join(', ')}`);
};

/** The refusal of a picture whose decoder gave up. */
export const damaged = (name: string, error: unknown): InputError => {
  const lines = (error instanceof Error ? error.message : String(error)).split('\n');
  const reason = lines.findLast((line) => /[a-z]{3}/.test(line))?.trim(); // some decoders end on a bare number
  return new InputError(`${name} is truncated or damaged and cannot be decoded${reason ? ` (${reason})` : ''}`, { cause: error });
};

/** The picture's name in error sentences. */
export const nameOf = (source: ImageSource): string => {
  if (typeof source === 'string' || source instanceof URL) return JSON.stringify(String(source));
  if (source instanceof Blob && 'name' in source) return JSON.stringify(source.name);
  return 'The picture';
};

/**
 * The bytes behind an http(s) URL (in browsers: any URL that `fetch` takes).
 * @throws InputError with one sentence where there is no answer or not a good one; the signal's reason once aborted
 */
export const fetchBytes = async (url: string | URL, signal?: AbortSignal): Promise<Uint8Array> => {
  try {
    const response = await fetch(url, { signal: signal ?? null });
    if (!response.ok) throw new InputError(`${url} answered ${response.status} ${response.statusText}: check the address`, { code: 'E_NETWORK' });
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof InputError) throw error;
    const cause = error instanceof Error ? (error.cause instanceof Error && error.cause.message) || error.message : String(error);
    throw new InputError(`${url} could not be fetched (${cause}): check the address and the network`, { code: 'E_NETWORK', cause: error });
  }
};

/** The bytes of a file that is in memory already; undefined for a path or URL. */
export const bytesInMemory = async (source: ImageSource): Promise<Uint8Array | undefined> => {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
  return undefined;
};

/** The refusal of a source of no known kind. */
export const unknownSource = (source: unknown): InputError =>
  expected('a path, URL, Uint8Array, ArrayBuffer, Blob, ImageData or RgbImage', 'the picture', source);
