/**
 * MATLAB 5 files (MAT-File Format, The MathWorks), as far as BSDS500's ground truth goes: cells, structs and real numbers, each
 * behind zlib or not. A file is a header of 128 bytes, then elements: type, number of bytes, bytes, up to a multiple of 8.
 */
import { inflateSync } from 'node:zlib';
import { InputError, type LabelMap } from '../../toolkit.ts';

const HEADER = 128;
/** Bytes that a file may unpack to; BSDS500's largest is of some 3 MB. */
const MOST = 64 * 2 ** 20;
/** Arrays within arrays. */
const DEEPEST = 8;

const [INT8, INT32, UINT32, MATRIX, COMPRESSED] = [1, 5, 6, 14, 15];
const [CELL, STRUCT, CHAR, FIRST_NUMBER, LAST_NUMBER] = [1, 2, 4, 6, 15];
const COMPLEX = 0x08;

/** How numbers are kept, by the element's type. */
const NUMBERS: Readonly<Record<number, { size: number; read(view: DataView, at: number): number }>> = {
  1: { size: 1, read: (view, at) => view.getInt8(at) },
  2: { size: 1, read: (view, at) => view.getUint8(at) },
  3: { size: 2, read: (view, at) => view.getInt16(at, true) },
  4: { size: 2, read: (view, at) => view.getUint16(at, true) },
  5: { size: 4, read: (view, at) => view.getInt32(at, true) },
  6: { size: 4, read: (view, at) => view.getUint32(at, true) },
  7: { size: 4, read: (view, at) => view.getFloat32(at, true) },
  9: { size: 8, read: (view, at) => view.getFloat64(at, true) },
  12: { size: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  13: { size: 8, read: (view, at) => Number(view.getBigUint64(at, true)) },
};

/** An array of a file, elements column by column. */
export type MatArray =
  | { kind: 'cell'; items: MatArray[] }
  | { kind: 'struct'; items: Readonly<Record<string, MatArray>>[] }
  | { kind: 'numbers'; dimensions: number[]; data: Float64Array }
  | { kind: 'other' };

/** Where something is not as the format has it. */
class NotMat extends Error {}

interface Element {
  type: number;
  bytes: Uint8Array;
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView => new DataView(buffer, byteOffset, byteLength);

/** Elements one after the other. */
class Elements {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
  }

  get isOver(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** @param wanted its type, where only one will do */
  next(wanted?: number): Element {
    if (this.#at + 8 > this.#bytes.length) throw new NotMat('it ends too early');
    const word = this.#view.getUint32(this.#at, true);
    const short = word >>> 16; // bytes of an element of up to four, which follow at once
    const type = short > 0 ? word & 0xffff : word;
    const length = short > 0 ? short : this.#view.getUint32(this.#at + 4, true);
    const from = this.#at + (short > 0 ? 4 : 8);
    if (short > 4 || from + length > this.#bytes.length) throw new NotMat('an element is longer than what holds it');
    if (wanted !== undefined && type !== wanted) throw new NotMat(`an element has the type ${type} in the place of ${wanted}`);
    this.#at = short > 0 ? this.#at + 8 : from + (type === COMPRESSED ? length : Math.ceil(length / 8) * 8);
    return { type, bytes: this.#bytes.subarray(from, from + length) };
  }
}

const numbersOf = ({ type, bytes }: Element): Float64Array => {
  const kept = Object.hasOwn(NUMBERS, type) ? NUMBERS[type] : undefined;
  if (!kept || bytes.length % kept.size !== 0) throw new NotMat(`numbers have the type ${type}`);
  const view = viewOf(bytes);
  return Float64Array.from({ length: bytes.length / kept.size }, (_, i) => kept.read(view, i * kept.size));
};

const textOf = ({ bytes }: Element): string => new TextDecoder('latin1').decode(bytes).replace(/\0.*$/s, '');

/** So many arrays, each of which takes 8 bytes at least. */
const arraysOf = (elements: Elements, count: number, most: number, depth: number): MatArray[] => {
  if (count > most / 8) throw new NotMat('it tells of more arrays than it holds');
  return Array.from({ length: count }, () => arrayOf(elements.next(MATRIX), depth + 1).value);
};

const structsOf = (elements: Elements, count: number, most: number, depth: number): Readonly<Record<string, MatArray>>[] => {
  const [width] = numbersOf(elements.next(INT32));
  const names = elements.next(INT8).bytes;
  if (!(width >= 1) || names.length % width !== 0) throw new NotMat('the names of its fields have no length');
  const fields = Array.from({ length: names.length / width }, (_, i) => textOf({ type: INT8, bytes: names.subarray(i * width, (i + 1) * width) }));
  if (count > most) throw new NotMat('it tells of more structs than it holds');
  const values = arraysOf(elements, count * fields.length, most, depth);
  return Array.from({ length: count }, (_, i) => Object.fromEntries(fields.map((field, j) => [field, values[i * fields.length + j]])));
};

/** An array and its name. */
const arrayOf = ({ bytes }: Element, depth: number): { name: string; value: MatArray } => {
  if (bytes.length === 0) return { name: '', value: { kind: 'numbers', dimensions: [0, 0], data: new Float64Array() } };
  if (depth > DEEPEST) throw new NotMat(`its arrays lie more than ${DEEPEST} deep`);
  const elements = new Elements(bytes);
  const [flags = 0] = numbersOf(elements.next(UINT32));
  const dimensions = [...numbersOf(elements.next(INT32))];
  const name = textOf(elements.next(INT8));
  const count = dimensions.reduce((product, side) => product * side, 1);
  if (dimensions.length < 2 || !dimensions.every((side) => side >= 0)) throw new NotMat('an array has no dimensions');
  const kind = flags & 0xff;
  if (kind === CELL) return { name, value: { kind: 'cell', items: arraysOf(elements, count, bytes.length, depth) } };
  if (kind === STRUCT) return { name, value: { kind: 'struct', items: structsOf(elements, count, bytes.length, depth) } };
  if (kind === CHAR || kind < FIRST_NUMBER || kind > LAST_NUMBER || ((flags >> 8) & COMPLEX) !== 0) return { name, value: { kind: 'other' } };
  const data = numbersOf(elements.next());
  if (data.length !== count) throw new NotMat('an array has another number of numbers than its dimensions say');
  return { name, value: { kind: 'numbers', dimensions, data } };
};

const unpacked = (bytes: Uint8Array): Uint8Array => {
  try {
    return inflateSync(bytes, { maxOutputLength: MOST });
  } catch (error) {
    throw new NotMat(error instanceof RangeError ? `it unpacks to more than ${MOST} bytes` : 'its compressed part is broken', { cause: error });
  }
};

const variablesOf = (bytes: Uint8Array): Map<string, MatArray> => {
  if (bytes.length < HEADER || viewOf(bytes).getUint16(HEADER - 4, true) !== 0x0100 || viewOf(bytes).getUint16(HEADER - 2, true) !== 0x4d49)
    throw new NotMat('it has no header of version 5, little-endian (files of version 7.3 are HDF5)');
  const out = new Map<string, MatArray>();
  const elements = new Elements(bytes.subarray(HEADER));
  let left = MOST;
  while (!elements.isOver) {
    const element = elements.next();
    const inner = element.type === COMPRESSED ? new Elements(unpacked(element.bytes)).next(MATRIX) : element;
    left -= inner.bytes.length;
    if (left < 0) throw new NotMat(`it unpacks to more than ${MOST} bytes`);
    if (inner.type !== MATRIX) continue;
    const { name, value } = arrayOf(inner, 1);
    out.set(name, value);
  }
  return out;
};

/** The arrays of a file by name. @throws InputError for one that is none, is broken, or unpacks to more than 64 MB */
export const readMat = (bytes: Uint8Array, name: string): Map<string, MatArray> => {
  try {
    return variablesOf(bytes);
  } catch (error) {
    if (!(error instanceof NotMat)) throw error;
    throw new InputError(`${name} is not a MATLAB file that can be read: ${error.message}`, { cause: error });
  }
};

/** Column by column -> row by row. */
const labelsOf = ({ dimensions: [height, width], data }: MatArray & { kind: 'numbers' }): LabelMap => ({
  data: Int32Array.from({ length: width * height }, (_, p) => data[(p % width) * height + Math.floor(p / width)]),
  width,
  height,
});

const isLabels = (array: MatArray | undefined): array is MatArray & { kind: 'numbers' } =>
  array?.kind === 'numbers' &&
  array.dimensions.length === 2 &&
  array.data.length > 0 &&
  array.data.every((value) => Number.isInteger(value) && value >= 0 && value < 2 ** 31);

/**
 * The segmentations of BSDS500's ground truth, one an annotator: `groundTruth{i}.Segmentation`.
 * @throws InputError for a file that has none
 */
export const segmentationsFromMat = (bytes: Uint8Array, name: string): LabelMap[] => {
  const cell = readMat(bytes, name).get('groundTruth');
  const people = cell?.kind === 'cell' ? cell.items : [];
  const maps = people.map((one) => (one.kind === 'struct' && one.items.length === 1 ? one.items[0].Segmentation : undefined));
  if (maps.length === 0 || !maps.every(isLabels))
    throw new InputError(`${name} holds no segmentations, groundTruth{i}.Segmentation: give BSDS500's own files`);
  return maps.map(labelsOf);
};
