/** What the system's errors mean, in sentences: the only such table, for all that is read and written. */
import type { Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { InputError } from './errors.ts';

type SystemError = Partial<NodeJS.ErrnoException>;

/** Why something cannot be read and what to do. @param wanted what a folder was given in the place of */
const READING: Record<string, (wanted: string) => string> = {
  ENOENT: () => 'does not exist: check the path',
  ENOTDIR: () => 'does not exist, since a part of its path is a file: check the path',
  EISDIR: (wanted) => `is a folder: give ${wanted} in it`,
  EACCES: () => 'may not be read: check its permissions and those of the folders above it',
  EPERM: () => 'may not be read: check its permissions and those of the folders above it',
  ELOOP: () => 'is a link that leads to itself: get the file again',
  ENAMETOOLONG: () => 'has a name that is too long for the file system: check the path',
  EMFILE: () => 'could not be read, since too many files are open: do less at once, or raise the limit (ulimit -n)',
  ENFILE: () => 'could not be read, since the whole system has too many files open: end other programs',
  EBUSY: () => 'could not be read, since another program uses it: end that first',
  EIO: () => 'could not be read from its disk or network drive, which failed: check that, and try again',
  EPIPE: (wanted) => `is a pipe: give ${wanted}`,
  ENODEV: (wanted) => `is a device or a socket: give ${wanted}`,
  ENXIO: (wanted) => `is a device or a socket: give ${wanted}`,
  ESTALE: () => 'was replaced on its network drive while it was read: start again',
};

/** Why something cannot be written and what to do. @param elsewhere how to choose another folder, as the end of a sentence */
const WRITING: Record<string, (elsewhere: string) => string> = {
  ENOSPC: (elsewhere) => `its disk is full: free some space and run the same command again, or ${elsewhere}`,
  EDQUOT: (elsewhere) => `the disk quota is used up: free some space and run the same command again, or ${elsewhere}`,
  EACCES: (elsewhere) => `its folder may not be written: check its permissions, or ${elsewhere}`,
  EPERM: (elsewhere) => `it may not be written: end what uses it, check its permissions, or ${elsewhere}`,
  EROFS: (elsewhere) => `its disk is read-only: ${elsewhere}`,
  ENOENT: (elsewhere) => `its folder does not exist: make it first, or ${elsewhere}`,
  ENOTDIR: (elsewhere) => `a part of its path is a file: ${elsewhere}`,
  EEXIST: (elsewhere) => `a file is in its place: remove that, or ${elsewhere}`,
  EISDIR: (elsewhere) => `a folder is in its place: remove that, or ${elsewhere}`,
  EBUSY: () => 'another program uses it: end that first',
  EFBIG: (elsewhere) => `its file system holds no file that large: ${elsewhere}`,
  EXDEV: (elsewhere) => `its folder lies on two disks, so that no file can be moved into its place: ${elsewhere}`,
  ELOOP: (elsewhere) => `a part of its path is a link that leads to itself: ${elsewhere}`,
  ENAMETOOLONG: () => 'its name is too long for the file system: choose a shorter one',
  EMFILE: () => 'too many files are open: do less at once, or raise the limit (ulimit -n)',
  ENFILE: () => 'the whole system has too many files open: end other programs',
  EIO: (elsewhere) => `its disk or network drive failed: check that, or ${elsewhere}`,
};

const codeOf = (error: unknown): string => (error as SystemError | undefined)?.code ?? '';
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The error says that nothing is there, not that it cannot be seen. */
export const isAbsent = (error: unknown): boolean => codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';

/** For `.catch`: what is not there counts as none, any other error is thrown on. */
export const noneIfAbsent = (error: unknown): undefined => {
  if (!isAbsent(error)) throw error;
};

/**
 * The sentence for whatever kept a path from being read; one that is a sentence already as it is.
 * @param wanted what is to be given where a folder was
 */
export const notRead = (path: string, error: unknown, wanted = 'a file'): InputError => {
  if (error instanceof InputError) return error;
  const reason = READING[codeOf(error)]?.(wanted) ?? `could not be read (${messageOf(error)})`;
  return new InputError(`${JSON.stringify(path)} ${reason}`, { code: 'E_FILE', cause: error });
};

/** How the folder of our own cache is chosen. */
const OTHER_CACHE = 'set DIFFCUT_CACHE to another folder';

/**
 * The sentence for a system's error while something is written; any other error as it is.
 * @param elsewhere how to choose another folder, as the end of a sentence
 * @param failed what could not be done, after the path
 */
export const notWritten = (path: string, error: unknown, elsewhere = OTHER_CACHE, failed = 'could not be written'): unknown => {
  const { code = '', syscall } = error as SystemError;
  const reason = WRITING[code]?.(elsewhere) ?? (syscall && messageOf(error));
  if (!reason || error instanceof InputError) return error;
  return new InputError(`${JSON.stringify(path)} ${failed}: ${reason}`, { code: 'E_FILE', cause: error });
};

/** What is at a path, links followed; undefined where nothing is. @throws InputError where that cannot be seen */
export const statIfThere = async (path: string): Promise<Stats | undefined> => {
  try {
    return await stat(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw notRead(path, error);
  }
};

export const isFile = async (path: string): Promise<boolean> => (await statIfThere(path))?.isFile() ?? false;

export const isFolder = async (path: string): Promise<boolean> => (await statIfThere(path))?.isDirectory() ?? false;

/** A plain file's bytes; undefined where there is none. @throws InputError where it cannot be read */
export const readIfThere = async (path: string): Promise<Uint8Array | undefined> => {
  try {
    const there = await stat(path);
    if (!there.isFile() && !there.isDirectory()) throw notRead(path, { code: there.isFIFO() ? 'EPIPE' : 'ENODEV' }); // it may have no end
    return await readFile(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw notRead(path, error);
  }
};

/** Bytes of the largest text that is read. */
const LONGEST = 2 ** 28;

/** A plain file's text; undefined where there is none. @throws InputError where it cannot be read */
export const textIfThere = async (path: string): Promise<string | undefined> => {
  const size = (await statIfThere(path))?.size ?? 0;
  if (size > LONGEST) throw new InputError(`${JSON.stringify(path)} has ${size} bytes, too many for such a file: move it away`, { code: 'E_FILE' });
  const bytes = await readIfThere(path);
  return bytes && new TextDecoder().decode(bytes);
};
