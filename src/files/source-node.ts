/** A model's files on disk. */
import type { Stats } from 'node:fs';
import { access, constants, type FileHandle, lstat, open, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { badModel, checkAborted, expected, InputError } from '../errors.ts';
import { isAbsent, notRead } from '../system-errors-node.ts';
import { type ByteSource, checkRange, type ModelFiles, partsOf } from './source.ts';

/** By stat before opening: a pipe would wait for its writer. */
const statsOf = async (path: string, name: string): Promise<Stats> => {
  const stats = await stat(path);
  if (stats.isDirectory()) throw notRead(name, { code: 'EISDIR' });
  if (!stats.isFile()) throw new InputError(`${JSON.stringify(name)} is no plain file: give one`, { code: 'E_FILE' });
  await access(path, constants.R_OK);
  return stats;
};

const fill = async (file: FileHandle, bytes: Uint8Array, start: number, name: string, signal?: AbortSignal): Promise<Uint8Array> => {
  // In steps, so that a read of gigabytes can be stopped (and a call of the system reads at most 2 GB).
  for (let at = 0; at < bytes.length; ) {
    checkAborted(signal);
    const { bytesRead } = await file.read(bytes, at, Math.min(bytes.length - at, 2 ** 26), start + at);
    if (bytesRead === 0) throw new InputError(`${JSON.stringify(name)} became shorter while it was read: start again`, { code: 'E_FILE' });
    at += bytesRead;
  }
  return bytes;
};

const withFile = async <T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> => {
  const file = await open(path, 'r');
  try {
    return await use(file);
  } finally {
    await file.close();
  }
};

const sourceAt = async (name: string, given: string): Promise<ByteSource> => {
  const path = await realpath(given);
  const first = await statsOf(path, name);
  // Opened for each read: nothing to leak, nothing that keeps others from replacing the file.
  const read = async (start: number, end: number, signal?: AbortSignal): Promise<Uint8Array> => {
    checkAborted(signal);
    checkRange(name, first.size, start, end);
    try {
      return await withFile(path, async (file) => {
        const now = await file.stat();
        if (now.size !== first.size || now.mtimeMs !== first.mtimeMs || now.ino !== first.ino) {
          throw new InputError(`${JSON.stringify(name)} changed while it was read: start again`, { code: 'E_FILE' });
        }
        return fill(file, new Uint8Array(end - start), start, name, signal);
      });
    } catch (error) {
      checkAborted(signal);
      throw notRead(name, error);
    }
  };
  return { name, size: first.size, path, read };
};

/**
 * A file on disk, links followed.
 * @throws InputError, one sentence, where it is missing, a folder or not readable
 */
export const fileSource = async (path: string): Promise<ByteSource> => {
  try {
    return await sourceAt(path, path);
  } catch (error) {
    throw notRead(path, error);
  }
};

/** A link whose target is gone, as a hub cache has after its blobs were deleted. */
const isDeadLink = async (path: string): Promise<boolean> => {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch (error) {
    if (isAbsent(error)) return false;
    throw notRead(path, error);
  }
};

/** A model's folder on disk: one made by hand, or a snapshot of a hub cache, whose files are links. */
export const folderFiles = (folder: string): ModelFiles => {
  if (typeof folder !== 'string') throw expected('a path', "the model's folder", folder);
  return filesIn(folder);
};

const filesIn = (folder: string): ModelFiles => ({
  name: folder,
  async open(path) {
    const full = join(folder, ...partsOf(path));
    try {
      return await sourceAt(full, full);
    } catch (error) {
      if (!isAbsent(error)) throw notRead(full, error);
      if (!(await isDeadLink(full))) return undefined;
      throw badModel(`${JSON.stringify(full)} is a link to a file that is gone: get the model again`, error);
    }
  },
  async list(inside) {
    const full = join(folder, ...(inside ? partsOf(inside) : []));
    try {
      const entries = await readdir(full, { withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile() || entry.isSymbolicLink())
        .map((entry) => entry.name)
        .sort();
    } catch (error) {
      if (isAbsent(error)) return [];
      throw notRead(full, error);
    }
  },
});
