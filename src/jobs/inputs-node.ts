/** Arguments to pictures: files, folders, globs and standard input. */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path';
import { addAbortSignal } from 'node:stream';
import { InputError } from '../toolkit.ts';

/** A picture to read. */
export interface Picture {
  /** As the user would type it; `-` is standard input. */
  path: string;
  /** The start of its outputs' names. */
  stem: string;
  /** Its folder below the argument that named it, to be mirrored in the output; empty where folders are not mirrored. */
  folder: string;
}

/** An argument that leads to no picture, and why. */
export interface Failure {
  path: string;
  error: unknown;
}

/** A path in the words of messages. */
export const nameOf = (path: string): string => (path === '-' ? 'stdin' : path);

const PICTURE = /\.(jpe?g|png|webp|avif|tiff?|gif)$/i;

const pictureAt = (path: string, folder = ''): Picture => ({ path, stem: basename(path, extname(path)), folder: folder === '.' ? '' : folder });

/** Pictures of a folder by name, hidden ones left out; with those of its subfolders where `recursive`, but never below `outside`. */
const picturesIn = async (folder: string, recursive: boolean, outside: string, root = folder): Promise<Picture[]> => {
  const entries = (await readdir(folder, { withFileTypes: true })).filter(({ name }) => !name.startsWith('.'));
  const found: Picture[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    // links to files are followed, links to folders are not: they may lead in circles
    if (entry.isDirectory()) {
      if (recursive && resolve(path) !== outside) found.push(...(await picturesIn(path, recursive, outside, root)));
    } else if (PICTURE.test(entry.name) && (await stat(path).catch(() => undefined))?.isFile()) found.push(pictureAt(path, relative(root, folder)));
  }
  return found;
};

/** The part of a pattern before its first wildcard, as a folder. */
const fixedPart = (parts: string[], isDynamic: (part: string) => boolean): string => {
  const first = parts.findIndex(isDynamic);
  if (first < 0) return '.'; // braces around a slash
  return parts.slice(0, first).join('/') || (first > 0 ? '/' : '.');
};

const picturesOf = async (pattern: string, recursive: boolean): Promise<Picture[]> => {
  const { glob, isDynamicPattern } = await import('tinyglobby');
  const slashed = sep === '\\' ? pattern.replaceAll('\\', '/') : pattern;
  if (!isDynamicPattern(slashed)) throw new InputError(`${JSON.stringify(pattern)} does not exist: check the path`);
  const root = fixedPart(slashed.split('/'), (part) => isDynamicPattern(part));
  const paths = (await glob(slashed, { expandDirectories: false })).filter((path) => PICTURE.test(path)).sort();
  if (paths.length === 0) throw new InputError(`No picture matches ${JSON.stringify(pattern)}`);
  return paths.map((path) => pictureAt(join(path), recursive ? dirname(relative(root, path)) : ''));
};

const expand = async (argument: string, recursive: boolean, output: string): Promise<Picture[]> => {
  if (argument === '-') return [{ path: '-', stem: 'stdin', folder: '' }];
  const kind = await stat(argument).catch(() => undefined);
  if (!kind) return picturesOf(argument, recursive);
  if (!kind.isDirectory()) return [pictureAt(argument)];
  const found = await picturesIn(argument, recursive, resolve(output));
  if (found.length > 0) return found;
  throw new InputError(
    `${JSON.stringify(argument)} holds no picture (jpg, png, webp, avif, tif, gif)${recursive ? '' : ': --recursive looks into its folders'}`,
  );
};

/**
 * The pictures that arguments name, each once, in the order of the arguments; a folder's by name.
 * @param output folder of the outputs, left out of the search
 */
export const findPictures = async (args: string[], recursive: boolean, output: string): Promise<{ pictures: Picture[]; failures: Failure[] }> => {
  const pictures = new Map<string, Picture>();
  const failures: Failure[] = [];
  for (const argument of args) {
    try {
      for (const picture of await expand(argument, recursive, output)) {
        const key = picture.path === '-' ? '-' : resolve(picture.path);
        if (!pictures.has(key)) pictures.set(key, picture);
      }
    } catch (error) {
      failures.push({ path: argument, error });
    }
  }
  return { pictures: [...pictures.values()], failures };
};

/** All of standard input. @throws the signal's reason once it is aborted */
export const readStdin = async (signal?: AbortSignal): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = [];
  const stream = signal ? addAbortSignal(signal, process.stdin) : process.stdin;
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
};
