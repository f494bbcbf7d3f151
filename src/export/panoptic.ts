/** A set in COCO's panoptic format: a PNG of ids a picture, and one JSON. */
import { InputError } from '../errors.ts';
import { PANOPTIC_SET } from '../options/export.ts';
import { type Given, resolveOptions } from '../options/spec.ts';
import { type RunMap, rowReader } from '../tensor/runs.ts';
import type { Watch } from '../types.ts';
import { type Categories, createCategories, type Objects, objectsOf, type SetFile, UNNAMED } from './labelled.ts';
import { categoryColours } from './palette.ts';
import { pngPieces } from './png.ts';
import { checked, checkPictures, fileName, listTexts, type Pictures, stemOf, utf8 } from './set.ts';

/** Three bytes hold ids below it. */
const IDS = 2 ** 24;

/**
 * `panoptic/<stem>.png` of each picture, RGB, whose pixels are ids as R + 256 G + 65536 B: a segment's is its label + 1, 0 is what
 * is no object. Then `panoptic.json`: `images` (ids from 1), `annotations` (a picture each: `file_name` in `panoptic/`, and
 * `segments_info` with `area` and `bbox` in pixels, `iscrowd` 0), and `categories` from 1 (`labels` first, then others by first
 * appearance), every one a thing, in our own colours. Held in memory until then are 28 bytes a segment.
 * @throws InputError, once it is read, for what is no labelled picture, labels of 16,777,215 and more, and two pictures whose
 *   names differ in nothing but their endings or capitals; the signal's reason once aborted
 */
export const encodePanoptic = (pictures: Pictures, given: Given<typeof PANOPTIC_SET> & Watch = {}): AsyncIterable<SetFile> => {
  const { labels, ...watch } = resolveOptions('encodePanoptic', PANOPTIC_SET, given);
  return filesOf(checkPictures(pictures), createCategories(labels), watch);
};

/** A picture's line, and its segments as numbers. */
interface Told {
  name: string;
  width: number;
  height: number;
  segments: Int32Array;
}

const filesOf = async function* (pictures: Pictures, categories: Categories, watch: Watch): AsyncGenerator<SetFile> {
  const all: Told[] = [];
  for await (const picture of checked(pictures, fileName, watch)) {
    const { name } = picture;
    const { runs, segments } = await objectsOf(picture, watch);
    const largest = segments.at(-1)?.id ?? 0;
    if (largest + 1 >= IDS)
      throw new InputError(`A panoptic PNG holds labels up to ${IDS - 2} but one of ${JSON.stringify(name)} is ${largest}: renumber them`);
    all.push({ name, width: runs.width, height: runs.height, segments: numbersOf(segments, categories) });
    yield { path: `panoptic/${stemOf(name)}.png`, content: idPieces(runs, segments, watch) };
  }
  yield { path: 'panoptic.json', content: utf8(textOf(all, categories)) };
};

/** Id, category, area and box of each. */
const numbersOf = (segments: Objects['segments'], categories: Categories): Int32Array =>
  Int32Array.from(segments.flatMap(({ id, name, area, boxXYWH }) => [id + 1, categories.idOf(name), area, ...boxXYWH]));

const NUMBERS = 7;

const idPieces = (runs: RunMap, segments: Objects['segments'], watch: Watch): AsyncIterable<Uint8Array> => {
  const { width, height } = runs;
  const isObject = new Set(segments.map(({ id }) => id));
  const isAll = runs.transparent === undefined && runs.id.every((id) => isObject.has(id));
  const ids = new Int32Array(width);
  const readIds = rowReader(runs);
  return pngPieces(
    { width, height, depth: 8, colour: 'rgb', rowBytes: 3 * width },
    (y, row) => {
      readIds(y, ids);
      for (let x = 0, at = 0; x < width; x++) {
        const id = isAll || isObject.has(ids[x]) ? ids[x] + 1 : 0;
        row[at++] = id;
        row[at++] = id >> 8;
        row[at++] = id >> 16;
      }
    },
    watch,
  );
};

const textOf = async function* (all: readonly Told[], categories: Categories): AsyncGenerator<string> {
  const names = categories.names();
  const colours = categoryColours(names, UNNAMED);
  const imageOf = ({ name, width, height }: Told, i: number) => JSON.stringify({ id: i + 1, file_name: name, width, height });
  const categoryOf = (name: string, i: number) => JSON.stringify({ id: i + 1, name, isthing: 1, color: [...colours.subarray(3 * i, 3 * i + 3)] });
  yield '{\n"info": {},\n"licenses": [],\n"images": ';
  yield* listTexts(all.map(imageOf));
  yield ',\n"annotations": ';
  yield* listTexts(annotationsOf(all));
  yield ',\n"categories": ';
  yield* listTexts(names.map(categoryOf));
  yield '\n}\n';
};

const annotationsOf = function* (all: readonly Told[]): Generator<string> {
  for (const [i, { name, segments }] of all.entries()) {
    const segments_info = Array.from({ length: segments.length / NUMBERS }, (_, k) => {
      const [id, category_id, area, ...bbox] = segments.subarray(NUMBERS * k, NUMBERS * (k + 1));
      return { id, category_id, area, bbox, iscrowd: 0 };
    });
    yield JSON.stringify({ image_id: i + 1, file_name: `${stemOf(name)}.png`, segments_info });
  }
};
