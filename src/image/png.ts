/** PNGs of 16 bits, which a browser's own decoder brings to 8 before anyone can look at them. */
import { InputError } from '../errors.ts';
import { isPng, type PngHead, readPngHead, readPngSamples } from '../tensor/png.ts';
import type { PictureSource } from '../types.ts';
import { allOf, type PictureBytes } from './bytes.ts';
import { checkPage, checkPixels, damaged, type Reading } from './image.ts';
import type { Reader } from './reader.ts';

/** Bit depth and colour stand in the header, which comes first. */
export const isDeepPng = (head: Uint8Array): boolean => head[24] === 16;

/** @throws InputError where it cannot be decoded */
export const pngReader = async (file: PictureBytes, { page, maxPixels }: Reading): Promise<Reader> => {
  const { name } = file;
  checkPage(page, 1, name);
  const bytes = await allOf(file);
  const source: PictureSource = { format: 'PNG' };
  let head: PngHead;
  let data: Uint16Array;
  try {
    if (!isPng(bytes)) throw new Error('its header cannot be read');
    head = readPngHead(bytes);
    checkPixels(head.width, head.height, maxPixels, name);
    data = readPngSamples(bytes, head, Uint16Array);
  } catch (error) {
    throw error instanceof InputError ? error : damaged(name, error);
  }
  const { width, height, channels } = head;
  return {
    width,
    height,
    orientation: 1,
    source,
    scale: { range: [0, 65_535], white: 255 * 256 },
    isMeasurement: true,
    blockRows: 1,
    read: async ({ top, height: rows }) => {
      const row = width * channels;
      return { data: data.subarray(top * row, (top + rows) * row), width, height: rows, channels };
    },
  };
};
