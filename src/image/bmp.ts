/** BMP: uncompressed ones of any depth, bottom up or top down, from the rows that are wanted alone. */
import { InputError } from '../errors.ts';
import type { PictureBytes } from './bytes.ts';
import { checkPage, damaged, type Reading, salvage } from './image.ts';
import type { Region } from './orient.ts';
import { addNote, type Reader } from './reader.ts';

/** Compression by number: none, and masks; those that are not read. */
const PLAIN = [0, 3, 6];
const PACKED: Record<number, string> = { 1: 'run lengths (RLE8)', 2: 'run lengths (RLE4)', 4: 'JPEG', 5: 'PNG' };

/** Where masks are not given. */
const MASKS: Record<number, readonly number[]> = {
  16: [0x7c00, 0x03e0, 0x001f, 0],
  24: [0xff0000, 0xff00, 0xff, 0],
  32: [0xff0000, 0xff00, 0xff, 0],
};

interface Layout {
  width: number;
  height: number;
  bits: number;
  isTopDown: boolean;
  /** Of the first row that is stored. */
  start: number;
  rowBytes: number;
  /** RGB by index, of up to 8 bits a pixel. */
  palette: Uint8Array;
  /** Red, green, blue and alpha; 0: none. */
  masks: readonly number[];
}

const HEADER = 14 + 124 + 1024;
/** Of the headers that there are: OS/2's two, and Windows' from 3 to 5. */
const SIZES = [12, 16, 40, 52, 56, 64, 108, 124];

const layoutOf = async ({ read, name }: PictureBytes): Promise<Layout> => {
  const head = await read(0, HEADER);
  if (head.length < 26) throw damaged(name, new Error('its header is cut short'));
  const view = new DataView(new Uint8Array(HEADER).buffer);
  new Uint8Array(view.buffer).set(head);
  const size = view.getUint32(14, true);
  const isOld = size === 12; // of OS/2: sides of 16 bits, three bytes a colour
  const width = isOld ? view.getUint16(18, true) : view.getInt32(18, true);
  const high = isOld ? view.getUint16(20, true) : view.getInt32(22, true);
  const bits = view.getUint16(isOld ? 24 : 28, true);
  const compression = isOld ? 0 : view.getUint32(30, true);
  if (!PLAIN.includes(compression))
    throw new InputError(
      `${name} is a BMP that is compressed with ${PACKED[compression] ?? `a method of number ${compression}`}, which is not read here: convert it to PNG`,
    );
  if (!SIZES.includes(size)) throw damaged(name, new Error(`a header of ${size} bytes`));
  if (![1, 2, 4, 8, 16, 24, 32].includes(bits) || width < 1 || high === 0)
    throw damaged(name, new Error(`${width} x ${high} pixels of ${bits} bits`));
  const hasMasks = compression !== 0 && bits >= 16;
  const masks = hasMasks ? [54, 58, 62, 66].map((at) => (at === 66 && size < 56 && compression !== 6 ? 0 : view.getUint32(at, true))) : MASKS[bits];
  const colours = bits > 8 ? 0 : Math.min(2 ** bits, (!isOld && view.getUint32(46, true)) || 2 ** bits);
  const each = isOld ? 3 : 4;
  const palette = new Uint8Array(3 * 256);
  for (let i = 0; i < colours; i++) for (let c = 0; c < 3; c++) palette[3 * i + c] = view.getUint8(14 + size + i * each + 2 - c);
  const rowBytes = Math.ceil((width * bits) / 32) * 4;
  return { width, height: Math.abs(high), bits, isTopDown: high < 0, start: view.getUint32(10, true), rowBytes, palette, masks: masks ?? [] };
};

/** A colour's bits to 0..255. */
const spreadOf = (mask: number): { shift: number; max: number } => {
  let shift = 0;
  while (mask && !((mask >>> shift) & 1)) shift++;
  return { shift, max: mask >>> shift };
};

/** Left and right may be anything: rows are read whole. */
const unpack = (rows: Uint8Array, { bits, rowBytes, palette, masks, isTopDown }: Layout, region: Region, channels: number): Uint8Array => {
  const { left, width, height } = region;
  const out = new Uint8Array(width * height * channels);
  const view = new DataView(rows.buffer, rows.byteOffset, rows.length);
  const spreads = masks.map(spreadOf);
  for (let y = 0, o = 0; y < height; y++) {
    const row = (isTopDown ? y : height - 1 - y) * rowBytes;
    for (let x = left; x < left + width; x++) {
      if (bits <= 8) {
        const at = x * bits;
        const index = (rows[row + (at >> 3)] >> (8 - bits - (at & 7))) & (2 ** bits - 1);
        for (let c = 0; c < 3; c++) out[o++] = palette[3 * index + c];
      } else {
        const at = row + (x * bits) / 8;
        const pixel =
          bits === 16 ? view.getUint16(at, true) : bits === 32 ? view.getUint32(at, true) : view.getUint16(at, true) | (rows[at + 2] << 16);
        for (let c = 0; c < channels; c++) {
          const { shift, max } = spreads[c];
          out[o++] = max ? Math.round((((pixel & masks[c]) >>> shift) * 255) / max) : 0;
        }
      }
    }
  }
  return out;
};

/** @throws InputError where it is compressed, cut short or no BMP that makes sense */
export const bmpReader = async (file: PictureBytes, reading: Reading): Promise<Reader> => {
  const { allowDamaged, page } = reading;
  const layout = await layoutOf(file);
  const { width, height, rowBytes, start, isTopDown, masks } = layout;
  const source: Reader['source'] = { format: 'BMP' };
  checkPage(page, 1, file.name);
  const missing = start + rowBytes * height - file.size;
  // the last row's padding is often left out
  if (missing > 3) {
    if (!allowDamaged) throw damaged(file.name, new Error(`${missing} bytes are missing`), salvage(reading));
    addNote(source, `it is damaged, and what is missing is black (${missing} bytes)`);
  }
  const channels = masks[3] ? 4 : 3;
  return {
    width,
    height,
    orientation: 1,
    source,
    scale: { range: [0, 255] },
    isMeasurement: false,
    blockRows: 1,
    read: async (region) => {
      const first = isTopDown ? region.top : height - region.top - region.height;
      const from = start + first * rowBytes;
      const rows = new Uint8Array(region.height * rowBytes);
      rows.set(await file.read(Math.min(from, file.size), Math.min(file.size, from + rows.length)));
      return { data: unpack(rows, layout, region, channels), width: region.width, height: region.height, channels };
    },
  };
};
