/** Pictures: what they are given as, what they are opened as, and the checks of pixels that both decoders share. */
import { expected, InputError, kindOf } from '../errors.ts';
import { READING } from '../options/segment.ts';
import { type Given, type Resolved, resolveOptions } from '../options/spec.ts';
import { checkImage } from '../tensor/features.ts';
import type { PictureSource, RgbImage, Watch } from '../types.ts';

export { checkImage };

/** RGBA picture as a canvas gives it: row by row, 4 bytes a pixel, alpha not premultiplied. */
export interface ImageDataLike {
  data: Uint8ClampedArray;
  width: number;
  height: number;
}

/**
 * A picture file (path, URL, `data:` URL, base64 of a picture, its bytes or a Blob of them) or a picture that is decoded already.
 */
export type ImageSource = string | URL | Uint8Array | ArrayBuffer | Blob | ImageDataLike | RgbImage;

export interface DecodeOptions extends Given<typeof READING> {
  /** Stops a download, and the reading. */
  signal?: AbortSignal | undefined;
}

export type Reading = Resolved<typeof READING> & Pick<Watch, 'signal'>;

/** A picture's file, open to be read in parts: what is larger than memory never stands there whole. */
export interface PictureFile {
  /** Upright, pixels. */
  width: number;
  height: number;
  /** Notes of damage, or of hardly any contrast, come to it while it is read. */
  source: PictureSource;
  /** Rows `top` to before `bottom` at full size. */
  rows(top: number, bottom: number, signal?: AbortSignal): Promise<RgbImage>;
  /** The whole, brought down to a size. */
  reduced(size: { width: number; height: number }, signal?: AbortSignal): Promise<RgbImage>;
}

const isSide = (n: unknown): boolean => Number.isInteger(n) && (n as number) >= 1;

/** Pixels a side: libvips holds no longer ones, and of one row or column nothing can be read in parts. */
const LONGEST_SIDE = 10_000_000;

/** Throws one sentence with the picture's size if it has more pixels than allowed. */
export const checkPixels = (width: number, height: number, maxPixels: number, name: string): void => {
  if (Math.max(width, height) > LONGEST_SIDE)
    throw new InputError(`${name} has ${width} x ${height} pixels, and a side may have ${LONGEST_SIDE} at most: cut it into parts`);
  const pixels = width * height;
  if (pixels <= maxPixels) return;
  throw new InputError(
    `${name} has ${width} x ${height} = ${pixels} pixels, over the limit of ${maxPixels}: raise maxPixels (--max-pixels) to accept it`,
  );
};

/** The options of reading, checked and filled in. */
export const readingOf = (options: DecodeOptions | undefined): Reading => resolveOptions('decodeImage', READING, options);

/** Whether any byte is less than 255. */
const isSeeThrough = (alpha: Uint8Array): boolean => {
  for (let i = 0; i < alpha.length; i++) if (alpha[i] < 255) return true;
  return false;
};

/** The picture; its alpha left out where all of it is opaque. */
export const withAlpha = (image: RgbImage, alpha: Uint8Array | undefined): RgbImage => {
  if (alpha && isSeeThrough(alpha)) image.alpha = alpha;
  return image;
};

/**
 * RGBA composed on white, the paper that a transparent picture is usually seen on.
 * @param rgba 4 bytes a pixel, alpha not premultiplied
 */
export const onWhite = (rgba: Uint8Array | Uint8ClampedArray, width: number, height: number): RgbImage => {
  const data = new Uint8Array(width * height * 3);
  const alphas = new Uint8Array(width * height);
  for (let from = 0, to = 0; to < data.length; from += 4) {
    const alpha = rgba[from + 3];
    const white = 255 * (255 - alpha) + 127; // 127: rounds to the nearest
    alphas[from / 4] = alpha;
    for (let c = 0; c < 3; c++) data[to++] = Math.floor((rgba[from + c] * alpha + white) / 255);
  }
  return withAlpha({ data, width, height }, alphas);
};

/** Options that say how a file is read, and nothing of pixels. */
const OF_FILES = ['page', 'bands', 'stretch', 'allowDamaged'] as const;

/** A decoded picture (RgbImage or ImageData) as RgbImage; undefined where the source is a file still to decode. */
export const fromPixels = (source: ImageSource, reading: Reading): RgbImage | undefined => {
  if (typeof source !== 'object' || source === null || !('width' in source && 'height' in source && 'data' in source)) return undefined;
  const { data, width, height } = source;
  const isRgba = kindOf(data) === 'Uint8ClampedArray';
  if (!isRgba) checkImage(source as RgbImage);
  else if (!isSide(width) || !isSide(height) || data.length !== width * height * 4)
    throw expected(`width x height x 4 bytes (here ${width} x ${height})`, 'the data of an ImageData', data);
  // of one that comes from a file these were heard when that was read
  const idle = (source as RgbImage).source ? undefined : OF_FILES.find((name) => reading[name] !== READING[name].default);
  if (idle) throw new InputError(`${idle} says how a file is read, and a picture of pixels was given: leave it out`, { code: 'E_OPTION' });
  checkPixels(width, height, reading.maxPixels, 'The picture');
  return isRgba ? onWhite(data as Uint8ClampedArray, width, height) : (source as RgbImage);
};

/** What to do about damage. @param format of AVIF nothing is left */
export const salvage = ({ allowDamaged }: Reading, format?: string): string =>
  allowDamaged
    ? ''
    : `: get it again${format === 'AVIF' || format === 'HEIC' ? '' : ', or read what is left of it with allowDamaged (--allow-damaged)'}`;

/** The refusal of a picture whose decoder gave up. */
export const damaged = (name: string, error: unknown, advice = ''): InputError => {
  const lines = (error instanceof Error ? error.message : String(error)).split('\n');
  // some decoders end on a bare number, and some stumble themselves
  const reason = lines.findLast((line) => /[a-z]{3}/.test(line) && !line.includes('undefined'))?.trim();
  return new InputError(`${name} is truncated or damaged and cannot be decoded${reason ? ` (${reason})` : ''}${advice}`, { cause: error });
};

/** @throws InputError where a file has no such page */
export const checkPage = (page: number, pages: number, name: string): void => {
  if (page <= pages) return;
  const has = pages === 1 ? 'one picture' : `${pages} pages`;
  throw new InputError(`${name} has ${has}, so there is no page ${page}: give a page from 1 to ${pages}`, { code: 'E_OPTION' });
};

/** @throws InputError where bands were chosen of a file that has none to choose from */
export const checkBands = (format: string, { bands }: Reading, name: string): void => {
  if (bands && format !== 'TIFF')
    throw new InputError(`${name} is ${format}, and bands chooses those of a TIFF: leave bands out`, { code: 'E_OPTION' });
};
