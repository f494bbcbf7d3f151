/** Where a model's bytes come from: files, Blobs or URLs, read by range, behind one interface. */
import { badModel, checkAborted, type ErrorCode, expected, InputError, kindOf, publicName } from '../errors.ts';
import { parseJson } from '../json.ts';
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

/** Asks for `start` up to `end`; what answers may be any status. */
const askRange = async (url: URL, start: number, end: number, options: UrlOptions, signal?: AbortSignal): Promise<Response> => {
  const headers = { ...options.headers, range: `bytes=${start}-${end - 1}` };
  const get = options.fetch ?? globalThis.fetch;
  try {
    return await get(url, { headers, signal });
  } catch (error) {
    checkAborted(signal);
    throw notRead(publicName(url), error, 'E_NETWORK');
  }
};

/** The sentence for an answer that is not the range. */
const refused = async (name: string, response: Response): Promise<InputError> => {
  await response.body?.cancel();
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
const rangeOf = async (name: string, response: Response): Promise<{ start: number; end: number; size: number }> => {
  const text = response.headers.get('content-range');
  const range = parseContentRange(text);
  if (range) return range;
  await response.body?.cancel();
  const what = text ? `has the Content-Range ${JSON.stringify(text)}` : 'has no Content-Range, or a page of another site may not see it (CORS)';
  throw badAnswer(name, `could not be read by range: the server's answer ${what}`);
};

/** The body, which has to be exactly `length` bytes; more is never taken into memory. */
const readBody = async (name: string, response: Response, length: number, signal?: AbortSignal): Promise<Uint8Array> => {
  const bytes = new Uint8Array(length);
  const reader = response.body?.getReader();
  let at = 0;
  try {
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
      if (at + part.value.length > length) {
        await reader?.cancel();
        throw badAnswer(name, `could not be read by range: the server sent more than the ${length} bytes that were asked for`);
      }
      bytes.set(part.value, at);
      at += part.value.length;
    }
  } catch (error) {
    checkAborted(signal);
    throw error instanceof InputError ? error : notRead(name, error, 'E_NETWORK');
  }
  if (at < length) throw badAnswer(name, `was cut short: the server sent ${at} of ${length} bytes, so try again`);
  return bytes;
};

/** Size and ETag of what a URL names, by asking for its first byte; undefined where there is nothing. */
const probe = async (url: URL, options: UrlOptions): Promise<{ size: number; etag: string | null } | undefined> => {
  const response = await askRange(url, 0, 1, options, options.signal);
  const etag = response.headers.get('etag');
  if (response.status === 404) {
    await response.body?.cancel();
    return undefined;
  }
  const name = publicName(url);
  // An empty file has no first byte.
  if (response.status === 416 && /^bytes \*\/0$/.test(response.headers.get('content-range') ?? '')) {
    await response.body?.cancel();
    return { size: 0, etag };
  }
  if (response.status !== 206) throw await refused(name, response);
  const { start, end, size } = await rangeOf(name, response);
  await response.body?.cancel();
  if (start !== 0 || end !== 1) throw badAnswer(name, 'could not be read by range: the server answers with another range');
  return { size, etag };
};

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
    const response = await askRange(url, start, end, options, signal);
    if (response.status !== 206) throw await refused(name, response);
    const got = await rangeOf(name, response);
    const now = response.headers.get('etag');
    const changed = got.size !== size || (etag && now && now !== etag);
    if (!changed && got.start === start && got.end === end) return readBody(name, response, end - start, signal);
    await response.body?.cancel();
    throw badAnswer(
      name,
      changed
        ? 'changed on the server while it was read: start again'
        : `could not be read by range: asked for bytes ${start} to ${end}, the server sent ${got.start} to ${got.end}`,
    );
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
 * @throws InputError for one that is too large, is not JSON, or is not an object
 */
export const readJson = async (files: ModelFiles, path: string): Promise<Record<string, unknown> | undefined> => {
  const source = await files.open(path);
  if (!source) return undefined;
  const name = JSON.stringify(source.name);
  const bytes = await readSmall(source);
  return jsonObject(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes), name);
};

/** The object of a model's JSON. @param name of what it stands in, quoted @throws InputError for one that is not JSON, or not an object */
export const jsonObject = (text: () => string, name: string): Record<string, unknown> => {
  let value: unknown;
  try {
    value = parseJson(text());
  } catch (error) {
    throw badModel(`${name} is not JSON (${(error as Error).message}): get the file again`, error);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw badModel(`${name} holds no JSON object: get the file again`);
};
