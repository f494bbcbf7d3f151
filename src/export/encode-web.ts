/** Pictures to JPEG and PNG in a browser or worker, in the place of encode-node. */
import { encode } from 'fast-png';
import { InputError } from '../errors.ts';
import type { RgbImage } from '../types.ts';
import type { Raster } from './cutouts.ts';

/**
 * By the browser's own encoder.
 * @param quality 1..100
 */
export const encodeJpeg = async ({ data, width, height }: RgbImage, quality = 90): Promise<Uint8Array> => {
  const context = new OffscreenCanvas(width, height).getContext('2d');
  if (!context) throw new InputError(`This browser gives no canvas of ${width} x ${height} pixels: give a smaller picture`, { code: 'E_MEMORY' });
  const pixels = context.createImageData(width, height);
  for (let from = 0, to = 0; from < data.length; from += 3, to += 4) {
    pixels.data.set(data.subarray(from, from + 3), to);
    pixels.data[to + 3] = 255;
  }
  context.putImageData(pixels, 0, 0);
  const blob = await context.canvas.convertToBlob({ type: 'image/jpeg', quality: quality / 100 });
  return new Uint8Array(await blob.arrayBuffer());
};

/** Grey, RGB or RGBA, 8 bits, by the number of bytes a pixel. Not by a canvas: that would round colours under alpha. */
export const encodePng = async ({ data, width, height }: Raster): Promise<Uint8Array> => {
  const channels = data.length / (width * height);
  if (![1, 3, 4].includes(channels)) {
    throw new InputError(`Expected 1, 3 or 4 bytes for each of ${width} x ${height} pixels but received ${data.length} in all`);
  }
  return encode({ data, width, height, channels, depth: 8 });
};

/** @throws InputError always: a page has no folders */
export const writeWhole = async (path: string, _bytes: Uint8Array): Promise<void> => {
  throw new InputError(`${JSON.stringify(path)} could not be written: a browser has no folders, so offer the bytes as a download`);
};
