/** Label maps on the disk, of whatever tool, as labelled pictures: one at a time, so that a set may be of any size. */
import { constants } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, join, posix, relative, resolve, sep } from 'node:path';
import { isPicture } from '../jobs/arguments.ts';
import { type Naming, partsBelow } from '../jobs/inputs-node.ts';
import { readLedger } from '../jobs/ledger-node.ts';
import { isObject, parseJson } from '../json.ts';
import { readInput } from '../pipes-node.ts';
import { isFolder, notRead, statIfThere } from '../system-errors-node.ts';
import {
  classesFromCoco,
  coloursByName,
  decodeLabelPng,
  type GeoReference,
  InputError,
  type LabelledPicture,
  labelsFromCoco,
  labelsFromLabelme,
  labelsFromNpy,
  labelsFromPanoptic,
  labelsFromTiff,
  type ReadLabels,
  UNNAMED,
  type Watch,
} from '../toolkit.ts';

export interface ReadOptions {
  /** Folders within folders are searched. */
  recursive?: boolean | undefined;
  /** Where the pictures are, found by their names without endings. */
  images?: string | undefined;
  maxPixels?: number | undefined;
  /** `path`: names have all folders of their file of labels, not those below the argument alone. */
  name?: Naming | undefined;
}

/** A labelled picture, and what of its file is no region, a sentence each. */
export interface Found extends LabelledPicture {
  notes: string[];
  /** All names that its segments could have got, in their order, where its file tells. */
  classes?: readonly string[];
}

/** A picture of a file of labels: read when it is asked for, so that a broken one does not keep the others, and named before. */
export interface Reading {
  name: string;
  read(): Promise<Found>;
}

/** A file of labels of one picture or of many. */
export interface Source {
  path: string;
  /** Its folder below the argument that named it. */
  below: string;
  /** An argument itself, not found in one. */
  isNamed?: true;
}

/** A picture's name as a path below a folder, wherever a file says that it lies: outputs go where it says. */
export const nameBelow = (path: string): string => partsBelow(path.replace(/^\w+:\/\//, '')).join('/') || 'picture';
const stemOf = (path: string): string => basename(path, extname(path));

const grouped = <T, K>(all: readonly T[], keyOf: (one: T) => K): Map<K, T[]> => {
  const groups = new Map<K, T[]>();
  for (const one of all) {
    const key = keyOf(one);
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return groups;
};

/** Endings of files of labels; of several for one stem the first is read: ours that knows where the picture lies before the others. */
const MAPS = ['.labels.tif', '.png', '.npy', '.tif', '.tiff'];
/** Endings of what lies beside label maps and holds none. */
const BESIDE = /\.(overlay\.(jpe?g|png)|rle\.json|npy\.json)$/i;

const mapEnding = (name: string): string | undefined => MAPS.find((ending) => name.toLowerCase().endsWith(ending));

/** What our ledger knows of a folder: of each picture its label map, and all names that are no labels of others. */
const ownIn = async (folder: string): Promise<{ maps: Set<string>; all: Set<string> }> => {
  const { entries, prints } = await readLedger(folder);
  const there = await Promise.all(
    [...entries].map(async ([stem]) =>
      firstThere(
        folder,
        MAPS.map((ending) => stem + ending),
      ),
    ),
  );
  return { maps: new Set(there.filter((name) => name !== undefined && prints.has(name)) as string[]), all: new Set(prints.keys()) };
};

const firstThere = async (folder: string, names: readonly string[]): Promise<string | undefined> => {
  for (const name of names) if ((await statIfThere(join(folder, name)))?.isFile()) return name;
  return undefined;
};

/** The files of labels in a folder, by name; those of folders within it, where that is asked for. */
const searchLabels = async (folder: string, recursive: boolean, below = ''): Promise<Source[]> => {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw notRead(folder, error);
  });
  const names = entries.map(({ name }) => name).sort();
  const own = await ownIn(folder);
  const files = entries.filter((entry) => !entry.isDirectory() && (own.maps.has(entry.name) || !own.all.has(entry.name))).map(({ name }) => name);
  const folders = new Set(entries.filter((entry) => entry.isDirectory() && !own.all.has(entry.name)).map(({ name }) => name));
  const byStem = new Map<string, string>();
  for (const ending of MAPS)
    for (const name of files)
      if (mapEnding(name) === ending && !BESIDE.test(name)) {
        const stem = name.slice(0, -ending.length);
        if (!byStem.has(stem)) byStem.set(stem, name);
      }
  const chosen = new Set(byStem.values());
  const out: Source[] = [];
  for (const name of names) {
    const path = join(folder, name);
    if (name.startsWith('.')) continue;
    if (chosen.has(name) || (name.toLowerCase().endsWith('.json') && !BESIDE.test(name) && files.includes(name))) out.push({ path, below });
    else if (recursive && folders.has(name)) out.push(...(await searchLabels(path, true, posix.join(below, name))));
  }
  return out;
};

/** The files of labels that arguments name, in their order. @throws InputError where one is not there, or a folder holds none */
export const findLabels = async (args: readonly string[], { recursive = false }: ReadOptions): Promise<Source[]> => {
  const out: Source[] = [];
  for (const path of args) {
    if (await isFolder(path)) {
      const found = await searchLabels(path, recursive);
      if (found.length === 0)
        throw new InputError(
          `${JSON.stringify(path)} holds no label map (${MAPS.join(', ')}, JSON)${recursive ? '' : ': --recursive looks into its folders'}`,
        );
      out.push(...found);
    } else if (await statIfThere(path)) out.push({ path, below: '', isNamed: true });
    else throw new InputError(`${JSON.stringify(path)} does not exist: check the path`, { code: 'E_FILE' });
  }
  return out;
};

/** The JSON of a segmented picture, as `diffcut segment` and the studio write it. */
interface Record {
  picture: { name?: string };
  segments: { id: number; name?: unknown; class?: unknown; score?: unknown; transparent?: true }[];
  /** The options that were given. */
  asked?: { background?: unknown; classes?: unknown; only?: unknown };
  /** The studio's list. */
  classes?: unknown;
}

/** What a segment is, by its class, else by its own name. */
const nameOf = ({ name, class: of }: Pick<Record['segments'][number], 'name' | 'class'>): string | undefined =>
  [of, name].find((one) => typeof one === 'string') as string | undefined;

/** How sure that name is. */
const scoreOf = ({ score, class: of }: Record['segments'][number]): number | undefined =>
  typeof score === 'number' && score >= 0 && score <= 1 && typeof of !== 'string' ? score : undefined;

/** All names that segments could get: of a person's list, or of a vocabulary without its synonyms. */
const classesOf = ({ asked, classes }: Record): string[] | undefined => {
  const listed = Array.isArray(classes) ? classes.map((one) => (isObject(one) ? one.name : undefined)) : undefined;
  const given = Array.isArray(asked?.classes)
    ? asked.classes.map((one) => (typeof one === 'string' ? one.split(',')[0].trim() : undefined))
    : undefined;
  const names = listed ?? given;
  return names && [...new Set(names.filter((name): name is string => typeof name === 'string' && name !== ''))];
};

/** Whether what is 0 is no object. */
const hasGround = ({ asked }: Record): boolean => (asked?.background ?? 'none') !== 'none' || asked?.only !== undefined;

const isRecord = (value: unknown): value is Record =>
  isObject(value) &&
  isObject(value.picture) &&
  Array.isArray(value.segments) &&
  value.segments.every((one) => isObject(one) && Number.isInteger(one.id));

/** Bytes of a JSON: more are no text that JavaScript has. */
const LONGEST = constants.MAX_STRING_LENGTH;

const jsonAt = async (path: string, signal: AbortSignal): Promise<unknown> => {
  const { size = 0 } = (await statIfThere(path)) ?? {};
  if (size > LONGEST) throw new InputError(`${JSON.stringify(path)} has ${size} bytes: split it into files of at most ${LONGEST}`);
  const text = new TextDecoder().decode(await readInput(path, 'a file of labels', signal));
  try {
    return parseJson(text);
  } catch (error) {
    throw new InputError(`${JSON.stringify(path)} is not JSON: give a file of labels`, { cause: error });
  }
};

/** What a record beside a label map says of it. */
const recordBeside = async (stem: string, signal: AbortSignal): Promise<Record | undefined> => {
  if (!(await statIfThere(`${stem}.json`))?.isFile()) return undefined;
  const value = await jsonAt(`${stem}.json`, signal).catch(() => undefined); // another tool's, which has its own line where it is read
  return isRecord(value) ? value : undefined;
};

/** Names of the objects of a label map that `diffcut segment` wrote, and all that they could have got, by the JSON beside it. */
export const readNames = async (path: string, signal: AbortSignal): Promise<{ names: string[]; classes: string[] }> => {
  const record = await recordBeside(path.slice(0, -(mapEnding(path) as string).length), signal);
  if (!record) return { names: [], classes: [] };
  const objects = record.segments.filter(({ id, transparent }) => !transparent && !(id === 0 && hasGround(record)));
  return { names: objects.map((one) => nameOf(one) ?? UNNAMED), classes: classesOf(record) ?? [] };
};

/** The file of a picture, by its name: never the label map itself. @throws InputError where several may be meant */
export type Images = (name: string, labels: string) => string | undefined;

const withoutEnding = (path: string): string => path.slice(0, path.length - extname(path).length);

/** Pictures in a folder: that in the folders of the name, else one of the same stem in any; of several that of the same ending. */
export const findImages = async (folder: string | undefined): Promise<Images> => {
  if (folder === undefined) return () => undefined;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    throw notRead(folder, error);
  });
  const pictures = entries.filter((entry) => !entry.isDirectory() && isPicture(entry.name) && !entry.name.startsWith('.'));
  const paths = pictures.map(({ parentPath, name }) => join(parentPath, name)).sort();
  const nameOf = (path: string): string => relative(folder, path).split(sep).join('/');
  const byName = grouped(paths, (path) => withoutEnding(nameOf(path)));
  const byStem = grouped(paths, stemOf);
  return (name, labels) => {
    for (const same of [byName.get(withoutEnding(name)), byStem.get(stemOf(name))]) {
      const others = (same ?? []).filter((path) => resolve(path) !== resolve(labels));
      const [one, another] = others;
      const meant = another === undefined ? one : others.find((path) => nameOf(path) === name);
      if (meant !== undefined) return meant;
      if (one !== undefined)
        throw new InputError(
          `${JSON.stringify(name)} may be ${JSON.stringify(one)} or ${JSON.stringify(another)}: give --images a folder with one of them`,
        );
    }
    return undefined;
  };
};

/** A picture's own file, piece by piece. @throws InputError where it cannot be read */
export const contentOf = async function* (path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path);
  } catch (error) {
    throw notRead(path, error);
  }
};

/** With the name and the bytes of the picture's own file, where it is known. */
const withImage = ({ name, read }: Reading, labels: string, images: Images, beside?: string): Reading => {
  let path: string | undefined;
  try {
    path = images(name, labels) ?? beside;
  } catch (error) {
    return { name, read: () => Promise.reject(error) }; // the others of its file are read
  }
  if (path === undefined) return { name, read };
  return { name: posix.join(posix.dirname(name), basename(path)), read: async () => ({ ...(await read()), file: async () => contentOf(path) }) };
};

const foundOf = (name: string, { labels, names, colours, notes }: ReadLabels): Found => ({
  name,
  labels,
  names,
  background: 0,
  ...(colours && { colours }),
  notes,
});

/** What a label map's file tells. */
type ReadMap = Pick<ReadLabels, 'labels'> & { geo?: GeoReference | undefined };

const MAP_READERS: { [ending: string]: (bytes: Uint8Array, name: string, watch: ReadOptions & Watch) => ReadMap | Promise<ReadMap> } = {
  '.npy': (bytes, name) => ({ labels: labelsFromNpy(bytes, name) }),
  '.png': (bytes, name) => ({ labels: decodeLabelPng(bytes, name) }),
  '.tif': (bytes, _, { maxPixels, signal }) => labelsFromTiff(bytes, { maxPixels, signal }),
  '.tiff': (bytes, _, { maxPixels, signal }) => labelsFromTiff(bytes, { maxPixels, signal }),
};

/** Ids that have colours by their names: a label map of ours has no more. */
const MOST_COLOURS = 2 ** 16;

const readMap = async (path: string, name: string, record: Record | undefined, options: ReadOptions, signal: AbortSignal): Promise<Found> => {
  const bytes = await readInput(path, 'a label map', signal);
  const { labels, geo } = await MAP_READERS[extname(path).toLowerCase()](bytes, JSON.stringify(path), { ...options, signal });
  const [names, scores]: [(string | undefined)[], (number | undefined)[]] = [[], []];
  for (const one of record?.segments ?? []) {
    names[one.id] = nameOf(one);
    scores[one.id] = scoreOf(one);
    if (one.transparent) labels.transparent = one.id;
  }
  const classes = record && classesOf(record);
  const { width, height } = labels;
  return {
    ...{ name, labels, names, scores, notes: [] },
    ...(record && hasGround(record) && { background: 0 }),
    ...(classes && { classes, colours: coloursByName(names.slice(0, MOST_COLOURS), classes) }),
    ...(geo && { geo, picture: { width, height } }),
  };
};

/** A label map with what lies beside it. */
const openMap = async ({ path, below }: Source, images: Images, options: ReadOptions, signal: AbortSignal): Promise<Reading> => {
  const stem = path.slice(0, -(mapEnding(path) as string).length);
  const record = await recordBeside(stem, signal);
  const name = posix.join(below, nameBelow(record?.picture.name ?? basename(stem) + extname(path)));
  return withImage({ name, read: () => readMap(path, name, record, options, signal) }, path, images);
};

type Json = { [member: string]: unknown };

/** One picture after the other of a file of many, each with its own annotations alone: no picture looks through all of them. */
const each = async function* (value: Json, read: (own: Json, name: string) => Promise<Found>): AsyncGenerator<Reading> {
  const groups = grouped(value.annotations as unknown[], (one) => (isObject(one) ? one.image_id : undefined));
  const images = Array.isArray(value.images) ? value.images : [];
  if (images.length === 0) throw new InputError('Its list "images" is empty: give a file that has pictures');
  for (const image of images) {
    const { id, file_name } = isObject(image) ? image : ({} as Json);
    const name = nameBelow(String(file_name ?? id));
    const readOne = (): Promise<Found> =>
      read({ ...value, images: [image], annotations: groups.get(id) ?? [] }, name).catch((error: unknown) => {
        throw error instanceof InputError ? new InputError(`${JSON.stringify(name)}: ${error.message}`, { code: error.code, cause: error }) : error;
      });
    yield { name, read: readOne };
  }
};

/** Names that a COCO file has for its segments, in its order. */
const categoriesOf = (value: Json): Pick<Found, 'classes'> =>
  value.categories === undefined ? {} : { classes: classesFromCoco(value).map(({ name }) => name) };

/** A JSON file, by what it holds. */
interface Kind {
  isIt(value: unknown): boolean;
  read(value: Json, source: Source, given: { maxPixels?: number }, signal: AbortSignal): AsyncGenerator<Reading>;
}

/** Where the PNGs of a panoptic file are: in a folder of its name, beside it, or in `panoptic`. */
const panopticFile = async (path: string, name: string): Promise<string> => {
  const folders = [path.slice(0, -extname(path).length), dirname(path), join(dirname(path), 'panoptic')];
  for (const folder of folders) if ((await statIfThere(join(folder, name)))?.isFile()) return join(folder, name);
  throw new InputError(`${JSON.stringify(name)} lies neither beside ${JSON.stringify(path)} nor in a folder of that name`, { code: 'E_FILE' });
};

const KINDS: Kind[] = [
  {
    isIt: (value) => isObject(value) && Array.isArray(value.shapes),
    async *read(value, { path }, given, signal) {
      const name = typeof value.imagePath === 'string' ? basename(nameBelow(value.imagePath)) : `${stemOf(path)}.jpg`;
      yield { name, read: async () => foundOf(name, await labelsFromLabelme(value, { ...given, signal })) };
    },
  },
  {
    isIt: (value) => isObject(value) && Array.isArray(value.annotations) && value.annotations.some((one) => isObject(one) && 'segments_info' in one),
    read: (value, { path }, given, signal) =>
      each(value, async (own, name) => {
        const [annotation] = own.annotations as Json[];
        const told = nameBelow(String(annotation?.file_name ?? `${stemOf(name)}.png`));
        const png = await readInput(await panopticFile(path, told), 'a panoptic PNG', signal);
        return { ...foundOf(name, await labelsFromPanoptic(png, own, { ...given, signal })), ...categoriesOf(own) };
      }),
  },
  {
    isIt: (value) => isObject(value) && Array.isArray(value.images) && Array.isArray(value.annotations),
    read: (value, _, given, signal) =>
      each(value, async (own, name) => ({ ...foundOf(name, await labelsFromCoco(own, { ...given, signal })), ...categoriesOf(own) })),
  },
  {
    isIt: Array.isArray,
    async *read(value, { path }, given, signal) {
      const name = `${stemOf(path).replace(/\.rle$/, '')}.jpg`;
      const readOne = async (): Promise<Found> => {
        const { background, ...found } = foundOf(name, await labelsFromCoco(value, { ...given, signal }));
        return found;
      };
      yield { name, read: readOne };
    },
  },
];

const readJson = async function* (source: Source, images: Images, { maxPixels }: ReadOptions, signal: AbortSignal): AsyncGenerator<Reading> {
  const { path, below, isNamed } = source;
  const value = await jsonAt(path, signal);
  if (isRecord(value)) {
    const map = await firstThere(
      dirname(path),
      MAPS.map((ending) => stemOf(path) + ending),
    );
    if (map === undefined) throw new InputError(`${JSON.stringify(path)} tells of segments without their pixels, and no label map lies beside it`);
    if (isNamed) yield openMap({ ...source, path: join(dirname(path), map) }, images, { maxPixels }, signal);
    return; // in a folder it is read with its label map
  }
  const kind = KINDS.find(({ isIt }) => isIt(value));
  if (!kind) throw new InputError(`${JSON.stringify(path)} is no file of labels: give COCO's, labelme's, or a panoptic one`);
  for await (const { name, read } of kind.read(value as Json, source, maxPixels === undefined ? {} : { maxPixels }, signal)) {
    const beside = join(dirname(path), basename(name));
    const isBeside = kind === KINDS[0] && (await statIfThere(beside))?.isFile() === true;
    yield withImage({ name: posix.join(below, name), read }, path, images, isBeside ? beside : undefined);
  }
};

const readAny = async function* (source: Source, images: Images, options: ReadOptions, signal: AbortSignal): AsyncGenerator<Reading> {
  if (extname(source.path).toLowerCase() === '.json') yield* readJson(source, images, options, signal);
  else if (mapEnding(source.path)) yield openMap(source, images, options, signal);
  else throw new InputError(`${JSON.stringify(source.path)} is no file of labels: its name ends in ${MAPS.join(', ')} or .json`);
};

/** The labelled pictures of a file, each to be read. @throws InputError for what is no file of labels; the signal's reason once aborted */
export const readLabels = async function* (source: Source, images: Images, options: ReadOptions, signal: AbortSignal): AsyncGenerator<Reading> {
  const folder = partsBelow(dirname(source.path)).join('/');
  for await (const { name: own, read } of readAny(source, images, options, signal)) {
    const name = options.name === 'path' ? posix.join(folder, posix.relative(source.below, own)) : own;
    yield { name, read: async () => ({ ...(await read()), name }) };
  }
};
