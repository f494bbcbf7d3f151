/** Strips and tiles of a TIFF, unpacked to as many bytes as its directory says and no more: geotiff.js itself has no limit. */
import { inflate } from '../tensor/inflate.ts';
import { framesOf } from './jpeg-frames.ts';

/** What geotiff.js tells of a page. */
interface Parameters {
  LercParameters?: ArrayLike<number>;
  JPEGTables?: ArrayLike<number>;
}

type Unpack = (packed: Uint8Array, most: number, parameters: Parameters) => Uint8Array | Promise<Uint8Array>;

/** Bytes in their place up to the last that there is room for: what a writer left after them is no pixel. */
const inflated: Unpack = (packed, most) => {
  const out = new Uint8Array(most);
  let at = 0;
  const enough = new Error();
  try {
    inflate([packed], (bytes) => {
      out.set(bytes.subarray(0, most - at), at);
      at = Math.min(most, at + bytes.length);
      if (at === most) throw enough;
    });
  } catch (error) {
    if (error !== enough) throw error;
  }
  return out.subarray(0, at);
};

const packBits: Unpack = (packed, most) => {
  const out = new Uint8Array(most);
  let at = 0;
  for (let i = 0; i < packed.length && at < most; ) {
    const head = (packed[i++] << 24) >> 24;
    const count = head < 0 ? 1 - head : head + 1;
    if (head === -128) continue; // says nothing
    if (head < 0) out.fill(packed[i++], at, at + count);
    else {
      out.set(packed.subarray(i, Math.min(i + count, i + most - at)), at);
      i += count;
    }
    at += count;
  }
  return out.subarray(0, Math.min(at, most));
};

const CLEAR = 256;
const END = 257;
const WIDEST = 12;

/** LZW as TIFF has it: codes from the high bits on, one bit wider a code before it must be. */
const lzw: Unpack = (packed, most) => {
  const out = new Uint8Array(most);
  const from = new Int32Array(2 ** WIDEST); // where in `out` a code's text stood first
  const long = new Int32Array(2 ** WIDEST);
  let [next, bits, held, have, at] = [END + 1, 9, 0, 0, 0];
  let before = -1; // where the last text stands
  let length = 0;
  for (let i = 0; at < most; ) {
    while (have < bits && i < packed.length) {
      held = ((held << 8) | packed[i++]) & 0xffffff;
      have += 8;
    }
    if (have < bits) break;
    have -= bits;
    const code = (held >> have) & (2 ** bits - 1);
    if (code === END) break;
    if (code === CLEAR) {
      [next, bits, before] = [END + 1, 9, -1];
      continue;
    }
    if (code > next || (code >= CLEAR && before < 0) || (code === next && before < 0))
      throw new Error(`its LZW has a code ${code} that stands for nothing`);
    if (before >= 0 && next < 2 ** WIDEST) {
      from[next] = before; // the last text and one byte more, which comes now
      long[next++] = length + 1;
    }
    const start = at;
    if (code < CLEAR) out[at++] = code;
    else {
      const end = Math.min(most, at + long[code]);
      for (let k = from[code]; at < end; ) out[at++] = out[k++];
    }
    [before, length] = [start, at - start];
    if (next + 1 >= 2 ** bits && bits < WIDEST) bits++;
  }
  return out.subarray(0, at);
};

/** Given the room that there is, it decodes no more. */
const zstd: Unpack = async (packed, most) => {
  const { ZSTDDecoder } = await import('zstddec');
  const decoder = new ZSTDDecoder();
  await decoder.init();
  return decoder.decode(packed, most);
};

/** How many numbers a LERC blob says that it holds. */
const lercCount = (blob: Uint8Array): number => {
  if (blob.length < 34) return 0; // what reads it says what is wrong
  const view = new DataView(blob.buffer, blob.byteOffset, blob.length);
  const isSecond = view.getUint8(4) === 0x32; // Lerc2, or CntZImage
  const version = isSecond ? view.getInt32(6, true) : 0;
  const at = isSecond ? (version >= 3 ? 14 : 10) : 18;
  return view.getUint32(at, true) * view.getUint32(at + 4, true) * (version >= 4 ? view.getUint32(at + 8, true) : 1);
};

/** Compression within LERC, by its number in the second LercParameter. */
const WITHIN_LERC: readonly Unpack[] = [(packed) => packed, inflated, zstd];

/** A blob holds at most what its numbers take, a mask, and what says how they are kept. */
const lercMost = (most: number): number => 2 * most + 2 ** 16;

const lerc: Unpack = async (packed, most, parameters) => {
  const [version = 4, within = 0] = Array.from(parameters.LercParameters ?? []);
  const unpack = WITHIN_LERC[within];
  if (!unpack) throw new Error(`LERC within compression of number ${within}`);
  const blob = await unpack(packed, lercMost(most), parameters);
  if (lercCount(blob) > most) throw new Error('its LERC holds more than a strip or tile');
  const { getDecoder } = await import('geotiff');
  const decoder = await getDecoder(34_887, { ...parameters, predictor: 1, LercParameters: [version, 0] } as never);
  return new Uint8Array((await decoder.decode(blob.slice().buffer)) as ArrayBuffer);
};

/** @returns how many there are @throws Error where one is of more numbers than fit, or of components that no JPEG has */
const checkFrames = (bytes: Uint8Array, most: number): number => {
  let frames = 0;
  for (const { width, height, components, isSane } of framesOf(bytes)) {
    if (!isSane) throw new Error('its JPEG has a frame that is none');
    if (width * height * components > 2 * most) throw new Error('its JPEG holds more than a strip or tile');
    frames++;
  }
  return frames;
};

const jpeg: Unpack = async (packed, most, parameters) => {
  checkFrames(Uint8Array.from(parameters.JPEGTables ?? []), most);
  if (checkFrames(packed, most) === 0) throw new Error('its JPEG has no frame');
  const { getDecoder } = await import('geotiff');
  return new Uint8Array((await (await getDecoder(7, { ...parameters, predictor: 1 } as never)).decode(packed.buffer as ArrayBuffer)) as ArrayBuffer);
};

/** By number of the compression; of the others what geotiff.js makes is no larger than what is there (none), or a browser's (WebP). */
const UNPACK: Record<number, Unpack> = { 5: lzw, 7: jpeg, 8: inflated, 32946: inflated, 32773: packBits, 34887: lerc, 50000: zstd };

/** Bytes of a block, at most. */
export const MOST_BLOCK = 2 ** 29;

/** In the place of geotiff.js's pool of workers. @param most bytes of a strip or tile */
export const blocksOf = (most: number) => ({
  bindParameters: (compression: number, parameters: Parameters) => ({
    async decode(buffer: ArrayBuffer): Promise<ArrayBufferLike> {
      const { BaseDecoder, getDecoder } = await import('geotiff');
      const unpack = UNPACK[compression];
      if (!unpack) return (await getDecoder(compression, parameters as never)).decode(buffer);
      const decodeBlock = async (): Promise<ArrayBufferLike> => {
        const bytes = await unpack(new Uint8Array(buffer), most, parameters);
        return bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer;
      };
      return Object.assign(new BaseDecoder(parameters as never), { decodeBlock }).decode(buffer); // and the predictor
    },
  }),
});
