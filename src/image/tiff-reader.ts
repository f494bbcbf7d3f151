/** TIFFs by geotiff.js: any bands of any depth, which sharp does not take; in browsers all of them. */
import type { GeoTIFFImage } from 'geotiff';
import { InputError } from '../errors.ts';
import { damaged, type Reading, salvage } from './image.ts';
import { labToRgb } from './lab.ts';
import type { Region } from './orient.ts';
import { addNote, type Reader } from './reader.ts';
import type { Numbers, Samples } from './samples.ts';
import { PHOTOMETRIC, type TiffPage, unread } from './tiff.ts';
import { blocksOf, MOST_BLOCK } from './tiff-blocks.ts';

/** None, LZW, JPEG, Deflate (two numbers), PackBits, LERC, ZSTD; WebP where the platform decodes it. */
const COMPRESSIONS = [1, 5, 7, 8, 32946, 32773, 34887, 50000, 50001];
const WEBP = 50001;
const JPEG = 7;

/** Photometrics that geotiff.js makes RGB of, from 8 bits. */
const CONVERTED = [PHOTOMETRIC.palette, PHOTOMETRIC.cmyk, PHOTOMETRIC.yCbCr, PHOTOMETRIC.lab];

/** Bytes of a strip from which on an uncompressed one is read in parts. */
const LARGE = 2 ** 20;

/** One large strip without compression becomes many, as libtiff has it: else each band of rows would read all of it. */
const chopStrips = (image: GeoTIFFImage, { width, height, bits, isPlanar, compression }: TiffPage): void => {
  const { actualizedFields: tags } = image.fileDirectory;
  const offsets = tags.get(273) as unknown as ArrayLike<number> | undefined;
  const samples = image.getSamplesPerPixel();
  const rowBytes = (width * bits * (isPlanar ? 1 : samples)) / 8;
  const planes = isPlanar ? samples : 1;
  if (compression !== 1 || bits % 8 !== 0 || offsets?.length !== planes || rowBytes * height <= LARGE) return;
  const rows = Math.max(1, Math.floor(LARGE / rowBytes));
  const strips = Math.ceil(height / rows);
  const each = <T>(make: (plane: number, strip: number) => T): T[] =>
    Array.from({ length: planes * strips }, (_, i) => make(Math.floor(i / strips), i % strips));
  tags.set(278, rows);
  tags.set(
    273,
    each((plane, strip) => Number(offsets[plane]) + strip * rows * rowBytes),
  );
  tags.set(
    279,
    each((_, strip) => Math.min(rows, height - strip * rows) * rowBytes),
  );
};

/** Numbers of which the file says nothing are whole. */
const settleFormat = (image: GeoTIFFImage): void => {
  const { actualizedFields: tags } = image.fileDirectory;
  const formats = tags.get(339) as unknown as ArrayLike<number> | undefined;
  if (formats?.[0] === 4)
    tags.set(
      339,
      Array.from(formats, () => 1),
    );
};

/** @throws InputError where geotiff.js cannot read such a page */
const checkReadable = ({ compression, photometric, bits, image, bands, isPlanar }: TiffPage, isConverted: boolean, name: string): void => {
  if (!COMPRESSIONS.includes(compression) || (compression === WEBP && typeof createImageBitmap === 'undefined')) throw unread(name, { compression });
  const shared = image.fileDirectory.actualizedFields.get(530) as unknown as ArrayLike<number> | undefined; // pixels a colour, across and down
  if (photometric === PHOTOMETRIC.yCbCr && compression !== JPEG && (shared?.[0] !== 1 || shared[1] !== 1))
    throw new InputError(`${name} is a TIFF of YCbCr with fewer colours than pixels and without JPEG, which is not read here: convert it to RGB`);
  const isPacked = bits % 8 !== 0 && image.getSamplesPerPixel() > 1 && !isPlanar;
  if (isPacked || (isConverted && bits > 8) || (compression === JPEG && bits > 8) || bands.length === 0)
    throw new InputError(
      `${name} is a TIFF of a kind that is not read here (${bits} bits, photometric ${photometric}): convert it (gdal_translate -ot UInt16 in.tif out.tif)`,
    );
};

/** Bytes of a strip or tile once it is unpacked. @throws InputError where these are more than are held in memory */
const blockBytes = ({ image, height, bits, isPlanar }: TiffPage, name: string): number => {
  const rows = image.isTiled ? image.getTileHeight() : Math.min(height, image.getTileHeight());
  const row = Math.ceil((image.getTileWidth() * bits * (isPlanar ? 1 : image.getSamplesPerPixel())) / 8);
  if (rows * row <= MOST_BLOCK) return rows * row;
  throw new InputError(
    `${name} is a TIFF whose strips or tiles are of ${rows * row} bytes each, which is too large: convert it (gdal_translate -co TILED=YES in.tif out.tif)`,
  );
};

/** Whether geotiff.js must turn the page's numbers into colours. */
const converts = ({ photometric, source }: TiffPage): boolean => CONVERTED.includes(photometric) && source.bands === undefined;

/**
 * @param reading where damage is allowed, blocks that cannot be decoded are black
 * @throws InputError where geotiff.js cannot read such a page
 */
export const tiffReader = (page: TiffPage, name: string, reading: Reading): Reader => {
  const { allowDamaged } = reading;
  const { image, width, height, orientation, bands, alpha, source } = page;
  const isConverted = converts(page);
  checkReadable(page, isConverted, name);
  settleFormat(image);
  chopStrips(image, page);
  const pool = blocksOf(blockBytes(page, name)) as never;
  const samples = alpha === undefined ? bands : [...bands, alpha];
  const channels = isConverted ? 3 : samples.length;
  const blockRows = Math.max(1, image.getTileHeight());

  const window = async ({ left, top, width, height }: Region, signal?: AbortSignal): Promise<Numbers> => {
    const options = { window: [left, top, left + width, top + height], interleave: true as const, pool, ...(signal && { signal }) };
    if (isConverted && page.photometric === PHOTOMETRIC.lab)
      // geotiff.js takes L as 0..100
      return labToRgb((await image.readRasters({ ...options, samples: [0, 1, 2] })) as unknown as Uint8Array);
    return (isConverted ? await image.readRGB(options) : await image.readRasters({ ...options, samples: [...samples] })) as Numbers;
  };

  /** Block by block, so that one that is damaged does not take others with it, and the thread has its turns. */
  const read = async (region: Region, signal?: AbortSignal): Promise<Samples> => {
    const across = allowDamaged && image.isTiled ? image.getTileWidth() : width;
    let data: Numbers | undefined;
    let lost = 0;
    for (let top = region.top; top < region.top + region.height; ) {
      const bottom = Math.min(region.top + region.height, (Math.floor(top / blockRows) + 1) * blockRows);
      for (let left = region.left; left < region.left + region.width; ) {
        signal?.throwIfAborted();
        const right = Math.min(region.left + region.width, (Math.floor(left / across) + 1) * across);
        const part = { left, top, width: right - left, height: bottom - top };
        try {
          const block = await window(part, signal);
          if (part.width === region.width && part.height === region.height) return { data: block, width: part.width, height: part.height, channels };
          data ??= new (block.constructor as Float32ArrayConstructor)(region.width * region.height * channels);
          place(block, part, data, region, channels);
        } catch (error) {
          signal?.throwIfAborted();
          if (!allowDamaged) throw damaged(name, error, salvage(reading));
          lost += part.width * part.height;
        }
        left = right;
      }
      top = bottom;
    }
    if (lost > 0) addNote(source, `it is damaged: ${lost} of its pixels could not be decoded and are black`);
    return { data: data ?? new Uint8Array(region.width * region.height * channels), width: region.width, height: region.height, channels };
  };
  const scale = isConverted ? { range: [0, 255] as const } : page.scale;
  return { width, height, orientation, source, scale, isMeasurement: isDeep(page) && !isConverted, blockRows, read };
};

/** Whether its numbers may be anything: floats, and whole ones of more than 8 bits. */
export const isDeep = ({ scale, bits }: TiffPage): boolean => scale.isFloat === true || bits > 8;

/** Puts a block in its place within a region. */
const place = (block: Numbers, part: Region, data: Numbers, region: Region, channels: number): void => {
  const row = part.width * channels;
  for (let y = 0; y < part.height; y++) {
    const at = ((part.top - region.top + y) * region.width + part.left - region.left) * channels;
    data.set(block.subarray(y * row, (y + 1) * row) as never, at);
  }
};
