/** Files of labelme as label maps. */
import { expected, InputError, shortened } from '../../errors.ts';
import { LABELME } from '../../options/export.ts';
import { type Given, resolveOptions } from '../../options/spec.ts';
import { unBase64 } from '../../tensor/bytes.ts';
import { pause } from '../../tensor/watch.ts';
import type { LabelMap, Watch } from '../../types.ts';
import { decodeLabelPng } from '../indexed-png.ts';
import { blankLabels, paintCircle, paintPatch, paintPolygon } from './canvas.ts';
import { checkCoordinates, counted, type LabelClass, objectsIn, type ReadLabels, unfit, valueIn } from './values.ts';

const NAME = 'The labelme file';
const WANTED = 'a file of labelme';

type Shape = Record<string, unknown>;
type Paint = (labels: LabelMap, id: number, points: number[], shape: Shape, watch: Watch) => void | Promise<void>;

/** How many points a kind has: `least` or more, or just as many. */
interface Kind {
  least: number;
  isExact?: true;
  paint: Paint;
}

const paintOutline: Paint = (labels, id, points, _, watch) => paintPolygon(labels, id, points, watch);

/** By `shape_type`. What is not among them has no inside. */
const KINDS: Record<string, Kind> = {
  polygon: { least: 3, paint: paintOutline },
  oriented_rectangle: { least: 4, isExact: true, paint: paintOutline },
  rectangle: { least: 2, isExact: true, paint: (labels, id, [a, b, c, d], _, watch) => paintPolygon(labels, id, [a, b, c, b, c, d, a, d], watch) },
  circle: { least: 2, isExact: true, paint: (labels, id, [x, y, u, v], _, watch) => paintCircle(labels, id, x, y, Math.hypot(u - x, v - y), watch) },
  mask: {
    least: 2,
    isExact: true,
    paint: (labels, id, points, { mask }) => {
      const [left, top, right, bottom] = points.map(Math.trunc);
      paintPatch(labels, id, patchOf(mask, right - left + 1, bottom - top + 1), left, top);
    },
  },
};

/** A mask as a PNG in base64. */
const patchOf = (mask: unknown, width: number, height: number): LabelMap => {
  if (typeof mask !== 'string') throw unfit('a PNG in base64', 'the mask of a shape', mask);
  const patch = decodeLabelPng(bytesIn(mask), 'The mask of a shape');
  if (patch.width === width && patch.height === height) return patch;
  throw new InputError(`The mask of a shape has ${patch.width} x ${patch.height} pixels and its corners are of ${width} x ${height}: save it again`);
};

const bytesIn = (text: string): Uint8Array => {
  try {
    return unBase64(text);
  } catch (error) {
    throw new InputError('The mask of a shape is damaged: its base64 cannot be decoded', { cause: error });
  }
};

/**
 * The regions of a labelme file: polygons, rectangles, circles and masks, each a segment, or all of one label and `group_id`
 * together; from 1 in the file's order, the later over the earlier where they overlap; 0 is the rest. Lines and points have no
 * inside: they are counted in `notes`.
 *
 * Pixels are inside whose centres are. labelme itself draws outlines, too, so that its masks reach about half a pixel further.
 * @param json the file's text, or the value that it holds
 * @throws InputError for what is no such file, and for a picture of more than `maxPixels`; the signal's reason once aborted
 */
export const labelsFromLabelme = async (json: string | object, given: Given<typeof LABELME> & Watch = {}): Promise<ReadLabels> => {
  const { maxPixels, ...watch } = resolveOptions('labelsFromLabelme', LABELME, given);
  const value = valueIn(json, NAME);
  const shapes = objectsIn(value, 'shapes', WANTED);
  const { imageWidth, imageHeight } = value as Shape;
  const labels = blankLabels(imageWidth, imageHeight, 0, maxPixels, NAME);
  const names: (string | undefined)[] = [undefined];
  const idOf = new Map<string, number>(); // of groups
  const others: string[] = [];
  for (const [i, shape] of shapes.entries()) {
    const label = labelOf(shape, i);
    const type = shape.shape_type ?? 'polygon';
    if (typeof type !== 'string' || !Object.hasOwn(KINDS, type)) {
      others.push(String(type));
      continue;
    }
    const group = shape.group_id === undefined || shape.group_id === null ? `shape ${i}` : `group ${JSON.stringify([label, String(shape.group_id)])}`;
    const id = idOf.get(group) ?? names.push(label) - 1;
    idOf.set(group, id);
    await KINDS[type].paint(labels, id, pointsOf(shape, i, KINDS[type]), shape, watch);
    await pause(watch);
  }
  const notes = [...counted(others)].map(
    ([type, count]) => `${count} of its shapes have no inside: they are of the kind ${JSON.stringify(shortened(type))}`,
  );
  return { labels, names, notes };
};

const labelOf = ({ label }: Shape, i: number): string => {
  if (typeof label === 'string') return label;
  throw unfit('a text', `shapes[${i}].label`, label);
};

const pointsOf = ({ points }: Shape, i: number, { least, isExact }: Kind): number[] => {
  const count = Array.isArray(points) ? points.length : 0;
  const arePairs = Array.isArray(points) && points.every((point) => Array.isArray(point) && point.length === 2);
  if (!arePairs || count < least || (isExact && count > least))
    throw unfit(`${least}${isExact ? '' : ' or more'} points [x, y]`, `shapes[${i}].points`, points);
  return checkCoordinates(points.flat(), `shapes[${i}]`);
};

/**
 * The labels of several labelme files, in order of first appearance, with ids from 1.
 * @param files their texts, or the values that they hold
 * @throws InputError for what is none
 */
export const classesFromLabelme = (files: readonly (string | object)[]): LabelClass[] => {
  if (!Array.isArray(files)) throw expected('a list of labelme files', 'files', files);
  const labels = files.flatMap((file) => objectsIn(valueIn(file, NAME), 'shapes', WANTED).map(labelOf));
  return [...new Set(labels)].map((name, i) => ({ id: i + 1, name }));
};
