/** What a TIFF holds: its pages, and of one the bands that are shown, what its numbers mean and who can read it. */
import type { GeoTIFFImage } from 'geotiff';
import { InputError } from '../errors.ts';
import { geoOf } from '../geo.ts';
import type { GeoReference, PictureSource } from '../types.ts';
import type { PictureBytes } from './bytes.ts';
import { checkPage, checkPixels, damaged, type Reading, salvage } from './image.ts';
import { orientationOf } from './orient.ts';
import type { Scale } from './samples.ts';

/** One picture of a TIFF, and how it is to be read. */
export interface TiffPage {
  image: GeoTIFFImage;
  /** Which directory of the file. */
  index: number;
  width: number;
  height: number;
  orientation: number;
  compression: number;
  photometric: number;
  /** Of each sample. */
  bits: number;
  isPlanar: boolean;
  /** What is shown, counted from 0: grey, or red, green and blue. */
  bands: number[];
  alpha: number | undefined;
  /** Whether all that it holds is shown: what reads pictures, not bands, can read it. */
  isWhole: boolean;
  scale: Scale;
  source: PictureSource;
}

const TAG = {
  subfile: 254,
  width: 256,
  height: 257,
  bits: 258,
  compression: 259,
  photometric: 262,
  orientation: 274,
  samples: 277,
  planar: 284,
  subIfds: 330,
  extra: 338,
  format: 339,
  offsets: [273, 324],
  counts: [279, 325],
  /** Rows of a strip, width and height of a tile. */
  blocks: [278, 322, 323],
  nodata: 42113,
  dng: 50706,
};

/** Of `NewSubfileType`: a smaller picture of another page, or a mask. */
const NO_PAGE = 1 | 4;

export const PHOTOMETRIC = { whiteIsZero: 0, blackIsZero: 1, rgb: 2, palette: 3, cmyk: 5, yCbCr: 6, lab: 8 };
const RAW_PHOTOMETRICS = [32803, 34892];
/** How many bands each takes; the rest can be shown band by band. */
const COLOURS: Record<number, number> = { 3: 1, 5: 4, 6: 3, 8: 3 };

/** Alpha in ExtraSamples: multiplied in, and not. */
const ALPHA = [1, 2];

const UNREAD: Record<number, string> = {
  2: 'CCITT RLE',
  3: 'CCITT fax (group 3)',
  4: 'CCITT fax (group 4)',
  6: 'the old kind of JPEG',
  33003: 'JPEG 2000',
  33005: 'JPEG 2000',
  34661: 'JBIG',
  34676: 'LogLuv',
  34677: 'LogLuv',
  34712: 'JPEG 2000',
  34887: 'LERC',
  34925: 'LZMA',
  34933: 'PNG',
  34934: 'JPEG XR',
  50000: 'ZSTD',
  50001: 'WebP',
  50002: 'JPEG XL',
  52546: 'JPEG XL',
};

const numberOf = (value: unknown, fallback: number): number => {
  const n = typeof value === 'number' ? value : Number((value as ArrayLike<number> | undefined)?.[0]);
  return Number.isFinite(n) ? n : fallback;
};
const isSide = (n: number): boolean => Number.isInteger(n) && n >= 1;
const listOf = (value: unknown): number[] => (typeof value === 'number' ? [value] : Array.from((value as ArrayLike<number>) ?? [], Number));

const CONVERT = 'convert it (gdal_translate -co COMPRESS=DEFLATE in.tif out.tif)';

export const unread = (name: string, { compression }: Pick<TiffPage, 'compression'>): InputError =>
  new InputError(
    `${name} is a TIFF that is compressed with ${UNREAD[compression] ?? `a method of number ${compression}`}, which is not read here: ${CONVERT}`,
  );

/** What geotiff.js reads from. What lies beyond the end of the file is zero: whether it may is checked for what is wanted. */
const sourceOf = ({ read, size }: PictureBytes, budget: { left: number }) => {
  const part = async (offset: number, length: number): Promise<ArrayBuffer> => {
    if (!(length >= 0 && length <= Math.max(size, 2 ** 16))) throw new Error('a part is larger than the file');
    budget.left -= length;
    if (budget.left < 0) throw new InputError('its directories name the same bytes again and again');
    const out = new Uint8Array(length);
    if (offset < size) out.set(await read(offset, Math.min(size, offset + length)));
    return out.buffer;
  };
  return {
    fetch: (slices: { offset: number; length: number }[]) => Promise.all(slices.map(({ offset, length }) => part(offset, length))),
    fileSize: size,
    close: async () => {},
  };
};

/** Bytes of directories that are read, and four times the file. */
const DIRECTORIES = 2 ** 26;

/** The file's pages, thumbnails and masks left out; all of its pictures where that leaves none. */
const pagesOf = async (file: PictureBytes): Promise<{ image: GeoTIFFImage; index: number }[]> => {
  const { GeoTIFF } = await import('geotiff');
  const budget = { left: DIRECTORIES + 4 * file.size };
  const tiff = await GeoTIFF.fromSource(sourceOf(file, budget) as never);
  tiff.parser.eager = true; // what geotiff.js reads later it takes for little-endian
  const all = [];
  const seen = new Set<number>();
  for (let index = 0, at = tiff.firstIFDOffset; at !== 0 && !seen.has(at); index++) {
    if (at >= file.size) throw new Error(`the directory of picture ${index + 1} lies beyond the end`);
    seen.add(at);
    const image = await tiff.getImage(index);
    all.push({ image, index });
    at = Number(image.fileDirectory.nextIFDByteOffset);
  }
  budget.left = Number.POSITIVE_INFINITY; // the pixels are another matter
  const pages = all.filter(({ image }) => (numberOf(tagsOf(image)(TAG.subfile), 0) & NO_PAGE) === 0);
  return pages.length > 0 ? pages : all;
};

const tagsOf =
  (image: GeoTIFFImage) =>
  (tag: number): unknown =>
    image.fileDirectory.getValue(tag as never);

/** The page that was asked for, of how many; undefined where geotiff.js cannot read the file's directory. */
const pageOf = async (file: PictureBytes, page: number) => {
  const pages = await pagesOf(file).catch((error: unknown) => {
    if (error instanceof InputError) throw damaged(file.name, error);
  });
  if (!pages) return undefined;
  checkPage(page, pages.length, file.name);
  return { ...pages[page - 1], pages: pages.length };
};

/** Camera raw files are TIFFs whose first picture is a preview. */
const checkNoRaw = (tags: (tag: number) => unknown, name: string): void => {
  const isPreview = (numberOf(tags(TAG.subfile), 0) & 1) === 1 && tags(TAG.subIfds) !== undefined;
  if (!isPreview && tags(TAG.dng) === undefined && !RAW_PHOTOMETRICS.includes(numberOf(tags(TAG.photometric), -1))) return;
  throw new InputError(`${name} is a camera raw file, which is not read here: convert it with your camera maker's program, darktable or RawTherapee`);
};

/** How the numbers of a sample are kept. */
const FORMATS: Record<number, (bits: number) => Scale | undefined> = {
  1: (bits) => (bits <= 32 ? { range: [0, 2 ** bits - 1] } : undefined),
  2: (bits) => ([8, 16, 32].includes(bits) ? { range: [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] } : undefined),
  3: (bits) => ([16, 32, 64].includes(bits) ? { range: [0, 1], isFloat: true } : undefined),
  4: (bits) => (bits <= 32 ? { range: [0, 2 ** bits - 1] } : undefined),
};
const FORMAT_NAMES: Record<number, string> = {
  1: 'whole numbers',
  2: 'signed whole numbers',
  3: 'floats',
  5: 'complex numbers',
  6: 'complex numbers',
};

/** Bands as people count them. */
const told = (bands: readonly number[]): string => {
  const names = bands.map((band) => band + 1);
  return names.length === 1 ? `band ${names[0]}` : `bands ${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
};

/** Which bands are shown. @param asked from 1 */
const bandsOf = (photometric: number, count: number, extra: readonly number[], asked: readonly number[] | undefined, name: string) => {
  const isAsIs = photometric in COLOURS;
  if (asked) {
    const missing = asked.find((band) => band > count);
    if (missing !== undefined)
      throw new InputError(`${name} has ${count === 1 ? 'one band' : `${count} bands`}, so there is no band ${missing}: give other bands`, {
        code: 'E_OPTION',
      });
    if (isAsIs && photometric !== PHOTOMETRIC.palette)
      throw new InputError(`${name} holds colours that are no red, green and blue (CMYK, YCbCr or Lab): leave bands out`, { code: 'E_OPTION' });
    return { bands: asked.map((band) => band - 1), alpha: undefined, isPremultiplied: false };
  }
  const first = count - extra.length;
  const at = extra.findIndex((kind) => ALPHA.includes(kind));
  const alpha = at < 0 || first + at < 1 ? undefined : first + at;
  const colours = Array.from({ length: count }, (_, band) => band).filter((band) => band !== alpha);
  const wanted = COLOURS[photometric] ?? (colours.length >= 3 ? 3 : 1);
  return { bands: colours.slice(0, wanted), alpha, isPremultiplied: alpha !== undefined && extra[at] === 1 };
};

const nodataOf = (value: unknown, bits: number, isFloat: boolean | undefined): number | undefined => {
  const nodata = typeof value === 'string' ? Number.parseFloat(value) : Number.NaN;
  if (!Number.isFinite(nodata)) return undefined;
  return isFloat && bits <= 32 ? Math.fround(nodata) : nodata;
};

/** Every strip and tile lies within the file. */
const checkLength = (tags: (tag: number) => unknown, { size, name }: PictureBytes, reading: Reading): void => {
  TAG.offsets.forEach((tag, i) => {
    const counts = listOf(tags(TAG.counts[i]));
    const end = listOf(tags(tag)).reduce((furthest, offset, k) => Math.max(furthest, offset + (counts[k] ?? 0)), 0);
    if (end > size) throw damaged(name, new Error(`its data end at byte ${end}, the file at ${size}`), salvage(reading));
  });
};

/**
 * The page of a TIFF that was asked for; undefined where the file's directory cannot be read.
 * @throws InputError where it has no such page or bands, is cut short, a camera's raw file, or holds numbers that are not read
 */
export const openTiff = async (file: PictureBytes, reading: Reading): Promise<TiffPage | undefined> => {
  const { page, bands: asked, allowDamaged } = reading;
  const { name } = file;
  const found = await pageOf(file, page);
  if (!found) return undefined;
  const { image, index, pages } = found;
  const tags = tagsOf(image);
  checkNoRaw(tags, name);
  const bitsEach = listOf(tags(TAG.bits) ?? 1);
  const count = numberOf(tags(TAG.samples), 1);
  const [width, height] = [numberOf(tags(TAG.width), 0), numberOf(tags(TAG.height), 0)];
  if (![width, height].every(isSide)) throw damaged(name, new Error('it has no size'));
  checkPixels(width, height, reading.maxPixels, name); // before strips are counted by it
  if (!TAG.blocks.every((tag) => isSide(numberOf(tags(tag), 1)))) throw damaged(name, new Error('its tiles or strips have no size'));
  if (!allowDamaged) checkLength(tags, file, reading);
  const format = numberOf(tags(TAG.format), 1);
  const bits = bitsEach[0] ?? 1;
  const kind = bitsEach.every((b) => b === bits) ? FORMATS[format]?.(bits) : undefined;
  if (!kind) {
    const what = bitsEach.every((b) => b === bits) ? `${bits}-bit ${FORMAT_NAMES[format] ?? 'numbers of an unknown kind'}` : 'bands of several sizes';
    throw new InputError(`${name} is a TIFF of ${what}, which are not read here: convert it (gdal_translate -ot Float32 in.tif out.tif)`);
  }
  const photometric = numberOf(tags(TAG.photometric), count >= 3 ? PHOTOMETRIC.rgb : PHOTOMETRIC.blackIsZero);
  if (photometric > PHOTOMETRIC.rgb && !(photometric in COLOURS) && !asked)
    throw new InputError(`${name} is a TIFF of colours of an unusual kind (photometric ${photometric}), which are not read here: convert it to RGB`);
  const extra = listOf(tags(TAG.extra)).slice(0, count - 1);
  const { bands, alpha, isPremultiplied } = bandsOf(photometric, count, extra, asked, name);
  const isNumbers = !(photometric in COLOURS) || asked !== undefined;
  const orientation = orientationOf(numberOf(tags(TAG.orientation), 1));
  const nodata = isNumbers ? nodataOf(tags(TAG.nodata), bits, kind.isFloat) : undefined;
  const scale: Scale = {
    ...kind,
    ...(isNumbers && photometric === PHOTOMETRIC.whiteIsZero && { isInverted: true }),
    ...(isPremultiplied && { isPremultiplied }),
    ...(nodata !== undefined && { nodata }),
  };
  const shown = bands.length + (alpha === undefined ? 0 : 1);
  const source = sourceFor({ page, pages, asked, bands, shown, count, photometric, alpha }, geoOf(tags, orientation === 1), orientation);
  const isPlanar = numberOf(tags(TAG.planar), 1) === 2;
  const isWhole = shown === count && !asked && (photometric in COLOURS || (photometric === PHOTOMETRIC.rgb) === (bands.length === 3));
  const compression = numberOf(tags(TAG.compression), 1);
  return { image, index, width, height, orientation, compression, photometric, bits, isPlanar, bands, alpha, isWhole, scale, source };
};

interface Shown {
  page: number;
  pages: number;
  asked: readonly number[] | undefined;
  bands: number[];
  shown: number;
  count: number;
  photometric: number;
  alpha: number | undefined;
}

/** What is told of it. */
const sourceFor = (about: Shown, geo: GeoReference | undefined, orientation: number): PictureSource => {
  const { page, pages, asked, bands, shown, count, photometric, alpha } = about;
  const notes = [];
  if (pages > 1 && page === 1) notes.push(`page ${page} of ${pages}: page (--page) chooses another`);
  const isChoice = asked !== undefined || shown < count;
  if (isChoice && !asked) {
    const left = Array.from({ length: count }, (_, band) => band).filter((band) => band !== alpha && !bands.includes(band));
    const what = bands.length === 3 ? `${told(bands)} were taken as red, green and blue` : `${told(bands)} was taken as grey`;
    notes.push(`${what}, and ${told(left)} left out: bands (--bands) chooses others`);
  } else if (!asked && photometric <= PHOTOMETRIC.blackIsZero && bands.length === 3) {
    notes.push('it says that it is grey, but has three bands, which were taken as red, green and blue');
  }
  if (geo && orientation !== 1) notes.push('it is stored turned, so that its georeference was left out');
  return {
    format: 'TIFF',
    ...(pages > 1 && { page, pages }),
    ...(isChoice && { bands: bands.map((band) => band + 1) }),
    ...(notes.length > 0 && { notes }),
    ...(geo && orientation === 1 && { geo }),
  };
};
