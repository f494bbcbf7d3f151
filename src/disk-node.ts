/** What is written to a disk: new files and folders, and only where nothing was. */
import { createHash } from 'node:crypto';
import { link, lstat, mkdir, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isFolder, noneIfAbsent } from './system-errors-node.ts';
import type { Content } from './types.ts';

/** Has what a folder lists outlast a loss of power. Where a folder cannot be opened (Windows) the system sees to it. */
export const syncFolder = async (path: string): Promise<void> => {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
};

/** Makes a folder and those above it. Step by step: Node's own `recursive` never ends where the system calls a new folder missing, as in /proc. */
export const makeFolders = async (path: string, durable = false): Promise<void> => {
  if (await isFolder(path)) return;
  if (dirname(path) !== path) await makeFolders(dirname(path), durable);
  await mkdir(path).catch(async (error) => {
    if (!(await isFolder(path))) throw error; // another process may have made it
  });
  if (durable) await syncFolder(dirname(path));
};

export const piecesOf = (content: Content): Iterable<Uint8Array> | AsyncIterable<Uint8Array> => (content instanceof Uint8Array ? [content] : content);

export const newHash = () => createHash('sha256');
/** Enough of it to tell files apart. */
export const hashText = (hash: ReturnType<typeof newHash>): string => hash.digest('hex').slice(0, 32);

/** Writes a file that is not there, nor a link in its place. @returns its hash */
export const writeNew = async (path: string, content: Content, durable = false): Promise<string> => {
  const hash = newHash();
  const file = await open(path, 'wx');
  try {
    for await (const piece of piecesOf(content)) {
      hash.update(piece);
      await file.writeFile(piece);
    }
    if (durable) await file.sync();
  } finally {
    await file.close();
  }
  return hashText(hash);
};

const isThere = async (path: string): Promise<boolean> => (await lstat(path).catch(noneIfAbsent)) !== undefined;

/** Moves a file or folder to where nothing is. @throws EEXIST */
export const moveNew = async (from: string, to: string): Promise<void> => {
  try {
    await link(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' || (await isThere(to)))
      throw Object.assign(new Error('exists'), { code: 'EEXIST', syscall: 'link' });
    return rename(from, to); // a folder, or a file system without links
  }
  await unlink(from).catch(() => {}); // goes with its stage
};
