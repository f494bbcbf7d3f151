/**
 * A repository of a Hugging Face hub: files by name, bytes by range. Every file is of one commit, the one that the
 * revision named at the first request, and is checked to stay what it was by size and ETag at each range.
 *
 * The hub's layout: `<endpoint>/<repo>/resolve/<revision>/<path>` answers with X-Repo-Commit, and either the file or
 * a redirect to where it is stored (X-Linked-Etag, the SHA-256 of large files, and X-Linked-Size tell about it).
 * The token goes to the endpoint's origin alone.
 */
import { checkAborted, expected } from '../errors.ts';
import { inTurn } from '../files/in-turn.ts';
import { type ByteSource, checkRange, type ModelFiles, namesIn, partsOf } from '../files/source.ts';
import { parseContentRange } from '../files/url.ts';
import { PROGRESS } from '../net/body.ts';
import { failureOf, failureOfError, HubFailure, isAbsent } from './answers-node.ts';
import { jsonOf } from './body-node.ts';
import { type HubClient, type HubOptions, hubClient, type Reached } from './client-node.ts';
import type { HubResponse } from './http-node.ts';
import type { HubFile } from './paths-node.ts';

/** What the hub says about a file. */
export interface RemoteFile extends HubFile {
  url: string;
  /** Hexadecimal, where the hub gives one: large files. */
  sha256?: string;
}

/** A file on the hub. Only `read` and `stream` make requests. */
export interface RemoteSource extends ByteSource {
  readonly remote: RemoteFile;
  /** The bytes from `start` to `end`, as they come, by one request where nothing breaks. */
  stream(start: number, end: number, signal?: AbortSignal): AsyncGenerator<Uint8Array, void>;
}

export interface HubFiles extends ModelFiles {
  open(path: string): Promise<RemoteSource | undefined>;
  list(folder: string): Promise<string[]>;
}

const REPO = /^[\w-][\w.-]*(\/[\w-][\w.-]*)?$/;
const SHA256 = /^[0-9a-f]{64}$/;

const plainEtag = (etag: string | undefined): string => (etag ?? '').replace(/^W\//, '').replace(/^"|"$/g, '');

const encodePath = (path: string): string => partsOf(path).map(encodeURIComponent).join('/');

/** What a HEAD tells; undefined where there is no such file. `commit` is told either way. */
const head = async (http: HubClient, url: string, path: string, signal?: AbortSignal): Promise<{ commit?: string; file?: RemoteFile }> => {
  const asked = http.askedOf(path);
  const isOutside = (redirect: HubResponse, to: URL): boolean => to.origin !== http.origin && redirect.headers['x-linked-size'] !== undefined;
  const { response, hub } = await http.retrying(
    async () => {
      const reached = await http.follow(url, 'HEAD', {}, signal, isOutside);
      if (reached.response.status < 400 || isAbsent(reached.response)) return reached;
      await reached.response.dispose();
      throw failureOf(reached.response, http.askedAt(reached, path));
    },
    url,
    asked,
    signal,
  );
  await response.dispose();
  const commit = hub['x-repo-commit'];
  if (isAbsent(response)) return { commit };
  const etag = plainEtag(hub['x-linked-etag'] ?? response.headers.etag);
  const size = Number(hub['x-linked-size'] ?? response.headers['content-length'] ?? Number.NaN);
  if (!etag || !Number.isSafeInteger(size) || size < 0) {
    throw new HubFailure(`${asked.endpoint} does not tell size and ETag of ${asked.repo}/${path}: check HF_ENDPOINT, or use --from with a folder`);
  }
  const sha256 = SHA256.test(plainEtag(hub['x-linked-etag'])) ? etag : undefined;
  return { commit, file: { path, url, etag, size, commit, ...(sha256 && { sha256 }) } };
};

/** Which bytes an answer has; the whole file of `size` may come without saying so. */
const rangeOf = ({ status, headers }: HubResponse, size: number): ReturnType<typeof parseContentRange> =>
  status === 200 ? { start: 0, end: size, size: Number(headers['content-length'] ?? size) } : parseContentRange(headers['content-range']);

/** Headers, configs and vocabularies are read at once; tensors are streamed. Bytes. */
const LONGEST_READ = 2 ** 30;
/** Times that a refusal of the storage makes us ask the hub for a new address. */
const RENEWALS = 2;

/** What the storage answers to an address that is no longer good, which is 403 by rights. */
const hasExpired = ({ status }: HubResponse): boolean => status >= 400 && status < 500 && status !== 408 && status !== 429;

/** A file's bytes by range, over as many requests as it takes. */
const remoteSource = (http: HubClient, file: RemoteFile): RemoteSource => {
  const asked = http.askedOf(file.path);
  const name = `${asked.repo}/${file.path}`;
  /** Where the hub last redirected to; such addresses expire. */
  let stored: string | undefined;
  /** Storage has ETags of its own, by origin: each has to stay, where the hub tells no SHA-256. */
  const etags = new Map<string, string>();

  const changed = (): HubFailure =>
    new HubFailure(`${name} changed on the hub while it was fetched: run the command again, which starts it over`, 'changed');

  const checkSame = ({ response, url, hub }: Reached): void => {
    if (hub['x-linked-etag'] && plainEtag(hub['x-linked-etag']) !== file.etag) throw changed();
    if (file.sha256) return; // a network of servers that deliver may have an ETag each
    const { origin } = new URL(url);
    const etag = plainEtag(response.headers.etag);
    const known = etags.get(origin) ?? (hub['x-linked-etag'] || origin !== http.origin ? etag : file.etag);
    if (etag && known && etag !== known) throw changed();
    etags.set(origin, known);
  };

  const checkAnswer = (reached: Reached, start: number, end: number): void => {
    const { response } = reached;
    if (response.status === 416) throw changed();
    if (response.status >= 400) throw failureOf(response, http.askedAt(reached, file.path));
    checkSame(reached);
    if (response.status === 200 && (start > 0 || end < file.size)) {
      const help = 'use another HF_ENDPOINT, or fetch the files yourself and use --from';
      throw new HubFailure(`${new URL(reached.url).host} ignores the byte range that is asked of ${name}: ${help}`);
    }
    const range = rangeOf(response, file.size);
    if (range && range.size !== file.size) throw changed();
    if ((response.headers['content-encoding'] ?? 'identity') === 'identity' && range?.start === start && range.end === end) return;
    throw new HubFailure(`${new URL(reached.url).host} answered another range than the one asked of ${name}: check HF_ENDPOINT and HTTPS_PROXY`);
  };

  const isStorage = ({ url }: Reached): boolean => new URL(url).origin !== http.origin;

  const getRange = async (start: number, end: number, signal?: AbortSignal): Promise<HubResponse> => {
    const headers = { range: `bytes=${start}-${end - 1}` };
    let reached = await http.follow(stored ?? file.url, 'GET', headers, signal);
    for (let renewals = 0; renewals < RENEWALS && isStorage(reached) && hasExpired(reached.response); renewals++) {
      stored = undefined;
      await reached.response.dispose();
      reached = await http.follow(file.url, 'GET', headers, signal);
    }
    try {
      checkAnswer(reached, start, end);
    } catch (error) {
      await reached.response.dispose();
      throw error;
    }
    if (isStorage(reached)) stored = reached.url;
    return reached.response;
  };

  async function* stream(start: number, end: number, ofStream?: AbortSignal): AsyncGenerator<Uint8Array, void> {
    checkRange(name, file.size, start, end);
    const signal = http.signals(ofStream);
    let at = start;
    let since = start;
    for (let tries = 0; at < end; ) {
      try {
        const response = await getRange(at, end, signal);
        for await (const chunk of http.bytesOf(response)) {
          if (chunk.length > end - at) throw new HubFailure(`${asked.endpoint} sent more of ${name} than was asked for: check HF_ENDPOINT`);
          at += chunk.length;
          if (at - since >= PROGRESS) {
            since = at;
            tries = 0;
          }
          yield chunk;
        }
        if (at < end) throw Object.assign(new Error('too few bytes'), { code: 'cut short' });
      } catch (error) {
        checkAborted(signal);
        await http.pause(failureOfError(error, stored ?? file.url, asked), tries++, true, signal);
      }
    }
  }

  const read = async (start: number, end: number, signal?: AbortSignal): Promise<Uint8Array> => {
    checkRange(name, file.size, start, end);
    if (end - start > LONGEST_READ)
      throw new HubFailure(`${name} has ${file.size} bytes by what ${asked.endpoint} says, which is too large: check HF_ENDPOINT`);
    const bytes = new Uint8Array(end - start);
    let at = 0;
    for await (const chunk of stream(start, end, signal)) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  };
  return { name, size: file.size, remote: file, read, stream };
};

interface RepoInfo {
  sha?: string;
  siblings: { rfilename: string }[];
}

const isRepoInfo = (value: unknown): value is RepoInfo => {
  const { sha = '', siblings } = (value ?? {}) as Partial<RepoInfo>;
  return typeof sha === 'string' && Array.isArray(siblings) && siblings.every((file) => typeof file?.rfilename === 'string');
};

/** Commit of a revision and the paths of all its files, by the hub's API. */
const repoInfo = async (http: HubClient, revision: string, signal?: AbortSignal): Promise<{ commit?: string; paths: string[] }> => {
  const asked = http.askedOf();
  const url = `${asked.endpoint}/api/models/${asked.repo}/revision/${encodeURIComponent(revision)}`;
  const read = async (): Promise<RepoInfo> => {
    const { response } = await http.follow(url, 'GET', {}, signal);
    if (response.status >= 400) {
      await response.dispose();
      throw failureOf(response, asked);
    }
    const value = await jsonOf(http.bytesOf(response));
    if (isRepoInfo(value)) return value;
    throw new HubFailure(`${asked.endpoint} does not tell the files of ${asked.repo}: check HF_ENDPOINT, or use --from with a folder`);
  };
  const { sha, siblings } = await http.retrying(read, url, asked, signal);
  return { commit: sha, paths: siblings.map(({ rfilename }) => rfilename) };
};

/**
 * A repository's files on the hub. `open` gives undefined for a file that the repository does not have.
 * @throws InputError (`HubFailure`), one sentence: no such repository or revision, gated, no connection, ...
 */
export const openHub = (options: HubOptions): HubFiles => {
  const { repo, revision, settings, signal } = options;
  if (!REPO.test(repo)) throw expected('a repository, organisation/name,', 'repo', repo);
  const http = hubClient(options);
  let pinned: string | undefined;
  let paths: string[] | undefined;
  const queue = inTurn(); // the first of them pins the commit for all
  const urlOf = (path: string): string => `${settings.endpoint}/${repo}/resolve/${encodeURIComponent(pinned ?? revision)}/${encodePath(path)}`;
  return {
    name: `${settings.endpoint}/${repo}`,
    open: (path) =>
      queue(async () => {
        checkAborted(signal);
        const { commit, file } = await head(http, urlOf(path), path, signal);
        pinned ??= commit;
        return file && remoteSource(http, { ...file, url: urlOf(path) });
      }),
    list: (folder) =>
      queue(async () => {
        if (!paths) {
          const info = await repoInfo(http, pinned ?? revision, signal);
          pinned ??= info.commit;
          paths = info.paths;
        }
        return namesIn(folder, paths);
      }),
  };
};
