/** Figures as files: PNG, JPEG or WebP, by the name's end. */
import { extname } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { writeStdout } from '../jobs/outputs-node.ts';
import { loadSharp } from '../sharp-node.ts';
import { encodeJpeg, encodePng, InputError, type RgbImage, type WriteOptions, writeWhole } from '../toolkit.ts';

interface Kind {
  /** Pixels a side that it holds. */
  most: number;
  encode(image: RgbImage): Promise<Uint8Array>;
}

const encodeWebp = async ({ data, width, height }: RgbImage): Promise<Uint8Array> => {
  const sharp = await loadSharp();
  return sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false })
    .webp({ quality: 90 })
    .toBuffer();
};

const PNG: Kind = { most: 2 ** 31 - 1, encode: encodePng };
const JPEG: Kind = { most: 65_535, encode: encodeJpeg };

/** A name without an end (a device, a pipe, - for standard output) is PNG. */
const KINDS: Record<string, Kind> = { '': PNG, '.png': PNG, '.jpg': JPEG, '.jpeg': JPEG, '.webp': { most: 16_383, encode: encodeWebp } };

const kindOf = (path: string): Kind | undefined => KINDS[extname(path).toLowerCase()];

/** Of an option. @throws InvalidArgumentError for the end of another kind */
export const figureName = (path: string): string => {
  if (!kindOf(path)) throw new InvalidArgumentError('Expected a file name that ends in .png, .jpg or .webp, or - for standard output.');
  return path;
};

/** @throws InputError for a figure that such a file cannot hold */
export const checkFigureSize = (path: string, { width, height }: { width: number; height: number }): void => {
  const { most } = kindOf(path) as Kind;
  if (Math.max(width, height) <= most) return;
  throw new InputError(`The figure would be ${width} x ${height} pixels, and such a file has at most ${most} a side: let its name end in .png`);
};

/** Whole or not at all; - is standard output. */
export const writeFigure = async (path: string, image: RgbImage, options: WriteOptions): Promise<void> => {
  const bytes = await (kindOf(path) as Kind).encode(image);
  await (path === '-' ? writeStdout(bytes) : writeWhole(path, bytes, options));
};
