/** Pictures to JPEG and PNG by sharp. */
import { InputError } from '../errors.ts';
import { loadSharp } from '../sharp-node.ts';
import { checkImage } from '../tensor/features.ts';
import type { RgbImage } from '../types.ts';
import { channelsOf, checkQuality } from './check.ts';
import type { Raster } from './cutouts.ts';

const open = async ({ data, width, height }: Raster, channels: 1 | 3 | 4) => {
  const sharp = await loadSharp();
  return sharp(data, { raw: { width, height, channels }, limitInputPixels: false });
};

/** A JPEG holds at most this many pixels a side. */
const JPEG_SIDE = 65_535;

/** @param quality 1..100 */
export const encodeJpeg = async (image: RgbImage, quality = 90): Promise<Uint8Array> => {
  checkImage(image);
  checkQuality(quality);
  if (Math.max(image.width, image.height) > JPEG_SIDE) {
    throw new InputError(`A JPEG is at most ${JPEG_SIDE} pixels a side, not ${image.width} x ${image.height}: leave the overlay out`);
  }
  return (await open(image, 3)).jpeg({ quality }).toBuffer();
};

/** Grey, RGB or RGBA, 8 bits, by the number of bytes a pixel. */
export const encodePng = async (image: Raster): Promise<Uint8Array> => {
  const channels = channelsOf(image);
  return (await open(image, channels))
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .png()
    .toBuffer();
};
