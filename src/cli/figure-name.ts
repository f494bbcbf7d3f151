/** Names of figures' files, as options take them. */
import { statSync } from 'node:fs';
import { extname } from 'node:path';
import { InvalidArgumentError } from 'commander';

/** How they end; what has no end is standard output, a device or a pipe. */
export type FigureEnding = '' | '.png' | '.jpg' | '.jpeg' | '.webp';
const ENDINGS: readonly string[] = ['', '.png', '.jpg', '.jpeg', '.webp'] satisfies FigureEnding[];

/** Whether it is written to as it is: standard output, or what is there and is neither a file nor a folder. */
export const isStream = (path: string): boolean => {
  if (path === '-') return true;
  try {
    const there = statSync(path);
    return !there.isFile() && !there.isDirectory();
  } catch {
    return false; // why it cannot be seen is told where it is written
  }
};

/** Of an option. @throws InvalidArgumentError for another end than those of figures, or none */
export const figureName = (path: string): string => {
  if (!ENDINGS.includes(extname(path).toLowerCase()) || (extname(path) === '' && !isStream(path)))
    throw new InvalidArgumentError('Expected a file name that ends in .png, .jpg or .webp, or - for standard output.');
  return path;
};
