/** Folders watched for pictures that come or change. */
import { realpath } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import { notRead } from '../system-errors-node.ts';
import { isPicture } from './arguments.ts';

/** Milliseconds for which a file's size must stay the same: until then it is being written. */
const SETTLED = 1500;

export interface Watching {
  /** Absolute paths of what came since the last call, at least one; undefined once the signal is aborted. @throws InputError */
  next(): Promise<ReadonlySet<string> | undefined>;
  close(): Promise<void>;
}

/**
 * Watches folders, from now on. Hidden files and links to folders are left out.
 * @param outside a folder that is not watched
 * @throws InputError where one cannot be watched
 */
export const watchFolders = async (folders: readonly string[], recursive: boolean, outside: string, signal: AbortSignal): Promise<Watching> => {
  const { watch } = await import('chokidar');
  // the watcher follows no link, that of the folder itself among them
  const roots = await Promise.all(folders.map((folder) => realpath(folder)));
  const asGiven = (path: string): string => {
    const at = roots.findIndex((root) => path.startsWith(root + sep));
    return at < 0 ? path : join(resolve(folders[at]), relative(roots[at], path));
  };
  let settled = new Set<string>();
  let broken: unknown;
  let wake = (): void => {};
  const watcher = watch(roots, {
    ignoreInitial: true,
    followSymlinks: false,
    awaitWriteFinish: { stabilityThreshold: SETTLED, pollInterval: 100 },
    ignored: (path) => !roots.includes(path) && (basename(path).startsWith('.') || path === resolve(outside)),
    ...(!recursive && { depth: 0 }),
  });
  const came = (path: string): void => {
    if (!isPicture(path)) return;
    settled.add(asGiven(path));
    wake();
  };
  watcher.on('add', came).on('change', came);
  watcher.on('unlinkDir', (path) => {
    const at = roots.indexOf(path);
    if (at < 0) return;
    broken = notRead(folders[at], { code: 'ENOENT' });
    wake();
  });
  watcher.on('error', (error) => {
    broken = notRead(folders.join(', '), error);
    wake();
  });
  signal.addEventListener('abort', () => wake(), { once: true });
  await new Promise<void>((done) => {
    wake = done;
    watcher.on('ready', done);
  });
  return {
    async next() {
      while (settled.size === 0 && !broken && !signal.aborted) await new Promise<void>((done) => (wake = done));
      if (broken) throw broken;
      if (signal.aborted) return undefined;
      const paths = settled;
      settled = new Set();
      return paths;
    },
    close: () => watcher.close(),
  };
};
