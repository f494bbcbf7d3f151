/** How a hub is asked: with the token where it belongs, redirects followed, failures as sentences, and another try. */
import { setTimeout as sleepFor } from 'node:timers/promises';
import { checkAborted } from '../errors.ts';
import { type Asked, failureOfError, HubFailure } from './answers-node.ts';
import { type HubFetch, type HubResponse, hubFetch } from './http-node.ts';
import type { HubSettings } from './paths-node.ts';

/** Pauses between tries. */
export interface Patience {
  /** Milliseconds before the 2nd, 3rd, ... try; as many tries as pauses, and one. A byte received starts anew. */
  pauses: readonly number[];
  sleep: (ms: number, signal?: AbortSignal) => Promise<unknown>;
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
}

const REDIRECTS = 10;

/** A request, its redirects followed. */
export interface Reached {
  response: HubResponse;
  /** Of the last request. */
  url: string;
  /** Headers that only the hub sends, of whichever answer had them. */
  hub: Readonly<Record<string, string>>;
}

/** How requests are made: with the token where it belongs, redirects followed, failures as sentences. */
export const hubClient = ({ repo, revision, settings, fetch = hubFetch(settings), patience = PATIENCE, signal: ofAll }: HubOptions) => {
  const { endpoint, token } = settings;
  const origin = new URL(endpoint).origin;
  const askedOf = (path?: string): Asked => ({ endpoint, repo, revision, path, hasToken: token !== undefined });
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
      const { location } = response.headers;
      const to = location && response.status >= 300 && response.status < 400 ? new URL(location, url) : undefined;
      if (!to || stop(response, to)) return { response, url, hub };
      await response.dispose();
      url = to.href;
    }
    throw new HubFailure(`${endpoint} redirects ${new URL(start).pathname} again and again: check HF_ENDPOINT`);
  };

  /** Waits for the next try, or throws what cannot be mended by one. */
  const pause = async (failure: HubFailure, tries: number, patient: boolean, signal?: AbortSignal): Promise<void> => {
    const again = failure.kind === 'transient' || (patient && failure.kind === 'unreachable');
    if (!again || tries >= patience.pauses.length) throw failure;
    await patience.sleep(Math.max(patience.pauses[tries], failure.wait ?? 0), signal);
    checkAborted(signal);
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
  return { origin, askedOf, signals, follow, pause, retrying };
};

export type HubClient = ReturnType<typeof hubClient>;
