/** Pictures to JPEG and PNG in a browser or worker, in the place of encode-node. */
import { InputError } from '../errors.ts';
import { checkImage } from '../tensor/features.ts';
import { inBands } from '../tensor/watch.ts';
import type { RgbImage } from '../types.ts';
import { channelsOf, checkQuality } from './check.ts';
import type { Raster } from './cutouts.ts';
import { writePng } from './png.ts';

/**
 * By the browser's own encoder.
 * @param quality 1..100
 */
export const encodeJpeg = async (image: RgbImage, quality = 90): Promise<Uint8Array> => {
  const { data, width, height } = checkImage(image);
  checkQuality(quality);
  const context = new OffscreenCanvas(width, height).getContext('2d');
  if (!context) throw new InputError(`This browser gives no canvas of ${width} x ${height} pixels: give a smaller picture`, { code: 'E_MEMORY' });
  const pixels = context.createImageData(width, height);
  const rgba = pixels.data;
  await inBands(width * height, 2 ** 19, {}, (start, end) => {
    for (let from = start * 3, to = start * 4; to < end * 4; from += 3, to += 4) {
      rgba[to] = data[from];
      rgba[to + 1] = data[from + 1];
      rgba[to + 2] = data[from + 2];
      rgba[to + 3] = 255;
    }
  });
  context.putImageData(pixels, 0, 0);
  const blob = await context.canvas.convertToBlob({ type: 'image/jpeg', quality: quality / 100 });
  return new Uint8Array(await blob.arrayBuffer());
};

/** Grey, RGB or RGBA, 8 bits, by the number of bytes a pixel. Not by a canvas: that would round colours under alpha. */
export const encodePng = async (image: Raster): Promise<Uint8Array> => {
  const channels = channelsOf(image);
  const colour = ({ 1: 'grey', 3: 'rgb', 4: 'rgba' } as const)[channels];
  const { data, width, height } = image;
  const rowBytes = width * channels;
  return writePng({ width, height, depth: 8, colour, rowBytes }, (y, row) => row.set(data.subarray(y * rowBytes, (y + 1) * rowBytes)));
};
