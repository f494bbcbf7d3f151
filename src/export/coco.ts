/** A set as COCO's instances: one JSON, streamed. */
import { COCO_SET } from '../options/export.ts';
import { type Given, type Resolved, resolveOptions } from '../options/spec.ts';
import { pause } from '../tensor/watch.ts';
import type { Watch } from '../types.ts';
import { type Categories, createCategories, type LabelledPicture, objectsOf, type SetFile } from './labelled.ts';
import { outlinesOf } from './outlines.ts';
import { encodeAllRles } from './rle.ts';
import { checked, checkPictures, listTexts, type Pictures, utf8, wholeName } from './set.ts';

type Options = Resolved<typeof COCO_SET> & Watch;

/**
 * `instances.json`: `images` from 1 in the order given, `annotations` from 1 through the whole set with `segmentation`, `area`,
 * `bbox` (pixels) and `iscrowd` 0, `categories` from 1: `labels` first, then others by first appearance. Where names have scores so do
 * annotations. A segmentation is run lengths,
 * `{ size: [height, width], counts }`; with `polygons` a list of outlines, in corner coordinates, for segments without holes.
 * `area` and `bbox` are the pixels', whatever outlines are simplified to. Held in memory is a line a picture.
 * @throws InputError, once it is read, for what is no labelled picture, and two of one name; the signal's reason once aborted
 */
export const encodeCoco = (pictures: Pictures, given: Given<typeof COCO_SET> & Watch = {}): AsyncIterable<SetFile> => {
  const options = resolveOptions('encodeCoco', COCO_SET, given);
  return theFile(checkPictures(pictures), options);
};

const theFile = async function* (pictures: Pictures, options: Options): AsyncGenerator<SetFile> {
  yield { path: 'instances.json', content: utf8(textOf(pictures, options)) };
};

/** What is known of a picture before all of it is read comes first, so that nothing but lines of pictures waits for the end. */
const textOf = async function* (pictures: Pictures, options: Options): AsyncGenerator<string> {
  const categories = createCategories(options.labels);
  const images: string[] = [];
  yield '{\n"info": {},\n"licenses": [],\n"annotations": ';
  yield* listTexts(annotationsOf(pictures, categories, images, options));
  yield ',\n"images": ';
  yield* listTexts(images);
  yield ',\n"categories": ';
  yield* listTexts(categories.names().map((name, i) => JSON.stringify({ id: i + 1, name })));
  yield '\n}\n';
};

/** @param images gets a line a picture */
const annotationsOf = async function* (pictures: Pictures, categories: Categories, images: string[], options: Options): AsyncGenerator<string> {
  let id = 1;
  for await (const picture of checked(pictures, wholeName, options)) {
    const { name, labels } = picture;
    const image_id = images.length + 1;
    images.push(JSON.stringify({ id: image_id, file_name: name, width: labels.width, height: labels.height }));
    for await (const { name, ...annotation } of shapesOf(picture, options))
      yield JSON.stringify({ id: id++, image_id, category_id: categories.idOf(name), ...annotation, iscrowd: 0 });
  }
};

const shapesOf = async function* (picture: LabelledPicture, { polygons, tolerance, labels: _, ...watch }: Options) {
  const { runs, segments } = await objectsOf(picture, watch);
  const rles = await encodeAllRles(runs, watch);
  const outlines = polygons ? await outlinesOf(runs, tolerance, watch) : undefined;
  for (const { id, name, score, area, boxXYWH } of segments) {
    const pieces = outlines?.get(id);
    const isWhole = pieces?.every(({ holes }) => holes.length === 0);
    yield { name, segmentation: isWhole ? pieces?.map(({ outer }) => outer) : rles.get(id), area, bbox: boxXYWH, score };
    await pause(watch);
  }
};
