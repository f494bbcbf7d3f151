/** Figures as files: PNG, JPEG or WebP, by the name's end. */
import { dirname, extname } from 'node:path';
import { checkFolder, checkNew, checkWritable, writeStdout } from '../jobs/outputs-node.ts';
import { loadSharp } from '../sharp-node.ts';
import { isFolder, notWritten } from '../system-errors-node.ts';
import { encodeJpeg, encodePng, InputError, type RgbImage, type WriteOptions, writeWhole } from '../toolkit.ts';
import { type FigureEnding, isStream } from './figure-name.ts';

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

const KINDS: Record<FigureEnding, Kind> = { '': PNG, '.png': PNG, '.jpg': JPEG, '.jpeg': JPEG, '.webp': { most: 16_383, encode: encodeWebp } };

const kindOf = (path: string): Kind => KINDS[extname(path).toLowerCase() as FigureEnding]; // figureName let no other through

/** What can be told of a figure's place before a picture is read. @throws InputError where it cannot be written, or would be over one of the inputs */
export const checkFigurePlace = async (path: string, inputs: readonly string[], overwrite = false): Promise<void> => {
  if (path === '-') return;
  if (await isFolder(path)) throw notWritten(path, { code: 'EISDIR' }, 'give another name with -o');
  await checkNew([path], overwrite, inputs);
  if (!isStream(path)) await checkFolder(dirname(path));
};

/** Makes a figure's folder, and tries it. @returns the folder, where it is new @throws InputError where nothing can be written there */
export const makeFigurePlace = async (path: string, durable?: boolean): Promise<string | undefined> =>
  !isStream(path) && (await checkWritable(dirname(path), durable)) ? dirname(path) : undefined;

/** @throws InputError for a figure that such a file cannot hold */
export const checkFigureSize = (path: string, { width, height }: { width: number; height: number }): void => {
  const { most } = kindOf(path);
  if (Math.max(width, height) <= most) return;
  throw new InputError(`The figure would be ${width} x ${height} pixels, and such a file has at most ${most} a side: let its name end in .png`);
};

/** Whole or not at all; - is standard output. */
export const writeFigure = async (path: string, image: RgbImage, options: WriteOptions): Promise<void> => {
  const bytes = await kindOf(path).encode(image);
  await (path === '-' ? writeStdout(bytes) : writeWhole(path, bytes, options));
};
