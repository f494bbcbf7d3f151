/** COCO's instances, and the run lengths that we write, as label maps. */
import { InputError, shortened } from '../../errors.ts';
import { isObject } from '../../json.ts';
import { COCO } from '../../options/export.ts';
import { type Given, isWhole, resolveOptions } from '../../options/spec.ts';
import { pause } from '../../tensor/watch.ts';
import type { LabelMap, Watch } from '../../types.ts';
import { segmentPalette } from '../palette.ts';
import { type PlainRle, type Rle, rleRuns } from '../rle.ts';
import { blankLabels, paintPolygon, paintRuns } from './canvas.ts';
import { checkCoordinates, type LabelClass, objectsIn, type ReadLabels, unfit, valueIn } from './values.ts';

const NAME = 'The COCO file';
const WANTED = "a file of COCO's instances";

/**
 * The regions of one picture of a COCO file `{ images, annotations, categories }`, polygons and run lengths of both kinds: each
 * annotation a segment, from 1 in the file's order, the later over the earlier where they overlap; 0 is the rest. Or of the list
 * that the format `rle` writes: its own ids, and one above all of them for the rest, where there is any.
 *
 * Of a polygon those pixels are inside whose centres are, by the even-odd rule, of several their union. pycocotools rounds
 * outlines to fifths of a pixel before it fills them, so that its masks may differ in pixels that a border crosses.
 * @param json the file's text, or the value that it holds
 * @param given which picture, where the file has several
 * @throws InputError for what is no such file, a picture that it has not, or one of more than `maxPixels`; the signal's reason
 *   once aborted
 */
export const labelsFromCoco = async (json: string | object, given: Given<typeof COCO> & Watch = {}): Promise<ReadLabels> => {
  const { fileName, imageId, maxPixels, ...watch } = resolveOptions('labelsFromCoco', COCO, given);
  const value = valueIn(json, NAME);
  if (Array.isArray(value)) return ownLabels(value, maxPixels, watch);
  const images = objectsIn(value, 'images', WANTED);
  const annotations = objectsIn(value, 'annotations', WANTED);
  const classes = new Map(isObject(value) && value.categories !== undefined ? classesIn(value).map((one) => [one.id, one]) : []);
  const image = imageOf(images, fileName, imageId, NAME);
  const labels = blankLabels(image.width, image.height, 0, maxPixels, NAME);
  const found: (LabelClass | undefined)[] = [undefined];
  let empty = 0;
  for (const annotation of annotations) {
    if (annotation.image_id !== image.id) continue;
    if (await painted(labels, found.length, annotation, watch)) found.push(classes.get(annotation.category_id as number));
    else empty++;
    await pause(watch);
  }
  const notes = empty > 0 ? [`${empty} of its annotations have no mask`] : [];
  return { labels, names: found.map((one) => one?.name), ...coloursOf(found), notes };
};

/** The categories of a COCO file, in its order. @param json its text, or the value that it holds @throws InputError for what is none */
export const classesFromCoco = (json: string | object): LabelClass[] => classesIn(valueIn(json, NAME));

/** Of what its JSON holds. */
export const classesIn = (value: unknown): LabelClass[] =>
  objectsIn(value, 'categories', WANTED).map(({ id, name, color }, i) => {
    if (!isWhole(id, 0, Number.MAX_SAFE_INTEGER)) throw unfit('a whole number', `categories[${i}].id`, id);
    if (typeof name !== 'string') throw unfit('a text', `categories[${i}].name`, name);
    const isColour = Array.isArray(color) && color.length === 3 && color.every((v) => isWhole(v, 0, 255));
    return { id: id as number, name, ...(isColour && { colour: color as LabelClass['colour'] }) };
  });

/** Of each id; undefined where no class has a colour. */
export const coloursOf = (found: readonly (LabelClass | undefined)[]): { colours?: Uint8Array } => {
  if (!found.some((one) => one?.colour)) return {};
  const colours = segmentPalette(found.length);
  found.forEach((one, id) => one?.colour && colours.set(one.colour, 3 * id));
  return { colours };
};

const baseOf = (path: unknown): unknown => (typeof path === 'string' ? path.split(/[\\/]/).at(-1) : undefined);

/** @param name of the file in error sentences @throws InputError unless it is one */
export const imageOf = (
  images: readonly Record<string, unknown>[],
  fileName: string | undefined,
  imageId: number | string | undefined,
  name: string,
): Record<string, unknown> => {
  const withId = imageId === undefined ? images : images.filter(({ id }) => id === imageId);
  const exact = withId.filter(({ file_name }) => fileName === undefined || file_name === fileName);
  const [image, another] = exact.length > 0 ? exact : withId.filter(({ file_name }) => baseOf(file_name) === baseOf(fileName));
  const told = [fileName, imageId].flatMap((one) => (one === undefined ? [] : [JSON.stringify(shortened(String(one)))])).join(' of id ');
  if (!image) throw new InputError(`${name} has no picture${told && ` ${told}`} among its ${images.length}: give the file that is of this picture`);
  if (another) throw new InputError(`${name} has several pictures${told && ` ${told}`}: say which with fileName or imageId`, { code: 'E_OPTION' });
  return image;
};

/** Paints an annotation, if it has a mask. */
const painted = async (labels: LabelMap, id: number, annotation: Record<string, unknown>, watch: Watch): Promise<boolean> => {
  const { segmentation } = annotation;
  const where = `the annotation ${typeof annotation.id === 'number' ? annotation.id : 'without a number'}`;
  if (isObject(segmentation)) {
    const { size } = segmentation as unknown as PlainRle;
    if (!Array.isArray(size) || size[0] !== labels.height || size[1] !== labels.width)
      throw unfit(`[${labels.height}, ${labels.width}], as its picture has,`, `the size of ${where}`, size);
    await paintRuns(labels, id, rleRuns(segmentation as unknown as Rle), watch);
    return true;
  }
  if (segmentation !== undefined && segmentation !== null && !Array.isArray(segmentation))
    throw unfit('polygons, or run lengths { size, counts },', where, segmentation);
  const polygons = typeof segmentation?.[0] === 'number' ? [segmentation] : (segmentation ?? []);
  for (const polygon of polygons) {
    if (!Array.isArray(polygon) || polygon.length % 2 !== 0) throw unfit('a list of x and y in turn', `a polygon of ${where}`, polygon);
    await paintPolygon(labels, id, checkCoordinates(polygon, where), watch);
  }
  return polygons.length > 0;
};

/** Ids that are written. */
const LARGEST = 2 ** 24;

/** The list of the format `rle`. */
const ownLabels = async (list: readonly unknown[], maxPixels: number, watch: Watch): Promise<ReadLabels> => {
  const size = isObject(list[0]) && isObject(list[0].segmentation) ? list[0].segmentation.size : undefined;
  if (!Array.isArray(size)) throw unfit(`${WANTED}, or the list of the format rle,`, 'the JSON', list);
  const labels = blankLabels(size[1], size[0], -1, maxPixels, NAME);
  let rest = 0;
  for (const [i, record] of list.entries()) {
    if (!isObject(record) || !isWhole(record.id, 0, LARGEST)) throw unfit(`an object with an id from 0 to ${LARGEST}`, `record ${i}`, record);
    if (record.transparent === true) labels.transparent = record.id as number;
    rest = Math.max(rest, (record.id as number) + 1);
    await painted(labels, record.id as number, record, watch);
  }
  for (let i = labels.data.indexOf(-1); i >= 0 && i < labels.data.length; i++) if (labels.data[i] < 0) labels.data[i] = rest;
  return { labels, names: [], notes: [] };
};
