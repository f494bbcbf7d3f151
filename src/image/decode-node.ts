/** Picture files to RGB in Node, by sharp. */
import { readFile } from 'node:fs/promises';
import { InputError } from '../errors.ts';
import { loadSharp } from '../sharp-node.ts';
import { notRead } from '../system-errors-node.ts';
import type { RgbImage } from '../types.ts';
import {
  bytesInMemory,
  checkPictureBytes,
  checkPixels,
  type DecodeOptions,
  damaged,
  fetchBytes,
  fromPixels,
  type ImageSource,
  maxPixelsOf,
  nameOf,
  unknownSource,
} from './image.ts';

const readPath = async (path: string): Promise<Uint8Array> => {
  try {
    return await readFile(/^file:/i.test(path) ? new URL(path) : path);
  } catch (error) {
    throw notRead(path, error, 'a picture');
  }
};

const readBytes = async (source: ImageSource, signal: AbortSignal | undefined): Promise<Uint8Array> => {
  const bytes = await bytesInMemory(source);
  if (bytes) return bytes;
  if (typeof source !== 'string' && !(source instanceof URL)) throw unknownSource(source);
  if (/^https?:/i.test(String(source))) return fetchBytes(source, signal);
  if (source instanceof URL && source.protocol !== 'file:') {
    throw new InputError(`${nameOf(source)} is a URL of a kind that is not read: give http:, https: or file:`, { code: 'E_OPTION' });
  }
  return readPath(String(source));
};

/**
 * Any picture as 8-bit sRGB, the right way up: EXIF rotation applied, embedded ICC profile to sRGB, CMYK and
 * grey to RGB, 16 bits scaled to 8, alpha composed on white; the first frame or page of several.
 * Reads JPEG, PNG, WebP, AVIF, TIFF and GIF. The pixel limit is checked on the header, before decoding.
 * An RgbImage is checked and handed back as it is.
 * @throws InputError, one sentence: missing, a folder, empty, truncated or damaged, not a picture, over `maxPixels`
 */
export const decodeImage = async (source: ImageSource, options: DecodeOptions = {}): Promise<RgbImage> => {
  const maxPixels = maxPixelsOf(options);
  const pixels = fromPixels(source, maxPixels);
  if (pixels) return pixels;

  const name = nameOf(source);
  const bytes = await readBytes(source, options.signal);
  checkPictureBytes(bytes, name);
  const sharp = await loadSharp();
  try {
    const header = await sharp(bytes, { limitInputPixels: false }).metadata();
    checkPixels(header.width, header.height, maxPixels, name);
    // 'error' refuses what is cut short, but not the harmless warnings (stray bytes) of many cameras
    const picture = sharp(bytes, { limitInputPixels: maxPixels, failOn: 'error', autoOrient: true });
    const { data, info } = await picture
      .flatten({ background: '#fff' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return { data: new Uint8Array(data.buffer, data.byteOffset, data.length), width: info.width, height: info.height };
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw damaged(name, error);
  }
};
