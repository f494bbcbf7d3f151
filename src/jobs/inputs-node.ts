/** Arguments to pictures: files, folders, globs, addresses and standard input. */
import type { Stats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, extname, isAbsolute, resolve } from 'node:path';
import { addAbortSignal } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { publicName } from '../errors.ts';
import { existingObject, isS3, readObject, type Version } from '../net/s3-node.ts';
import type { Naming } from '../options/jobs.ts';
import { isAbsent, notRead } from '../system-errors-node.ts';
import { fetchBytes, type Given, InputError, READING, readPipe } from '../toolkit.ts';
import { countsAsPicture, isAddress, READ } from './arguments.ts';
import { isPrefix, searchPrefix } from './objects-node.ts';
import { type Failure, folderBelow, type Search, searchFolder, searchPattern } from './search-node.ts';

export { isS3 } from '../net/s3-node.ts';
export type { Naming } from '../options/jobs.ts';
export { isAddress } from './arguments.ts';
export type { Failure } from './search-node.ts';

/** What a path stands for. Told by the argument that named it, so that no name found on a disk is taken for an address. */
export type From = 'file' | 'address' | 'object' | 'stdin';

/** A picture to read. */
export interface Picture {
  /** As the user would type it; `-` is standard input. */
  path: string;
  from: From;
  /** The start of its outputs' names. */
  stem: string;
  /** The folder of its outputs, below that of all. */
  folder: string;
  /** Its own folder, below the argument that named it. */
  below: string;
  /** One of several pages of its file, from 1, where each is a picture. */
  page?: number;
  /** Of an object: the state of it that is meant. */
  version?: Version;
}

export interface FindOptions {
  /** Folders within folders are searched, and mirrored in the output. */
  recursive?: boolean | undefined;
  /** The folder of the outputs, left out of the search. */
  output: string;
  name?: Naming | undefined;
  signal?: AbortSignal | undefined;
}

/** A path or an address as programs are told it: without user and password. */
export const toldPath = (path: string): string => {
  if (!isAddress(path) || !URL.canParse(path)) return path;
  const url = new URL(path);
  if (url.username === '' && url.password === '') return path;
  [url.username, url.password] = ['', ''];
  return url.href;
};

/** A path in the words of messages. */
export const nameOf = (path: string): string => {
  if (path === '-') return 'stdin';
  return isAddress(path) && URL.canParse(path) ? publicName(new URL(path)) : path;
};

/** A path as `decodeImage` takes it for nothing else, whatever it starts like. */
const plainPath = (path: string): string => (!isAbsolute(path) && /^[a-z][a-z\d+.-]*:/i.test(path) ? `./${path}` : path);

/** What `decodeImage` is given for an argument: a name that only starts like an address is a file's. */
export const sourceOf = (argument: string): string => {
  if (/^file:\/\//i.test(argument)) return fileOf(argument);
  return isAddress(argument) ? argument : plainPath(argument);
};

/** The path that a file: URL names. @throws InputError where it names none */
const fileOf = (url: string): string => {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new InputError(`${JSON.stringify(url)} names no file here: give a path`, { code: 'E_FILE', cause: error });
  }
};

/** Parts of a path of elsewhere as they can be one here: none leads up, and none holds what a name here does not. */
const harmless = (parts: readonly string[]): string =>
  parts
    .filter((part) => !/^\.*$/.test(part))
    .map((part) => part.replace(/[\\/:*?"<>|\0]/g, '-'))
    .join('/');

/** Of an address, what can be a path here: the host, and its path without the query. */
const addressPath = (address: string): string => {
  const { hostname, pathname } = new URL(address);
  const parts = pathname.split('/').map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
  return `${hostname}/${harmless(parts)}`;
};

/** Of an object, or of a prefix: bucket and key. */
const objectPath = (path: string): string => harmless(path.split('/').slice(2));

const localPath: Record<From, (path: string) => string> = {
  file: (path) => path,
  stdin: (path) => path,
  address: addressPath,
  object: objectPath,
};

/** The parts of a path, without those that lead up or to a root. */
export const partsBelow = (path: string): string[] => path.split(/[\\/]/).filter((part) => !/^(\.{0,2}|[a-z]:)$/i.test(part));

const foldersOf = (path: string): string => partsBelow(dirname(path)).join('/');

const pictureAt = (path: string, { recursive, name = 'stem' }: FindOptions, below = '', from: From = 'file'): Picture => {
  const local = localPath[from](path);
  const stem = name === 'stem' ? basename(local, extname(local)) : basename(local);
  return { path, from, stem, folder: name === 'path' ? foldersOf(local) : recursive ? below : '', below };
};

/** What is there under the argument as it stands; a pattern with many names in braces may be longer than any name. */
const statsOf = async (argument: string): Promise<Stats | undefined> =>
  stat(argument).catch((error: NodeJS.ErrnoException) => {
    if (isAbsent(error) || (error.code === 'ENAMETOOLONG' && argument.includes('{'))) return undefined;
    throw notRead(argument, error);
  });

/** Files of endings that are not read, in words: "2 .cr2, 1 .mp4". */
export const unreadText = (unread: ReadonlyMap<string, number>): string =>
  [...unread]
    .sort(([, a], [, b]) => b - a)
    .map(([ending, count]) => `${count} ${ending}`)
    .join(', ');

/**
 * What one argument's part of a search finds.
 * @param sentence what is said of nothing
 * @throws InputError where nothing was found, and nothing failed either
 */
const foundBy = async (search: Search, sentence: string, find: (own: Search) => Promise<Picture[]>): Promise<Picture[]> => {
  const own = { ...search, unread: new Map<string, number>() };
  const before = search.failures.length;
  const pictures = await find(own);
  if (pictures.length === 0 && search.failures.length === before)
    throw new InputError(`${sentence}${own.unread.size > 0 ? `; not read: ${unreadText(own.unread)}` : ''}`);
  for (const [ending, count] of own.unread) search.unread.set(ending, (search.unread.get(ending) ?? 0) + count);
  return pictures;
};

/** The pictures below a prefix, and where below it each lies. */
const picturesBelow = async (prefix: string, options: FindOptions, { recursive, unread }: Search): Promise<Picture[]> => {
  const root = objectPath(prefix);
  const found = (await searchPrefix(prefix, recursive, options.output, options.signal)).filter(({ path }) => countsAsPicture(path, unread));
  return found.map(({ path, version }) => ({ ...pictureAt(path, options, folderBelow(root, objectPath(path)), 'object'), version }));
};

const expand = async (argument: string, options: FindOptions, search: Search): Promise<Picture[]> => {
  if (argument === '-') return [{ path: '-', from: 'stdin', stem: 'stdin', folder: '', below: '' }];
  if (isAddress(argument)) return [pictureAt(argument, options, '', 'address')];
  if (/^data:/i.test(argument) && !(await stat(argument).catch(() => undefined)))
    throw new InputError('A data: URL is no argument: pipe the picture into "diffcut segment -"');
  const where = options.recursive ? '' : ': --recursive looks into its folders';
  const holdsNone = `${JSON.stringify(argument)} holds no picture (${READ})${where}`;
  if (isS3(argument)) {
    if (isPrefix(argument)) return foundBy(search, holdsNone, (own) => picturesBelow(argument, options, own));
    return [{ ...pictureAt(argument, options, '', 'object'), version: await existingObject(argument, options.signal) }];
  }
  const path = /^file:\/\//i.test(argument) ? fileOf(argument) : argument;
  const kind = await statsOf(path);
  if (kind && !kind.isDirectory()) return [pictureAt(path, options)];
  return foundBy(search, kind ? holdsNone : `No picture matches ${JSON.stringify(argument)}`, async (own) => {
    const { root, paths } = kind ? { root: path, paths: await searchFolder(path, own) } : await searchPattern(path, own);
    return paths.map((found) => pictureAt(found, options, folderBelow(root, found)));
  });
};

/** The pictures that arguments name. */
export interface Findings {
  pictures: Picture[];
  failures: Failure[];
  /** How many files of each ending that is not read lay among them. */
  unread: ReadonlyMap<string, number>;
}

/**
 * The pictures that arguments name, each once, in the order of the arguments; a folder's by name. Our own outputs are none.
 * @throws the signal's reason once it is aborted
 */
export const findPictures = async (args: readonly string[], options: FindOptions): Promise<Findings> => {
  const pictures = new Map<string, Picture>();
  const outside = await realpath(options.output).catch(() => resolve(options.output));
  const search: Search = { recursive: options.recursive === true, outside, failures: [], unread: new Map() };
  for (const argument of args) {
    try {
      for (const picture of await expand(argument, options, search)) {
        const key = picture.from === 'file' ? resolve(picture.path) : picture.path;
        if (!pictures.has(key)) pictures.set(key, picture);
      }
    } catch (error) {
      options.signal?.throwIfAborted();
      search.failures.push({ path: argument.length > 300 ? `${argument.slice(0, 100)}…` : argument, error });
    }
  }
  return { pictures: [...pictures.values()], failures: search.failures, unread: search.unread };
};

let stdin: Promise<Uint8Array> | undefined;

/** All of standard input, the same for every page of it. @throws the signal's reason once it is aborted */
export const readStdin = (signal?: AbortSignal, maxBytes = READING.maxBytes.default): Promise<Uint8Array> => {
  stdin ??= readPipe(signal ? addAbortSignal(signal, process.stdin) : process.stdin, 'stdin', maxBytes);
  return stdin;
};

const downloads = new Map<string, Uint8Array>();

/** What `openPicture` is given for a picture. Of a download whose pages are pictures the bytes are kept, up to the limit in all. */
export const contentOf = async (
  { path, from, page, version }: Pick<Picture, 'path' | 'from' | 'page' | 'version'>,
  { maxBytes = READING.maxBytes.default, timeout = READING.timeout.default, allowPrivate = false }: Given<typeof READING>,
  signal?: AbortSignal,
): Promise<string | Uint8Array> => {
  if (from === 'stdin') return readStdin(signal, maxBytes);
  if (from === 'file') return plainPath(path);
  if (from === 'address' && page === undefined) return path;
  const known = downloads.get(path);
  if (known) return known;
  const limits = { maxBytes, timeout, signal };
  const bytes = await (from === 'object' ? readObject(path, limits, version) : fetchBytes(path, { ...limits, allowPrivate }));
  if (page === undefined) return bytes;
  const held = [...downloads.values()].reduce((sum, { length }) => sum + length, bytes.length);
  if (held <= maxBytes) downloads.set(path, bytes);
  return bytes;
};

/** What `decodeImage` is given for an argument of any kind that names one picture. */
export const sourceNamed = async (argument: string, reading: Given<typeof READING>, signal?: AbortSignal): Promise<string | Uint8Array> => {
  if (argument === '-') return readStdin(signal, reading.maxBytes);
  return isS3(argument) ? contentOf({ path: argument, from: 'object' }, reading, signal) : sourceOf(argument);
};

/** Where the file of a picture lies, for messages and records: without the folder, and of an address without the query. */
export const baseName = (path: string): string => basename(isAddress(path) ? addressPath(path) : nameOf(path));
