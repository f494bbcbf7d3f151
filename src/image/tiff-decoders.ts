/** geotiff.js with decoders that damaged blocks do not keep for ever. */
import { unpackLzw } from './tiff-lzw.ts';

type Library = typeof import('geotiff');

const LZW = 5;
const JPEG = 7;
/** More samples a pixel than this are counted in BitsPerSample. */
const SAMPLES = 4;
/** Pixels that a JPEG may have beyond its block, either way: its own blocks are of 8 to 32. */
const BEYOND = 64;

const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
/** Markers without a length: filling, stuffing, restarts, start and end. */
const isBare = (marker: number): boolean => marker <= 1 || marker === 0xff || (marker >= 0xd0 && marker <= 0xd9);

/** @throws Error where a frame of a JPEG is larger than its block, or has more to it than any */
export const checkFrames = (bytes: Uint8Array, width: number, height: number): void => {
  for (let at = 0; at + 10 <= bytes.length; ) {
    const marker = bytes[at + 1];
    if (bytes[at] !== 0xff || isBare(marker)) {
      at++;
      continue;
    }
    const shortAt = (offset: number): number => (bytes[at + offset] << 8) | bytes[at + offset + 1];
    if (isFrame(marker)) {
      const components = bytes.subarray(at + 10, at + 10 + 3 * bytes[at + 9]);
      const isSane = bytes[at + 9] <= 4 && components.every((value, i) => i % 3 !== 1 || (value >> 4 <= 4 && (value & 15) <= 4));
      if (!isSane || shortAt(5) > height + BEYOND || shortAt(7) > width + BEYOND) throw new Error('the JPEG of a block is no picture of its size');
    }
    at += 2 + Math.max(2, shortAt(2));
  }
};

let loaded: Promise<Library> | undefined;

const load = async (): Promise<Library> => {
  const library = await import('geotiff');
  class Lzw extends library.BaseDecoder {
    override decodeBlock(buffer: ArrayBufferLike): ArrayBufferLike {
      const { tileWidth, tileHeight, bitsPerSample } = this.parameters;
      const each = typeof bitsPerSample === 'number' ? [bitsPerSample] : Array.from(bitsPerSample, Number);
      const most = tileWidth * tileHeight * Math.ceil((Math.max(...each) * Math.max(each.length, SAMPLES)) / 8);
      return unpackLzw(new Uint8Array(buffer), most).slice().buffer;
    }
  }
  library.addDecoder(LZW, async () => Lzw);

  const own = (await library.getDecoder(JPEG, {} as never)).constructor as new (
    parameters: object,
  ) => { decodeBlock(buffer: ArrayBufferLike): ArrayBufferLike };
  class Jpeg extends library.BaseDecoder {
    override decodeBlock(buffer: ArrayBufferLike): ArrayBufferLike {
      const { tileWidth, tileHeight, JPEGTables } = this.parameters as typeof this.parameters & { JPEGTables?: Uint8Array };
      for (const bytes of [Uint8Array.from(JPEGTables ?? []), new Uint8Array(buffer)]) checkFrames(bytes, tileWidth, tileHeight);
      return new own(this.parameters).decodeBlock(buffer);
    }
  }
  library.addDecoder(
    JPEG,
    async () => Jpeg,
    async (directory) =>
      ({
        tileWidth: (await directory.loadValue('TileWidth')) ?? (await directory.loadValue('ImageWidth')),
        tileHeight:
          (await directory.loadValue('TileLength')) ?? (await directory.loadValue('RowsPerStrip')) ?? (await directory.loadValue('ImageLength')),
        planarConfiguration: await directory.loadValue('PlanarConfiguration'),
        bitsPerSample: await directory.loadValue('BitsPerSample'),
        predictor: 1,
        JPEGTables: await directory.loadValue('JPEGTables'),
      }) as never,
  );
  return library;
};

/** The library, with these decoders. */
export const geotiff = (): Promise<Library> => {
  loaded ??= load();
  return loaded;
};
