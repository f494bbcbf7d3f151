/** A ZIP read where it lies: its directory at once, a file when it is wanted. What it says of itself is not believed. */
import { InputError } from 'diffcut';
import { crc32 } from './crc.ts';

/** A file of a ZIP, not yet read. */
export interface Packed {
  name: string;
  /** Once it is unpacked. */
  bytes: number;
  /** @throws InputError where it is larger than `most`, or not what the directory says: its size and its checksum */
  read(most: number): Promise<Blob>;
}

const MARKS = { end: 0x06054b50, entry: 0x02014b50, file: 0x04034b50 } as const;
const METHODS = { stored: 0, deflated: 8 } as const;
/** The end mark stands before a comment of up to 64 KB. */
const END_BYTES = 22;
const MOST_COMMENT = 65_535;
/** Of the directory. */
const MOST_DIRECTORY = 2 ** 25;
const UNKNOWN = 0xffffffff;

const damaged = (why: string): InputError => new InputError(`it is no project file, or a damaged one (${why})`);

const viewOf = async (blob: Blob, from: number, to: number): Promise<DataView> => new DataView(await blob.slice(from, to).arrayBuffer());

/** Where the directory is. */
const endOf = async (zip: Blob): Promise<{ count: number; bytes: number; at: number }> => {
  const from = Math.max(0, zip.size - END_BYTES - MOST_COMMENT);
  const view = await viewOf(zip, from, zip.size);
  for (let at = view.byteLength - END_BYTES; at >= 0; at--) {
    if (view.getUint32(at, true) !== MARKS.end) continue;
    const end = { count: view.getUint16(at + 10, true), bytes: view.getUint32(at + 12, true), at: view.getUint32(at + 16, true) };
    if (end.at === UNKNOWN || end.bytes > MOST_DIRECTORY || end.at + end.bytes > from + at) throw damaged('its directory is not where it should be');
    return end;
  }
  throw damaged('its end is missing');
};

/** Unpacked bytes, no more than the directory says. */
const inflated = async (data: Blob, bytes: number): Promise<Blob> => {
  let left = bytes;
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform: (piece, controller) => {
      left -= piece.length;
      if (left < 0) throw damaged('a file in it is larger than it says');
      controller.enqueue(piece);
    },
  });
  const stream = data.stream().pipeThrough(new DecompressionStream('deflate-raw')).pipeThrough(counted);
  const out = await new Response(stream).blob().catch((error) => {
    throw error instanceof InputError ? error : damaged('a file in it cannot be unpacked');
  });
  if (left !== 0) throw damaged('a file in it is smaller than it says');
  return out;
};

/** Reads it piece by piece: it may be large. */
const crcOf = async (data: Blob): Promise<number> => {
  const pieces = data.stream().getReader();
  let crc = 0;
  for (let piece = await pieces.read(); !piece.done; piece = await pieces.read()) crc = crc32(piece.value, crc);
  return crc;
};

/** What the directory says of a file. */
interface Said {
  /** Where its own head is. */
  at: number;
  method: number;
  packed: number;
  bytes: number;
  crc: number;
}

const reader =
  (zip: Blob, { at, method, packed, bytes, crc }: Said): Packed['read'] =>
  async (most) => {
    if (bytes > most) throw damaged('a file in it is too large');
    const head = await viewOf(zip, at, at + 30);
    if (head.byteLength < 30 || head.getUint32(0, true) !== MARKS.file) throw damaged('a file is not where it should be');
    const start = at + 30 + head.getUint16(26, true) + head.getUint16(28, true);
    if (start + packed > zip.size) throw damaged('a file in it is cut off');
    const data = zip.slice(start, start + packed);
    if (method === METHODS.stored && packed !== bytes) throw damaged('a file in it is not as large as it says');
    const out = method === METHODS.deflated ? await inflated(data, bytes) : data;
    if ((await crcOf(out)) !== crc) throw damaged('a file in it is not as it was saved');
    return out;
  };

/** The files of a ZIP by name; folders are left out. @throws InputError for what is none, is encrypted, or of 64 bits */
export const listZip = async (zip: Blob): Promise<Map<string, Packed>> => {
  const end = await endOf(zip);
  const view = await viewOf(zip, end.at, end.at + end.bytes);
  const files = new Map<string, Packed>();
  let all = 0;
  for (let i = 0, at = 0; i < end.count; i++) {
    if (at + 46 > view.byteLength || view.getUint32(at, true) !== MARKS.entry) throw damaged('its directory is cut off');
    const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
    const [crc, packed, bytes, place] = [16, 20, 24, 42].map((field) => view.getUint32(at + field, true));
    const [nameBytes, extra, comment] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
    if (at + 46 + nameBytes > view.byteLength) throw damaged('its directory is cut off');
    const name = new TextDecoder().decode(new Uint8Array(view.buffer, at + 46, nameBytes));
    at += 46 + nameBytes + extra + comment;
    all += packed;
    if (flags & 1) throw damaged('it is encrypted');
    if (method !== METHODS.stored && method !== METHODS.deflated) throw damaged('it is packed in an unknown way');
    if (all > zip.size || files.has(name)) throw damaged('its files lie over each other');
    if (!name.endsWith('/')) files.set(name, { name, bytes, read: reader(zip, { at: place, method, packed, bytes, crc }) });
  }
  return files;
};
