/**
 * The data sets that `eval` knows, and their pictures on the disk. A set is a row of data (sets/): where pictures and masks
 * lie, which classes there are, which options it needs.
 */
import { basename, join } from 'node:path';
import { InputError, unknown } from '../toolkit.ts';
import { ADE20K } from './sets/ade20k.ts';
import { BSDS500 } from './sets/bsds500.ts';
import { CITYSCAPES } from './sets/cityscapes.ts';
import { COCO_OBJECT, COCO_STUFF27 } from './sets/coco.ts';
import { CONTEXT } from './sets/context.ts';
import { type ClassTable, type DatasetOptions, type DatasetRow, IGNORE, type Layout } from './sets/row.ts';
import type { ValueMap } from './sets/values.ts';
import { VOC2012 } from './sets/voc2012.ts';

export const DATASETS: Readonly<Record<string, DatasetRow>> = {
  voc2012: VOC2012,
  context: CONTEXT,
  'coco-object': COCO_OBJECT,
  'coco-stuff27': COCO_STUFF27,
  cityscapes: CITYSCAPES,
  ade20k: ADE20K,
  folder: {
    about: 'pictures and masks of one name in two folders; --images --masks --classes',
    scores: 'classes',
    needs: ['images', 'masks', 'classes'],
    takes: ['list', 'background', 'ignore'],
  },
  bsds500: BSDS500,
};

/** One picture of a set. */
export interface Item {
  id: string;
  /** Place in the whole set, from 0. */
  at: number;
  imagePath: string;
  /** One, or one an annotator, or one of all annotators. */
  maskPaths: string[];
  /** Of a label map to be scored, where none is made here. */
  predictionPath?: string;
  /** From what the masks hold to the set's classes, one after the other; none where they hold classes. */
  values: readonly ValueMap[];
}

/** The questions asked of the disk; all reject with a sentence where the answer cannot be had. */
export interface Files {
  /** @param deep with those in folders below, which their names begin with */
  names(folder: string, deep?: boolean): Promise<string[]>;
  isFolder(path: string): Promise<boolean>;
  text(path: string): Promise<string>;
}

/** @throws InputError for an unknown name, an option that the set needs and lacks, or one that it would ignore */
export const findDataset = (name: string, given: DatasetOptions): DatasetRow => {
  if (!Object.hasOwn(DATASETS, name)) throw unknown('dataset', name, Object.keys(DATASETS));
  const { below, ...own } = DATASETS[name];
  const row = given.root === undefined ? own : { ...own, ...below };
  for (const option of row.needs) {
    if (given[option] === undefined) throw new InputError(`The dataset ${name} needs --${option} (${row.about})`);
  }
  for (const option of Object.keys(given) as (keyof DatasetOptions)[]) {
    if (given[option] !== undefined && ![...row.needs, ...row.takes].includes(option))
      throw new InputError(`The dataset ${name} takes no --${option} (${row.about})`);
  }
  const { rule } = given;
  if (rule !== undefined && row.rules && !Object.hasOwn(row.rules, rule)) throw unknown('rule', rule, Object.keys(row.rules));
  return row;
};

/** The rule that was chosen, or the set's first; null for a set that has none. */
export const ruleOf = ({ rules }: DatasetRow, rule: string | undefined): string | null => (rules ? (rule ?? Object.keys(rules)[0]) : null);

/** The classes that a set fixes for itself. @param given what the caller, or a run's settings, say of the set */
export const ownClasses = (row: DatasetRow, given: { rule?: unknown }): ClassTable | undefined =>
  row.rules?.[ruleOf(row, given.rule as string | undefined) as string] ?? row.classes;

/** Of files that hold the masks of all annotators. */
export const MAT = /\.mat$/i;
const ENDINGS = { image: /\.(jpe?g|png|webp|avif|tiff?|gif)$/i, mask: /\.png$/i };

const byStem = (names: readonly string[], { images, endings = ENDINGS }: Layout): Map<string, string> => {
  const out = new Map<string, string>();
  for (const name of names) {
    if (!endings.image.test(name)) continue;
    const stem = basename(name).replace(endings.image, '');
    if (out.has(stem)) throw new InputError(`Two pictures are called ${stem} in ${images}: ${out.get(stem)} and ${name}`);
    out.set(stem, name);
  }
  return out;
};

/** Mask files by id; with annotators the id ends before the last underscore. */
const masksById = (names: readonly string[], { annotators, endings = ENDINGS }: Layout): Map<string, string[]> => {
  const out = new Map<string, string[]>();
  for (const name of [...names].sort()) {
    if (!endings.mask.test(name)) continue;
    const stem = basename(name).replace(endings.mask, '');
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

/** What lies in the folders of a layout, by id. */
interface Found {
  layout: Layout;
  pictures: Map<string, string>;
  masks: Map<string, string[]>;
}

const look = async (layout: Layout, files: Files): Promise<Found> => ({
  layout,
  pictures: byStem(await files.names(layout.images, layout.deep), layout),
  masks: masksById(await files.names(layout.masks, layout.deep), layout),
});

const isThere = async ({ images, masks }: Layout, files: Files): Promise<boolean> => (await files.isFolder(images)) && (await files.isFolder(masks));

const rooted = (layout: Layout, root: string, list = layout.list && join(root, layout.list)): Layout => ({
  ...layout,
  images: join(root, layout.images),
  masks: join(root, layout.masks),
  list,
});

/** The pairs of folders that a set may lie in, in words. */
const pairsOf = (layouts: readonly Layout[]): string => [...new Set(layouts.map(({ images, masks }) => `${images} with ${masks}`))].join(', or ');

/** The first layout of which a picture has its mask; a set without a root has the one that the caller tells. */
const findLayout = async (row: DatasetRow, { root = '', images = '', masks = '', list }: DatasetOptions, files: Files): Promise<Found> => {
  if (!row.layouts) {
    const layout = { images, masks, list, annotators: row.scores === 'annotators' };
    const found = await look(layout, files);
    return found.masks.size > 0 || !layout.annotators ? found : look({ ...layout, annotators: false, endings: { ...ENDINGS, mask: MAT } }, files);
  }
  for (const layout of row.layouts.map((layout) => rooted(layout, root, list))) {
    if (!(await isThere(layout, files))) continue;
    const found = await look(layout, files);
    if ([...found.pictures.keys()].some((id) => found.masks.has(id))) return found;
  }
  if (!(await files.isFolder(root)))
    throw new InputError(`The root ${JSON.stringify(root)} is no folder: give the one that holds ${pairsOf(row.layouts)} (${row.about})`, {
      code: 'E_FILE',
    });
  throw new InputError(`No picture with a mask below ${JSON.stringify(root)}: looked in ${pairsOf(row.layouts)} (${row.about})`, { code: 'E_FILE' });
};

const maskName = (id: string, { annotators, endings }: Layout): string => (endings ? `of ${id}` : `${id}${annotators ? '_*' : ''}.png`);

/** All ids that a set has where there is no list. */
const allIds = ({ pictures, masks }: Found, { unlisted }: DatasetRow): string[] =>
  [...pictures.keys()].filter((id) => unlisted === undefined || masks.has(id)).sort();

/**
 * The pictures of a set, in the order of its list or else of their names.
 * @throws InputError for an empty set, a picture or a mask that is missing, two of one name, or folders that are not there
 */
export const resolveItems = async (row: DatasetRow, given: DatasetOptions, files: Files): Promise<Item[]> => {
  const found = await findLayout(row, given, files);
  const { layout, pictures, masks } = found;
  const ids = layout.list === undefined ? allIds(found, row) : await readList(layout.list, files);
  if (ids.length === 0) throw new InputError(layout.list === undefined ? `No picture in ${layout.images}` : `The list ${layout.list} is empty`);
  const values = [layout.values, ownClasses(row, given)?.values].filter((map) => map !== undefined);
  return ids.map((id, at) => {
    const picture = pictures.get(id);
    const ofId = masks.get(id);
    if (picture === undefined) throw new InputError(`The picture ${id} is missing in ${layout.images}`);
    if (ofId === undefined) throw new InputError(`The mask ${maskName(id, layout)} is missing in ${layout.masks}`);
    return { id, at, imagePath: join(layout.images, picture), maskPaths: ofId.map((name) => join(layout.masks, name)), values };
  });
};

/** What a report says of a set's pictures and labels, where that hangs on more than its name. */
export const datasetNotes = (row: DatasetRow, given: { rule?: unknown; list?: unknown }): string[] => {
  const pictures = row.unlisted && (given.list ? 'the pictures of a list' : row.unlisted);
  return [ownClasses(row, given)?.note, pictures].filter((note) => note !== undefined);
};

/** The set's classes: its own, or those that the caller gave. */
export const classTable = (row: DatasetRow, given: DatasetOptions): ClassTable => {
  const own = ownClasses(row, given);
  if (own) return own;
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
