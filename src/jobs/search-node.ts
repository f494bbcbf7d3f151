/** Folders and patterns searched for pictures. What cannot be looked at is a failure of its own, and the rest is found. */
import type { Dirent } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { isAbsent, isFolder, notRead, statIfThere } from '../system-errors-node.ts';
import { InputError } from '../toolkit.ts';
import { countsAsPicture, isPicture } from './arguments.ts';
import { LEDGER, type Ledger, type Print, readLedger, standingOf } from './ledger-node.ts';

/** What cannot be read, and why. */
export interface Failure {
  path: string;
  /** Of a file with several, where one is meant. */
  page?: number;
  error: unknown;
}

/** What a search is to look into, and what it comes upon. */
export interface Search {
  recursive: boolean;
  /** The folder of the outputs, which is left out. */
  outside: string;
  failures: Failure[];
  /** How many files of each ending that is not read. */
  unread: Map<string, number>;
}

/** A search below one folder. */
interface Walk extends Search {
  /** Real paths of that folder, and of those that links led to: what lies in one of them is found without a link. */
  known: string[];
}

/** What a folder holds, links resolved. */
interface Found {
  name: string;
  isFolder: boolean;
}

const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/** A link to a folder is followed where that is not found anyhow: so no link leads in circles. */
const isFollowed = async (path: string, { known, outside }: Walk): Promise<boolean> => {
  const target = await realpath(path);
  if (target === outside || known.some((folder) => isWithin(target, folder) || isWithin(folder, target))) return false;
  known.push(target);
  return true;
};

const foundOf = async (entry: Dirent, folder: string, walk: Walk): Promise<Found | undefined> => {
  const { name } = entry;
  const path = join(folder, name);
  if (entry.isDirectory()) return name === basename(walk.outside) && (await realpath(path)) === walk.outside ? undefined : { name, isFolder: true };
  if (entry.isFile() || (entry.isSymbolicLink() && (isPicture(name) || !walk.recursive))) return { name, isFolder: false };
  if (!entry.isSymbolicLink() || !(await isFolder(path))) return undefined;
  return (await isFollowed(path, walk)) ? { name, isFolder: true } : undefined;
};

/** Whether what is there is as one of the lines says, the last one the latest. */
const isOurs = async (path: string, known: readonly Print[]): Promise<boolean> =>
  (await standingOf(path, known.at(-1), known.slice(0, -1))) !== 'foreign';

/** A folder's files and folders by name, but for our own outputs. */
const list = async (folder: string, walk: Walk): Promise<Found[]> => {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw notRead(folder, error);
  });
  const prints: Ledger['prints'] = entries.some(({ name }) => name === LEDGER) ? (await readLedger(folder)).prints : new Map();
  const out: Found[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    try {
      const known = prints.get(entry.name);
      if (known && (entry.isDirectory() || (await isOurs(join(folder, entry.name), known)))) continue;
      const found = await foundOf(entry, folder, walk);
      if (found) out.push(found);
    } catch (error) {
      walk.failures.push({ path: join(folder, entry.name), error });
    }
  }
  return out;
};

/** Whether a name that was listed is that of a picture's file. @throws InputError where nothing can be opened by it */
const isThere = async (path: string): Promise<boolean> => {
  const there = await statIfThere(path);
  if (there) return there.isFile();
  const why = basename(path).includes('\ufffd') ? 'has a name that is no UTF-8: rename it' : 'is a link to a file that is gone: mend or remove it';
  throw new InputError(`${JSON.stringify(path)} ${why}`, { code: 'E_FILE' });
};

/** Keeps what are pictures of the paths that were listed. */
const picturesAmong = async (paths: readonly string[], { failures, unread }: Search): Promise<string[]> => {
  const out: string[] = [];
  for (const path of paths) {
    if (!countsAsPicture(path, unread)) continue;
    try {
      if (await isThere(path)) out.push(path);
    } catch (error) {
      failures.push({ path, error });
    }
  }
  return out;
};

const walkBelow = async (folder: string, search: Search): Promise<Walk> => ({
  ...search,
  known: [await realpath(folder).catch(() => resolve(folder))],
});

/** Hidden files and folders are left out. */
const pathsIn = async (folder: string, walk: Walk): Promise<string[]> => {
  const out: string[] = [];
  for (const { name, isFolder } of await list(folder, walk)) {
    const path = join(folder, name);
    if (name.startsWith('.')) continue;
    if (!isFolder) out.push(path);
    else if (walk.recursive) {
      await pathsIn(path, walk).then(
        (below) => out.push(...below),
        (error) => walk.failures.push({ path, error }),
      );
    }
  }
  return out;
};

/** @throws InputError for a folder that is an output of ours, or lies in one */
const checkNoOutput = async (folder: string): Promise<void> => {
  for (let at = await realpath(folder).catch(() => resolve(folder)); dirname(at) !== at; at = dirname(at)) {
    const ledger = await readLedger(dirname(at)).catch(() => undefined); // what is not ours to read says nothing
    const known = ledger?.prints.get(basename(at));
    if (known && (await isOurs(at, known)))
      throw new InputError(
        `${JSON.stringify(folder)} was written by diffcut, so what it holds is not read: name single files of it where they are meant`,
      );
  }
};

/** A folder's pictures by name. @throws InputError where it cannot be read, or is an output of ours */
export const searchFolder = async (folder: string, search: Search): Promise<string[]> => {
  await checkNoOutput(folder);
  return picturesAmong(await pathsIn(folder, await walkBelow(folder, search)), search);
};

/** The part of a pattern before its first wildcard, as a folder. */
const fixedPart = (parts: string[], isDynamic: (part: string) => boolean): string => {
  const first = parts.findIndex(isDynamic);
  if (first < 0) return '.'; // braces around a slash
  return parts.slice(0, first).join('/') || (first > 0 ? '/' : '.');
};

/** As fdir asks for a folder's entries; links are resolved already. */
const dirent = ({ name, isFolder }: Found): object => ({
  name,
  isFile: () => !isFolder,
  isDirectory: () => isFolder,
  isSymbolicLink: () => false,
});

/** The pictures that a pattern matches, by path, and the folder that it begins in. @throws InputError where it is no pattern */
export const searchPattern = async (pattern: string, search: Search): Promise<{ root: string; paths: string[] }> => {
  const { glob, isDynamicPattern } = await import('tinyglobby');
  const slashed = sep === '\\' ? pattern.replaceAll('\\', '/') : pattern;
  if (!isDynamicPattern(slashed)) throw new InputError(`${JSON.stringify(pattern)} does not exist: check the path`, { code: 'E_FILE' });
  const root = fixedPart(slashed.split('/'), (part) => isDynamicPattern(part));
  await checkNoOutput(root);
  const walk = await walkBelow(root, { ...search, recursive: true }); // links to folders may be a part of it
  const readFolder = (full: string, _: unknown, done: (error: null, entries: object[]) => void): void => {
    const folder = slashed.startsWith('/') ? full : relative('.', full) || '.';
    void list(folder, walk).then(
      (entries) => done(null, entries.map(dirent)),
      (error) => {
        if (!isAbsent(error.cause)) walk.failures.push({ path: folder, error });
        done(null, []);
      },
    );
  };
  const matched = await glob(slashed, { expandDirectories: false, followSymbolicLinks: false, fs: { readdir: readFolder as never } });
  return { root, paths: await picturesAmong(matched.map((path) => join(path)).sort(), search) };
};

/** A picture's folder below that of the search; empty for that itself. */
export const folderBelow = (root: string, path: string): string => {
  const below = dirname(relative(root, path));
  return below === '.' ? '' : below;
};
