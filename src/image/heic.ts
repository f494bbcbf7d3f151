/// <reference path="./heic-decode.d.ts" />
/** HEIC, as phones keep photographs: by heic-decode, which whoever wants it installs beside (1.5 MB, and its libheif is LGPL). */
import { InputError } from '../errors.ts';
import { allOf, type PictureBytes } from './bytes.ts';
import { checkPage, damaged, type Reading } from './image.ts';
import { addNote, type Reader } from './reader.ts';

/** A picture of the file, not decoded yet. */
interface Undecoded {
  width: number;
  height: number;
  decode(): Promise<{ data: Uint8ClampedArray }>;
}
interface HeicDecode {
  all(options: { buffer: Uint8Array }): Promise<Undecoded[] & { dispose(): void }>;
}

const load = async (name: string): Promise<HeicDecode> => {
  try {
    // in a try: so bundlers leave it out where it is not installed
    const { default: decode } = await import('heic-decode');
    if (typeof decode.all === 'function') return decode;
  } catch {
    // told below
  }
  throw new InputError(`${name} is HEIC, which heic-decode reads: npm install heic-decode, or convert it to JPEG`);
};

/** What heic-decode goes by; other brands of the same kind it does not know. */
const HEIC = [0x68, 0x65, 0x69, 0x63];

/** @throws InputError where heic-decode is not installed, or cannot decode it */
export const heicReader = async (file: PictureBytes, { page }: Reading): Promise<Reader> => {
  const { name } = file;
  const { all } = await load(name);
  const buffer = Uint8Array.from(await allOf(file));
  buffer.set(HEIC, 8);
  const pictures = await all({ buffer }).catch((error: unknown) => {
    throw damaged(name, error);
  });
  const source: Reader['source'] = { format: 'HEIC' };
  try {
    checkPage(page, pictures.length, name);
  } catch (error) {
    pictures.dispose();
    throw error;
  }
  if (pictures.length > 1) {
    Object.assign(source, { page, pages: pictures.length });
    if (page === 1) addNote(source, `page ${page} of ${pictures.length}: page (--page) chooses another`);
  }
  const { width, height, decode } = pictures[page - 1];
  let decoded: Promise<Uint8Array> | undefined;
  const pixels = async (): Promise<Uint8Array> => {
    try {
      const { data } = await decode();
      return new Uint8Array(data.buffer, data.byteOffset, data.length);
    } catch (error) {
      throw damaged(name, error);
    } finally {
      pictures.dispose();
    }
  };
  return {
    width,
    height,
    orientation: 1, // libheif has turned it
    source,
    scale: { range: [0, 255] },
    isMeasurement: false,
    blockRows: 1,
    read: async ({ top, height: rows }) => {
      decoded ??= pixels();
      return { data: (await decoded).subarray(top * width * 4, (top + rows) * width * 4), width, height: rows, channels: 4 };
    },
  };
};
