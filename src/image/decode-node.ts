/** Picture files to RGB in Node: by sharp, TIFFs of measurements by geotiff.js. */
import { open, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { InputError, kindOf, shortened } from '../errors.ts';
import { fetchBytes } from '../net/download.ts';
import { checkInput, openPipe } from '../pipes-node.ts';
import { isFile, notRead } from '../system-errors-node.ts';
import type { RgbImage } from '../types.ts';
import { bmpReader } from './bmp.ts';
import { bytesInText, bytesOf, inMemory, LONGEST_PATH, type PictureBytes, readPipe, unknownSource } from './bytes.ts';
import { heicReader } from './heic.ts';
import type { DecodeOptions, ImageSource, PictureFile, Reading } from './image.ts';
import { decodeOn, openOn, type Platform } from './open.ts';
import type { Reader } from './reader.ts';
import { sharpReader, sharpReads } from './sharp-node.ts';
import { openTiff } from './tiff.ts';
import { tiffReader } from './tiff-reader.ts';

/** A file where it lies: opened for each read, so that there is nothing to close. A pipe has no size, and is read once. */
const onDisk = async (path: string, name: string, { maxBytes, signal }: Reading): Promise<PictureBytes> => {
  const readable = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      signal?.throwIfAborted();
      throw notRead(shortened(path), error, 'a picture');
    }
  };
  const part = async (from: number, to: number): Promise<Uint8Array> => {
    const file = await open(path, 'r');
    try {
      const bytes = new Uint8Array(Math.max(0, to - from));
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await file.read(bytes, filled, Math.min(bytes.length - filled, 2 ** 30), from + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    } finally {
      await file.close();
    }
  };
  const stats = await readable(stat(path));
  checkInput(shortened(path), stats, 'a picture');
  if (!stats.isFile()) return inMemory(await readable(readPipe(openPipe(path, signal), name, maxBytes)), name);
  return { name, size: stats.size, path, read: (from, to) => readable(part(from, Math.min(to, stats.size))) };
};

/** The path that a text or a URL names. A file may have a name that looks like a URL. */
const pathOf = async (text: string, name: string): Promise<string> => {
  if (text.length > LONGEST_PATH) throw new InputError(`${name} is no path, and no picture in base64`, { code: 'E_OPTION' });
  if (text.includes('\0')) throw new InputError(`${name} is no path: give the bytes of a picture as a Uint8Array`, { code: 'E_OPTION' });
  if (!/^file:/i.test(text) || (await isFile(text).catch(() => false))) return text;
  try {
    return fileURLToPath(text);
  } catch (error) {
    throw new InputError(`${name} is no file: URL of this machine (file:///folder/a.jpg): give a path`, { code: 'E_OPTION', cause: error });
  }
};

const openBytes = async (source: ImageSource, name: string, reading: Reading): Promise<PictureBytes> => {
  const bytes = await bytesOf(source, name);
  if (bytes) return inMemory(bytes, name);
  const isUrl = kindOf(source) === 'URL';
  if (typeof source !== 'string' && !isUrl) throw unknownSource(source);
  const text = String(source);
  const own = bytesInText(text, name);
  if (own) return inMemory(own, name);
  if (/^https?:\/\//i.test(text)) return inMemory(await fetchBytes(text, reading), name);
  if (isUrl && !/^file:/i.test(text))
    throw new InputError(`${name} is a URL of a kind that is not read: give http:, https:, data: or file:`, { code: 'E_OPTION' });
  return onDisk(await pathOf(text, name), name, reading);
};

const tiff = async (file: PictureBytes, reading: Reading): Promise<Reader> => {
  const page = await openTiff(file, reading);
  return page && !sharpReads(page) ? tiffReader(page, file.name, reading) : sharpReader(file, 'TIFF', reading, page);
};

/** Who reads what sharp does not, or not always. */
const readers: Platform['readers'] = { TIFF: tiff, BMP: bmpReader, HEIC: heicReader };

const HERE: Platform = { openBytes, readers, others: sharpReader };

/**
 * Opens a picture's file to read rows of it, or all of it smaller: what is larger than memory never stands there whole where its
 * decoder allows that. What `decodeImage` says of formats and options holds here.
 * @throws InputError, as `decodeImage`; what lies further on in a damaged file is only seen when that is read
 */
export const openPicture = (source: ImageSource, options: DecodeOptions = {}): Promise<PictureFile> => openOn(HERE, source, options);

/**
 * Any picture as 8-bit sRGB, the right way up: EXIF rotation applied, embedded ICC profile to sRGB, CMYK and
 * grey to RGB, deeper numbers scaled to 8 bits (`stretch`), alpha composed on white and kept beside; a page or frame of several.
 * Reads JPEG, PNG, WebP, AVIF, TIFF, GIF, BMP, and HEIC with heic-decode. The pixel limit is checked on the header, before decoding.
 * What was done and left out stands in its `source`. An RgbImage is checked and handed back as it is.
 * @throws InputError, one sentence: missing, a folder, empty, truncated or damaged, not a picture, over `maxPixels`; the signal's
 *   reason once aborted
 */
export const decodeImage = (source: ImageSource, options: DecodeOptions = {}): Promise<RgbImage> => decodeOn(HERE, source, options);
