/** A set for Ultralytics' segmentation. */
import { YOLO_SET } from '../options/export.ts';
import { type Given, type Resolved, resolveOptions } from '../options/spec.ts';
import { pause } from '../tensor/watch.ts';
import type { Watch } from '../types.ts';
import { type Categories, createCategories, type LabelledPicture, objectsOf, type SetFile } from './labelled.ts';
import { joinedRing, outlinesOf } from './outlines.ts';
import { checked, checkPictures, fileName, linesOf, type Pictures, partOf, stemOf, utf8 } from './set.ts';

type Options = Resolved<typeof YOLO_SET> & Watch;

/**
 * `labels/train/<stem>.txt` of each picture, a segment a line, `class x1 y1 x2 y2 …`: classes from 0, `labels` first, then others by
 * first appearance through the set, coordinates as shares of the picture's width and height. The pieces of a segment are one line, joined there and back by
 * their nearest corners, as Ultralytics itself joins those of COCO's; holes are joined to it likewise, so that they stay holes
 * where a line is filled by the even-odd rule, as Ultralytics fills it. `images/train/<name>` where the picture brings its file;
 * with `val` some of both go to `val/`, by a hash of their names, and stay there whatever else the set has. Labels lie where
 * Ultralytics looks for them: at the image's path with the last folder `images` in it made `labels`. Then `data.yaml`, without
 * `path`: Ultralytics takes the folder that it lies in. It trains with a thousand points of an outline, which is why they are
 * simplified. Where no picture is for validation, it names those for training.
 * @throws InputError, once it is read, for what is no labelled picture, and two pictures whose names differ in nothing but their
 *   endings or capitals; the signal's reason once aborted
 */
export const encodeYolo = (pictures: Pictures, given: Given<typeof YOLO_SET> & Watch = {}): AsyncIterable<SetFile> => {
  const options = resolveOptions('encodeYolo', YOLO_SET, given);
  return filesOf(checkPictures(pictures), options);
};

const filesOf = async function* (pictures: Pictures, options: Options): AsyncGenerator<SetFile> {
  const categories = createCategories(options.labels);
  let validates = false;
  for await (const picture of checked(pictures, fileName, options)) {
    const { name, file } = picture;
    const part = partOf(stemOf(name), options.val);
    validates ||= part === 'val';
    const image = `images/${part}/${name}`;
    if (file) yield { path: image, content: await file() };
    yield { path: labelsOf(image), content: utf8(linesOfPicture(picture, categories, options)) };
  }
  yield { path: 'data.yaml', content: dataYaml(categories.names(), validates) };
};

/** As Ultralytics' `img2label_paths`. */
const labelsOf = (image: string): string => {
  const at = `/${image}`.lastIndexOf('/images/');
  return `${stemOf(`${image.slice(0, at)}labels${image.slice(at + 'images'.length)}`)}.txt`;
};

/** Finer than a hundredth of a pixel in any picture. */
const DIGITS = 7;
const share = (coordinate: number, of: number): string => String(Number((coordinate / of).toFixed(DIGITS)));

const linesOfPicture = async function* (picture: LabelledPicture, categories: Categories, options: Options): AsyncGenerator<string> {
  const { tolerance, val: _, labels: __, ...watch } = options;
  const { runs, segments } = await objectsOf(picture, watch);
  const outlines = await outlinesOf(runs, tolerance, watch);
  for (const { id, name } of segments) {
    const rings = (outlines.get(id) ?? []).flatMap(({ outer, holes }) => [outer, ...holes]);
    const shares = joinedRing(rings).map((v, i) => share(v, i % 2 ? runs.height : runs.width));
    yield `${categories.idOf(name) - 1} ${shares.join(' ')}\n`;
    await pause(watch);
  }
};

/** Names in JSON's quotes, which are YAML's too. */
const dataYaml = (names: readonly string[], validates: boolean): Uint8Array =>
  linesOf([
    'train: images/train',
    `val: images/${validates ? 'val' : 'train'}`,
    names.length === 0 ? 'names: {}' : 'names:',
    ...names.map((name, i) => `  ${i}: ${JSON.stringify(name)}`),
  ]);
