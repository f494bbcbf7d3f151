/** Where a model's bytes come from: files, Blobs or URLs, read by range, behind one interface. */
import { fetchUrl } from '#image/fetch';
import { badModel, checkAborted, type ErrorCode, expected, InputError, kindOf, publicName } from '../errors.ts';
import { patience } from '../image/download.ts';
import { jsonObject } from '../json.ts';
import { URL_FILES } from '../options/files.ts';
import { resolveOptions } from '../options/spec.ts';

/** Bytes that can be read by range: a file, a Blob, a URL. */
export interface ByteSource {
  /** For messages: a path or a URL without what is secret in it. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /**
   * Exactly the bytes from `start` up to, not including, `end`.
   * @throws InputError where they cannot be had whole, a changed file among it; the signal's reason once it is aborted
   */
  read(start: number, end: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** Absolute path where it lies on disk, links followed; undefined elsewhere. */
  readonly path?: string;
}

/** A model's folder, wherever it lies. Paths in it are relative, with '/'. */
export interface ModelFiles {
  /** For messages. */
  readonly name: string;
  /**
   * The file, or undefined where there is none.
   * @throws InputError for a path that leaves the folder, or a file that is there but cannot be read
   */
  open(path: string): Promise<ByteSource | undefined>;
  /** Names of the files (not folders) directly in a folder ('' is the top), sorted; none where it is absent. Where it is known at all. */
  list?(folder: string): Promise<string[]>;
}

export interface UrlOptions {
  /** In the place of the platform's, e.g. to count or to retry. */
  fetch?: typeof fetch;
  /** Sent with every request, e.g. `authorization`. */
  headers?: Record<string, string>;
  /** Aborts every read. */
  signal?: AbortSignal;
  /** Seconds that the server may send nothing; 60 where not given. */
  timeout?: number;
  /** Redirects from public addresses into private networks are followed; not in pages, whose browser follows them by its own rules. */
  allowPrivate?: boolean;
}

/**
 * The parts of a path inside a model's folder.
 * @throws InputError unless it is relative and stays inside: no '..', no drive, no backslash
 */
export const partsOf = (path: string): string[] => {
  const parts = path.split('/');
  const odd = parts.some((part) => part === '' || part === '.' || part === '..') || /[\\\0]|^[a-z]:/i.test(path);
  if (odd) throw badModel(`${JSON.stringify(path)} is not a path inside the model's folder: give a relative one with "/" and without ".."`);
  return parts;
};

/** Names of the files directly in a folder ('' is the top) by the paths of all files, sorted. */
export const namesIn = (folder: string, paths: readonly string[]): string[] => {
  const depth = folder ? partsOf(folder).length : 0;
  return paths
    .filter((path) => (depth === 0 || path.startsWith(`${folder}/`)) && path.split('/').length === depth + 1)
    .map((path) => path.slice(path.lastIndexOf('/') + 1))
    .sort();
};

/** @throws InputError unless `start` to `end` lies in the `size` bytes of `name` */
export const checkRange = (name: string, size: number, start: number, end: number): void => {
  if (Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start <= end && end <= size) return;
  throw badModel(`${JSON.stringify(name)} has ${size} bytes: there is no range from ${start} to ${end} in it`);
};

/** Node's fetch says "fetch failed" and keeps the reason in the cause. */
const whyOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
};

const notRead = (name: string, error: unknown, code: ErrorCode): InputError =>
  new InputError(`${JSON.stringify(name)} could not be read (${whyOf(error)})`, { code, cause: error });

/** The sentence for an answer that is of no use. */
const badAnswer = (name: string, what: string): InputError => new InputError(`${JSON.stringify(name)} ${what}`, { code: 'E_NETWORK' });

/** A file that a user chose in a page, or bytes in memory. */
export const blobSource = (name: string, blob: Blob): ByteSource => ({
  name,
  size: blob.size,
  async read(start, end, signal) {
    checkAborted(signal);
    checkRange(name, blob.size, start, end);
    const buffer = await blob
      .slice(start, end)
      .arrayBuffer()
      .catch((error: unknown) => {
        throw notRead(name, error, 'E_FILE'); // the file behind the Blob is gone or has changed
      });
    checkAborted(signal);
    return new Uint8Array(buffer);
  },
});

/** A model's folder as Blobs by relative path, as a page's folder picker gives them. */
export const blobFiles = (name: string, blobs: Record<string, Blob>): ModelFiles => {
  if (typeof name !== 'string') throw expected('a text', 'the name of the files', name);
  if (kindOf(blobs) !== 'Object' || !Object.values(blobs).every((blob) => ['Blob', 'File'].includes(kindOf(blob))))
    throw expected('Blobs by path', 'the files', blobs);
  return {
    name,
    async open(path) {
      partsOf(path);
      return Object.hasOwn(blobs, path) ? blobSource(`${name}/${path}`, blobs[path]) : undefined;
    },
    async list(folder) {
      return namesIn(folder, Object.keys(blobs));
    },
  };
};

const parseUrl = (url: string): URL => {
  try {
    const parsed = new URL(url, globalThis.location?.href);
    if (/^https?:$/.test(parsed.protocol)) return parsed;
  } catch {
    // said below, as every other URL that is not read
  }
  throw expected('an http: or https: URL', 'url', url);
};

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
  const name = publicName(url);
  const wait = patience(JSON.stringify(name), timeout, undefined, signal);
  const asked = { headers: { ...options.headers, range: `bytes=${start}-${end - 1}` }, signal: wait.signal };
  try {
    const response = await (options.fetch ? options.fetch(url, asked) : fetchUrl(url, { ...asked, allowPrivate }));
    wait.heard();
    return await use(response, wait.heard);
  } catch (error) {
    checkAborted(signal);
    if (wait.signal.aborted) throw wait.signal.reason;
    throw error instanceof InputError ? error : notRead(name, error, 'E_NETWORK');
  } finally {
    wait.end();
  }
};

/** The sentence for an answer that is not the range. */
const refused = (name: string, response: Response): InputError => {
  if (response.status === 200) {
    return badAnswer(name, 'comes from a server that ignores range requests: use one that serves them, or download the file');
  }
  const why = STATUSES[response.status] ?? `could not be read: the server answered ${response.status} ${response.statusText}`.trimEnd();
  return badAnswer(name, why);
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
  throw badAnswer(name, `could not be read by range: the server's answer ${what}`);
};

/** The body, which has to be exactly `length` bytes; more is never taken into memory. */
const readBody = async (name: string, response: Response, length: number, heard: () => void): Promise<Uint8Array> => {
  const bytes = new Uint8Array(length);
  const reader = response.body?.getReader();
  let at = 0;
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    heard();
    if (at + part.value.length > length)
      throw badAnswer(name, `could not be read by range: the server sent more than the ${length} bytes that were asked for`);
    bytes.set(part.value, at);
    at += part.value.length;
  }
  if (at < length) throw badAnswer(name, `was cut short: the server sent ${at} of ${length} bytes, so try again`);
  return bytes;
};

/** Size and ETag of what a URL names, by asking for its first byte; undefined where there is nothing. */
const probe = (url: URL, options: UrlOptions): Promise<{ size: number; etag: string | null } | undefined> =>
  askRange(url, [0, 1], options, options.signal, async (response) => {
    const etag = response.headers.get('etag');
    if (response.status === 404) return undefined;
    const name = publicName(url);
    // An empty file has no first byte.
    if (response.status === 416 && /^bytes \*\/0$/.test(response.headers.get('content-range') ?? '')) return { size: 0, etag };
    if (response.status !== 206) throw refused(name, response);
    const { start, end, size } = rangeOf(name, response);
    if (start !== 0 || end !== 1) throw badAnswer(name, 'could not be read by range: the server answers with another range');
    return { size, etag };
  });

/** A file on a server, by HTTP range requests, the first of which asks for its size; undefined where there is none. */
const openUrl = async (url: URL, options: UrlOptions): Promise<ByteSource | undefined> => {
  const name = publicName(url);
  const found = await probe(url, options);
  if (!found) return undefined;
  const { size, etag } = found;
  const read = async (start: number, end: number, ofRead?: AbortSignal): Promise<Uint8Array> => {
    const signal = combined(options.signal, ofRead);
    checkAborted(signal);
    checkRange(name, size, start, end);
    if (start === end) return new Uint8Array();
    return askRange(url, [start, end], options, signal, async (response, heard) => {
      if (response.status !== 206) throw refused(name, response);
      const got = rangeOf(name, response);
      const now = response.headers.get('etag');
      const changed = got.size !== size || (etag && now && now !== etag);
      if (!changed && got.start === start && got.end === end) return readBody(name, response, end - start, heard);
      throw badAnswer(
        name,
        changed
          ? 'changed on the server while it was read: start again'
          : `could not be read by range: asked for bytes ${start} to ${end}, the server sent ${got.start} to ${got.end}`,
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
  resolveOptions('urlFiles', URL_FILES, options);
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

/** Configs are a few kilobytes, indexes of shards and vocabularies a few megabytes. */
const JSON_LIMIT = 64 * 2 ** 20;

/** All bytes of a config, an index or a vocabulary. @throws InputError for more than any of them has */
export const readSmall = async (source: ByteSource): Promise<Uint8Array> => {
  const { name, size } = source;
  if (size > JSON_LIMIT) throw badModel(`${JSON.stringify(name)} has ${size} bytes: a JSON or text file of a model is at most ${JSON_LIMIT}`);
  return source.read(0, size);
};

/**
 * A JSON file of a model's folder, or undefined where there is none.
 * @throws InputError for one that is too large, is not JSON, is not an object, or is nested past all use
 */
export const readJson = async (files: ModelFiles, path: string): Promise<Record<string, unknown> | undefined> => {
  const source = await files.open(path);
  if (!source) return undefined;
  const name = JSON.stringify(source.name);
  return jsonObject(decoded(await readSmall(source), name), name);
};

const decoded = (bytes: Uint8Array, name: string): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw badModel(`${name} is not JSON (${(error as Error).message}): get the file again`, error);
  }
};
