/** Pictures into the studio and onto the screen: files read, thumbnails, and the picture itself at several sizes. */
import type { RgbImage } from 'diffcut';
import type { PictureRow } from '../types.ts';
import { close, keepRow, picture, readPicture, saveRow, stageIs, store } from './desk.ts';
import type { Context } from './wire.ts';

/** Longest side of a thumbnail, pixels. */
const THUMB = 160;

export const canvasOf = (image: RgbImage): OffscreenCanvas => {
  const canvas = new OffscreenCanvas(image.width, image.height);
  const pixels = new ImageData(image.width, image.height);
  const out = new Uint32Array(pixels.data.buffer);
  const { data } = image;
  for (let i = 0, at = 0; i < out.length; i++, at += 3) out[i] = 0xff000000 | (data[at + 2] << 16) | (data[at + 1] << 8) | data[at];
  canvas.getContext('2d')?.putImageData(pixels, 0, 0);
  return canvas;
};

/** The picture at full size, a half, a quarter and so on: what is drawn is never shrunk by more than two. */
const pyramidOf = async (image: RgbImage): Promise<ImageBitmap[]> => {
  const levels: ImageBitmap[] = [canvasOf(image).transferToImageBitmap()];
  for (let { width, height } = image; Math.max(width, height) > 1024; ) {
    width = Math.max(1, Math.round(width / 2));
    height = Math.max(1, Math.round(height / 2));
    levels.push(await createImageBitmap(levels[levels.length - 1], { resizeWidth: width, resizeHeight: height, resizeQuality: 'medium' }));
  }
  return levels;
};

/** A small JPEG of what can be drawn. */
const thumbOf = async (image: ImageBitmap | OffscreenCanvas): Promise<Blob> => {
  const by = Math.min(1, THUMB / Math.max(image.width, image.height));
  const [width, height] = [image.width, image.height].map((side) => Math.max(1, Math.round(side * by)));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
  context.imageSmoothingQuality = 'high';
  context.fillStyle = '#fff'; // transparency lies on white, as in what is segmented
  context.fillRect(0, 0, width, height);
  context.drawImage(image, 0, 0, width, height);
  return canvas.convertToBlob({ type: 'image/jpeg', quality: 0.8 });
};

/** By the browser where it reads the format: it shrinks while it decodes. @returns undefined for formats that are left to the package */
const thumbByBrowser = async ({ blob, name }: PictureRow): Promise<Blob | undefined> => {
  if (/tif/i.test(blob.type) || /\.(tiff?|bmp)$/i.test(name)) return undefined;
  const bitmap = await createImageBitmap(blob, { resizeHeight: THUMB, resizeQuality: 'medium' }).catch(() => undefined);
  return bitmap && thumbOf(bitmap).finally(() => bitmap.close());
};

export const pictureHandlers = {
  /** Keeps a picture; it is read when it is first wanted. */
  adopt: async (row: PictureRow): Promise<void> => (await store).put('pictures', row.id, row),

  /** All that is kept, in the strip's order; what was removed before is deleted now. */
  kept: async (): Promise<PictureRow[]> => {
    const rows = (await (await store).all('pictures')) as PictureRow[];
    await pictureHandlers.forget({ ids: rows.filter(({ isAside }) => isAside).map(({ id }) => id) });
    return rows.filter(({ isAside }) => !isAside).sort((a, b) => a.order - b.order);
  },

  /** Marks a picture as removed, or as there again. */
  setAside: async ({ id, isAside }: { id: string; isAside: boolean }): Promise<void> => {
    await keepRow(id, { isAside });
  },

  /** What the strip shows of a picture. @throws InputError for a file that cannot be read */
  glance: async ({ id }: { id: string }, { signal }: Context): Promise<Blob> => {
    const row = (await (await store).get('pictures', id)) as PictureRow;
    const thumb = row.thumb ?? (await thumbByBrowser(row)) ?? (await thumbOf(canvasOf((await readPicture(row.blob, row.name, signal)).image)));
    if (!row.thumb) await keepRow(id, { thumb });
    return thumb;
  },

  /** The picture as it is drawn: bitmaps from full size downwards. */
  show: async ({ id }: { id: string }, { transfer }: Context): Promise<{ width: number; height: number; levels: ImageBitmap[] }> => {
    stageIs(id);
    const { image } = await picture(id);
    const levels = await pyramidOf(image);
    transfer(...levels);
    return { width: image.width, height: image.height, levels };
  },

  /** What is said of a picture: done, settings, its place. */
  note: async ({
    id,
    changes,
  }: {
    id: string;
    changes: Partial<Pick<PictureRow, 'isDone' | 'settings' | 'order' | 'name' | 'folder'>>;
  }): Promise<void> => saveRow(await picture(id), changes),

  /** Forgets pictures, and all that was made of them. */
  forget: async ({ ids }: { ids: readonly string[] }): Promise<void> => {
    const kept = await store;
    for (const id of ids) {
      close(id);
      await kept.remove('steps', [id, 0], [id, Number.MAX_SAFE_INTEGER]);
      await kept.remove('bases', id);
      await kept.remove('pictures', id);
    }
  },
};
