/** Pictures to JPEG and PNG by sharp, and files that are whole or not there. */
import { rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { moveNew, syncFolder, writeNew } from '../disk-node.ts';
import { InputError } from '../errors.ts';
import { writeSpecial } from '../pipes-node.ts';
import { loadSharp } from '../sharp-node.ts';
import { noneIfAbsent, notWritten } from '../system-errors-node.ts';
import { openStage, type Stage } from '../temporary-node.ts';
import { checkImage } from '../tensor/features.ts';
import type { Content, RgbImage, WriteOptions } from '../types.ts';
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
export type Writer = (path: string, bytes: Content, durable?: boolean) => Promise<unknown>;

/**
 * Writes the file whole or not at all: in a stage beside it, then moved. What is there and is no file (a pipe, a terminal,
 * /dev/null) is written straight.
 * @throws InputError with one sentence: there already and not to be replaced, no such folder, not writable, device full
 */
export const writeWhole = async (
  path: string,
  bytes: Content,
  { replace = false, durable = false, signal }: WriteOptions = {},
  write: Writer = writeNew,
): Promise<void> => {
  let stage: Stage | undefined;
  try {
    const there = await stat(path).catch(noneIfAbsent);
    if (there?.isDirectory()) throw notWritten(path, { code: 'EISDIR' }, 'choose another folder');
    if (there && !there.isFile()) return await writeSpecial(path, there, bytes, signal);
    stage = await openStage(dirname(path));
    const temporary = join(stage.path, '0');
    await write(temporary, bytes, durable);
    await (replace ? rename : moveNew)(temporary, path);
    if (durable)
      await syncFolder(dirname(path)).catch(async (error) => {
        if (!replace) await rename(path, temporary);
        throw error;
      });
  } catch (error) {
    throw notWritten(path, error, 'choose another folder');
  } finally {
    stage?.end();
  }
};
