/** Picture files of rare kinds, made byte by byte: what sharp cannot write. */
import { crc32 } from '../src/tensor/png.ts';

/** A page of a TIFF. Numbers are row by row, bands last, or band after band where it is planar. */
export interface Page {
  width: number;
  height: number;
  data: Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Float32Array | Float64Array;
  bands?: number;
  /** 1 where it is not given, 2 with three bands or more. */
  photometric?: number;
  /** Of the bands beyond the colours: 0 unspecified, 1 multiplied in, 2 alpha. */
  extra?: number[];
  isPlanar?: boolean;
  /** More tags: their type (2 text, 3 short, 4 long, 12 double) and values. */
  tags?: Tags;
}

type Tags = Record<number, readonly [type: 2 | 3 | 4 | 12, values: readonly number[] | string]>;

const SIZES = { 2: 1, 3: 2, 4: 4, 12: 8 };

const formatOf = (data: Page['data']): number => (/^Float/.test(data.constructor.name) ? 3 : /^Int/.test(data.constructor.name) ? 2 : 1);

/** A TIFF without compression, little-endian, one strip a band or page. */
export const tiff = (...pages: readonly Page[]): Uint8Array<ArrayBuffer> => {
  const parts: Uint8Array[] = [Uint8Array.of(0x49, 0x49, 42, 0, 8, 0, 0, 0)];
  let at = 8;
  const add = (bytes: Uint8Array): number => {
    parts.push(bytes);
    at += bytes.length;
    return at - bytes.length;
  };
  pages.forEach((page, index) => {
    const { width, height, data, bands = 1, extra, isPlanar, photometric = bands >= 3 ? 2 : 1 } = page;
    const planes = isPlanar ? bands : 1;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const tags: Tags = {
      256: [4, [width]],
      257: [4, [height]],
      258: [3, Array(bands).fill(data.BYTES_PER_ELEMENT * 8)],
      259: [3, [1]],
      262: [3, [photometric]],
      273: [4, Array(planes).fill(0)],
      277: [3, [bands]],
      278: [4, [height]],
      279: [4, Array(planes).fill(bytes.length / planes)],
      284: [3, [isPlanar ? 2 : 1]],
      ...((extra ? { 338: [3, extra] } : {}) as Tags),
      339: [3, Array(bands).fill(formatOf(data))],
      ...page.tags,
    };
    const entries = Object.entries(tags).sort(([a], [b]) => Number(a) - Number(b));
    const directory = new DataView(new ArrayBuffer(2 + entries.length * 12 + 4));
    at += directory.byteLength;
    parts.push(new Uint8Array(directory.buffer));
    const sizes = entries.map(([, [type, values]]) => Math.max(4, SIZES[type] * (values.length + (typeof values === 'string' ? 1 : 0))));
    const first = at + sizes.reduce((sum, size) => sum + (size > 4 ? size : 0), 0); // the data come last
    directory.setUint16(0, entries.length, true);
    entries.forEach(([tag, [type, given]], i) => {
      const values = typeof given === 'string' ? Array.from(`${given}\0`, (c) => c.charCodeAt(0)) : given;
      const entry = 2 + i * 12;
      directory.setUint16(entry, Number(tag), true);
      directory.setUint16(entry + 2, type, true);
      directory.setUint32(entry + 4, values.length, true);
      const view = new DataView(new ArrayBuffer(sizes[i]));
      values.forEach((value, k) => {
        const n = tag === '273' ? first + (k * bytes.length) / planes : value;
        if (type === 2) view.setUint8(k, n);
        else if (type === 3) view.setUint16(k * 2, n, true);
        else if (type === 4) view.setUint32(k * 4, n, true);
        else view.setFloat64(k * 8, n, true);
      });
      directory.setUint32(entry + 8, view.byteLength > 4 ? add(new Uint8Array(view.buffer)) : view.getUint32(0, true), true);
    });
    add(bytes);
    if (index < pages.length - 1) directory.setUint32(directory.byteLength - 4, at, true);
  });
  const out = new Uint8Array(at);
  let to = 0;
  for (const part of parts) {
    out.set(part, to);
    to += part.length;
  }
  return out;
};

/** A BMP. @param rows of the file, as they are stored, padded to four bytes here @param table palette or masks, after the header */
export const bmp = (
  bits: number,
  width: number,
  height: number,
  rows: readonly number[][],
  table: readonly number[] = [],
  compression = 0,
): Uint8Array<ArrayBuffer> => {
  const stride = Math.ceil((width * bits) / 32) * 4;
  const start = 54 + table.length;
  const out = new Uint8Array(start + stride * rows.length);
  const view = new DataView(out.buffer);
  out.set([0x42, 0x4d]);
  view.setUint32(2, out.length, true);
  view.setUint32(10, start, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, height, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, bits, true);
  view.setUint32(30, compression, true);
  if (bits <= 8) view.setUint32(46, table.length / 4, true);
  out.set(table, 54);
  rows.forEach((row, y) => out.set(row, start + y * stride));
  return out;
};

/** A rectangle of one colour of a GIF's table. */
export interface GifFrame {
  left: number;
  top: number;
  width: number;
  height: number;
  colour: number;
  /** What becomes of it: 1 stays, 2 is cleared, 3 is put back. */
  disposal?: number;
}

const short = (n: number): number[] => [n & 255, n >> 8];

/** LZW that starts anew at every pixel. */
const lzw = (count: number, colour: number): number[] => {
  const codes = [...Array.from({ length: count }, () => [4, colour]).flat(), 5];
  const bytes: number[] = [];
  let [held, bits] = [0, 0];
  for (const code of codes) {
    held |= code << bits;
    for (bits += 3; bits >= 8; bits -= 8, held >>= 8) bytes.push(held & 255);
  }
  bytes.push(held);
  const blocks = [2];
  for (let i = 0; i < bytes.length; i += 255) blocks.push(Math.min(255, bytes.length - i), ...bytes.slice(i, i + 255));
  return [...blocks, 0];
};

/** A GIF of rectangles; its colours are red, blue, green and black. */
export const gif = (width: number, height: number, frames: readonly GifFrame[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from([
    ...Array.from('GIF89a', (c) => c.charCodeAt(0)),
    ...[...short(width), ...short(height), 0xf1, 0, 0],
    ...[255, 0, 0, 0, 0, 255, 0, 255, 0, 0, 0, 0],
    ...frames.flatMap((f) => [
      ...[0x21, 0xf9, 4, (f.disposal ?? 0) << 2, 10, 0, 0, 0],
      ...[0x2c, ...short(f.left), ...short(f.top), ...short(f.width), ...short(f.height), 0],
      ...lzw(f.width * f.height, f.colour),
    ]),
    0x3b,
  ]);

/** A chunk of a PNG. @param check its checksum, where that is to be wrong */
export const pngChunk = (name: string, data: Uint8Array = new Uint8Array(), check?: number): Uint8Array => {
  const out = new Uint8Array(12 + data.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, data.length);
  out.set(new TextEncoder().encode(name), 4);
  out.set(data, 8);
  view.setUint32(8 + data.length, check ?? crc32(out.subarray(4, 8 + data.length)));
  return out;
};

/** The header of a PNG. */
export const pngHeader = (width: number, height: number, depth: number, colour: number, interlacing = 0): Uint8Array => {
  const out = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, depth, colour, 0, 0, interlacing);
  const view = new DataView(out.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  return pngChunk('IHDR', out);
};

/** A PNG of these chunks, the last of which is added. */
export const pngFile = (...chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from([[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], ...chunks, pngChunk('IEND')].flatMap((part) => [...part]));
