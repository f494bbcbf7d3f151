/** The way of a picture's file, the same in Node and in browsers: opened, known by its first bytes, read by whoever reads its kind. */
import type { RgbImage } from '../types.ts';
import { headOf, nameOf, type PictureBytes } from './bytes.ts';
import { type Format, formatOf } from './formats.ts';
import { checkBands, type DecodeOptions, fromPixels, type ImageSource, type PictureFile, type Reading, readingOf } from './image.ts';
import { fileOfPixels, pictureFile, type Reader } from './reader.ts';

/** What differs. */
export interface Platform {
  openBytes(source: ImageSource, name: string, reading: Reading): Promise<PictureBytes>;
  /** Who reads what `others` does not, or not always. */
  readers: Partial<Record<Format, (file: PictureBytes, reading: Reading) => Promise<Reader>>>;
  others(file: PictureBytes, format: Format, reading: Reading): Promise<Reader>;
}

export const openOn = async ({ openBytes, readers, others }: Platform, source: ImageSource, options: DecodeOptions): Promise<PictureFile> => {
  const reading = readingOf(options);
  const pixels = fromPixels(source, reading);
  if (pixels) return fileOfPixels(pixels);
  const name = nameOf(source);
  const file = await openBytes(source, name, reading);
  const format = formatOf(await headOf(file), name);
  checkBands(format, reading, name);
  const reader = await (readers[format]?.(file, reading) ?? others(file, format, reading));
  return pictureFile(reader, reading, name);
};

export const decodeOn = async (platform: Platform, source: ImageSource, options: DecodeOptions): Promise<RgbImage> => {
  const pixels = fromPixels(source, readingOf(options));
  if (pixels) return pixels;
  const { rows, height } = await openOn(platform, source, options);
  return rows(0, height);
};
