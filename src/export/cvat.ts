/** A set as CVAT's XML, "CVAT for images 1.1". */
import { InputError, shortened } from '../errors.ts';
import { CVAT } from '../options/export.ts';
import { type Given, type Resolved, resolveOptions } from '../options/spec.ts';
import { pause } from '../tensor/watch.ts';
import type { Watch } from '../types.ts';
import { type Categories, createCategories, type LabelledPicture, objectsOf, type SetFile, UNNAMED } from './labelled.ts';
import { categoryColours, hexColour } from './palette.ts';
import { checked, checkPictures, type Pictures, utf8, wholeName } from './set.ts';
import { maskRuns, type Spans, spansById } from './spans.ts';
import { escapedXml } from './xml.ts';

type Options = Resolved<typeof CVAT> & Watch;

/** @param names escaped */
const headOf = (names: readonly string[]): string => {
  const palette = categoryColours(names, UNNAMED);
  const labels = names.map(
    (name, i) =>
      `        <label>\n          <name>${name}</name>\n          <color>${hexColour(palette, i)}</color>\n          <type>any</type>\n          <attributes>\n          </attributes>\n        </label>\n`,
  );
  return `<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta>
    <task>
      <mode>annotation</mode>
      <overlap>0</overlap>
      <labels>
${labels.join('')}      </labels>
    </task>
  </meta>
`;
};

const maskOf = (label: string, box: [number, number, number, number], spans: Spans): string => {
  const [left, top, width, height] = box;
  const rle = maskRuns(spans, box).join(', ');
  return `    <mask label="${label}" source="auto" occluded="0" rle="${rle}" left="${left}" top="${top}" width="${width}" height="${height}" z_order="0">\n    </mask>\n`;
};

/** @param labelOf a name, escaped */
const imageOf = async function* (picture: LabelledPicture, index: number, labelOf: (name: string) => string, watch: Watch): AsyncGenerator<string> {
  const { width, height } = picture.labels;
  yield `  <image id="${index}" name="${escapedXml(picture.name)}" width="${width}" height="${height}">\n`;
  const { runs, segments } = await objectsOf(picture, watch);
  const spans = spansById(runs);
  for (const { id, name, boxXYWH } of segments) {
    yield maskOf(labelOf(name), boxXYWH, spans.get(id) as Spans);
    await pause(watch);
  }
  yield '  </image>\n';
};

const imagesOf = async function* (pictures: Pictures, labelOf: (name: string) => string, watch: Watch): AsyncGenerator<string> {
  let index = 0;
  for await (const picture of checked(pictures, wholeName, watch)) yield* imageOf(picture, index++, labelOf, watch);
};

/** Labels stand before the pictures. */
const textOf = async function* (pictures: Pictures, { labels, ...watch }: Options): AsyncGenerator<Uint8Array> {
  const categories = createCategories(labels?.map(escapedXml));
  const labelOf = labels ? known(categories) : added(categories);
  const head = async function* (): AsyncGenerator<string> {
    yield headOf(categories.names());
  };
  const images = utf8(imagesOf(pictures, labelOf, watch));
  if (labels) {
    yield* utf8(head());
    yield* images;
  } else {
    const held: Uint8Array[] = [];
    for await (const piece of images) held.push(piece);
    yield* utf8(head());
    yield* held;
  }
  yield* utf8(['</annotations>\n']);
};

const added =
  (categories: Categories) =>
  (name: string): string => {
    const label = escapedXml(name);
    categories.idOf(label);
    return label;
  };

const known = (categories: Categories): ((name: string) => string) => {
  const labels = new Set(categories.names());
  return (name) => {
    const label = escapedXml(name);
    if (labels.has(label)) return label;
    throw new InputError(`A segment is called ${JSON.stringify(shortened(name))}, which is not among the labels: add it, or leave labels out`);
  };
};

const theFile = async function* (pictures: Pictures, options: Options): AsyncGenerator<SetFile> {
  yield { path: 'annotations.xml', content: textOf(pictures, options) };
};

/**
 * `annotations.xml`: of each picture its segments as masks, exact; their labels, with a colour each, before them. A name that XML
 * cannot hold gets U+FFFD for what is wrong in it. With `labels` one picture at a time is held in memory; without them the text
 * of all, since what stands first is known last.
 * @throws InputError, once it is read, for what is no labelled picture, two of one name, and a name that is not among `labels`; the
 *   signal's reason once aborted
 */
export const encodeCvat = (pictures: Pictures, given: Given<typeof CVAT> & Watch = {}): AsyncIterable<SetFile> => {
  const options = resolveOptions('encodeCvat', CVAT, given);
  return theFile(checkPictures(pictures), options);
};
