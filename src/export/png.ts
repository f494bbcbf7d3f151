/**
 * Writing of PNG (W3C, third edition), deflated by the platform: natively, off this thread. Each row is filtered by the one
 * above it, which is what flat areas want.
 */
import { zlibSync } from 'fflate';
import { concatenated, joined } from '../tensor/bytes.ts';
import { crc32 } from '../tensor/png.ts';
import { pause } from '../tensor/watch.ts';
import type { Watch } from '../types.ts';

/** Colour types of the format. */
const COLOUR_TYPES = { grey: 0, rgb: 2, palette: 3, rgba: 6 };

export interface PngShape {
  width: number;
  height: number;
  /** Bits a sample. */
  depth: 1 | 8 | 16;
  colour: keyof typeof COLOUR_TYPES;
  /** Bytes a row. */
  rowBytes: number;
  /** 3 bytes a colour. */
  palette?: Uint8Array;
}

/** Bytes that are filtered between two pauses. */
const BAND = 2 ** 19;

/** Filter type of a row whose bytes are differences to the row above. */
const UP = 2;

/** Length, name, data, and the check of name and data. */
const chunk = (name: string, data: Uint8Array): Uint8Array => {
  const out = new Uint8Array(data.length + 12);
  const view = new DataView(out.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) out[4 + i] = name.charCodeAt(i);
  out.set(data, 8);
  view.setUint32(8 + data.length, crc32(out.subarray(4, 8 + data.length)));
  return out;
};

const header = ({ width, height, depth, colour }: PngShape): Uint8Array => {
  const out = new Uint8Array(13);
  const view = new DataView(out.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  out[8] = depth;
  out[9] = COLOUR_TYPES[colour];
  return out;
};

const signature = (): Uint8Array => Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Rows, filtered and deflated, as they come. @param read puts row y into `row`, samples of 16 bits the higher byte first */
const deflated = ({ height, rowBytes }: PngShape, read: ReadRow, watch: Watch): ReadableStream<Uint8Array> => {
  const band = Math.max(1, Math.floor(BAND / rowBytes));
  let above = new Uint8Array(rowBytes);
  let row = new Uint8Array(rowBytes);
  let y = 0;
  const rows = new ReadableStream<BufferSource>({
    async pull(controller) {
      await pause(watch);
      const filtered = new Uint8Array(Math.min(band, height - y) * (rowBytes + 1));
      for (let at = 0; at < filtered.length; y++) {
        await read(y, row);
        filtered[at++] = UP;
        for (let i = 0; i < rowBytes; i++) filtered[at++] = row[i] - above[i];
        [above, row] = [row, above];
      }
      controller.enqueue(filtered);
      if (y === height) controller.close();
    },
  });
  return rows.pipeThrough(new CompressionStream('deflate'));
};

/** Puts row y into `row`, at once or by a promise; rows are asked for in their order. */
export type ReadRow = (y: number, row: Uint8Array) => unknown;

/** The file piece by piece: so it never stands in memory whole. @throws the signal's reason once aborted */
export const pngPieces = async function* (shape: PngShape, read: ReadRow, watch: Watch = {}): AsyncGenerator<Uint8Array> {
  yield signature();
  yield chunk('IHDR', header(shape));
  if (shape.palette) yield chunk('PLTE', shape.palette);
  const reader = deflated(shape, read, watch).getReader(); // no `for await`: not every browser iterates over streams
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield chunk('IDAT', piece.value);
  yield chunk('IEND', new Uint8Array(0));
};

/** The whole file. @throws the signal's reason once aborted */
export const writePng = (shape: PngShape, read: ReadRow, watch: Watch = {}): Promise<Uint8Array> => joined(pngPieces(shape, read, watch));

/** Bytes that are stored as they are: to deflate them takes longer than it saves. */
const FEW = 128;

/** The same at once, for small pictures of which there are many. @param rows of `rowBytes` each */
export const smallPng = (shape: PngShape, rows: Uint8Array): Uint8Array => {
  const unfiltered = new Uint8Array((shape.rowBytes + 1) * shape.height);
  for (let y = 0; y < shape.height; y++) unfiltered.set(rows.subarray(y * shape.rowBytes, (y + 1) * shape.rowBytes), y * (shape.rowBytes + 1) + 1);
  const deflated = zlibSync(unfiltered, { level: rows.length > FEW ? 6 : 0 });
  return concatenated([signature(), chunk('IHDR', header(shape)), chunk('IDAT', deflated), chunk('IEND', new Uint8Array(0))]);
};
