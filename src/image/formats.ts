/** Which kind of file it is, by its first bytes, which are compared as numbers: letters above 127 do not survive every bundler. */
import { InputError } from '../errors.ts';

/** The kinds that are read. */
export type Format = 'JPEG' | 'PNG' | 'WebP' | 'AVIF' | 'TIFF' | 'GIF' | 'BMP' | 'HEIC';

/** What stands where in a file: numbers, or plain ASCII. */
type Mark = readonly (readonly [at: number, what: string | readonly number[]])[];

const TIFF_MARKS: readonly Mark[] = [
  [[0, [0x49, 0x49, 0x2a, 0]]],
  [[0, [0x4d, 0x4d, 0, 0x2a]]],
  [[0, [0x49, 0x49, 0x2b, 0]]],
  [[0, [0x4d, 0x4d, 0, 0x2b]]],
];

const READ: readonly (readonly [Format, readonly Mark[]])[] = [
  ['JPEG', [[[0, [0xff, 0xd8, 0xff]]]]],
  ['PNG', [[[0, [0x89, 0x50, 0x4e, 0x47]]]]],
  [
    'WebP',
    [
      [
        [0, 'RIFF'],
        [8, 'WEBP'],
      ],
    ],
  ],
  ['TIFF', TIFF_MARKS],
  ['GIF', [[[0, 'GIF8']]]],
  // the size of the header that follows: BM alone are two letters of any text
  [
    'BMP',
    [
      [
        [0, 'BM'],
        [15, [0, 0, 0]],
      ],
    ],
  ],
];

/** Brands of ISO media files: the first that is there, in this order. */
const BRANDS: readonly (readonly [brand: string, format: Format | string])[] = [
  ['avif', 'AVIF'],
  ['avis', 'AVIF'],
  ['heic', 'HEIC'],
  ['heix', 'HEIC'],
  ['heim', 'HEIC'],
  ['heis', 'HEIC'],
  ['hevc', 'HEIC'],
  ['hevx', 'HEIC'],
  ['mif1', 'HEIC'],
  ['msf1', 'HEIC'],
  ['crx ', 'a camera raw file (CR3)'],
  ['jp2 ', 'a JPEG 2000 picture'],
];

const RAW = 'convert it with the program of the camera, darktable or RawTherapee';
const CONVERT = 'convert it to PNG or TIFF';
const FRAME = 'take a frame of it (ffmpeg -i in -frames:v 1 out.png)';

/** Kinds that are often taken for one that is read: what each is, and what to do. */
const OTHERS: readonly (readonly [what: string, advice: string, mark: Mark])[] = [
  ['a JPEG 2000 picture', CONVERT, [[4, 'jP  ']]],
  ['a JPEG 2000 picture', CONVERT, [[0, [0xff, 0x4f, 0xff, 0x51]]]],
  ['a JPEG XL picture', CONVERT, [[0, [0xff, 0x0a]]]],
  ['a JPEG XL picture', CONVERT, [[4, 'JXL ']]],
  ['a camera raw file (RAF)', RAW, [[0, 'FUJIFILMCCD-RAW']]],
  ['a camera raw file (ORF)', RAW, [[0, 'IIRO']]],
  ['a camera raw file (ORF)', RAW, [[0, 'IIRS']]],
  ['a camera raw file (RW2)', RAW, [[0, [0x49, 0x49, 0x55, 0]]]],
  ['a camera raw file (X3F)', RAW, [[0, 'FOVb']]],
  ['a Photoshop document', 'export it as PNG or TIFF', [[0, '8BPS']]],
  ['an icon (ICO)', 'save the size that you want as PNG', [[0, [0, 0, 1, 0]]]],
  ['a PDF', 'render the page that you want (pdftoppm -png)', [[0, '%PDF']]],
  [
    'a video (AVI)',
    FRAME,
    [
      [0, 'RIFF'],
      [8, 'AVI '],
    ],
  ],
  ['a video (Matroska or WebM)', FRAME, [[0, [0x1a, 0x45, 0xdf, 0xa3]]]],
  ['a video (MP4 or QuickTime)', FRAME, [[4, 'moov']]],
  ['an OpenEXR picture', CONVERT, [[0, [0x76, 0x2f, 0x31, 1]]]],
  ['a Radiance picture', CONVERT, [[0, '#?RADIANCE']]],
  ['a DirectDraw surface', CONVERT, [[0, 'DDS ']]],
  ['a GIMP picture', 'export it as PNG or TIFF', [[0, 'gimp xcf']]],
  ['a FITS file', CONVERT, [[0, 'SIMPLE  =']]],
  ['a DICOM file', CONVERT, [[128, 'DICM']]],
  ['an HDF5 file', 'convert the band that you want to TIFF (gdal_translate)', [[0, [0x89, 0x48, 0x44, 0x46]]]],
  ['a picture of the PNM family', CONVERT, [[0, 'P5']]],
  ['a picture of the PNM family', CONVERT, [[0, 'P6']]],
  ['an NPY array', 'save it as PNG or TIFF', [[0, [0x93, 0x4e, 0x55, 0x4d]]]],
  ['a ZIP archive', 'unpack it', [[0, [0x50, 0x4b, 3, 4]]]],
  ['compressed with gzip', 'unpack it', [[0, [0x1f, 0x8b]]]],
];

/** What a text may be, by how it begins. */
const TEXTS: readonly (readonly [what: string, advice: string, RegExp])[] = [
  ['an SVG drawing', 'render it as PNG at the size that you want', /^(<\?xml[^>]*>\s*)?(<!--[\s\S]*?-->\s*)?(<!doctype svg[^>]*>\s*)?<svg[\s>]/i],
  ['a web page', 'check the address', /^<(!doctype html|html)/i],
];

const holds = (bytes: Uint8Array, at: number, what: string | readonly number[]): boolean => {
  for (let i = 0; i < what.length; i++) if (bytes[at + i] !== (typeof what === 'string' ? what.charCodeAt(i) : what[i])) return false;
  return true;
};

const has = (bytes: Uint8Array, mark: Mark): boolean => mark.every(([at, what]) => holds(bytes, at, what));

/** How much of a file's beginning `formatOf` wants. */
export const HEAD = 512;

/** The brands of an ISO media file, the major one first; none of any other file. */
const brandsOf = (head: Uint8Array): string[] => {
  if (!holds(head, 4, 'ftyp')) return [];
  const end = Math.min(head.length, new DataView(head.buffer, head.byteOffset).getUint32(0));
  const brands = [];
  for (let at = 8; at + 4 <= end; at += 4) if (at !== 12) brands.push(String.fromCharCode(...head.subarray(at, at + 4)));
  return brands;
};

/** Whether the file is a sequence of AVIF pictures: what reads single ones must be told that it is one. */
export const isAvifSequence = (head: Uint8Array): boolean => holds(head, 4, 'ftypavis');

/** The kind of a file that is read; undefined for any other. @param head its first `HEAD` bytes, or all */
export const knownFormat = (head: Uint8Array): Format | undefined => {
  const brands = brandsOf(head);
  const brand = BRANDS.find(([name]) => brands.includes(name))?.[1];
  if (brand === 'AVIF' || brand === 'HEIC') return brand;
  return READ.find(([, marks]) => marks.some((mark) => has(head, mark)))?.[0];
};

const otherOf = (head: Uint8Array): readonly [what: string, advice: string] | undefined => {
  const other = OTHERS.find(([, , mark]) => has(head, mark));
  if (other) return [other[0], other[1]];
  const brands = brandsOf(head);
  if (brands.length > 0) {
    const still = BRANDS.find(([name]) => brands.includes(name))?.[1];
    return still ? [still, still.includes('raw') ? RAW : CONVERT] : ['a video (MP4 or QuickTime)', FRAME];
  }
  const text = new TextDecoder('latin1').decode(head).replace(/^[^!-~]+/, ''); // a byte order mark, blanks
  const found = TEXTS.find(([, , starts]) => starts.test(text));
  return found && [found[0], found[1]];
};

/**
 * The kind of a file, so that no decoder for anything else (SVG, PDF) ever sees one, and what a decoder refuses later is known
 * to be damaged.
 * @param head its first `HEAD` bytes, or all
 * @throws InputError that names what it is instead, where that is known
 */
export const formatOf = (head: Uint8Array, name: string): Format => {
  if (head.length === 0) throw new InputError(`${name} is empty (0 bytes)`);
  const format = knownFormat(head);
  if (format) return format;
  const names = READ.map(([known]) => known);
  const other = otherOf(head);
  if (other) throw new InputError(`${name} is ${other[0]}, which is not read here: ${other[1]}`);
  throw new InputError(`${name} is not a picture that can be read: give one of ${[...names, 'AVIF', 'HEIC'].join(', ')}`);
};
