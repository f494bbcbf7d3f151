/**
 * Where a hub's things are on this machine, by the environment: settings and the hub's cache (read, never written).
 * No network. Names and defaults are those of huggingface_hub, so that one login serves both.
 */
import { join } from 'node:path';
import { InputError } from '../errors.ts';
import { type ByteSource, type ModelFiles, partsOf } from '../files/source.ts';
import { fileSource, folderFiles } from '../files/source-node.ts';
import { type Environment, first, folderAt } from '../store/paths-node.ts';
import { isFolder, statIfThere, textIfThere } from '../system-errors-node.ts';

/** How a hub is reached. */
export interface HubSettings {
  /** Origin, and path where there is one, without a slash at its end. */
  endpoint: string;
  /** Sent to the endpoint's origin only: scheme, host and port. */
  token?: string;
  /** HF_HUB_DISABLE_IMPLICIT_TOKEN is set: no token is looked for. */
  isTokenWithheld?: boolean;
  /** The hub's cache folder, shared with Python. */
  cache: string;
  /** No request is made. */
  offline: boolean;
  /** Proxy for each scheme, and the hosts that go without, as NO_PROXY has them. */
  proxy: { http?: string; https?: string; except: string };
}

const isTrue = (value: string | undefined): boolean => /^(1|on|yes|true)$/i.test(value ?? '');

const hubHome = (env: Environment): string => {
  const home = first(env, 'HF_HOME');
  return home ? folderAt(home, env) : join(folderAt(first(env, 'XDG_CACHE_HOME') ?? '~/.cache', env), 'huggingface');
};

const endpointOf = (env: Environment): string => {
  const text = first(env, 'HF_ENDPOINT') ?? 'https://huggingface.co';
  const bad = (sentence: string): InputError => new InputError(sentence, { code: 'E_OPTION' });
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.username || url?.password)
    throw bad('HF_ENDPOINT has a user or a password in it, which a hub does not take: leave them out, and set HF_TOKEN');
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash) {
    throw bad(
      `Expected an http: or https: URL for HF_ENDPOINT, without "?" and "#", but received ${JSON.stringify(text.replace(/[?#].*/s, '?...'))}`,
    );
  }
  return (url.origin + url.pathname).replace(/\/+$/, '');
};

const isTokenWithheld = (env: Environment): boolean => isTrue(first(env, 'HF_HUB_DISABLE_IMPLICIT_TOKEN'));

/** Where huggingface_hub would send none unless told to, neither do we, who are never told. */
const tokenOf = async (env: Environment): Promise<string | undefined> => {
  if (isTokenWithheld(env)) return undefined;
  const given = first(env, 'HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN');
  const path = folderAt(first(env, 'HF_TOKEN_PATH') ?? join(hubHome(env), 'token'), env);
  const token = given ?? ((await textIfThere(path)) ?? '').trim();
  if (/[^\x21-\x7e]/.test(token)) {
    throw new InputError(`The hub token in ${given ? 'HF_TOKEN' : JSON.stringify(path)} has a character that no token has: copy it again`, {
      code: 'E_OPTION',
    });
  }
  return token || undefined;
};

/**
 * The hub by the environment: HF_ENDPOINT, HF_TOKEN, HF_TOKEN_PATH, HF_HUB_DISABLE_IMPLICIT_TOKEN, HF_HOME, HF_HUB_CACHE,
 * HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE, HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY.
 * @throws InputError for an endpoint that is no URL or a token that is none
 */
export const hubSettings = async (env: Environment = process.env): Promise<HubSettings> => {
  const all = first(env, 'all_proxy', 'ALL_PROXY');
  return {
    endpoint: endpointOf(env),
    token: await tokenOf(env),
    ...(isTokenWithheld(env) && { isTokenWithheld: true }),
    cache: folderAt(first(env, 'HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE') ?? join(hubHome(env), 'hub'), env),
    offline: isTrue(first(env, 'HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE')),
    proxy: {
      http: first(env, 'http_proxy', 'HTTP_PROXY') ?? all,
      https: first(env, 'https_proxy', 'HTTPS_PROXY') ?? all,
      except: first(env, 'no_proxy', 'NO_PROXY') ?? '',
    },
  };
};

const COMMIT = /^[0-9a-f]{40}$/;

/** `models--org--name`, the cache's folder of a repository. */
const repoFolder = (repo: string, { cache }: HubSettings): string => join(cache, `models--${partsOf(repo).join('--')}`);

/**
 * A repository's files in the hub's cache, as they were when it was last asked for this revision; undefined where it
 * holds none of it. The files are links into `blobs/`: their sources name the real path. Nothing is written.
 */
export const hubCacheFiles = async (repo: string, revision: string, settings: HubSettings): Promise<ModelFiles | undefined> => {
  const folder = repoFolder(repo, settings);
  const reference = COMMIT.test(revision) ? revision : await textIfThere(join(folder, 'refs', ...partsOf(revision)));
  const commit = reference?.trim() ?? '';
  if (!COMMIT.test(commit)) return undefined;
  const snapshot = join(folder, 'snapshots', commit);
  return (await isFolder(snapshot)) ? folderFiles(snapshot) : undefined;
};

/** What the hub says about a file, and what the cache would hold it under. */
export interface HubFile {
  path: string;
  size: number;
  etag: string;
  commit?: string;
}

/**
 * The same file in the hub's cache: a blob is named by its ETag, so equal names are equal bytes, whatever revision
 * it was fetched for. Where links are not to be had (Windows), the snapshot of the commit holds the file itself.
 */
export const cachedFile = async (repo: string, { path, size, etag, commit }: HubFile, settings: HubSettings): Promise<ByteSource | undefined> => {
  const folder = repoFolder(repo, settings);
  const places = /^[\w-]+$/.test(etag) ? [join(folder, 'blobs', etag)] : [];
  if (commit && COMMIT.test(commit)) places.push(join(folder, 'snapshots', commit, ...partsOf(path)));
  for (const place of places) {
    const there = await statIfThere(place);
    if (there?.isFile() && there.size === size) return fileSource(place);
  }
  return undefined;
};
