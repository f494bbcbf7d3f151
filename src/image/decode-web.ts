/** Picture files to RGB in a browser or worker: by its own decoders, and by others, loaded then, for what it does not read. */
import { InputError, kindOf } from '../errors.ts';
import { fetchBytes } from '../net/download.ts';
import type { RgbImage } from '../types.ts';
import { bitmapReader } from './bitmap.ts';
import { bytesInText, bytesOf, headOf, inMemory, type PictureBytes, unknownSource } from './bytes.ts';
import { type DecodeOptions, damaged, type ImageSource, type PictureFile, type Reading } from './image.ts';
import { decodeOn, openOn, type Platform } from './open.ts';
import { isDeepPng, pngReader } from './png.ts';
import { pictureFile, type Reader } from './reader.ts';
import { openTiff } from './tiff.ts';

/** A Blob where it lies: a file that was chosen in a page is not read as a whole where parts will do. */
const ofBlob = (blob: Blob, name: string): PictureBytes => ({
  name,
  size: blob.size,
  read: async (from, to) => new Uint8Array(await blob.slice(from, to).arrayBuffer()),
});

const openBytes = async (source: ImageSource, name: string, reading: Reading): Promise<PictureBytes> => {
  const kind = kindOf(source);
  if (kind === 'Blob' || kind === 'File') return ofBlob(source as Blob, name);
  const bytes = await bytesOf(source, name);
  if (bytes) return inMemory(bytes, name);
  if (typeof source !== 'string' && kind !== 'URL') throw unknownSource(source);
  const own = bytesInText(String(source), name);
  return inMemory(own ?? (await fetchBytes(source as string | URL, reading)), name);
};

const tiff = async (file: PictureBytes, reading: Reading): Promise<Reader> => {
  const { tiffReader } = await import('./tiff-reader.ts');
  const page = await openTiff(file, reading);
  if (!page) throw damaged(file.name, new Error('its directory cannot be read'));
  return tiffReader(page, file.name, reading);
};

/** 16 bits by our own reader, unless they fill their type: then the browser knows the colours better. */
const png = async (file: PictureBytes, reading: Reading): Promise<Reader> => {
  if (!isDeepPng(await headOf(file))) return bitmapReader(file, 'PNG', reading);
  const reader = await pngReader(file, reading);
  const { source } = await pictureFile(reader, reading, file.name);
  return source.stretch ? reader : bitmapReader(file, 'PNG', reading);
};

const heic = async (file: PictureBytes, reading: Reading): Promise<Reader> => {
  const own = reading.page === 1 ? await bitmapReader(file, 'HEIC', reading).catch(overLimit) : undefined;
  return own ?? (await import('./heic.ts')).heicReader(file, reading);
};

/** A browser that cannot decode it is no reason to stop, too many pixels are. */
const overLimit = (error: unknown): undefined => {
  if (error instanceof InputError && error.cause === undefined) throw error;
};

const readers: Platform['readers'] = {
  TIFF: tiff,
  PNG: png,
  HEIC: heic,
  BMP: async (file, reading) => (await import('./bmp.ts')).bmpReader(file, reading),
};

const HERE: Platform = { openBytes, readers, others: bitmapReader };

/**
 * Opens a picture's file to read rows of it, or all of it smaller. What `decodeImage` says of formats and options holds here. What
 * the browser decodes stands in memory as a whole.
 * @throws InputError, as `decodeImage`
 */
export const openPicture = (source: ImageSource, options: DecodeOptions = {}): Promise<PictureFile> => openOn(HERE, source, options);

/**
 * Any picture that the browser decodes, TIFF, BMP, PNG of 16 bits, and HEIC with heic-decode as 8-bit sRGB, the right way up, alpha
 * composed on white and kept beside, a page or frame of several. The same as decode-node's, within the rounding of decoders, with
 * these limits: a string is a URL; profiles of TIFFs are not applied; the pixel limit of AVIF and HEIC is checked once the browser has decoded; a
 * damaged file is refused only where the browser refuses it.
 * @throws InputError, one sentence
 */
export const decodeImage = (source: ImageSource, options: DecodeOptions = {}): Promise<RgbImage> => decodeOn(HERE, source, options);
