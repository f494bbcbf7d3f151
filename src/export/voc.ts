/** A set as PASCAL VOC's segmentation. */
import { InputError } from '../errors.ts';
import { VOC_SET } from '../options/export.ts';
import { type Given, type Resolved, resolveOptions } from '../options/spec.ts';
import { type RunMap, renamedRuns } from '../tensor/runs.ts';
import type { Watch } from '../types.ts';
import { indexedPngPieces } from './indexed-png.ts';
import { type Categories, createCategories, type LabelledPicture, type Objects, objectsOf, type SetFile } from './labelled.ts';
import { checked, checkPictures, fileName, linesOf, onOneLine, type Pictures, partOf, stemOf } from './set.ts';

type Options = Resolved<typeof VOC_SET> & Watch;

/** What VOC's own files do not count: the border around objects. */
const VOID = 255;

/** VOC's colours: of an index, its bits by turns to red, green and blue, from the highest on. */
export const vocPalette = (): Uint8Array => {
  const palette = new Uint8Array(3 * 256);
  for (let index = 0; index < 256; index++)
    for (let bit = 0; bit < 8; bit++) palette[3 * index + (bit % 3)] |= ((index >> bit) & 1) << (7 - Math.floor(bit / 3));
  return palette;
};

/**
 * Of each picture `SegmentationClass/<stem>.png` (index = class, from 1: `labels` first, then others by first appearance) and
 * `SegmentationObject/<stem>.png` (index = object, from 1 by id), in VOC's palette; 0 is what is no object, and segments named
 * `background`. No void border (255) is drawn. 255 is no object's index either: where there are more than 254 of them, which VOC
 * does not foresee, they go on from 256 and the file is grey of 16 bits. `JPEGImages/<name>` where the picture brings its file.
 * Then `ImageSets/Segmentation/trainval.txt` (stems; with `val` also `train.txt` and `val.txt`) and `labelmap.txt` with names and
 * colours as CVAT and Datumaro have it, colons and line breaks in names made `_` and spaces.
 * @throws InputError, once it is read, for what is no labelled picture, more than 254 names or 65,534 objects, and two pictures
 *   whose names differ in nothing but their endings or capitals; the signal's reason once aborted
 */
export const encodeVoc = (pictures: Pictures, given: Given<typeof VOC_SET> & Watch = {}): AsyncIterable<SetFile> => {
  const { labels = [], ...options } = resolveOptions('encodeVoc', VOC_SET, given);
  const known = new Set(labels.map(mapName).filter((name) => name !== BACKGROUND));
  if (known.size > MOST_VOC) throw tooMany();
  return filesOf(checkPictures(pictures), createCategories([...known]), options);
};

const BACKGROUND = 'background';

/** Names that its masks tell apart. */
export const MOST_VOC = VOID - 1;

const tooMany = (): InputError => new InputError(`VOC's masks tell ${MOST_VOC} names apart but the set has more: write COCO, or give fewer names`);

/** As a label map can hold it. */
const mapName = (name: string): string => onOneLine(name).replaceAll(':', '_').trim();

const filesOf = async function* (pictures: Pictures, categories: Categories, options: Omit<Options, 'labels'>): AsyncGenerator<SetFile> {
  const { val, ...watch } = options;
  const palette = vocPalette();
  const stems: string[] = [];
  const classOf = (name: string): number => {
    const id = categories.idOf(name);
    if (id <= MOST_VOC) return id;
    throw tooMany();
  };
  for await (const picture of checked(pictures, fileName, watch)) {
    const { name, file } = picture;
    const stem = stemOf(name);
    const { runs, segments } = await objectsIn(picture, watch);
    const classes = indicesOf(runs, segments, ({ name }) => classOf(name));
    const objects = indicesOf(runs, segments, (_, i) => (i + 1 < VOID ? i + 1 : i + 2));
    stems.push(stem);
    if (file) yield { path: `JPEGImages/${name}`, content: await file() };
    yield { path: `SegmentationClass/${stem}.png`, content: indexedPngPieces(classes, palette, watch) };
    yield { path: `SegmentationObject/${stem}.png`, content: indexedPngPieces(objects, palette, watch) };
  }
  yield* imageSets(stems, val);
  yield { path: 'labelmap.txt', content: labelMap([BACKGROUND, ...categories.names()], palette) };
};

/** Objects under names that a label map can hold. */
const objectsIn = async (picture: LabelledPicture, watch: Watch): Promise<Objects> => {
  const { runs, segments } = await objectsOf(picture, watch);
  const named = segments.map((segment) => ({ ...segment, name: mapName(segment.name) }));
  return { runs, segments: named.filter(({ name }) => name !== BACKGROUND) };
};

const indicesOf = (runs: RunMap, segments: Objects['segments'], indexOf: (segment: Objects['segments'][number], i: number) => number): RunMap => {
  const indices = new Map(segments.map((segment, i) => [segment.id, indexOf(segment, i)]));
  return renamedRuns(runs, (id) => indices.get(id) ?? 0);
};

const imageSets = function* (stems: readonly string[], val: number): Generator<SetFile> {
  const parts = val > 0 ? (['train', 'val'] as const) : [];
  const lists = [['trainval', stems] as const, ...parts.map((part) => [part, stems.filter((stem) => partOf(stem, val) === part)] as const)];
  for (const [list, of] of lists) yield { path: `ImageSets/Segmentation/${list}.txt`, content: linesOf(of) };
};

const labelMap = (names: readonly string[], palette: Uint8Array): Uint8Array =>
  linesOf(['# label:color_rgb:parts:actions', ...names.map((name, i) => `${name}:${palette.subarray(3 * i, 3 * i + 3).join(',')}::`)]);
