/** COCO's panoptic format as label maps. */
import { expected, firstLine, InputError, kindOf } from '../../errors.ts';
import { isObject } from '../../json.ts';
import { PANOPTIC } from '../../options/export.ts';
import { type Given, isWhole, resolveOptions } from '../../options/spec.ts';
import { isPng, type PngHead, readPngHead, readPngSamples } from '../../tensor/png.ts';
import { inBands } from '../../tensor/watch.ts';
import type { Watch } from '../../types.ts';
import { classesIn, coloursOf, imageOf } from './coco.ts';
import { type LabelClass, objectsIn, type ReadLabels, unfit, valueIn } from './values.ts';

const NAME = 'The panoptic file';
const PNG = 'The panoptic PNG';
const WANTED = "a file of COCO's panoptic format";

/** Three bytes hold ids below it. */
const IDS = 2 ** 24;

/**
 * The segments of a picture, from 1 in the order of the JSON's `segments_info`; without it by ascending id. 0 is the rest: void,
 * and ids that the JSON does not have.
 * @param png the picture's PNG: 8 bits of RGB, alpha ignored, whose ids are R + 256 G + 65536 B
 * @param json the text of the JSON beside it, or the value that it holds, for names; undefined where there is none
 * @param given which picture, where the JSON has several
 * @throws InputError for what is no such file, a picture that the JSON has not, sizes that differ, or more than `maxPixels`; the
 *   signal's reason once aborted
 */
export const labelsFromPanoptic = async (
  png: Uint8Array,
  json?: string | object,
  given: Given<typeof PANOPTIC> & Watch = {},
): Promise<ReadLabels> => {
  const { fileName, imageId, maxPixels, ...watch } = resolveOptions('labelsFromPanoptic', PANOPTIC, given);
  const head = headOf(png, maxPixels);
  const told = json === undefined ? undefined : segmentsOf(valueIn(json, NAME), head, fileName, imageId);
  const ids = await idsOf(png, head, watch);
  const numbers = new Map((told ?? presentIn(ids)).map(({ id }, i) => [id, i + 1]));
  const found: (LabelClass | undefined)[] = [undefined, ...(told ?? []).map(({ of }) => of)];
  const pixels = await renumber(ids, numbers, watch);
  const names = Array.from({ length: numbers.size + 1 }, (_, id) => found[id]?.name);
  return { labels: { data: ids, width: head.width, height: head.height }, names, ...coloursOf(found), notes: notesOf(numbers, pixels) };
};

const headOf = (png: Uint8Array, maxPixels: number): PngHead => {
  if (kindOf(png) !== 'Uint8Array') throw expected('the bytes of a PNG, a Uint8Array,', 'the panoptic PNG', png);
  if (png.length < 8 || !isPng(png)) throw new InputError(`${PNG} is not a PNG: give the one that the tool wrote`);
  const head = orDamaged(() => readPngHead(png));
  if (head.channels < 3 || head.depth !== 8) throw new InputError(`${PNG} is not of 8 bits of red, green and blue: give the one that the tool wrote`);
  const { width, height } = head;
  if (width * height <= maxPixels) return head;
  throw new InputError(`${PNG} has ${width} x ${height} pixels, over the limit of ${maxPixels}: raise maxPixels to accept it`);
};

const orDamaged = <T>(work: () => T): T => {
  try {
    return work();
  } catch (error) {
    throw new InputError(`${PNG} is truncated or damaged (${firstLine(error)}): get the file again`, { cause: error });
  }
};

/** An id a pixel. */
const idsOf = async (png: Uint8Array, head: PngHead, watch: Watch): Promise<Int32Array> => {
  const { width, height, channels } = head;
  const samples = orDamaged(() => readPngSamples(png, head, Uint16Array));
  const ids = new Int32Array(width * height);
  await inBands(ids.length, 2 ** 20, watch, (from, to) => {
    for (let i = from, at = from * channels; i < to; i++, at += channels) ids[i] = samples[at] | (samples[at + 1] << 8) | (samples[at + 2] << 16);
  });
  return ids;
};

/** A segment of the JSON: its id in the PNG, and what it is. */
interface Told {
  id: number;
  of?: LabelClass | undefined;
}

const segmentsOf = (value: unknown, { width, height }: PngHead, fileName?: string, imageId?: number | string): Told[] => {
  const image = imageOf(objectsIn(value, 'images', WANTED), fileName, imageId, NAME);
  const annotation = objectsIn(value, 'annotations', WANTED).find(({ image_id }) => image_id === image.id);
  if (!annotation) throw new InputError(`${NAME} has no annotation of the picture: give the file that is of it`);
  const size = [image.width, image.height];
  if (size.some((side) => side !== undefined) && (size[0] !== width || size[1] !== height))
    throw unfit(`[${width}, ${height}], as its PNG has,`, 'width and height of its picture', size);
  const classes = new Map(isObject(value) && value.categories !== undefined ? classesIn(value).map((one) => [one.id, one]) : []);
  const ids = new Set<unknown>([0]);
  return objectsIn(annotation, 'segments_info', WANTED).map(({ id, category_id }, i) => {
    const isNew = isWhole(id, 1, IDS - 1) && !ids.has(id);
    if (!isNew) throw unfit(`a whole number from 1 to ${IDS - 1} that no other segment has`, `segments_info[${i}].id`, id);
    ids.add(id);
    return { id: id as number, of: classes.get(category_id as number) };
  });
};

/** Ascending. */
const presentIn = (ids: Int32Array): Told[] => {
  const isThere = new Uint8Array(IDS);
  for (const id of ids) isThere[id] = 1;
  const out: Told[] = [];
  for (let id = isThere.indexOf(1, 1); id > 0; id = isThere.indexOf(1, id + 1)) out.push({ id });
  return out;
};

/** Ids to their numbers, in place. @returns how often each number came: 0 is void, -1 an id without one */
const renumber = async (ids: Int32Array, numbers: ReadonlyMap<number, number>, watch: Watch): Promise<Map<number, number>> => {
  const pixels = new Map<number, number>();
  await inBands(ids.length, 2 ** 20, watch, (from, to) => {
    for (let i = from; i < to; ) {
      const id = ids[i];
      let end = i + 1;
      while (end < to && ids[end] === id) end++;
      const number = id === 0 ? 0 : (numbers.get(id) ?? -1);
      pixels.set(number, (pixels.get(number) ?? 0) + end - i);
      ids.fill(Math.max(0, number), i, end);
      i = end;
    }
  });
  return pixels;
};

const notesOf = (numbers: ReadonlyMap<number, number>, pixels: ReadonlyMap<number, number>): string[] => {
  const absent = [...numbers.values()].filter((number) => !pixels.has(number)).length;
  const notes: string[] = [];
  if (absent > 0) notes.push(`${absent} of its segments have no pixel`);
  if (pixels.has(-1)) notes.push(`${pixels.get(-1)} pixels have ids that it says nothing of`);
  return notes;
};
