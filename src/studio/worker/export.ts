/** Files of a picture, as the formats make them; a picture for the clipboard; and several files as one. */
import { type Content, cutout, drawOverlay, encodePng, FORMATS, type Format, InputError, type LabelMap } from 'diffcut';
import type { Sheet } from '../edit/index.ts';
import { CLASSES } from '../formats.ts';
import { type Entry, zipped } from '../keep/zip.ts';
import type { ClassRow } from '../types.ts';
import { inTurn, picture } from './desk.ts';
import { coloursOf, heldStill, isEdited, madeOf, numbered, type Ready } from './made.ts';
import { type Asked, regionHandlers } from './regions.ts';
import type { Context } from './wire.ts';

/** A file of a picture: what comes after the picture's own name, and its content. */
export interface MadeFile {
  suffix: string;
  blob: Blob;
}

const TYPES: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  json: 'application/json',
  geojson: 'application/geo+json',
  svg: 'image/svg+xml',
  tif: 'image/tiff',
  zip: 'application/zip',
};
const typeOf = (suffix: string): string => TYPES[suffix.slice(suffix.lastIndexOf('.') + 1)] ?? 'application/octet-stream';

export const blobOf = async (content: Content, suffix: string): Promise<Blob> => {
  const parts: Uint8Array[] = [];
  if (content instanceof Uint8Array) parts.push(content);
  else for await (const piece of content) parts.push(piece);
  return new Blob(parts as BlobPart[], { type: typeOf(suffix) });
};

/** The regions' classes as a label map: 0 for none, in the colours of the classes. */
const classMap = ({ labels, classOf, ...made }: Ready, classes: readonly ClassRow[]): Content | Promise<Content> => {
  const colours = new Uint8Array(3 * Math.max(1, ...classes.map(({ id }) => id + 1)));
  for (const { id, colour } of classes) colours.set(colour, 3 * id);
  const named = 'data' in labels ? { ...labels, data: labels.data.map((id) => classOf[id]) } : { ...labels, id: labels.id.map((id) => classOf[id]) };
  return (FORMATS.labels as Extract<Format, { bytes: unknown }>).bytes({ ...made, labels: named, colours });
};

const filesOf = async (made: Ready, formats: readonly string[], classes: readonly ClassRow[], signal: AbortSignal): Promise<MadeFile[]> => {
  const files: MadeFile[] = [];
  const add = async (suffix: string, content: Content | Promise<Content>): Promise<void> => {
    signal.throwIfAborted();
    files.push({ suffix, blob: await blobOf(await content, suffix) });
  };
  for (const [name, format] of Object.entries(FORMATS).filter(([name]) => formats.includes(name))) {
    if ('bytes' in format) await add(format.suffix, format.bytes(made));
    else
      for (const segment of made.segments.filter((one) => format.isShown?.(one) ?? true))
        await add(`${format.suffix}/${String(segment.id).padStart(3, '0')}.png`, format.each(made, segment));
    if (name === 'labels' && formats.includes(CLASSES.name)) await add(CLASSES.suffix, classMap(made, classes));
  }
  if (!formats.includes('labels') && formats.includes(CLASSES.name)) await add(CLASSES.suffix, classMap(made, classes));
  return files;
};

const boxOf = ({ data, width }: LabelMap): [number, number, number, number] => {
  let [left, top, right, bottom] = [width, -1, 0, 0];
  for (let i = 0; i < data.length; i++) {
    if (data[i] === 0) continue;
    const [x, y] = [i % width, Math.floor(i / width)];
    if (top < 0) top = y;
    bottom = y + 1;
    if (x < left) left = x;
    if (x >= right) right = x + 1;
  }
  return [left, top, right - left, bottom - top];
};

export const exportHandlers = {
  /** The files of a picture, segmented first where it never was. @throws InputError for one that cannot be read */
  exported: async ({ id, formats, classes }: Asked & { formats: readonly string[] }, context: Context): Promise<MadeFile[]> => {
    const isThere = (await picture(id)).sheet !== undefined;
    if (!isThere) await inTurn(id, context, () => regionHandlers.ready({ id, classes }, { ...context, transfer: () => {} }));
    return filesOf(await madeOf(await picture(id), classes, context), formats, classes, context.signal);
  },

  /** A PNG for the clipboard: the picture with its regions over it, or the pixels of some regions alone. */
  clip: async ({ id, regions, classes }: Asked & { regions?: readonly number[] }, context: Context): Promise<Blob> => {
    const open = await picture(id);
    if (!open.sheet) throw new InputError('The picture has no regions yet');
    const isOwn = isEdited(open);
    const { image, sheet } = open;
    if (!regions) {
      const still = heldStill(open);
      const made = await numbered(still, context);
      const colours = coloursOf(still.sheet as Sheet, made.regions, classes, isOwn);
      return blobOf(await encodePng(await drawOverlay(image, made.labels, { ...(colours && { colours }), signal: context.signal })), '.png');
    }
    const of = new Set(regions);
    const labels = { data: sheet.data.map((region) => (of.has(region) ? 1 : 0)), width: sheet.width, height: sheet.height };
    return blobOf(await encodePng(cutout(image, labels, { id: 1, boxXYWH: boxOf(labels) })), '.png');
  },

  /** Files as one ZIP, or as several where one cannot hold them. */
  zipped: async ({ entries }: { entries: readonly Entry[] }, { signal, onProgress }: Context): Promise<Blob[]> =>
    zipped(entries, { signal, onProgress: (done, total) => onProgress('zip', done, total) }),
};
