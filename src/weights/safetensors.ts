/**
 * The safetensors format: 8 bytes with the length n of the header (little-endian), n bytes of JSON, the tensors.
 * Format: https://huggingface.co/docs/safetensors, and its strictest reader, which this one follows:
 * every byte of the file belongs to exactly one tensor.
 */
import { badModel } from '../errors.ts';
import type { ByteSource } from '../files/source.ts';
import { isObject, parseJson } from '../json.ts';

/** What a file says about a tensor, and where it lies. */
export interface TensorInfo {
  /** As the file has it, e.g. `F16`; a name that is not in `DTYPES` is allowed. */
  dtype: string;
  shape: readonly number[];
  /** First byte in the file, header included. */
  start: number;
  /** The byte after the last. */
  end: number;
}

export interface SafetensorsHeader {
  metadata: Record<string, string>;
  /** In the order of their bytes. */
  tensors: ReadonlyMap<string, TensorInfo>;
  /** First byte after the header. */
  dataStart: number;
  /** The file's bytes up to `dataStart`: what a cache's key is made of. Equal ones name the same tensors at the same places. */
  bytes: Uint8Array;
}

/** Bits an element takes, of every dtype the format has. */
export const DTYPES: Readonly<Record<string, number>> = {
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  BOOL: 8,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  I64: 64,
  U64: 64,
  F64: 64,
  C64: 64,
};

/** The format's own limit, bytes. */
const MAX_HEADER = 100_000_000;
const OPEN_BRACE = 0x7b;
const METADATA = '__metadata__';

type JsonObject = Record<string, unknown>;

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const quote = (text: string): string => JSON.stringify(text.length > 200 ? `${text.slice(0, 197)}...` : text);

/**
 * Where the data of a safetensors file starts, from its first 8 bytes.
 * @param size bytes of the whole file
 * @throws InputError unless a header of that length fits in the file and in the format's limit
 */
export const dataStartOf = (bytes: Uint8Array, size: number, name: string): number => {
  if (size < 8 || bytes.length < 8) throw badModel(`${quote(name)} has ${size} bytes: that is no safetensors file, so get it again`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER)) {
    throw badModel(`${quote(name)} is not a safetensors file: its header would have ${length} bytes, and ${MAX_HEADER} are allowed`);
  }
  if (8 + Number(length) > size) {
    throw badModel(`${quote(name)} is truncated, or not a safetensors file: a header of ${length} bytes does not fit in ${size} bytes`);
  }
  return 8 + Number(length);
};

/** The index after the string literal that starts at `at`; `text` is valid JSON. */
const skipString = (text: string, at: number): number => {
  let i = at + 1;
  while (text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
  return i + 1;
};

/** A key that an object of the JSON has twice; JSON.parse would drop one silently, and another reader the other. */
const repeatedKey = (text: string): string | undefined => {
  const open: (Set<string> | null)[] = [];
  for (let i = 0; i < text.length; ) {
    const c = text[i];
    if (c === '"') {
      const end = skipString(text, i);
      const keys = open.at(-1);
      let next = end;
      while (text.charCodeAt(next) <= 32) next++;
      if (keys && text[next] === ':') {
        const key = JSON.parse(text.slice(i, end)) as string;
        if (keys.has(key)) return key;
        keys.add(key);
      }
      i = next;
      continue;
    }
    if (c === '{') open.push(new Set());
    else if (c === '[') open.push(null);
    else if (c === '}' || c === ']') open.pop();
    i++;
  }
  return undefined;
};

const parseObject = (bytes: Uint8Array, name: string): JsonObject => {
  if (bytes[0] !== OPEN_BRACE) throw badModel(`${quote(name)} is not a safetensors file: its header does not start with "{"`);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw badModel(`${quote(name)} has a safetensors header that is not UTF-8: get the file again`, error);
  }
  let value: JsonObject;
  try {
    value = parseJson(text) as JsonObject; // an object, by its first byte
  } catch (error) {
    throw badModel(`${quote(name)} has a safetensors header that is not JSON (${(error as Error).message}): get the file again`, error);
  }
  const twice = repeatedKey(text);
  if (twice !== undefined) throw badModel(`${quote(name)} has the key ${quote(twice)} twice in its header: get the file again`);
  return value;
};

const checkMetadata = (value: unknown, name: string): Record<string, string> => {
  if (value === undefined) return {};
  if (isObject(value) && Object.values(value).every((v) => typeof v === 'string')) return value as Record<string, string>;
  throw badModel(`${quote(name)} has a __metadata__ that is not an object of strings: get the file again`);
};

/** Bytes that a tensor takes: undefined for a dtype we don't know, NaN where that is no whole, safe number. */
const bytesOf = (dtype: string, shape: readonly number[]): number | undefined => {
  let bits = Object.hasOwn(DTYPES, dtype) ? DTYPES[dtype] : undefined;
  if (bits === undefined) return undefined;
  for (const n of shape) {
    bits *= n;
    if (!Number.isSafeInteger(bits)) return Number.NaN;
  }
  return bits % 8 ? Number.NaN : bits / 8;
};

/** One entry of the header, checked by itself. `what` names it in messages. */
const checkEntry = (entry: unknown, dataStart: number, size: number, what: string): TensorInfo => {
  if (!isObject(entry)) throw badModel(`${what} is not described by an object: get the file again`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string') throw badModel(`${what} has no dtype: get the file again`);
  if (!Array.isArray(shape) || !shape.every(isCount)) throw badModel(`${what} has a shape that is not a list of whole numbers from 0`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw badModel(`${what} has data_offsets that are not two whole numbers from 0: get the file again`);
  }
  const [from, to] = offsets as number[];
  if (from > to) throw badModel(`${what} ends before it starts (data_offsets ${from}, ${to}): get the file again`);
  if (dataStart + to > size) {
    throw badModel(`${what} ends at byte ${dataStart + to}, outside the file's ${size}: the file is truncated, so get it again`);
  }
  const bytes = bytesOf(dtype, shape);
  if (bytes !== undefined && bytes !== to - from) {
    const takes = Number.isNaN(bytes) ? 'which is no number of bytes' : `which takes ${bytes} bytes`;
    throw badModel(`${what} is ${dtype} of shape (${shape.join(', ')}), ${takes}, but has ${to - from}: get the file again`);
  }
  return { dtype, shape, start: dataStart + from, end: dataStart + to };
};

/** Every byte of the data belongs to exactly one tensor. Takes them in the order of their bytes. */
const checkCover = (sorted: readonly (readonly [string, TensorInfo])[], dataStart: number, size: number, name: string): void => {
  let at = dataStart;
  let before = '';
  for (const [key, { start, end }] of sorted) {
    if (start < at) throw badModel(`${quote(name)} has tensors that overlap, ${quote(before)} and ${quote(key)}: get the file again`);
    if (start > at) throw badModel(`${quote(name)} has a hole of ${start - at} bytes before the tensor ${quote(key)}: get the file again`);
    at = end;
    before = key;
  }
  if (at < size) throw badModel(`${quote(name)} has ${size - at} bytes after its last tensor, which belong to none: get the file again`);
};

/**
 * Checks a header wholly: after it, every range can be read and has the size of its dtype and shape.
 * @param bytes the file's first bytes, the whole header at least
 * @param size bytes of the whole file
 * @param name the file's, for messages
 * @throws InputError with one sentence for each way a file can be wrong
 */
export const parseHeader = (bytes: Uint8Array, size: number, name: string): SafetensorsHeader => {
  const dataStart = dataStartOf(bytes, size, name);
  if (bytes.length < dataStart) throw badModel(`${quote(name)} is truncated: its header ends at byte ${dataStart} of ${bytes.length}`);
  const { [METADATA]: metadata, ...entries } = parseObject(bytes.subarray(8, dataStart), name);
  const tensors = Object.entries(entries)
    .map(([key, entry]) => [key, checkEntry(entry, dataStart, size, `${quote(name)}: the tensor ${quote(key)}`)] as const)
    .sort(([, a], [, b]) => a.start - b.start || a.end - b.end);
  checkCover(tensors, dataStart, size, name);
  return { metadata: checkMetadata(metadata, name), tensors: new Map(tensors), dataStart, bytes: bytes.subarray(0, dataStart) };
};

/**
 * Reads and checks a file's header; see `parseHeader`.
 * @throws InputError
 */
export const readHeader = async (source: ByteSource, signal?: AbortSignal): Promise<SafetensorsHeader> => {
  const dataStart = dataStartOf(await source.read(0, Math.min(8, source.size), signal), source.size, source.name);
  return parseHeader(await source.read(0, dataStart, signal), source.size, source.name);
};

/** A tensor that is to be written: `bytes` of them, after those before it. */
export interface TensorPlan {
  dtype: string;
  shape: readonly number[];
  bytes: number;
}

/**
 * The start of a safetensors file, up to the data: the tensors follow in the given order, without gaps.
 * @param align the data starts at a multiple of this, bytes
 * @throws InputError for a name that comes twice, or bytes that do not fit dtype and shape
 */
export const writeHeader = (
  tensors: Iterable<readonly [string, TensorPlan]>,
  metadata: Readonly<Record<string, string>> = {},
  align = 8,
): Uint8Array => {
  const members = Object.keys(metadata).length ? [`"${METADATA}":${JSON.stringify(metadata)}`] : [];
  const seen = new Set([METADATA]);
  let at = 0;
  for (const [name, { dtype, shape, bytes }] of tensors) {
    if (seen.has(name)) throw badModel(`The tensor name ${quote(name)} is taken: give each tensor its own`);
    if (!isCount(bytes) || (bytesOf(dtype, shape) ?? bytes) !== bytes) {
      throw badModel(`The tensor ${quote(name)}, ${dtype} of shape (${shape.join(', ')}), does not take ${bytes} bytes`);
    }
    seen.add(name);
    members.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [at, at + bytes] })}`);
    at += bytes;
  }
  // By joining: an object would move names that look like numbers, and drop __proto__.
  const json = new TextEncoder().encode(`{${members.join(',')}}`);
  const size = Math.ceil((8 + json.length) / align) * align;
  const out = new Uint8Array(size).fill(0x20, 8);
  new DataView(out.buffer).setBigUint64(0, BigInt(size - 8), true);
  out.set(json, 8);
  return out;
};
