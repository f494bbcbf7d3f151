/**
 * Reading of PNG (W3C, third edition) within bounds: the chunks are walked first, and no more is inflated than the header says.
 * Text, profiles and all else that no pixel hangs on are passed over unread.
 */
import { adler32, inflate } from './inflate.ts';

/** Samples a pixel by colour type: grey, RGB, palette, grey and RGB with alpha. */
const CHANNELS: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** Bits a sample that each may have. */
const DEPTHS: Record<number, readonly number[]> = { 0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16] };

/** What its first chunk says. */
export interface PngHead {
  width: number;
  height: number;
  /** Bits a sample. */
  depth: number;
  colour: number;
  channels: number;
  isInterlaced: boolean;
}

const HEAD = 33;
const SIGNATURE = [0x89504e47, 0x0d0a1a0a];
const letters = (text: string): number => text.split('').reduce((sum, letter) => sum * 256 + letter.charCodeAt(0), 0);
const [IHDR, PLTE, IDAT, IEND] = ['IHDR', 'PLTE', 'IDAT', 'IEND'].map(letters);

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

export const isPng = (bytes: Uint8Array): boolean => {
  const view = viewOf(bytes);
  return bytes.length >= 8 && view.getUint32(0) === SIGNATURE[0] && view.getUint32(4) === SIGNATURE[1];
};

/** @throws Error where there is no whole header that makes sense */
export const readPngHead = (bytes: Uint8Array): PngHead => {
  const view = viewOf(bytes);
  if (bytes.length < HEAD) throw new Error('its header is cut short');
  if (view.getUint32(8) !== 13 || view.getUint32(12) !== IHDR) throw new Error('it does not begin with a header');
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [depth, colour, compression, filter, interlacing] = bytes.subarray(24, 29);
  if (width === 0 || height === 0) throw new Error('it has no size');
  if (!DEPTHS[colour]?.includes(depth)) throw new Error(`${depth} bits of colour type ${colour}`);
  if (compression !== 0 || filter !== 0 || interlacing > 1) throw new Error('its header asks for what no PNG has');
  return { width, height, depth, colour, channels: CHANNELS[colour], isInterlaced: interlacing === 1 };
};

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/** The check at the end of each chunk. */
export const crc32 = (bytes: Uint8Array): number => {
  let c = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) c = CRC_TABLE[(c ^ bytes[i]) & 0xff] ^ (c >>> 8);
  return ~c >>> 0;
};

interface Chunk {
  kind: number;
  name: string;
  data: Uint8Array;
}

/** The chunks up to the last, each whole and with the check that it should have. */
const chunksOf = function* (bytes: Uint8Array): Generator<Chunk> {
  const view = viewOf(bytes);
  for (let at = 8, kind = 0; kind !== IEND; ) {
    const end = at + 12 + (at + 8 <= bytes.length ? view.getUint32(at) : 0);
    if (end > bytes.length) throw new Error('it is cut short');
    kind = view.getUint32(at + 4);
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (!/^[a-z]{4}$/i.test(name)) throw new Error(`something else stands at byte ${at} in the place of a chunk`);
    if (crc32(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4)) throw new Error(`the checksum of its chunk ${name} is wrong`);
    yield { kind, name, data: bytes.subarray(at + 8, end - 4) };
    at = end;
  }
};

/** The deflated pixels, once all chunks are what they should be and where they should be. */
const deflatedParts = (bytes: Uint8Array, { colour }: PngHead): Uint8Array[] => {
  const parts: Uint8Array[] = [];
  let before = 0;
  let hasPalette = false;
  for (const { kind, name, data } of chunksOf(bytes)) {
    if (kind === IHDR && before !== 0) throw new Error('it has a second header');
    if (kind === PLTE) {
      if (hasPalette || parts.length > 0) throw new Error('its palette is in the wrong place');
      if (data.length === 0 || data.length > 768 || data.length % 3 !== 0) throw new Error(`a palette of ${data.length} bytes`);
      hasPalette = true;
    } else if (kind === IDAT) {
      if (parts.length > 0 && before !== IDAT) throw new Error('its pixels are in several places');
      if (colour === 3 && !hasPalette) throw new Error('it has no palette');
      parts.push(data);
    } else if (kind !== IHDR && kind !== IEND && !(name.charCodeAt(0) & 0x20)) {
      throw new Error(`it has a chunk ${name}, which no PNG has`);
    }
    before = kind;
  }
  return parts;
};

/** Every nth pixel of the picture, from a first on. */
interface Pass {
  left: number;
  top: number;
  right: number;
  down: number;
  width: number;
  height: number;
}

/** Adam7. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

const passesOf = ({ width, height, isInterlaced }: PngHead): Pass[] =>
  (isInterlaced ? PASSES : [[0, 0, 1, 1]])
    .map(([left, top, right, down]) => ({
      ...{ left, top, right, down },
      width: Math.ceil((width - left) / right),
      height: Math.ceil((height - top) / down),
    }))
    .filter((pass) => pass.width > 0 && pass.height > 0);

const paeth = (left: number, up: number, corner: number): number => {
  const p = left + up - corner;
  const [a, b, c] = [Math.abs(p - left), Math.abs(p - up), Math.abs(p - corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
};

/** By number: what is added to each byte, by those left of it, above it and left of that. */
const unfilter = (kind: number, row: Uint8Array, above: Uint8Array, by: number): void => {
  if (kind > 4) throw new Error(`a row is filtered by a method of number ${kind}`);
  const from = kind === 2 ? 0 : by; // what has nothing left of it
  if (kind === 2 || kind === 4) for (let i = 0; i < from; i++) row[i] += above[i];
  if (kind === 3) for (let i = 0; i < from; i++) row[i] += above[i] >> 1;
  if (kind === 1) for (let i = from; i < row.length; i++) row[i] += row[i - by];
  if (kind === 2) for (let i = 0; i < row.length; i++) row[i] += above[i];
  if (kind === 3) for (let i = from; i < row.length; i++) row[i] += (row[i - by] + above[i]) >> 1;
  if (kind === 4) for (let i = from; i < row.length; i++) row[i] += paeth(row[i - by], above[i], above[i - by]);
};

/** Puts a row of a pass in its place. */
const place = (row: Uint8Array, y: number, pass: Pass, { width, depth, channels }: PngHead, out: Int32Array | Uint16Array): void => {
  const first = ((pass.top + y * pass.down) * width + pass.left) * channels;
  const step = pass.right * channels;
  const mask = 2 ** depth - 1;
  for (let x = 0; x < pass.width; x++) {
    for (let c = 0, i = x * channels; c < channels; c++, i++) {
      const bit = i * depth;
      out[first + x * step + c] = depth === 16 ? (row[2 * i] << 8) | row[2 * i + 1] : (row[bit >> 3] >> (8 - depth - (bit & 7))) & mask;
    }
  }
};

/** The number in the last four bytes. */
const lastOf = (parts: readonly Uint8Array[]): number =>
  parts
    .flatMap((part) => [...part.subarray(-4)])
    .slice(-4)
    .reduce((number, byte) => ((number << 8) | byte) >>> 0, 0);

/** Deflate makes at most this many bytes of one. */
const MOST = 1032;

/**
 * The samples as they stand in the file: row by row, `channels` a pixel. Beside them it takes some 32 MB.
 * @throws Error that says what is wrong, before more is inflated than the header says
 */
export const readPngSamples = <T extends Int32Array | Uint16Array>(bytes: Uint8Array, head: PngHead, Kind: new (length: number) => T): T => {
  const parts = deflatedParts(bytes, head);
  const passes = passesOf(head);
  const bits = head.depth * head.channels;
  const deflated = parts.reduce((sum, { length }) => sum + length, 0);
  if ((head.width * head.height * bits) / 8 > deflated * MOST) throw new Error('its pixels are cut short'); // before memory is asked for
  const out = new Kind(head.width * head.height * head.channels);
  let pass = passes.shift();
  let y = 0;
  let at = -1; // in the row; its filter comes first
  let filter = 0;
  let sum = 1;
  const newRow = (): Uint8Array => new Uint8Array(pass ? Math.ceil((pass.width * bits) / 8) : 0);
  let [row, above] = [newRow(), newRow()];
  const take = (inflated: Uint8Array): void => {
    sum = adler32(inflated, sum);
    for (let from = 0; from < inflated.length; ) {
      if (!pass) throw new Error('it holds more than the pixels of its header');
      if (at < 0) {
        filter = inflated[from++];
        at = 0;
      }
      const some = inflated.subarray(from, from + row.length - at);
      row.set(some, at);
      at += some.length;
      from += some.length;
      if (at < row.length) return;
      unfilter(filter, row, above, Math.max(1, bits >> 3));
      place(row, y, pass, head, out);
      [row, above] = [above, row];
      at = -1;
      if (++y < pass.height) continue;
      pass = passes.shift();
      y = 0;
      [row, above] = [newRow(), newRow()];
    }
  };
  inflate(parts, take);
  if (pass) throw new Error('its pixels are cut short');
  if (sum !== lastOf(parts)) throw new Error('the checksum of its pixels is wrong');
  return out;
};
