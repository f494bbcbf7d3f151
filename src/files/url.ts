/** A model's folder on a server, read by HTTP range requests. */
import { fetchUrl } from '#net/fetch';
import { checkAborted, expected, InputError, publicName } from '../errors.ts';
import { flowing, PROGRESS, piecesOf, SLOWEST } from '../net/body.ts';
import { patience } from '../net/download.ts';
import { causeOf, networkError } from '../net/sentences.ts';
import { URL_FILES } from '../options/files.ts';
import { resolveOptions } from '../options/spec.ts';
import { type ByteSource, checkRange, type ModelFiles, partsOf } from './source.ts';

export interface UrlOptions {
  /** In the place of the platform's, e.g. to count or to retry. */
  fetch?: typeof fetch;
  /** Sent with every request, e.g. `authorization`. */
  headers?: Record<string, string>;
  /** Aborts every read. */
  signal?: AbortSignal;
  /** Seconds that the server may send nothing; 60 where not given. */
  timeout?: number;
  /** Redirects from public addresses into private networks are followed; refused in pages and beside a `fetch` of one's own, which follow by their own rules. */
  allowPrivate?: boolean;
}

const parseUrl = (url: string): URL => {
  try {
    const parsed = new URL(url, globalThis.location?.href);
    if (/^https?:$/.test(parsed.protocol)) return parsed;
  } catch {
    // said below, as every other URL that is not read
  }
  throw expected('an http: or https: URL', 'url', url);
};

/** In sentences. */
const toldName = (url: URL): string => JSON.stringify(publicName(url));

const STATUSES: Record<number, string> = {
  401: 'needs a login: give a token in the authorization header',
  403: 'may not be read: accept its licence on its page, and give a token in the authorization header',
  404: 'does not exist: check the URL',
};

const combined = (...signals: (AbortSignal | undefined)[]): AbortSignal | undefined => {
  const given = signals.filter((s) => s !== undefined);
  return given.length > 1 ? AbortSignal.any(given) : given[0];
};

/**
 * Asks for `start` up to `end`; what answers may be any status.
 * @param use reads the answer, and says whenever something came
 */
const askRange = async <T>(
  url: URL,
  [start, end]: readonly [number, number],
  options: UrlOptions,
  signal: AbortSignal | undefined,
  use: (response: Response, heard: () => void) => Promise<T>,
): Promise<T> => {
  const { allowPrivate = false, timeout = URL_FILES.timeout.default } = options;
  const name = toldName(url);
  const wait = patience(name, timeout, undefined, signal);
  const asked = { headers: { ...options.headers, range: `bytes=${start}-${end - 1}` }, signal: wait.signal };
  try {
    const response = await (options.fetch ? options.fetch(url, asked) : fetchUrl(url, { ...asked, allowPrivate }));
    wait.heard();
    return await use(response, wait.heard);
  } catch (error) {
    checkAborted(signal);
    if (wait.signal.aborted) throw wait.signal.reason;
    throw error instanceof InputError ? error : networkError(`${name} could not be read (${causeOf(error)})`, error);
  } finally {
    wait.end();
  }
};

/** The sentence for an answer that is not the range. */
const refused = (name: string, response: Response): InputError => {
  if (response.status === 200) {
    return networkError(`${name} comes from a server that ignores range requests: use one that serves them, or download the file`);
  }
  const why = STATUSES[response.status] ?? `could not be read: the server answered ${response.status} ${response.statusText}`.trimEnd();
  return networkError(`${name} ${why}`);
};

/** What the header Content-Range says; undefined where it does not name both ends and the size. */
export const parseContentRange = (text: string | null | undefined): { start: number; end: number; size: number } | undefined => {
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(text ?? '');
  return match ? { start: Number(match[1]), end: Number(match[2]) + 1, size: Number(match[3]) } : undefined;
};

/** Which bytes a 206 answer has. @throws InputError where it does not say */
const rangeOf = (name: string, response: Response): { start: number; end: number; size: number } => {
  const text = response.headers.get('content-range');
  const range = parseContentRange(text);
  if (range) return range;
  const what = text ? `has the Content-Range ${JSON.stringify(text)}` : 'has no Content-Range, or a page of another site may not see it (CORS)';
  throw networkError(`${name} could not be read by range: the server's answer ${what}`);
};

/** Bytes of a range that come too slowly, in words. */
const TOO_SLOW = `was sent too slowly: less than ${PROGRESS / 2 ** 20} MiB in ${SLOWEST / 1000} s, so try again later, or download the file`;

/** The body, which has to be exactly `length` bytes; more is never taken into memory. */
const readBody = async (name: string, response: Response, length: number, heard: () => void): Promise<Uint8Array> => {
  const bytes = new Uint8Array(length);
  let at = 0;
  for await (const part of flowing(piecesOf(response, heard), () => networkError(`${name} ${TOO_SLOW}`))) {
    if (at + part.length > length)
      throw networkError(`${name} could not be read by range: the server sent more than the ${length} bytes that were asked for`);
    bytes.set(part, at);
    at += part.length;
  }
  if (at < length) throw networkError(`${name} was cut short: the server sent ${at} of ${length} bytes, so try again`);
  return bytes;
};

/** Size and ETag of what a URL names, by asking for its first byte; undefined where there is nothing. */
const probe = (url: URL, options: UrlOptions): Promise<{ size: number; etag: string | null } | undefined> =>
  askRange(url, [0, 1], options, options.signal, async (response) => {
    const etag = response.headers.get('etag');
    if (response.status === 404) return undefined;
    const name = toldName(url);
    // An empty file has no first byte.
    if (response.status === 416 && /^bytes \*\/0$/.test(response.headers.get('content-range') ?? '')) return { size: 0, etag };
    if (response.status !== 206) throw refused(name, response);
    const { start, end, size } = rangeOf(name, response);
    if (start !== 0 || end !== 1) throw networkError(`${name} could not be read by range: the server answers with another range`);
    return { size, etag };
  });

/** A file on a server, by HTTP range requests, the first of which asks for its size; undefined where there is none. */
const openUrl = async (url: URL, options: UrlOptions): Promise<ByteSource | undefined> => {
  const name = publicName(url);
  const found = await probe(url, options);
  if (!found) return undefined;
  const { size, etag } = found;
  const told = toldName(url);
  const read = async (start: number, end: number, ofRead?: AbortSignal): Promise<Uint8Array> => {
    const signal = combined(options.signal, ofRead);
    checkAborted(signal);
    checkRange(name, size, start, end);
    if (start === end) return new Uint8Array();
    return askRange(url, [start, end], options, signal, async (response, heard) => {
      if (response.status !== 206) throw refused(told, response);
      const got = rangeOf(told, response);
      const now = response.headers.get('etag');
      const changed = got.size !== size || (etag && now && now !== etag);
      if (!changed && got.start === start && got.end === end) return readBody(told, response, end - start, heard);
      throw networkError(
        changed
          ? `${told} changed on the server while it was read: start again`
          : `${told} could not be read by range: asked for bytes ${start} to ${end}, the server sent ${got.start} to ${got.end}`,
      );
    });
  };
  return { name, size, read };
};

/**
 * A model's folder on a server, e.g. `https://huggingface.co/segmind/SSD-1B/resolve/main`. A query of `base` goes with
 * every file. `open` refuses a server that ignores ranges or answers with other bytes than asked for.
 */
export const urlFiles = (base: string, options: UrlOptions = {}): ModelFiles => {
  const { fetch: own, allowPrivate } = resolveOptions('urlFiles', URL_FILES, options);
  if (own && allowPrivate)
    throw new InputError('allowPrivate has no meaning beside a fetch of your own, which follows redirects by its own rules: leave one of them out', {
      code: 'E_OPTION',
    });
  const folder = parseUrl(base);
  folder.hash = '';
  folder.pathname = folder.pathname.replace(/\/*$/, '/');
  return {
    name: publicName(folder),
    async open(path) {
      const url = new URL(folder);
      url.pathname += partsOf(path).map(encodeURIComponent).join('/');
      return openUrl(url, options);
    },
  };
};
