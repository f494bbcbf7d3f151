/**
 * A repository's files from the nearest place that has them: a folder of the user's, the hub's cache, the hub.
 *
 * A folder of the user's decides for each of its subfolders ("unet", "vae"): one that is there is taken from there
 * alone, so that a variant of its files that it lacks (".fp16.") is not fetched beside the one it has. A file of the
 * hub's cache is taken where it is the very file that the hub names (by ETag); without the network, where it is of
 * the revision that the cache knows.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ByteSource, type ModelFiles, partsOf } from '../files/source.ts';
import { folderFiles } from '../files/source-node.ts';
import { isFolder } from '../system-errors-node.ts';
import { HubFailure } from './answers-node.ts';
import type { Patience } from './client-node.ts';
import { openHub, type RemoteSource } from './files-node.ts';
import type { HubFetch } from './http-node.ts';
import { cachedFile, type HubSettings, hubCacheFiles } from './paths-node.ts';

export interface RepositoryOptions {
  /** `org/name` */
  repo: string;
  /** A branch, a tag or a commit. */
  revision: string;
  settings: HubSettings;
  /** A folder in the layout of the repository. */
  from?: string;
  fetch?: HubFetch;
  patience?: Patience;
  signal?: AbortSignal;
  say?: (line: string) => void;
}

/** A file, and what tells its content from another's: its ETag on the hub, else place, size and date. */
export interface LocatedSource extends ByteSource {
  readonly identity: string;
  /** The commit on the hub, where it is known. */
  readonly commit?: string;
  /** Only of a file that has to be fetched. */
  readonly remote?: RemoteSource['remote'];
}

export interface Repository extends ModelFiles {
  open(path: string): Promise<LocatedSource | undefined>;
}

const located = async (source: ByteSource): Promise<LocatedSource> => {
  const { size, mtimeMs } = await stat(source.path ?? '');
  return { ...source, identity: `${source.path}:${size}:${mtimeMs}` };
};

/** Files of the user's folder; `decides` says whether a path that it lacks is to be looked for elsewhere. */
const userFolder = (from: string) => {
  const files = folderFiles(from);
  const decides = async (path: string): Promise<boolean> => {
    const [top, ...rest] = partsOf(path);
    return top !== undefined && rest.length > 0 && isFolder(join(from, top));
  };
  return { files, decides };
};

const offlineFiles = async ({ repo, revision, settings }: RepositoryOptions): Promise<ModelFiles> => {
  const files = await hubCacheFiles(repo, revision, settings);
  if (files) return files;
  const what = `${repo} at revision ${JSON.stringify(revision)} is not in the hub's cache (${settings.cache})`;
  throw new HubFailure(`${what} and HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE is set: unset it, or give the files with --from`, 'unreachable');
};

/** The hub, its cache before it. */
const hubFiles = (options: RepositoryOptions): Repository => {
  const { repo, revision, settings, say } = options;
  const hub = openHub(options);
  /** Instead of the hub, where that is not asked or not reached. */
  let cache: ModelFiles | undefined;
  let answered = false;

  const instead = async (error: unknown): Promise<ModelFiles> => {
    const files = error instanceof HubFailure && error.kind === 'unreachable' && !answered && (await hubCacheFiles(repo, revision, settings));
    if (!files) throw error;
    say?.(`${error.message}; the hub's cache has ${repo} and is used`);
    return files;
  };
  const fromCache = async (path: string, files: ModelFiles): Promise<LocatedSource | undefined> => {
    const source = await files.open(path);
    return source && located(source);
  };
  const open = async (path: string): Promise<LocatedSource | undefined> => {
    if (settings.offline) cache ??= await offlineFiles(options);
    if (cache) return fromCache(path, cache);
    let found: RemoteSource | undefined;
    try {
      found = await hub.open(path);
      answered = true;
    } catch (error) {
      cache = await instead(error);
      return fromCache(path, cache);
    }
    if (!found) return undefined;
    const { etag, commit } = found.remote;
    const local = await cachedFile(repo, found.remote, settings);
    return { ...(local ?? found), identity: etag, commit };
  };
  const list = async (folder: string): Promise<string[]> => {
    if (settings.offline) cache ??= await offlineFiles(options);
    return (cache ? await cache.list?.(folder) : await hub.list(folder)) ?? [];
  };
  return { name: hub.name, open, list };
};

/**
 * The files of a repository. `open` gives undefined for one that is nowhere.
 * @throws InputError, one sentence
 */
export const openRepository = (options: RepositoryOptions): Repository => {
  const hub = hubFiles(options);
  if (options.from === undefined) return hub;
  const { files, decides } = userFolder(options.from);
  return {
    name: options.from,
    async open(path) {
      const source = await files.open(path);
      if (source) return located(source);
      return (await decides(path)) ? undefined : hub.open(path);
    },
    async list(folder) {
      const names = (await files.list?.(folder)) ?? [];
      return names.length > 0 || (folder !== '' && (await decides(`${folder}/x`))) ? names : ((await hub.list?.(folder)) ?? []);
    },
  };
};
