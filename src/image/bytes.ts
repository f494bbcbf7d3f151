/** The bytes of a picture's file, wherever they lie, and what limits there are. */
import { expected, InputError, kindOf, publicName, shortened } from '../errors.ts';
import { joined } from '../tensor/bytes.ts';
import { HEAD, knownFormat } from './formats.ts';
import type { ImageSource } from './image.ts';

/** What is taken of a file that is no plain file on a disk, where parts can be read. */
export const LIMITS = {
  /** Bytes of a download, a Blob, a pipe, a `data:` URL. */
  bytes: 2 ** 30,
  /** Milliseconds that a server may send nothing. */
  silence: 30_000,
};

/** A file to read from, in parts. */
export interface PictureBytes {
  /** In messages. */
  name: string;
  size: number;
  /** Where it lies on a disk. */
  path?: string;
  /** Up to `to`; less where the file ends before. */
  read(from: number, to: number): Promise<Uint8Array>;
}

/** @throws InputError where these are more bytes than are held in memory */
export const checkSize = (size: number, name: string): void => {
  if (size <= LIMITS.bytes) return;
  throw new InputError(`${name} has ${size} bytes, over the limit of ${LIMITS.bytes} for what is held in memory: give the path of a file`);
};

export const inMemory = (bytes: Uint8Array, name: string): PictureBytes => {
  checkSize(bytes.length, name);
  return { name, size: bytes.length, read: async (from, to) => bytes.subarray(from, to) };
};

/** All of a file. */
export const allOf = ({ read, size, name }: PictureBytes): Promise<Uint8Array> => {
  checkSize(size, name);
  return read(0, size);
};

/** The bytes of a file that is in memory already, in whichever realm they were made; undefined for a path or URL. */
export const bytesOf = async (source: ImageSource, name: string): Promise<Uint8Array | undefined> => {
  const kind = kindOf(source);
  if ((kind === 'Uint8Array' || kind === 'ArrayBuffer') && (source as Uint8Array).byteLength === 0) return new Uint8Array(); // no view has memory that is gone
  if (kind === 'Uint8Array') {
    const { buffer, byteOffset, byteLength } = source as Uint8Array;
    return new Uint8Array(buffer, byteOffset, byteLength);
  }
  if (kind === 'ArrayBuffer') return new Uint8Array(source as ArrayBuffer);
  if (kind !== 'Blob' && kind !== 'File') return undefined;
  checkSize((source as Blob).size, name);
  return new Uint8Array(await (source as Blob).arrayBuffer());
};

const BASE64 = /^[\w+/-]+={0,2}$/;

const unBase64 = (text: string): Uint8Array => {
  const plain = text.replace(/\s+/g, '').replaceAll('-', '+').replaceAll('_', '/');
  const raw = atob(plain.replace(/=+$/, ''));
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return bytes;
};

/** Whether a text is a picture's file in base64 and no path: long, of these letters alone, and it begins as a picture does. */
const isBase64Picture = (text: string): boolean => {
  if (text.length < 64) return false;
  const start = text.slice(0, 512).replace(/\s+/g, '');
  const head = start.slice(0, start.length - (start.length % 4));
  if (!BASE64.test(head) || knownFormat(unBase64(head)) === undefined) return false;
  return text.split(/\s+/).every((line) => line === '' || BASE64.test(line));
};

/**
 * The bytes that a text holds itself: a `data:` URL, or base64 of a picture; undefined for a path or an address.
 * @throws InputError for a `data:` URL that is none
 */
export const bytesInText = (text: string, name: string): Uint8Array | undefined => {
  const [, kind, data] = /^data:([^,]*),([\s\S]*)$/i.exec(text) ?? [];
  checkSize((text.length * 3) / 4, name);
  try {
    if (data !== undefined) return /;\s*base64\s*$/i.test(kind) ? unBase64(percentDecoded(data)) : latin1(percentDecoded(data));
    return isBase64Picture(text) ? unBase64(text) : undefined;
  } catch (error) {
    throw new InputError(`${name} is damaged: its base64 cannot be decoded`, { cause: error });
  }
};

const percentDecoded = (text: string): string => text.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** An address without what may be secret; any other text as it is. */
const addressOf = (text: string): string => (/^https?:/i.test(text) && URL.canParse(text) ? publicName(new URL(text)) : text);

/** No path or address is longer; what is, may be data. */
export const LONGEST_PATH = 8192;

/** The picture's name in error sentences, which never hold what was given as data. */
export const nameOf = (source: ImageSource): string => {
  const kind = kindOf(source);
  if (kind === 'URL' || kind === 'String') {
    const text = String(source);
    if (/^data:/i.test(text)) return 'The picture of the data: URL';
    if (text.length > LONGEST_PATH) return `The text of ${text.length} characters`;
    return isBase64Picture(text) ? 'The picture in base64' : JSON.stringify(shortened(addressOf(text)));
  }
  return kind === 'File' ? JSON.stringify(shortened((source as File).name)) : 'The picture';
};

/** The refusal of a source of no known kind. */
export const unknownSource = (source: unknown): InputError =>
  expected('a path, URL, Uint8Array, ArrayBuffer, Blob, ImageData or RgbImage', 'the picture', source);

const network = (sentence: string, cause?: unknown): InputError => new InputError(sentence, { code: 'E_NETWORK', cause });

/** What a response holds, as it comes. @param alive called whenever something came */
const piecesOf = async function* (response: Response, name: string, limit: number, alive: () => void): AsyncGenerator<Uint8Array> {
  const tooLarge = () => new InputError(`${name} is larger than ${limit} bytes, the limit of a download: get the file first and give its path`);
  if (Number(response.headers.get('content-length')) > limit) throw tooLarge();
  let size = 0;
  const reader = response.body?.getReader(); // no `for await`: not every browser iterates over streams
  for (let next = await reader?.read(); next?.value; next = await reader?.read()) {
    alive();
    size += next.value.length;
    if (size > limit) throw tooLarge();
    yield next.value;
  }
};

/**
 * The bytes behind an http(s) URL (in browsers: any URL that `fetch` takes).
 * @throws InputError with one sentence where there is no answer or not a good one, it is over the limit, or nothing comes for
 *   too long; the signal's reason once aborted
 */
export const fetchBytes = async (url: string | URL, signal?: AbortSignal, limits = LIMITS): Promise<Uint8Array> => {
  const name = shortened(addressOf(String(url)));
  const call = new AbortController(); // of our realm, which `fetch` insists on
  const stop = (): void => call.abort(signal?.reason);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silent = network(`${name} sent nothing for ${limits.silence / 1000} s: try again later, or get the file first and give its path`);
  const alive = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => call.abort(silent), limits.silence);
  };
  signal?.throwIfAborted();
  signal?.addEventListener('abort', stop, { once: true });
  alive();
  try {
    const response = await fetch(url, { signal: call.signal });
    alive();
    if (!response.ok) throw network(`${name} answered ${response.status} ${response.statusText}: check the address`);
    return await joined(piecesOf(response, name, limits.bytes, alive));
  } catch (error) {
    signal?.throwIfAborted();
    if (call.signal.reason === silent) throw silent;
    if (error instanceof InputError) throw error;
    const cause = error instanceof Error ? (error.cause instanceof Error && error.cause.message) || error.message : String(error);
    throw network(`${name} could not be fetched (${shortened(cause)}): check the address and the network`, error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
    call.abort(); // what is still on its way is wanted no more
  }
};

/** The first bytes, which tell the kind. */
export const headOf = (file: PictureBytes): Promise<Uint8Array> => file.read(0, HEAD);
