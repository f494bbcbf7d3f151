/**
 * The data sets that `eval` knows, as data: where pictures and masks lie, which classes there are, which options a
 * set needs. Another set is another row.
 */
import { join } from 'node:path';
import { InputError, unknown } from '../toolkit.ts';

/** What the caller says about a data set. Folders and files are paths; `classes`, `background` and `ignore` are mask values. */
export interface DatasetOptions {
  root?: string;
  images?: string;
  masks?: string;
  list?: string;
  classes?: number;
  background?: number;
  ignore?: number;
}

/** Where the files are: pictures `images/ID.*`, masks `masks/ID.png`, or `masks/ID_*.png` with `annotators`. */
interface Layout {
  images: string;
  masks: string;
  /** One id a line; every picture of the folder where there is none. */
  list?: string;
  annotators?: boolean;
}

/** Classes that a set fixes for itself. */
export interface ClassTable {
  classes: number;
  background?: number;
  ignore: number;
  names?: readonly string[];
}

/** A row of the table. */
export interface DatasetRow {
  about: string;
  scores: 'classes' | 'annotators';
  needs: readonly (keyof DatasetOptions)[];
  takes: readonly (keyof DatasetOptions)[];
  layout(given: DatasetOptions): Layout;
  classes?: ClassTable;
}

const VOC_NAMES =
  'background aeroplane bicycle bird boat bottle bus car cat chair cow diningtable dog horse motorbike person pottedplant sheep sofa train tvmonitor';

/** Value of pixels without a class, where a set does not say otherwise. */
const IGNORE = 255;

export const DATASETS: Readonly<Record<string, DatasetRow>> = {
  voc2012: {
    about: 'PASCAL VOC 2012 segmentation, val; --root VOCdevkit/VOC2012',
    scores: 'classes',
    needs: ['root'],
    takes: [],
    layout: ({ root = '' }) => ({
      images: join(root, 'JPEGImages'),
      masks: join(root, 'SegmentationClass'),
      list: join(root, 'ImageSets', 'Segmentation', 'val.txt'),
    }),
    classes: { classes: 21, background: 0, ignore: IGNORE, names: VOC_NAMES.split(' ') },
  },
  folder: {
    about: 'pictures and masks of one name in two folders; --images --masks --classes',
    scores: 'classes',
    needs: ['images', 'masks', 'classes'],
    takes: ['list', 'background', 'ignore'],
    layout: ({ images = '', masks = '', list }) => ({ images, masks, list }),
  },
  bsds500: {
    about: 'regions and borders against several annotators, masks ID_*.png; --images --masks',
    scores: 'annotators',
    needs: ['images', 'masks'],
    takes: ['list'],
    layout: ({ images = '', masks = '', list }) => ({ images, masks, list, annotators: true }),
  },
};

/** One picture of a set. */
export interface Item {
  id: string;
  /** Place in the whole set, from 0. */
  at: number;
  imagePath: string;
  /** One, or one an annotator. */
  maskPaths: string[];
}

/** The two questions asked of the disk; both reject with a sentence where the answer cannot be had. */
export interface Files {
  names(folder: string): Promise<string[]>;
  text(path: string): Promise<string>;
}

/** @throws InputError for an unknown name, an option that the set needs and lacks, or one that it would ignore */
export const findDataset = (name: string, given: DatasetOptions): DatasetRow => {
  if (!Object.hasOwn(DATASETS, name)) throw unknown('dataset', name, Object.keys(DATASETS));
  const row = DATASETS[name];
  for (const option of row.needs) {
    if (given[option] === undefined) throw new InputError(`The dataset ${name} needs --${option} (${row.about})`);
  }
  for (const option of Object.keys(given) as (keyof DatasetOptions)[]) {
    if (given[option] !== undefined && ![...row.needs, ...row.takes].includes(option))
      throw new InputError(`The dataset ${name} takes no --${option} (${row.about})`);
  }
  return row;
};

const PICTURE = /\.(jpe?g|png|webp|avif|tiff?|gif)$/i;

const byStem = (names: readonly string[], folder: string): Map<string, string> => {
  const out = new Map<string, string>();
  for (const name of names) {
    if (!PICTURE.test(name)) continue;
    const stem = name.replace(PICTURE, '');
    if (out.has(stem)) throw new InputError(`Two pictures are called ${stem} in ${folder}: ${out.get(stem)} and ${name}`);
    out.set(stem, name);
  }
  return out;
};

const MASK = /\.png$/i;

/** Mask files by id; with annotators the id ends before the last underscore. */
const masksById = (names: readonly string[], annotators: boolean): Map<string, string[]> => {
  const out = new Map<string, string[]>();
  for (const name of [...names].sort()) {
    if (!MASK.test(name)) continue;
    const stem = name.replace(MASK, '');
    const id = annotators ? stem.slice(0, Math.max(0, stem.lastIndexOf('_'))) : stem;
    if (id !== '') out.set(id, [...(out.get(id) ?? []), name]);
  }
  return out;
};

const readList = async (path: string, files: Files): Promise<string[]> => {
  const ids = (await files.text(path))
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const seen = new Set<string>();
  const repeated = ids.find((id) => seen.size === seen.add(id).size);
  if (repeated !== undefined) throw new InputError(`The list ${path} names ${repeated} twice`);
  return ids;
};

/**
 * The pictures of a set, in the order of its list or else of their names.
 * @throws InputError for an empty set, a picture or a mask that is missing, or two of one name
 */
export const resolveItems = async (row: DatasetRow, given: DatasetOptions, files: Files): Promise<Item[]> => {
  const layout = row.layout(given);
  const pictures = byStem(await files.names(layout.images), layout.images);
  const masks = masksById(await files.names(layout.masks), layout.annotators ?? false);
  const ids = layout.list === undefined ? [...pictures.keys()].sort() : await readList(layout.list, files);
  if (ids.length === 0) throw new InputError(layout.list === undefined ? `No picture in ${layout.images}` : `The list ${layout.list} is empty`);
  return ids.map((id, at) => {
    const picture = pictures.get(id);
    const ofId = masks.get(id);
    if (picture === undefined) throw new InputError(`The picture ${id} is missing in ${layout.images}`);
    if (ofId === undefined) throw new InputError(`The mask ${id}${layout.annotators ? '_*' : ''}.png is missing in ${layout.masks}`);
    return { id, at, imagePath: join(layout.images, picture), maskPaths: ofId.map((name) => join(layout.masks, name)) };
  });
};

/** The set's classes: its own, or those that the caller gave. */
export const classTable = (row: DatasetRow, given: DatasetOptions): ClassTable => {
  if (row.classes) return row.classes;
  const { classes = 0, background, ignore = IGNORE } = given;
  const isValue = (v: number): boolean => Number.isInteger(v) && v >= 0 && v <= 65535;
  if (!Number.isInteger(classes) || classes < 1 || classes > 65535)
    throw new InputError(`Expected a whole number from 1 to 65535 for classes but received ${classes}`);
  if (background !== undefined && !(isValue(background) && background < classes && classes > 1)) {
    throw new InputError(`Expected one of 2 or more classes, 0 to ${classes - 1}, for background but received ${background}`);
  }
  if (!isValue(ignore) || ignore === background)
    throw new InputError(`Expected a mask value of 0 to 65535 other than the background for ignore but received ${ignore}`);
  return { classes, background, ignore };
};
