/** How a hub is asked: with the token where it belongs, redirects followed, failures as sentences, and another try. */
import { setTimeout as sleepFor } from 'node:timers/promises';
import { checkAborted, type InputError } from '../errors.ts';
import { leadsInside, MOST_REDIRECTS, type RedirectHelp, redirectTarget, tooManyRedirects } from '../net/redirects.ts';
import { type Asked, failureOfError, type HubFailure } from './answers-node.ts';
import { bytesOf } from './body-node.ts';
import { type HubFetch, type HubResponse, hubFetch } from './http-node.ts';
import type { HubSettings } from './paths-node.ts';

/** Pauses between tries. */
export interface Patience {
  /** Milliseconds before the 2nd, 3rd, ... try; as many tries as pauses, and one. Every `PROGRESS` bytes start anew. */
  pauses: readonly number[];
  sleep: (ms: number, signal?: AbortSignal) => Promise<unknown>;
  /** Milliseconds for `PROGRESS` bytes of net/body.ts, 120,000: a slower line counts as cut. */
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

/** Pauses that are told, milliseconds. */
const TOLD = 5000;
const CHECK = 'check HF_ENDPOINT and HTTPS_PROXY';
const HELP: RedirectHelp = { odd: CHECK, plain: CHECK, inside: CHECK };

type Method = 'GET' | 'HEAD';
type Headers = Record<string, string>;

/** A request, its redirects followed. */
export interface Reached {
  response: HubResponse;
  /** Of the last request. */
  url: string;
  /** Headers that only the hub sends, of whichever answer had them. */
  hub: Readonly<Record<string, string>>;
}

/** How requests are made: with the token where it belongs, redirects followed, failures as sentences. */
export const hubClient = (options: HubOptions) => {
  const { repo, revision, settings, fetch = hubFetch(settings), patience = PATIENCE, signal: ofAll, say } = options;
  const { endpoint, token, isTokenWithheld } = settings;
  const origin = new URL(endpoint).origin;
  /** Whether it lies in a private network, and may send to others there. */
  let isHubInside = false;
  const askedOf = (path?: string): Asked => ({ endpoint, repo, revision, path, hasToken: token !== undefined, isTokenWithheld });
  /** Of an answer that is the storage's: one of another origin, without what only a hub tells. */
  const askedAt = ({ url, response }: Reached, path?: string): Asked => {
    const isStorage = new URL(url).origin !== origin && !response.headers['x-error-code'];
    return { ...askedOf(path), ...(isStorage && { storage: new URL(url).host }) };
  };
  const signals = (signal?: AbortSignal): AbortSignal | undefined => (signal && ofAll ? AbortSignal.any([signal, ofAll]) : (signal ?? ofAll));

  const isOurs = (url: URL): boolean => url.origin === origin;
  /** @param refusal where it must not go into a private network */
  const once = async (url: URL, method: Method, headers: Headers, signal?: AbortSignal, refusal?: InputError): Promise<HubResponse> => {
    const all = { 'user-agent': 'diffcut', ...headers, ...(token && isOurs(url) && { authorization: `Bearer ${token}` }) }; // storage must not see it
    return fetch(url.href, { method, headers: all, signal, refusal });
  };

  /** @param stop an answer at which a redirect is not followed: it tells enough */
  const follow = async (
    start: string,
    method: Method,
    headers: Headers,
    signal: AbortSignal | undefined,
    stop: (redirect: HubResponse, to: URL) => boolean = () => false,
  ): Promise<Reached> => {
    let url = new URL(start);
    // an address that the hub once redirected to is held to what it was then
    let refusal = isOurs(url) || isHubInside ? undefined : leadsInside(new URL(endpoint), url, HELP);
    const hub: Record<string, string> = {};
    for (let left = MOST_REDIRECTS; ; left--) {
      checkAborted(signal);
      const response = await once(url, method, headers, signal, refusal);
      const { status, headers: got, isInside = false } = response;
      if (isOurs(url)) isHubInside = isInside;
      for (const name of ['x-repo-commit', 'x-linked-etag', 'x-linked-size']) hub[name] ??= got[name];
      try {
        const to = redirectTarget(url, { status, location: got.location }, HELP);
        if (!to || stop(response, to)) return { response, url: url.href, hub };
        if (left === 0) throw tooManyRedirects(new URL(start), HELP);
        refusal = isInside ? undefined : leadsInside(url, to, HELP);
        url = to;
      } catch (error) {
        await response.dispose();
        throw error;
      }
      await response.dispose();
    }
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
  return { origin, askedOf, askedAt, signals, follow, pause, retrying, bytesOf: ({ body }: HubResponse) => bytesOf(body, patience.slowest) };
};

export type HubClient = ReturnType<typeof hubClient>;
