/** Downloads within limits: of bytes, as they are once they are unpacked, and of time. */
import { fetchUrl } from '#net/fetch';
import { InputError, shortened } from '../errors.ts';
import type { READING } from '../options/segment.ts';
import type { Resolved } from '../options/spec.ts';
import { joined, upTo } from '../tensor/bytes.ts';
import type { Watch } from '../types.ts';
import { piecesOf } from './body.ts';
import { addressOf, badAddress, causeOf, networkError } from './sentences.ts';

/** What a request is made with. */
export interface Asked {
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
  /** Redirects from public addresses into private networks are followed. */
  allowPrivate?: boolean;
}

/** `fetchUrl` of fetch-node and fetch-web. */
export type Fetch = (address: string | URL, asked: Asked) => Promise<Response>;

export type Limits = Pick<Resolved<typeof READING>, 'maxBytes' | 'timeout' | 'allowPrivate'> & Pick<Watch, 'signal'>;

/** All of a download may take so many times as long as silence may last. */
export const WHOLE = 10;

/**
 * A signal that aborts where nothing is heard for too long, all takes too long, or another one is aborted.
 * @param seconds of silence @param whole seconds in all
 */
export const patience = (name: string, seconds: number, whole: number | undefined, signal: AbortSignal | undefined) => {
  const call = new AbortController(); // of our realm, which `fetch` insists on
  const stop = (): void => call.abort(signal?.reason);
  const after = (time: number, sentence: string) => setTimeout(() => call.abort(networkError(sentence)), time * 1000);
  const listen = () => after(seconds, `${name} sent nothing for ${seconds} s: try again later, or raise timeout (--timeout)`);
  let silence = listen();
  const all = whole && after(whole, `${name} was not all there after ${whole} s: get the file first and give its path, or raise timeout (--timeout)`);
  signal?.throwIfAborted();
  signal?.addEventListener('abort', stop, { once: true });
  return {
    signal: call.signal,
    /** To be called whenever something came. */
    heard(): void {
      clearTimeout(silence);
      silence = listen();
    },
    /** What is still on its way is wanted no more. */
    end(): void {
      clearTimeout(silence);
      clearTimeout(all);
      signal?.removeEventListener('abort', stop);
      call.abort();
    },
  };
};

/** The refusal of what is over the limit. */
export const tooLarge = (name: string, most: number): InputError =>
  new InputError(`${name} is larger than ${most} bytes, the limit of a download: raise maxBytes (--max-bytes) to accept it`);

/** All that a response holds. */
const readBody = async (response: Response, name: string, most: number, heard: () => void): Promise<Uint8Array> => {
  if (Number(response.headers.get('content-length')) > most) throw tooLarge(name, most);
  try {
    return await joined(upTo(piecesOf(response, heard), most, () => tooLarge(name, most)));
  } catch (error) {
    throw error instanceof InputError ? error : networkError(`${name} broke off (${causeOf(error)}): try again`, error);
  }
};

/** User and password of an address as a header, which goes to its host alone. */
const loginOf = (url: URL): Record<string, string> => {
  if (url.username === '' && url.password === '') return {};
  const login = new TextEncoder().encode(`${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`);
  return { authorization: `Basic ${btoa(String.fromCharCode(...login))}` };
};

/**
 * The bytes behind an http(s) URL (in browsers: any URL that `fetch` takes).
 * @throws InputError with one sentence where there is no answer or not a good one, it is over the limit, or nothing comes for
 *   too long; the signal's reason once aborted
 * @param get a test has its own
 */
export const fetchBytes = async (address: string | URL, limits: Limits, get: Fetch = fetchUrl): Promise<Uint8Array> => {
  const { maxBytes, timeout, allowPrivate, signal } = limits;
  const name = shortened(addressOf(String(address)));
  const url = URL.canParse(String(address)) ? new URL(address) : undefined;
  if (!url && /^https?:\/\//i.test(String(address))) throw badAddress(String(address));
  const headers = url ? loginOf(url) : {};
  if (url) [url.username, url.password] = ['', ''];
  const wait = patience(name, timeout, timeout * WHOLE, signal);
  try {
    const response = await get(url ?? address, { headers, signal: wait.signal, allowPrivate });
    wait.heard();
    if (!response.ok) throw networkError(`${name} answered ${response.status} ${response.statusText}: check the address`);
    return await readBody(response, name, maxBytes, wait.heard);
  } catch (error) {
    signal?.throwIfAborted();
    if (wait.signal.aborted) throw wait.signal.reason;
    if (error instanceof InputError) throw error;
    throw networkError(`${name} could not be fetched (${causeOf(error)}): check the address and the network`, error);
  } finally {
    wait.end();
  }
};
