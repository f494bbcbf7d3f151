/** How a hub is asked: with the token where it belongs, redirects followed, failures as sentences, and another try. */
import { setTimeout as sleepFor } from 'node:timers/promises';
import { checkAborted, shortened } from '../errors.ts';
import { type Asked, failureOfError, HubFailure } from './answers-node.ts';
import { flowing } from './body-node.ts';
import { type HubFetch, type HubResponse, hubFetch } from './http-node.ts';
import type { HubSettings } from './paths-node.ts';

/** Pauses between tries. */
export interface Patience {
  /** Milliseconds before the 2nd, 3rd, ... try; as many tries as pauses, and one. Every `PROGRESS` bytes start anew. */
  pauses: readonly number[];
  sleep: (ms: number, signal?: AbortSignal) => Promise<unknown>;
  /** Milliseconds for `PROGRESS` bytes, 120,000: a slower line counts as cut. */
  slowest?: number;
}

const PATIENCE: Patience = {
  pauses: [500, 1000, 2000, 4000, 8000],
  sleep: (ms, signal) => sleepFor(ms, undefined, { signal }),
};

export interface HubOptions {
  /** `org/name` */
  repo: string;
  /** A branch, a tag or a commit. */
  revision: string;
  settings: HubSettings;
  fetch?: HubFetch;
  patience?: Patience;
  /** Aborts every request. */
  signal?: AbortSignal;
  /** Takes a line about a pause that people would wonder at. */
  say?: (line: string) => void;
}

const SLOWEST = 120_000;
const REDIRECTS = 10;
/** Pauses that are told, milliseconds. */
const TOLD = 5000;

/** A request, its redirects followed. */
export interface Reached {
  response: HubResponse;
  /** Of the last request. */
  url: string;
  /** Headers that only the hub sends, of whichever answer had them. */
  hub: Readonly<Record<string, string>>;
}

/** Where a redirect leads, or why it is not followed; undefined for another answer. */
const targetOf = ({ status, headers: { location } }: HubResponse, url: string): URL | HubFailure | undefined => {
  if (status < 300 || status >= 400) return undefined;
  const { host, protocol } = new URL(url);
  const refuse = (where: string): HubFailure => new HubFailure(`${host} redirects (${status}) ${where}: check HF_ENDPOINT and HTTPS_PROXY`);
  if (!location) return refuse('without saying where to');
  if (!URL.canParse(location, url)) return refuse('to what is no address');
  const to = new URL(location, url);
  if (!/^https?:$/.test(to.protocol)) return refuse(`to a ${shortened(to.protocol)} address, which is not followed`);
  if (protocol === 'https:' && to.protocol === 'http:') return refuse(`to http://${to.host}, where others could change what it sends`);
  return to;
};

/** How requests are made: with the token where it belongs, redirects followed, failures as sentences. */
export const hubClient = (options: HubOptions) => {
  const { repo, revision, settings, fetch = hubFetch(settings), patience = PATIENCE, signal: ofAll, say } = options;
  const { endpoint, token, isTokenKept } = settings;
  const origin = new URL(endpoint).origin;
  const askedOf = (path?: string): Asked => ({ endpoint, repo, revision, path, hasToken: token !== undefined, isTokenKept });
  /** Of an answer that is the storage's: one of another origin, without what only a hub tells. */
  const askedAt = ({ url, response }: Reached, path?: string): Asked => {
    const isStorage = new URL(url).origin !== origin && !response.headers['x-error-code'];
    return { ...askedOf(path), ...(isStorage && { storage: new URL(url).host }) };
  };
  const signals = (signal?: AbortSignal): AbortSignal | undefined => (signal && ofAll ? AbortSignal.any([signal, ofAll]) : (signal ?? ofAll));

  const once = async (url: string, method: 'GET' | 'HEAD', headers: Record<string, string>, signal?: AbortSignal): Promise<HubResponse> => {
    const isOurs = new URL(url).origin === origin; // storage elsewhere must not see the token
    const all = { 'user-agent': 'diffcut', ...headers, ...(token && isOurs && { authorization: `Bearer ${token}` }) };
    return fetch(url, { method, headers: all, signal });
  };

  /** @param stop an answer at which a redirect is not followed: it tells enough */
  const follow = async (
    start: string,
    method: 'GET' | 'HEAD',
    headers: Record<string, string>,
    signal: AbortSignal | undefined,
    stop: (redirect: HubResponse, to: URL) => boolean = () => false,
  ): Promise<Reached> => {
    let url = start;
    const hub: Record<string, string> = {};
    for (let hop = 0; hop <= REDIRECTS; hop++) {
      checkAborted(signal);
      const response = await once(url, method, headers, signal);
      for (const name of ['x-repo-commit', 'x-linked-etag', 'x-linked-size']) hub[name] ??= response.headers[name];
      const to = targetOf(response, url);
      if (!to || (to instanceof URL && stop(response, to))) return { response, url, hub };
      await response.dispose();
      if (to instanceof HubFailure) throw to;
      url = to.href;
    }
    throw new HubFailure(`${endpoint} redirects ${new URL(start).pathname} again and again: check HF_ENDPOINT`);
  };

  /** Waits for the next try, or throws what cannot be mended by one. */
  const pause = async (failure: HubFailure, tries: number, patient: boolean, signal?: AbortSignal): Promise<void> => {
    const again = failure.kind === 'transient' || (patient && failure.kind === 'unreachable');
    if (!again || tries >= patience.pauses.length) throw failure;
    const ms = Math.max(patience.pauses[tries], failure.wait);
    if (ms >= TOLD && failure.wait === ms) say?.(`${failure.asks}, after which this goes on`);
    await patience.sleep(ms, signal).finally(() => checkAborted(signal));
  };

  /** Tries until it succeeds or fails for good. */
  const retrying = async <T>(work: () => Promise<T>, url: string, asked: Asked, signal?: AbortSignal): Promise<T> => {
    for (let tries = 0; ; tries++) {
      try {
        return await work();
      } catch (error) {
        checkAborted(signal);
        await pause(failureOfError(error, url, asked), tries, false, signal);
      }
    }
  };
  /** A body's bytes, as long as they come fast enough. */
  const bytesOf = ({ body }: HubResponse): AsyncGenerator<Uint8Array, void> => flowing(body, patience.slowest ?? SLOWEST);
  return { origin, askedOf, askedAt, signals, follow, pause, retrying, bytesOf };
};

export type HubClient = ReturnType<typeof hubClient>;
