/**
 * NumPy's NPY files: version 1.0, 2.0 and 3.0 in, 1.0 out. Format: numpy/lib/format.py ("Format Version 1.0").
 * A file: magic, version, header length, header (a Python dict padded with spaces), the values.
 */
import { expected, InputError, kindOf } from '../errors.ts';
import type { FeatureMap, LabelMap } from '../types.ts';
import { floatsToHalves, halfToFloat } from './half.ts';
import { type AnyLabels, rowReader } from './runs.ts';

export interface NpyArray {
  shape: number[];
  /** C order whatever the file's. */
  data: Float32Array | Int32Array;
  /** As the file has it, e.g. `<f4`. */
  dtype: string;
}

type Read = (view: DataView, at: number, little: boolean) => number;

/** Kind and size of NumPy's dtypes: what is read, and into which array. */
const DTYPES: Record<string, { make: (n: number) => Float32Array | Int32Array; read: Read }> = {
  f2: { make: (n) => new Float32Array(n), read: (v, at, le) => halfToFloat(v.getUint16(at, le)) },
  f4: { make: (n) => new Float32Array(n), read: (v, at, le) => v.getFloat32(at, le) },
  f8: { make: (n) => new Float32Array(n), read: (v, at, le) => v.getFloat64(at, le) },
  b1: { make: (n) => new Int32Array(n), read: (v, at) => v.getUint8(at) },
  i1: { make: (n) => new Int32Array(n), read: (v, at) => v.getInt8(at) },
  u1: { make: (n) => new Int32Array(n), read: (v, at) => v.getUint8(at) },
  i2: { make: (n) => new Int32Array(n), read: (v, at, le) => v.getInt16(at, le) },
  u2: { make: (n) => new Int32Array(n), read: (v, at, le) => v.getUint16(at, le) },
  i4: { make: (n) => new Int32Array(n), read: (v, at, le) => v.getInt32(at, le) },
  u4: { make: (n) => new Int32Array(n), read: (v, at, le) => v.getUint32(at, le) },
  i8: { make: (n) => new Int32Array(n), read: (v, at, le) => Number(v.getBigInt64(at, le)) },
  u8: { make: (n) => new Int32Array(n), read: (v, at, le) => Number(v.getBigUint64(at, le)) },
};

/** By a number: minified, the letter stands there raw, and a page without a charset reads another. */
const MAGIC = `${String.fromCharCode(0x93)}NUMPY`;
const latin1 = (bytes: Uint8Array): string => Array.from(bytes, (b) => String.fromCharCode(b)).join('');

interface Header {
  dtype: string;
  fortran: boolean;
  shape: number[];
  /** Where the values start. */
  offset: number;
}

const readHeader = (bytes: Uint8Array, name: string): Header => {
  if (kindOf(bytes) !== 'Uint8Array') throw expected('the bytes of an NPY file, a Uint8Array,', 'the array', bytes);
  if (bytes.length === 0 || latin1(bytes.subarray(0, 6)) !== MAGIC) throw new InputError(`${name} is not an NPY file: write it with numpy.save`);
  const version = bytes[6];
  if (version < 1 || version > 3) throw new InputError(`${name} is NPY version ${version}.${bytes[7] ?? 0}: only 1.0, 2.0 and 3.0 are read`);
  const wide = version > 1;
  const start = wide ? 12 : 10;
  if (bytes.length < start) throw new InputError(`${name} is truncated: ${bytes.length} bytes do not hold an NPY header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const offset = start + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  if (offset > bytes.length) throw new InputError(`${name} is truncated: its header should end at byte ${offset} of ${bytes.length}`);

  const text = latin1(bytes.subarray(start, Math.min(offset, start + 65536)));
  const dtype = /'descr': *'([^']{1,20})'/.exec(text)?.[1];
  const order = /'fortran_order': *(True|False)/.exec(text)?.[1];
  const shape = /'shape': *\(([\d, L]{0,400})\)/.exec(text)?.[1];
  if (!dtype || !order || shape === undefined) {
    throw new InputError(`${name} has an NPY header that is not read (${JSON.stringify(text.trim().slice(0, 80))}): save a plain array of numbers`);
  }
  return { dtype, fortran: order === 'True', shape: (shape.match(/\d+/g) ?? []).map(Number), offset };
};

/** Copies from the first-index-fastest order of the file to ours. */
const fromFortran = <T extends Float32Array | Int32Array>(data: T, shape: readonly number[]): T => {
  const out = data.slice() as T;
  const index = shape.map(() => 0);
  const strides = shape.map((_, d) => shape.slice(0, d).reduce((a, b) => a * b, 1));
  for (let to = 0, from = 0; to < data.length; to++) {
    out[to] = data[from];
    // count up, last index fastest
    for (let d = shape.length - 1; d >= 0; d--) {
      from += strides[d];
      if (++index[d] < shape[d]) break;
      from -= strides[d] * shape[d];
      index[d] = 0;
    }
  }
  return out;
};

/**
 * Reads an NPY file: f2, f4, f8 as float32; b1, i1 to i8, u1 to u8 as int32; either byte order; C or Fortran order.
 * @param name the file's name in error sentences
 * @throws InputError with one sentence: not NPY, truncated, another dtype (objects are never unpickled), integers outside int32
 */
export const readNpy = (bytes: Uint8Array, name = 'The array'): NpyArray => {
  const { dtype, fortran, shape, offset } = readHeader(bytes, name);
  const kind = DTYPES[/^[<>|=](\w\d)$/.exec(dtype)?.[1] ?? ''];
  if (!kind) throw new InputError(`${name} holds values of dtype ${dtype}: save it as float32 or int32`);
  const size = Number(dtype[2]);
  const count = shape.reduce((a, b) => a * b, 1);
  const missing = offset + count * size - bytes.length;
  if (!(missing <= 0)) {
    throw new InputError(
      `${name} is truncated: shape (${shape.join(', ')}) of ${dtype} takes ${count * size} bytes after the header, not ${bytes.length - offset}`,
    );
  }

  const view = new DataView(bytes.buffer, bytes.byteOffset + offset);
  const little = dtype[0] !== '>';
  const data = kind.make(count);
  const whole = data instanceof Int32Array;
  for (let i = 0; i < count; i++) {
    const value = kind.read(view, i * size, little);
    data[i] = value;
    if (whole && data[i] !== value) throw new InputError(`${name} holds the integer ${value}, which is outside int32: renumber it`);
  }
  return { shape, data: fortran ? fromFortran(data, shape) : data, dtype };
};

/** What stands before the values. */
const headerOf = (dtype: string, shape: readonly number[]): Uint8Array => {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const dict = `{'descr': '<${dtype}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const offset = Math.ceil((10 + dict.length + 1) / 64) * 64;
  const head = `${MAGIC}\x01\x00${String.fromCharCode((offset - 10) & 255, (offset - 10) >> 8)}${dict.padEnd(offset - 11)}\n`;
  return Uint8Array.from(head, (character) => character.charCodeAt(0));
};

/** Values that are written in a piece. */
const PIECE = 2 ** 20;

/** Labels as `writeNpy` writes them, int32, piece by piece. */
export const labelsNpyPieces = async function* (labels: AnyLabels): AsyncGenerator<Uint8Array> {
  const { width, height } = labels;
  yield headerOf('i4', [height, width]);
  const read = rowReader(labels);
  const ids = new Int32Array(width);
  const most = Math.max(1, Math.floor(PIECE / width));
  for (let top = 0; top < height; top += most) {
    const rows = Math.min(most, height - top);
    const bytes = new Uint8Array(4 * rows * width);
    const view = new DataView(bytes.buffer);
    for (let y = 0, at = 0; y < rows; y++) {
      read(top + y, ids);
      for (let x = 0; x < width; x++, at += 4) view.setInt32(at, ids[x], true);
    }
    yield bytes;
  }
};

/**
 * An NPY file of version 1.0: little-endian, C order, values from a multiple of 64 bytes on.
 * @param data float32 or int32, as many as the product of `shape`
 * @param float what float32 is written as: `f2` rounds to half precision
 */
export const writeNpy = (data: Float32Array | Int32Array, shape: readonly number[], float: 'f2' | 'f4' = 'f4'): Uint8Array => {
  if (kindOf(data) !== 'Float32Array' && kindOf(data) !== 'Int32Array') throw expected('a Float32Array or an Int32Array', 'data', data);
  if (!Array.isArray(shape) || !shape.every((n) => Number.isInteger(n) && n >= 0)) throw expected('whole numbers', 'shape', shape);
  if (float !== 'f2' && float !== 'f4') throw expected('f2 or f4', 'float', float);
  const count = shape.reduce((a, b) => a * b, 1);
  if (count !== data.length) throw new InputError(`Expected ${count} values for shape (${shape.join(', ')}) but received ${data.length}`);
  const floats = kindOf(data) === 'Float32Array';
  const size = floats && float === 'f2' ? 2 : 4;
  const head = headerOf(floats ? float : 'i4', shape);
  const bytes = new Uint8Array(head.length + count * size);
  bytes.set(head);
  const view = new DataView(bytes.buffer, head.length);
  if (size === 2) for (const [i, half] of floatsToHalves(data as Float32Array).entries()) view.setUint16(i * 2, half, true);
  else if (floats) for (let i = 0; i < count; i++) view.setFloat32(i * 4, data[i], true);
  else for (let i = 0; i < count; i++) view.setInt32(i * 4, data[i], true);
  return bytes;
};

const checkShape = (shape: readonly number[], wanted: string, name: string): void => {
  if (shape.length === wanted.split(',').length && shape.every((n) => n > 0)) return;
  throw new InputError(`${name} has shape (${shape.join(', ')}): give an array of shape (${wanted}), each at least 1`);
};

/**
 * Features from an NPY file: floating point, shape (height, width, channels), every value finite.
 * @throws InputError with one sentence otherwise
 */
export const featuresFromNpy = (bytes: Uint8Array, name: string): FeatureMap => {
  const { shape, data, dtype } = readNpy(bytes, name);
  if (!(data instanceof Float32Array)) throw new InputError(`${name} holds integers (${dtype}): features are floating point, save them as float32`);
  checkShape(shape, 'height, width, channels', name);
  const bad = data.findIndex((v) => !Number.isFinite(v));
  if (bad >= 0) {
    throw new InputError(`${name} holds ${data[bad]} at position ${bad} (as float32): features must be finite, mend them where they are made`);
  }
  const [height, width, channels] = shape;
  return { data, width, height, channels };
};

/**
 * Labels from an NPY file: integers from 0, shape (height, width).
 * @throws InputError with one sentence otherwise
 */
export const labelsFromNpy = (bytes: Uint8Array, name: string): LabelMap => {
  const { shape, data, dtype } = readNpy(bytes, name);
  if (!(data instanceof Int32Array)) throw new InputError(`${name} holds floating point (${dtype}): labels are integers, save them as int32`);
  checkShape(shape, 'height, width', name);
  const bad = data.findIndex((v) => v < 0);
  if (bad >= 0) throw new InputError(`${name} holds the label ${data[bad]} at position ${bad}: labels are at least 0, renumber them`);
  const [height, width] = shape;
  return { data, width, height };
};
