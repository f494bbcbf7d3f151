/** Arguments to pictures: files, folders, globs and standard input. */
import type { Dirent, Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path';
import { addAbortSignal } from 'node:stream';
import { isAbsent, isFile, notRead } from '../system-errors-node.ts';
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

/** A folder's entries by name, hidden ones left out. @throws InputError where it cannot be read */
const entriesOf = async (folder: string): Promise<Dirent[]> => {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw notRead(folder, error);
  });
  return entries.filter(({ name }) => !name.startsWith('.')).sort((a, b) => (a.name < b.name ? -1 : 1));
};

/** What a folder's pictures are looked for with. */
interface Search {
  /** Where it began. */
  root: string;
  recursive: boolean;
  /** A folder that is left out. */
  outside: string;
  failures: Failure[];
}

/** Pictures of a folder by name; what cannot be read below it is a failure of its own, and the rest is found. */
const picturesIn = async (folder: string, search: Search): Promise<Picture[]> => {
  const { root, recursive, outside, failures } = search;
  const found: Picture[] = [];
  for (const entry of await entriesOf(folder)) {
    const path = join(folder, entry.name);
    try {
      // links to files are followed, links to folders are not: they may lead in circles
      if (entry.isDirectory()) {
        if (recursive && resolve(path) !== outside) found.push(...(await picturesIn(path, search)));
      } else if (PICTURE.test(entry.name) && (await isFile(path))) found.push(pictureAt(path, relative(root, folder)));
    } catch (error) {
      failures.push({ path, error });
    }
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
  if (!isDynamicPattern(slashed)) throw new InputError(`${JSON.stringify(pattern)} does not exist: check the path`, { code: 'E_FILE' });
  const root = fixedPart(slashed.split('/'), (part) => isDynamicPattern(part));
  const paths = (await glob(slashed, { expandDirectories: false })).filter((path) => PICTURE.test(path)).sort();
  if (paths.length === 0) throw new InputError(`No picture matches ${JSON.stringify(pattern)}`);
  return paths.map((path) => pictureAt(join(path), recursive ? dirname(relative(root, path)) : ''));
};

/** What is there under the argument as it stands; a pattern with many names in braces may be longer than any name. */
const statsOf = async (argument: string): Promise<Stats | undefined> =>
  stat(argument).catch((error: NodeJS.ErrnoException) => {
    if (isAbsent(error) || (error.code === 'ENAMETOOLONG' && argument.includes('{'))) return undefined;
    throw notRead(argument, error);
  });

const expand = async (argument: string, recursive: boolean, output: string, failures: Failure[]): Promise<Picture[]> => {
  if (argument === '-') return [{ path: '-', stem: 'stdin', folder: '' }];
  const kind = await statsOf(argument);
  if (!kind) return picturesOf(argument, recursive);
  if (!kind.isDirectory()) return [pictureAt(argument)];
  const before = failures.length;
  const found = await picturesIn(argument, { root: argument, recursive, outside: resolve(output), failures });
  if (found.length > 0 || failures.length > before) return found;
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
      for (const picture of await expand(argument, recursive, output, failures)) {
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
