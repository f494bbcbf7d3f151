/** PNGs of 16 bits, which a browser's own decoder brings to 8 before anyone can look at them. */
import type { PictureSource } from '../types.ts';
import { allOf, type PictureBytes } from './bytes.ts';
import { checkPage, damaged, type Reading } from './image.ts';
import type { Reader } from './reader.ts';

/** Bit depth and colour stand in the header, which comes first. */
export const isDeepPng = (head: Uint8Array): boolean => head[24] === 16;

/** @throws InputError where it cannot be decoded */
export const pngReader = async (file: PictureBytes, { page }: Reading): Promise<Reader> => {
  checkPage(page, 1, file.name);
  const { decode } = await import('fast-png');
  const bytes = await allOf(file);
  const source: PictureSource = { format: 'PNG' };
  let picture: ReturnType<typeof decode>;
  try {
    picture = decode(bytes, { checkCrc: true });
  } catch (error) {
    throw damaged(file.name, error);
  }
  const { data, width, height, channels } = picture;
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
      return { data: (data as Uint16Array).subarray(top * row, (top + rows) * row), width, height: rows, channels };
    },
  };
};
