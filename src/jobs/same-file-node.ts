/** Whether two names are one file, links followed. */
import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { isS3 } from '../net/s3-node.ts';

/** Where a folder really is; one that is not there yet, below the first above it that is. */
const realFolder = async (path: string): Promise<string> => {
  try {
    return await realpath(path);
  } catch {
    return dirname(path) === path ? path : join(await realFolder(dirname(path)), basename(path));
  }
};

/** Names may be alike but for case and accents' spelling. */
const alike = (path: string): string => (process.platform === 'win32' || process.platform === 'darwin' ? path.normalize().toLowerCase() : path);

/**
 * Keys that are the same for two names of one file. A new file takes a name's place in its folder, so there what the name itself
 * leads to does not count; whoever reads a name reads that, too. An object has one name.
 */
export const fileKeys = () => {
  const folders = new Map<string, Promise<string>>();
  const written = async (path: string): Promise<string> => {
    if (isS3(path)) return path;
    const folder = dirname(resolve(path));
    const real = folders.get(folder) ?? realFolder(folder);
    folders.set(folder, real);
    return alike(join(await real, basename(path)));
  };
  const read = async (path: string): Promise<string[]> =>
    isS3(path) ? [path] : [await written(path), alike(await realpath(path).catch(() => path))];
  return { written, read };
};
