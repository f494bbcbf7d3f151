/** Pictures to JPEG and PNG by sharp, and files that are whole or not there. */
import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InputError } from '../errors.ts';
import { loadSharp } from '../sharp-node.ts';
import { noneIfAbsent, notWritten } from '../system-errors-node.ts';
import { temporaryName } from '../temporary-node.ts';
import { checkImage } from '../tensor/features.ts';
import type { Content, RgbImage } from '../types.ts';
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

/** Writes a new file; fails with EEXIST where there is one. */
export type Writer = (path: string, bytes: Content) => Promise<void>;
const writeNew: Writer = (path, bytes) => writeFile(path, bytes, { flag: 'wx' });

/** Writes under a name that no other process and no other call uses; short, whatever the file's. */
const writeTemporary = async (path: string, bytes: Content, write: Writer): Promise<string> => {
  for (let n = 0; ; n++) {
    const temporary = join(dirname(path), temporaryName(n));
    try {
      await write(temporary, bytes);
      return temporary;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      await rm(temporary, { force: true }).catch(() => undefined); // the first error is the one to tell
      throw error;
    }
  }
};

/**
 * Writes the file whole or not at all: under a temporary name beside it, then renamed. What is there and is
 * no file (a pipe, a terminal, /dev/null) is written straight.
 * @throws InputError with one sentence: no such folder, not writable, device full
 */
export const writeWhole = async (path: string, bytes: Content, write: Writer = writeNew): Promise<void> => {
  try {
    const there = await stat(path).catch(noneIfAbsent);
    if (there && !there.isFile()) return await writeFile(path, bytes);
    const temporary = await writeTemporary(path, bytes, write);
    await rename(temporary, path).catch(async (error) => {
      await rm(temporary, { force: true });
      throw error;
    });
  } catch (error) {
    throw notWritten(path, error, 'choose another folder');
  }
};
