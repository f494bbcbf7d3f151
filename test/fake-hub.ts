/**
 * A Hugging Face hub on the loopback, with a second origin as its storage, which misbehaves on order.
 *
 * As the real one, it answers `/<repo>/resolve/<revision>/<path>` with X-Repo-Commit; small files come from itself by
 * way of a relative redirect, with the git blob's hash as ETag, large ones (`*.safetensors`) by a redirect to the
 * storage, with the SHA-256 in X-Linked-Etag and ETags of the storage's own. Its addresses name the content: one of a file
 * that was replaced has expired.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HubSettings } from '../src/hub/paths-node.ts';

/** A request as it arrived. */
export interface Seen {
  at: 'hub' | 'storage';
  method: string;
  /** Path of the file, or of the API. */
  path: string;
  revision?: string;
  range?: string;
  token?: string;
}

/** What happens in the place of the right answer. */
export interface Misdeed {
  status?: number;
  headers?: Record<string, string>;
  /** The connection is cut after so many bytes of the body. */
  cutAfter?: number;
  /** The body ends after so many bytes, as if that were all. */
  endAfter?: number;
  /** So many bytes are sent after the last that was asked for. */
  surplus?: number;
  ignoreRange?: boolean;
  /** Happens before the answer. */
  first?: () => void;
}

interface Order {
  matches: (seen: Seen) => boolean;
  misdeed: Misdeed;
  times: number;
}

export interface FakeHub {
  settings: HubSettings;
  /** All requests so far. */
  seen: Seen[];
  /** Bytes of bodies sent so far. */
  sent(): number;
  /** Adds or replaces a file. Its path tells small from large. */
  put(repo: string, path: string, bytes: Uint8Array | string): void;
  /** The commit that `main` names. */
  commit(repo: string, commit: string): void;
  /** The next requests (one, if not said otherwise) that match are answered so. */
  order(matches: Order['matches'], misdeed: Misdeed, times?: number): void;
  close(): Promise<void>;
}

const hash = (kind: 'sha1' | 'sha256', bytes: Uint8Array | string): string => createHash(kind).update(bytes).digest('hex');
const known = new WeakMap<Uint8Array, string>();
/** Large files are asked for often. */
const sha256 = (bytes: Uint8Array): string => {
  const found = known.get(bytes) ?? hash('sha256', bytes);
  known.set(bytes, found);
  return found;
};
const gitHash = (bytes: Uint8Array): string => hash('sha1', Buffer.concat([Buffer.from(`blob ${bytes.length}\0`), bytes]));
export const FIRST_COMMIT = hash('sha1', 'first');

const listen = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const parseRange = (range: string | undefined, size: number): [number, number] => {
  const match = /^bytes=(\d+)-(\d+)$/.exec(range ?? '');
  return match ? [Number(match[1]), Math.min(Number(match[2]) + 1, size)] : [0, size];
};

/** Starts one; `close` it. */
export const startHub = async (): Promise<FakeHub> => {
  const repos = new Map<string, { commit: string; files: Map<string, Uint8Array> }>();
  const orders: Order[] = [];
  const seen: Seen[] = [];
  let sent = 0;

  const judge = (request: Seen): Misdeed => {
    seen.push(request);
    const order = orders.find((o) => o.times > 0 && o.matches(request));
    if (!order) return {};
    order.times--;
    order.misdeed.first?.();
    return order.misdeed;
  };

  const send = (response: ServerResponse, bytes: Uint8Array, request: Seen, etag: string, misdeed: Misdeed): void => {
    const ranged = request.range !== undefined && !misdeed.ignoreRange;
    const [start, end] = ranged ? parseRange(request.range, bytes.length) : [0, bytes.length];
    if (ranged && start >= bytes.length) return void refuse(response, 416, { 'content-range': `bytes */${bytes.length}` });
    const body = Buffer.concat([bytes.subarray(start, end), new Uint8Array(misdeed.surplus ?? 0)]);
    const headers = { etag: `"${etag}"`, ...(ranged && { 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` }) };
    const isOdd = misdeed.endAfter !== undefined || misdeed.surplus !== undefined; // then chunked: the length would tell
    response.writeHead(ranged ? 206 : 200, { ...headers, ...(!isOdd && { 'content-length': body.length }), ...misdeed.headers });
    if (request.method === 'HEAD') return void response.end();
    const part = body.subarray(0, misdeed.cutAfter ?? misdeed.endAfter ?? body.length);
    sent += part.length;
    if (misdeed.cutAfter === undefined) response.end(part);
    else response.write(part, () => response.destroy());
  };

  const refuse = (response: ServerResponse, status: number, headers: Record<string, string> = {}): void => {
    response.writeHead(status, headers).end('{"error":"no"}');
  };

  const describe = (at: Seen['at'], { method = '', headers }: IncomingMessage): Pick<Seen, 'at' | 'method' | 'range' | 'token'> => ({
    at,
    method,
    ...(headers.range && { range: headers.range }),
    ...(headers.authorization && { token: headers.authorization }),
  });

  const storage = createServer((incoming, response) => {
    const [, repo, path] = /^\/stored\/([^/]+\/[^/]+)\/(.*?)(\?|$)/.exec(decodeURIComponent(incoming.url ?? '')) ?? [];
    const request: Seen = { ...describe('storage', incoming), path };
    const misdeed = judge(request);
    const bytes = repos.get(repo)?.files.get(path);
    if (misdeed.status && misdeed.status >= 400) return refuse(response, misdeed.status, misdeed.headers);
    const hasExpired = !bytes || (Object.keys(misdeed).length === 0 && !incoming.url?.includes(sha256(bytes)));
    if (hasExpired) return refuse(response, 403);
    send(response, bytes, request, sha256(bytes).slice(0, 32), misdeed);
  });
  const storageUrl = await listen(storage);

  const hub = createServer((incoming, response) => {
    const url = incoming.url ?? '';
    const api = /^\/api\/models\/([^/]+\/[^/]+)\/revision\/(.+)$/.exec(url);
    const file = /^\/(?:api\/resolve-cache\/)?([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(url);
    const [, repo = '', revision = '', path = url] = (api ?? file ?? []).map(decodeURIComponent);
    const request: Seen = { ...describe('hub', incoming), path: api ? '(info)' : path, revision };
    const misdeed = judge(request);
    const found = repos.get(repo);
    if (misdeed.status) return refuse(response, misdeed.status, misdeed.headers);
    if (!found) return refuse(response, request.token ? 404 : 401, { 'x-error-code': 'RepoNotFound' });
    if (revision !== 'main' && revision !== found.commit) return refuse(response, 404, { 'x-error-code': 'RevisionNotFound' });
    const about = { 'x-repo-commit': found.commit };
    if (api) {
      const siblings = [...found.files.keys()].map((rfilename) => ({ rfilename }));
      response.writeHead(200).end(JSON.stringify({ sha: found.commit, siblings }));
      return;
    }
    const bytes = found.files.get(path);
    if (!bytes) return refuse(response, 404, { 'x-error-code': 'EntryNotFound', ...about });
    if (path.endsWith('.safetensors')) {
      const linked = { 'x-linked-etag': `"${sha256(bytes)}"`, 'x-linked-size': String(bytes.length) };
      const location = `${storageUrl}/stored/${repo}/${path}?content=${sha256(bytes)}&signature=secret`;
      response.writeHead(302, { ...about, ...linked, location, ...misdeed.headers }).end('Found. Redirecting');
    } else if (!url.startsWith('/api/resolve-cache/')) {
      response.writeHead(307, { ...about, location: `/api/resolve-cache${url}` }).end();
    } else send(response, bytes, request, gitHash(bytes), misdeed);
  });
  const endpoint = await listen(hub);

  return {
    settings: { endpoint, cache: '/nonexistent', offline: false, proxy: { except: '' } },
    seen,
    sent: () => sent,
    put(repo, path, bytes) {
      if (!repos.has(repo)) repos.set(repo, { commit: FIRST_COMMIT, files: new Map() });
      repos.get(repo)!.files.set(path, typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes);
    },
    commit(repo, commit) {
      repos.get(repo)!.commit = commit;
    },
    order: (matches, misdeed, times = 1) => void orders.push({ matches, misdeed, times }),
    async close() {
      for (const server of [hub, storage]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
};

/** Bytes that repeat nowhere, so that one in the wrong place shows. */
export const noise = (length: number, seed = 1): Uint8Array => {
  const out = new Uint8Array(length);
  let state = seed * 2_654_435_761;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    out[i] = state >>> 24;
  }
  return out;
};
