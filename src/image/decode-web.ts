/** Picture files to RGB in a browser or worker, by its own decoders. */
import { InputError } from '../errors.ts';
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
  onWhite,
  unknownSource,
} from './image.ts';

const readBytes = async (source: ImageSource, signal: AbortSignal | undefined): Promise<Uint8Array> => {
  const bytes = await bytesInMemory(source);
  if (bytes) return bytes;
  if (typeof source === 'string' || source instanceof URL) return fetchBytes(source, signal);
  throw unknownSource(source);
};

/** The pixels of a bitmap, by way of a white canvas. */
const readBitmap = (bitmap: ImageBitmap): RgbImage => {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new InputError(`This browser gives no canvas of ${width} x ${height} pixels: give a smaller picture`, { code: 'E_MEMORY' });
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0);
  return onWhite(context.getImageData(0, 0, width, height).data, width, height);
};

/**
 * Any picture that the browser decodes as 8-bit sRGB, the right way up, alpha composed on white, the first
 * frame of several. The same as decode-node's, within the rounding of decoders, with these limits: a string
 * is a URL; no TIFF in most browsers; the pixel limit is checked once the browser has decoded; a truncated
 * file is refused only where the browser refuses it.
 * @throws InputError, one sentence
 */
export const decodeImage = async (source: ImageSource, options: DecodeOptions = {}): Promise<RgbImage> => {
  const maxPixels = maxPixelsOf(options);
  const pixels = fromPixels(source, maxPixels);
  if (pixels) return pixels;

  const name = nameOf(source);
  const bytes = await readBytes(source, options.signal);
  checkPictureBytes(bytes, name);
  const bitmap = await createImageBitmap(new Blob([bytes as BlobPart]), { imageOrientation: 'from-image' }).catch((error) => {
    throw damaged(name, error);
  });
  try {
    checkPixels(bitmap.width, bitmap.height, maxPixels, name);
    return readBitmap(bitmap);
  } finally {
    bitmap.close();
  }
};
