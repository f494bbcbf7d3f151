/** Label maps and class lists of others: PNG, NPY, COCO and labelme, as regions of a picture. */
import {
  classesFromCoco,
  classesFromLabelme,
  decodeLabelPng,
  InputError,
  type LabelMap,
  labelsFromCoco,
  labelsFromLabelme,
  labelsFromNpy,
  type ReadLabels,
} from 'diffcut';
import { type Mark, replaceLabels, type Sheet } from '../edit/index.ts';
import { CLASSES } from '../formats.ts';
import type { ClassRow, Regions } from '../types.ts';
import { type Open, picture } from './desk.ts';
import { type Asked, regionHandlers, regionsOf, take } from './regions.ts';
import type { Context } from './wire.ts';

/** What a file of labels holds, before it is opened over a picture. */
export interface Peek {
  kind: Kind;
  /** Names of the pictures that it is of; where there are none, its own name says which. */
  images: string[];
  /** Names of the classes that it gives to regions of a picture, by the picture's name; under '' those of all. */
  names: Map<string, string[]>;
  /** Of a label map, pixels: where the file is one. */
  size?: { width: number; height: number };
}

/** More regions than this cannot be worked with. */
const MOST_REGIONS = 4096;
/** A list of names: bytes, and letters of a name. */
const MOST_LIST = 2 ** 16;
const MOST_LETTERS = 100;
/** Boxes and outlines of other tools, not names. */
const NUMBERS = /^[-+.,;:\d\s]*$/;
/** Longer texts a browser does not hold. */
const MOST_TEXT = 2 ** 28;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const unique = (names: readonly (string | undefined)[]): string[] => [...new Set(names.filter((name): name is string => Boolean(name)))];
const bytesOf = async (file: File): Promise<Uint8Array> => new Uint8Array(await file.arrayBuffer());

/** The JSON that was read last: one of COCO is of many pictures. */
let last: { key: string; value: unknown } | undefined;
const jsonOf = async (file: File): Promise<unknown> => {
  const key = JSON.stringify([file.name, file.size, file.lastModified]);
  if (last?.key === key) return last.value;
  if (file.size > MOST_TEXT) throw new InputError(`${file.name} is over ${MOST_TEXT / 2 ** 20} MB, more than can be read here: split it`);
  const text = await file.text();
  try {
    last = { key, value: JSON.parse(text) };
  } catch {
    throw new InputError(`${file.name} is not JSON`);
  }
  return last.value;
};

type Source = { file: File; image?: string | undefined; classes: readonly ClassRow[]; context: Context };
/** Classes by id, where the file says no names; undefined where regions have none. */
type Read = ReadLabels & { classIds?: (number | undefined)[] };
interface KindRow {
  peek(file: File): Promise<Omit<Peek, 'kind'>>;
  read(source: Source): Promise<Read>;
}

const unnamed = (labels: LabelMap): ReadLabels => ({ labels, names: [], notes: [] });
const ofOne = { images: [], names: new Map<string, string[]>() };
const sized = ({ width, height }: LabelMap): Omit<Peek, 'kind'> => ({ ...ofOne, size: { width, height } });
const ofAll = (names: string[]): Peek['names'] => new Map([['', names]]);
const noLabels = (file: File): never => {
  throw new InputError(`${file.name} holds names and no regions`);
};

const KINDS = {
  png: {
    peek: async (file) => sized(decodeLabelPng(await bytesOf(file), file.name)),
    read: async ({ file, classes }) => {
      const labels = decodeLabelPng(await bytesOf(file), file.name);
      if (!file.name.endsWith(CLASSES.suffix)) return unnamed(labels);
      const ids = [...new Set(labels.data)];
      const classIds: (number | undefined)[] = [];
      for (const id of ids) classIds[id] = classes.find((row) => row.id === id)?.id;
      return { ...unnamed(labels), classIds };
    },
  },
  npy: {
    peek: async (file) => sized(labelsFromNpy(await bytesOf(file), file.name)),
    read: async ({ file }) => unnamed(labelsFromNpy(await bytesOf(file), file.name)),
  },
  coco: {
    peek: async (file) => {
      const { images, annotations, categories = [] } = (await jsonOf(file)) as Record<string, Record<string, unknown>[]>;
      const nameOf = new Map(categories.map(({ id, name }) => [id, String(name)]));
      const fileOf = new Map(images.map((one) => [one?.id, String(one?.file_name)]));
      const names = new Map([['', classesFromCoco({ categories }).map(({ name }) => name)]]);
      for (const one of annotations) {
        const image = fileOf.get(one?.image_id);
        if (image !== undefined) names.set(image, [...(names.get(image) ?? []), nameOf.get(one?.category_id) ?? '']);
      }
      return { images: [...fileOf.values()], names: new Map([...names].map(([image, all]) => [image, unique(all)])) };
    },
    read: async ({ file, image, context }) =>
      labelsFromCoco((await jsonOf(file)) as object, { ...(image !== undefined && { fileName: image }), signal: context.signal }),
  },
  rle: { peek: async () => ofOne, read: async ({ file, context }) => labelsFromCoco((await jsonOf(file)) as object, { signal: context.signal }) },
  labelme: {
    peek: async (file) => {
      const value = (await jsonOf(file)) as { imagePath?: unknown };
      const images = typeof value.imagePath === 'string' ? [value.imagePath] : [];
      return { images, names: ofAll(classesFromLabelme([value]).map(({ name }) => name)) };
    },
    read: async ({ file, context }) => labelsFromLabelme((await jsonOf(file)) as object, { signal: context.signal }),
  },
  /** Names alone: of COCO without annotations, or of the JSON that is written beside label maps. */
  names: {
    peek: async (file) => {
      const { categories, classes = [] } = (await jsonOf(file)) as Record<string, unknown>;
      return { images: [], names: ofAll(classesFromCoco({ categories: categories ?? classes }).map(({ name }) => name)) };
    },
    read: async ({ file }) => noLabels(file),
  },
  text: {
    peek: async (file) => {
      const lines = (await file.slice(0, MOST_LIST).text()).split(/\r?\n/).map((line) => line.trim());
      const names = unique(lines).filter((line) => !NUMBERS.test(line));
      if (names.length === 0 || file.size > MOST_LIST || names.some((name) => name.length > MOST_LETTERS))
        throw new InputError(`${file.name} is no list of names, one a line`);
      return { images: [], names: ofAll(names) };
    },
    read: async ({ file }) => noLabels(file),
  },
} satisfies Record<string, KindRow>;
export type Kind = keyof typeof KINDS;

/** What a file is, by its ending and by what its JSON has. @throws InputError for what is none of these */
const kindOf = async (file: File): Promise<Kind> => {
  const ending = /\.(png|npy|txt|names|json)$/i.exec(file.name)?.[1].toLowerCase();
  if (ending === 'png' || ending === 'npy') return ending;
  if (ending === 'txt' || ending === 'names') return 'text';
  const value = await jsonOf(file);
  if (Array.isArray(value)) return 'rle';
  if (isObject(value)) {
    if (Array.isArray(value.shapes)) return 'labelme';
    if (Array.isArray(value.images) && Array.isArray(value.annotations)) return 'coco';
    if (['categories', 'classes', 'segments'].some((name) => Array.isArray(value[name]))) return 'names';
  }
  throw new InputError(`${file.name} is neither of COCO nor of labelme`);
};

/** Labels of a sheet's size, ids 0 to K - 1: from such, or from those of the whole of a picture that is worked on brought down. */
const fitted = ({ data, width, height }: LabelMap, { row, sheet }: Open & { sheet: Sheet }, name: string): { labels: LabelMap; ids: number[] } => {
  const isWhole = width === row.width && height === row.height;
  if (!isWhole && (width !== sheet.width || height !== sheet.height))
    throw new InputError(
      `${name} is of ${width} x ${height} pixels and ${row.name} of ${row.width} x ${row.height}: labels must be of their picture's size`,
    );
  const indexOf = new Map<number, number>();
  const out = new Int32Array(sheet.data.length);
  const columns = Int32Array.from({ length: sheet.width }, (_, x) => Math.floor(((x + 0.5) * width) / sheet.width));
  for (let y = 0, to = 0; y < sheet.height; y++) {
    const from = Math.floor(((y + 0.5) * height) / sheet.height) * width;
    for (let x = 0; x < sheet.width; x++) {
      const id = data[from + columns[x]];
      let index = indexOf.get(id);
      if (index === undefined) {
        index = indexOf.size;
        indexOf.set(id, index);
        if (index >= MOST_REGIONS) throw new InputError(`${name} has over ${MOST_REGIONS} regions, more than can be worked with: is it a label map?`);
      }
      out[to++] = index;
    }
  }
  return { labels: { data: out, width: sheet.width, height: sheet.height }, ids: [...indexOf.keys()] };
};

/** What the file says of each region; where it names any, those that it does not name have none. */
const marksOf = ({ names, classIds }: Read, ids: readonly number[], classes: readonly ClassRow[]): Map<number, Mark> => {
  const marks = new Map<number, Mark>();
  const isNamed = classIds !== undefined || names.some((name) => name !== undefined);
  if (!isNamed) return marks;
  ids.forEach((id, i) => {
    const name = names[id];
    const classId = classIds?.[id] ?? classes.find((row) => row.name === name)?.id;
    marks.set(i, { classId, name: classId === undefined ? name : undefined } as Mark);
  });
  return marks;
};

export const labelHandlers = {
  /** What a file of labels, or of names, holds. @throws InputError for what is none */
  peekLabels: async ({ file }: { file: File }): Promise<Peek> => {
    const kind = await kindOf(file);
    try {
      return { kind, ...(await KINDS[kind].peek(file)) };
    } catch (error) {
      throw error instanceof InputError ? error : new InputError(`${file.name} is damaged: its lists are not what they should be`);
    }
  },

  /**
   * Puts the labels of a file in the place of a picture's regions: a step that can be undone.
   * @param image which of the file's pictures it is
   */
  openLabels: async (
    { id, file, image, classes }: Asked & { file: File; image?: string },
    context: Context,
  ): Promise<Regions & { told: string[] }> => {
    const read = await KINDS[await kindOf(file)].read({ file, image, classes, context });
    const open = await picture(id);
    if (!open.sheet) await regionHandlers.ready({ id, classes }, { ...context, transfer: () => {} });
    const { labels, ids } = fitted(read.labels, open as Open & { sheet: Sheet }, file.name);
    await take(open, replaceLabels(open.sheet as Sheet, labels, undefined, marksOf(read, ids, classes)));
    return { ...regionsOf(open, classes, context), told: read.notes };
  },
};
