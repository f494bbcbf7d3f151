/** Picture files by sharp (loaded on first use: it takes a tenth of a second). */
import type { Metadata, Sharp, SharpOptions } from 'sharp';
import { InputError } from '../errors.ts';
import { loadSharp } from '../sharp-node.ts';
import type { PictureSource } from '../types.ts';
import { allOf, type PictureBytes } from './bytes.ts';
import { isAvifSequence } from './formats.ts';
import { uncoveredBy } from './gif.ts';
import { checkPage, checkPixels, damaged, type Reading, salvage } from './image.ts';
import { orientationOf, type Region } from './orient.ts';
import { addNote, type Reader, SAMPLED } from './reader.ts';
import type { Samples, Scale } from './samples.ts';
import type { TiffPage } from './tiff.ts';

/** What is the matter with nothing that is seen: libjpeg's words. */
const HARMLESS =
  /unknown JFIF revision|[Uu]nknown Adobe color transform|extraneous bytes before marker 0x(e.|fe|db|dd|c[0-9a-f]|da)|^read gave 1 warnings$/;

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** libvips says so of kinds that this build of it does not decode. */
const UNSUPPORTED = /not configured|not implemented|[Uu]nsupported (JPEG (data precision|process)|marker|SOF)|unsupported (colou?r|bit|compression)/;

/** What tells nothing: a decoder that only says that it stopped. */
const SILENT = /libpng read error|^Unknown error$|Warning treated as error|^error in tile/;
const ABSENT = /unsupported image format$/;

/** Why it was refused, by what libvips says and warns of. */
const reasonOf = (error: unknown, warnings: readonly string[]): string => {
  const lines = [...linesOf(messageOf(error)).reverse(), ...warnings].map((line) => line.replace(/^(\w+: )+/, ''));
  const reason = lines.find((line) => /[a-z]{3}/.test(line) && !SILENT.test(line)) ?? 'no reason given'; // some end on a bare number
  return ABSENT.test(reason) ? 'its header cannot be read' : reason;
};

/** A decode that failed, with what was warned of before. */
class Failure extends Error {
  constructor(cause: unknown, warnings: readonly string[]) {
    super(reasonOf(cause, warnings), { cause });
  }
}

/** The sentence for what libvips refused. */
const refusal = (name: string, error: unknown, advice: string): InputError => {
  if (error instanceof InputError) return error;
  const whole = messageOf(error instanceof Failure ? error.cause : error);
  const kind = linesOf(whole).find((line) => UNSUPPORTED.test(line));
  if (!kind || /Corrupt/.test(whole)) return damaged(name, error instanceof Failure ? error : new Failure(error, []), advice);
  return new InputError(`${name} is of a kind that is not read here (${kind.replace(/^\w+: /, '')}): convert it to an 8-bit JPEG or PNG`, {
    cause: error,
  });
};

type FailOn = NonNullable<SharpOptions['failOn']>;
type Work<T> = (picture: Sharp) => Promise<T>;

/** One decode, and what was warned of. */
const once = async <T>(picture: Sharp, work: Work<T>): Promise<{ result: T; warnings: string[] }> => {
  const warnings: string[] = [];
  picture.on('warning', (warning: string) => warnings.push(...linesOf(warning)));
  try {
    return { result: await work(picture), warnings };
  } catch (error) {
    throw new Failure(error, warnings);
  }
};

/**
 * What is decoded at the first warning that is not harmless is refused; where damage is allowed it is told instead. libjpeg only
 * warns of what is broken in the middle, and of oddities of cameras: the words tell which.
 */
const careful =
  (make: (failOn: FailOn) => Sharp, isJpeg: boolean, { allowDamaged }: Reading, tell: (reason: string) => void) =>
  async <T>(work: Work<T>): Promise<T> => {
    let reason: string;
    try {
      return (await once(make(isJpeg ? 'warning' : 'error'), work)).result;
    } catch (error) {
      reason = messageOf(error);
      const lines = linesOf(messageOf((error as Failure).cause));
      if (isJpeg && lines.every((line) => HARMLESS.test(line) || SILENT.test(line))) {
        const { result, warnings } = await once(make('error'), work);
        const bad = warnings.find((line) => !HARMLESS.test(line));
        if (!bad) return result;
        reason = reasonOf(undefined, [bad]);
        if (!allowDamaged) throw new Error(reason);
      } else if (!allowDamaged) throw error;
    }
    const { result } = await once(make('none'), work);
    tell(reason);
    return result;
  };

/** A WebP that is cut short is not even opened: zeros stand for what is missing. */
const padded = (bytes: Uint8Array): Uint8Array => {
  const size = 8 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
  if (size <= bytes.length || size > 4 * bytes.length + 2 ** 20) return bytes;
  const out = new Uint8Array(size);
  out.set(bytes);
  return out;
};

/** What sharp is given: the path where there is one, so that the file's bytes do not stand in memory. */
const inputOf = async (given: PictureBytes, format: string, { allowDamaged }: Reading): Promise<string | Uint8Array> => {
  const isMisread = given.path?.endsWith(']'); // libvips takes "a.svg[dpi=9]" for options, and opens a.svg
  const file = isMisread ? { ...given, path: undefined } : given;
  if (format === 'AVIF') {
    const head = await file.read(0, 16);
    if (!isAvifSequence(head)) return file.path ?? allOf(file);
    const bytes = Uint8Array.from(await allOf(file));
    bytes[11] = 0x66; // avif for avis: its first picture is one like any other
    return bytes;
  }
  if (format === 'WebP' && allowDamaged) return padded(await allOf(file));
  return file.path ?? allOf(file);
};

const isPaged = (format: string): boolean => format === 'GIF' || format === 'WebP';

/** What is not covered by any frame of a GIF is white, as where it is transparent. */
const whiten = ({ data, width, channels }: Samples, region: Region, holes: Uint8Array, fullWidth: number): void => {
  for (let y = 0; y < region.height; y++) {
    const from = (region.top + y) * fullWidth + region.left;
    for (let x = 0; x < width; x++) if (holes[from + x]) data.fill(255, (y * width + x) * channels, (y * width + x + 1) * channels);
  }
};

/** Kinds whose decoders make all of a picture at once. */
const MADE_WHOLE = ['GIF', 'WebP', 'AVIF'];
/** Bytes that such a decoder may make: it takes two to three times as many. */
const MOST_WHOLE = 1.25 * 2 ** 30;

/** @throws InputError where a picture comes in one piece, and that is too large */
const checkWhole = ({ width, height, channels, depth, isProgressive }: Metadata, format: string, name: string): void => {
  const isKind = MADE_WHOLE.includes(format);
  const bytes = width * height * (isKind ? 4 : channels) * (depth === 'ushort' ? 2 : 1);
  if ((!isKind && !isProgressive) || bytes <= MOST_WHOLE) return;
  const what = isKind ? `a ${format}` : `an interlaced ${format}`;
  throw new InputError(
    `${name} is ${what} of ${width} x ${height} pixels, ${(bytes / 1e9).toFixed(1)} GB that can only be decoded at once: save it as a PNG, JPEG or TIFF without interlacing`,
  );
};

/** Pixels that are read together where the whole is reduced by bands. */
const BLOCK = 2 ** 23;

/**
 * A picture as sharp decodes it, in sRGB.
 * @param page of a TIFF: what is known of it
 * @throws InputError for what it cannot decode
 */
export const sharpReader = async (file: PictureBytes, format: string, reading: Reading, page?: TiffPage): Promise<Reader> => {
  const { name } = file;
  const sharp = await loadSharp();
  const input = await inputOf(file, format, reading);
  const index = page?.index ?? (isPaged(format) || format === 'TIFF' ? reading.page - 1 : 0);
  const make = (failOn: FailOn): Sharp => sharp(input, { limitInputPixels: false, failOn, ...(index > 0 && { page: index }) });
  const source: PictureSource = page?.source ?? { format };
  const refused = (error: unknown): never => {
    throw refusal(name, error, salvage(reading, format));
  };
  const tell = (reason: string): void => addNote(source, `it is damaged, and what could not be decoded is grey, black or white (${reason})`);
  const guarded = careful(make, format === 'JPEG', reading, tell);
  if (typeof input !== 'string' && input.length > file.size) tell(`${input.length - file.size} bytes are missing`);
  const first = await sharp(input, { limitInputPixels: false, failOn: 'none' }).metadata().catch(refused);
  const pages = isPaged(format) ? (first.pages ?? 1) : 1;
  if (!page && format !== 'TIFF') checkPage(reading.page, pages, name);
  const header = index > 0 ? await guarded((picture) => picture.metadata()).catch(refused) : first;
  if (pages > 1) {
    Object.assign(source, { page: reading.page, pages });
    if (reading.page === 1) addNote(source, `frame ${reading.page} of ${pages}: page (--page) chooses another`);
  }
  if (format === 'AVIF' && input !== file.path && isAvifSequence(await file.read(0, 16)))
    addNote(source, 'a sequence of pictures: its first was read');

  const { width, height } = header;
  checkPixels(width, height, reading.maxPixels, name); // before anything of its size is made
  checkWhole(header, format, name);
  const isDeep = header.depth === 'ushort' && (format === 'PNG' || format === 'TIFF');
  const holes = format === 'GIF' ? uncoveredBy(await allOf(file), reading.page, { width, height }) : undefined;
  /** Its numbers: 8 bits of sRGB, or 16 of what sRGB is at that depth. */
  const numbers = async (shape: (picture: Sharp) => Sharp, signal?: AbortSignal): Promise<Samples> => {
    signal?.throwIfAborted();
    const decode = (picture: Sharp) =>
      shape(picture)
        .toColourspace(!isDeep ? 'srgb' : header.space === 'grey16' ? 'grey16' : 'rgb16')
        .raw({ depth: isDeep ? 'ushort' : 'uchar' })
        .toBuffer({ resolveWithObject: true });
    const { data, info } = await guarded(decode).catch(refused);
    const Kind = isDeep ? Uint16Array : Uint8Array;
    const view = new Kind(data.buffer, data.byteOffset, data.length / Kind.BYTES_PER_ELEMENT);
    return { data: view, width: info.width, height: info.height, channels: info.channels };
  };
  const scale = scaleOf(isDeep, page?.scale);
  const isAll = (region: Region): boolean => region.width === width && region.height === height;
  return {
    width,
    height,
    orientation: orientationOf(header.orientation),
    source,
    scale,
    isMeasurement: isDeep,
    blockRows: Math.max(1, Math.ceil(BLOCK / width)), // each read decodes the rows above it, too
    read: async (region, signal) => {
      const samples = await numbers((picture) => (isAll(region) ? picture : picture.extract(region)), signal);
      if (holes && samples.channels === 3) whiten(samples, region, holes, width);
      return samples;
    },
    reduced:
      holes || scale.nodata !== undefined
        ? undefined
        : (size, signal) => numbers((picture) => picture.resize({ ...size, fit: 'fill', kernel: 'lanczos3' }), signal),
    sampled: async (signal) => {
      const by = Math.min(1, Math.sqrt(SAMPLED / (width * height)));
      const size = { width: Math.ceil(width * by), height: Math.ceil(height * by) };
      return numbers((picture) => (by < 1 ? picture.resize({ ...size, fit: 'fill', kernel: 'nearest', fastShrinkOnLoad: false }) : picture), signal);
    },
  };
};

/** sharp has turned white and black round, and divided by alpha. @param scale the file's own */
const scaleOf = (isDeep: boolean, scale: Scale | undefined): Scale => {
  const range = [0, isDeep ? 65_535 : 255] as const;
  const nodata = scale?.nodata === undefined ? undefined : scale.isInverted ? range[1] - scale.nodata : scale.nodata;
  return {
    range,
    ...(isDeep && { white: 255 * 256 }), // as libvips flattens 16 bits on #fff
    ...(nodata !== undefined && { nodata }),
  };
};

/** Compressions that this libtiff decodes: none, CCITT, LZW, JPEG (the old kind too), Deflate, PackBits, WebP. */
const COMPRESSIONS = [1, 2, 3, 4, 5, 6, 7, 8, 32_946, 32_773, 50_001];
/** Lab at 8 bits it takes for another kind. */
const PHOTOMETRICS = [0, 1, 2, 3, 5, 6];

const YCBCR = 6;

/** Whether sharp shows this page as it should be shown: pictures, not bands. */
export const sharpReads = ({ isWhole, isPlanar, compression, photometric, bits, scale, image }: TiffPage): boolean => {
  if (isPlanar && image.getSamplesPerPixel() > 1) return false; // not in tiles, and not where a plane is one large strip
  if (photometric === YCBCR && ![6, 7].includes(compression)) return false; // taken for RGB
  const isPlainDepth = bits === 8 || bits === 16 || (bits < 8 && 8 % bits === 0 && image.getSamplesPerPixel() === 1);
  return (
    isWhole && COMPRESSIONS.includes(compression) && PHOTOMETRICS.includes(photometric) && isPlainDepth && !scale.isFloat && scale.range[0] === 0
  );
};
