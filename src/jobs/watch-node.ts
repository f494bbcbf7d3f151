/** Folders watched for pictures that come or change. */
import { basename, resolve } from 'node:path';
import { notRead } from '../system-errors-node.ts';
import { isPicture } from './search-node.ts';

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
  const roots = folders.map((folder) => resolve(folder));
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
    settled.add(path);
    wake();
  };
  watcher.on('add', came).on('change', came);
  watcher.on('error', (error) => {
    broken = notRead(folders[0], error);
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
