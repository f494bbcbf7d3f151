/** Pictures as a browser decodes them itself. */
import { InputError } from '../errors.ts';
import { allOf, type PictureBytes } from './bytes.ts';
import { sizeInHeader } from './header-size.ts';
import { checkPage, checkPixels, damaged, type Reading } from './image.ts';
import { addNote, type Reader } from './reader.ts';

/** The browser's decoder of frames, which not all have. */
const Decoders = (): typeof ImageDecoder | undefined => (typeof ImageDecoder === 'undefined' ? undefined : ImageDecoder);

const TYPES: Record<string, string> = { GIF: 'image/gif', WebP: 'image/webp', AVIF: 'image/avif', PNG: 'image/png', JPEG: 'image/jpeg' };
/** Kinds that may hold several frames. */
const PAGED = ['GIF', 'WebP', 'AVIF'];

const canvasOf = (width: number, height: number): OffscreenCanvasRenderingContext2D => {
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new InputError(`This browser gives no canvas of ${width} x ${height} pixels: give a smaller picture`, { code: 'E_MEMORY' });
  return context;
};

/** Red, green, blue and alpha, 4 bytes a pixel; the colours lie on white where they can be seen through. */
const pixelsOf = (
  bitmap: CanvasImageSource,
  width: number,
  height: number,
  isOpaque: boolean,
): { rgba: Uint8Array; alpha: Uint8Array | undefined } => {
  const context = canvasOf(width, height);
  const take = () => context.getImageData(0, 0, width, height).data;
  if (isOpaque) {
    context.fillStyle = '#fff';
    context.fillRect(0, 0, width, height);
  }
  context.drawImage(bitmap, 0, 0);
  const first = take();
  const alpha = new Uint8Array(width * height);
  let isSeenThrough = false;
  for (let i = 0; i < alpha.length; i++) {
    alpha[i] = first[4 * i + 3];
    if (alpha[i] < 255) isSeenThrough = true;
  }
  if (!isSeenThrough) return { rgba: new Uint8Array(first.buffer), alpha: undefined };
  context.globalCompositeOperation = 'destination-over'; // white below it
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  return { rgba: new Uint8Array(take().buffer), alpha };
};

interface Drawn {
  bitmap: CanvasImageSource & { close(): void };
  pages: number;
  isDamaged?: boolean;
}

/** A frame, by the browser's decoder of frames where there is one. */
const frameOf = async (bytes: Uint8Array, format: string, { page, allowDamaged }: Reading, name: string): Promise<Drawn | undefined> => {
  const Decoder = Decoders();
  if (!Decoder) return undefined;
  const decoder = new Decoder({ data: bytes as BufferSource, type: TYPES[format] });
  try {
    await decoder.tracks.ready;
    const pages = decoder.tracks.selectedTrack?.frameCount ?? 1;
    checkPage(page, pages, name);
    const { image } = await decoder.decode({ frameIndex: page - 1, completeFramesOnly: !allowDamaged });
    return { bitmap: image, pages };
  } finally {
    decoder.close();
  }
};

const draw = async (file: PictureBytes, format: string, reading: Reading): Promise<Drawn> => {
  const { name } = file;
  const bytes = await allOf(file);
  const told = sizeInHeader(bytes, format);
  if (told) checkPixels(told.width, told.height, reading.maxPixels, name); // before the browser makes room for it
  if (PAGED.includes(format) && Decoders()) {
    const drawn = await frameOf(bytes, format, reading, name).catch((error: unknown) => {
      if (error instanceof InputError) throw error;
    });
    if (drawn) return drawn;
  }
  if (reading.page > 1 && PAGED.includes(format))
    throw new InputError(`${name}: this browser decodes only the first frame (it has no ImageDecoder): leave page out`, { code: 'E_OPTION' });
  checkPage(reading.page, 1, name);
  const options = { imageOrientation: 'from-image' } as const;
  try {
    return { bitmap: await createImageBitmap(new Blob([bytes as BlobPart]), options), pages: 1 };
  } catch (error) {
    const left = reading.allowDamaged && TYPES[format] ? await frameOf(bytes, format, reading, name).catch(() => undefined) : undefined;
    if (left) return { ...left, isDamaged: true };
    throw damaged(name, error);
  }
};

/**
 * @throws InputError where the browser cannot decode it; where it is over the pixel limit, by its header or once it is decoded
 */
export const bitmapReader = async (file: PictureBytes, format: string, reading: Reading): Promise<Reader> => {
  const { bitmap, pages, isDamaged } = await draw(file, format, reading);
  const source: Reader['source'] = { format };
  if (pages > 1) {
    Object.assign(source, { page: reading.page, pages });
    if (reading.page === 1) addNote(source, `frame ${reading.page} of ${pages}: page (--page) chooses another`);
  }
  if (isDamaged) addNote(source, 'it is damaged, and what could not be decoded is grey or black');
  const { width, height } = sizeOf(bitmap);
  let pixels: ReturnType<typeof pixelsOf>;
  try {
    checkPixels(width, height, reading.maxPixels, file.name);
    pixels = pixelsOf(bitmap, width, height, format === 'JPEG');
  } finally {
    bitmap.close();
  }
  const { rgba, alpha } = pixels;
  return {
    width,
    height,
    orientation: 1, // the browser has turned it
    source,
    scale: { range: [0, 255], isLaid: true },
    isMeasurement: false,
    blockRows: 1,
    read: async ({ top, height: rows }) => {
      const data = rgba.slice(top * width * 4, (top + rows) * width * 4);
      if (alpha) for (let i = 0; i < rows * width; i++) data[4 * i + 3] = alpha[top * width + i];
      return { data, width, height: rows, channels: 4 };
    },
  };
};

/** Of a bitmap, or a frame of a decoder. */
const sizeOf = (bitmap: CanvasImageSource): { width: number; height: number } => {
  if ('displayWidth' in bitmap) return { width: bitmap.displayWidth, height: bitmap.displayHeight };
  return { width: Number((bitmap as ImageBitmap).width), height: Number((bitmap as ImageBitmap).height) };
};
