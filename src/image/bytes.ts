/** The bytes of a picture's file, wherever they lie, and what limits there are. */
import { expected, InputError, kindOf, shortened } from '../errors.ts';
import { addressOf } from '../net/sentences.ts';
import { joined, unBase64, upTo } from '../tensor/bytes.ts';
import { HEAD, knownFormat } from './formats.ts';
import type { ImageSource } from './image.ts';

/** Bytes of a file that are held in memory, at most; what comes from elsewhere has its own limit, `maxBytes`. */
export const MOST_HELD = 2 ** 30;

/** A file to read from, in parts. */
export interface PictureBytes {
  /** In messages. */
  name: string;
  size: number;
  /** Where it lies on a disk. */
  path?: string;
  /** All of it is in memory. */
  isHeld?: boolean;
  /** Up to `to`; less where the file ends before. */
  read(from: number, to: number): Promise<Uint8Array>;
}

/** @throws InputError where these are more bytes than are held in memory */
const checkHeld = (size: number, name: string): void => {
  if (size <= MOST_HELD) return;
  throw new InputError(`${name} has ${size} bytes, over the limit of ${MOST_HELD} for what is held in memory: give the path of a file`);
};

/** All that a pipe holds, counted while it comes. @throws InputError for more than `most` bytes */
export const readPipe = (pipe: AsyncIterable<Uint8Array>, name: string, most: number): Promise<Uint8Array> =>
  joined(
    upTo(pipe, most, () => new InputError(`${name} is larger than ${most} bytes, the limit of a pipe: raise maxBytes (--max-bytes) to accept it`)),
  );

export const inMemory = (bytes: Uint8Array, name: string): PictureBytes => ({
  name,
  size: bytes.length,
  isHeld: true,
  read: async (from, to) => bytes.subarray(from, to),
});

/** All of a file. */
export const allOf = ({ read, size, name, isHeld }: PictureBytes): Promise<Uint8Array> => {
  if (!isHeld) checkHeld(size, name);
  return read(0, size);
};

/** The bytes of a file that is in memory already, in whichever realm they were made; undefined for a path or URL. */
export const bytesOf = async (source: ImageSource, name: string): Promise<Uint8Array | undefined> => {
  const kind = kindOf(source);
  if ((kind === 'Uint8Array' || kind === 'ArrayBuffer') && (source as Uint8Array).byteLength === 0) return new Uint8Array(); // no view has memory that is gone
  if (kind === 'Uint8Array') {
    const { buffer, byteOffset, byteLength } = source as Uint8Array;
    checkHeld(byteLength, name);
    return new Uint8Array(buffer, byteOffset, byteLength);
  }
  if (kind === 'ArrayBuffer') {
    checkHeld((source as ArrayBuffer).byteLength, name);
    return new Uint8Array(source as ArrayBuffer);
  }
  if (kind !== 'Blob' && kind !== 'File') return undefined;
  checkHeld((source as Blob).size, name);
  return new Uint8Array(await (source as Blob).arrayBuffer());
};

const BASE64 = /^[\w+/-]+={0,2}$/;

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
  checkHeld((text.length * 3) / 4, name);
  try {
    if (data !== undefined) return /;\s*base64\s*$/i.test(kind) ? unBase64(percentDecoded(data)) : latin1(percentDecoded(data));
    return isBase64Picture(text) ? unBase64(text) : undefined;
  } catch (error) {
    throw new InputError(`${name} is damaged: its base64 cannot be decoded`, { cause: error });
  }
};

const percentDecoded = (text: string): string => text.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

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

/** The first bytes, which tell the kind. */
export const headOf = (file: PictureBytes): Promise<Uint8Array> => file.read(0, HEAD);
