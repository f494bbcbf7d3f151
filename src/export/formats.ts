/** What can be kept of a segmented picture: one row a format. Bytes only; where they go is the caller's. */
import { encodeJpeg, encodePng } from '#export/encode';
import { type EXPORTING, type FORMAT_NAMES, GEOJSON, IMAGEJ_ROIS, LABELME_FILE, SVG } from '../options/export.ts';
import { type Given, only, type Specs } from '../options/spec.ts';
import { labelsNpyPieces } from '../tensor/npy.ts';
import { type AnyLabels, isRuns, reduceRuns } from '../tensor/runs.ts';
import type { Content, LabelMap, RgbImage, Segment } from '../types.ts';
import { cutout, cutoutPieces, maskPieces } from './cutouts.ts';
import { encodeGeojson } from './geojson.ts';
import { encodeImagejRois } from './imagej.ts';
import { indexedPngPieces } from './indexed-png.ts';
import { encodeImagejLabels, encodeLabelTiff } from './label-tiff.ts';
import type { LabelledPicture } from './labelled.ts';
import { encodeLabelme } from './labelme.ts';
import { drawOverlay } from './overlay.ts';
import { segmentPalette } from './palette.ts';
import { encodeAllRles } from './rle.ts';
import { encodeSvg } from './svg.ts';

/** A segmented picture. */
export interface Made {
  /** Its file's name, as formats tell it; a name of ours where not given. */
  name?: string;
  /** The picture; brought down, where the labels are runs. */
  image: RgbImage;
  labels: AnyLabels;
  segments: Segment[];
  /** What the JSON holds: `recordOf`. */
  record: object;
  /** Of each id, 3 bytes; our own where not given. Files of labels hold the first 256. */
  colours?: Uint8Array;
  /** What segments are, by id; the names that they have themselves where not given. */
  names?: readonly (string | undefined)[];
  /** The id that stands for no object; none where not given. */
  background?: number;
  /** How outlines are drawn, by the formats that have some; their own ways where not given. */
  exporting?: Given<typeof EXPORTING>;
  /** Rows of the picture at its own size; wanted where the labels are runs. */
  rows?(top: number, bottom: number): Promise<RgbImage>;
}

/** The end of a name, and its content: one file, or a folder with one for each segment that is shown, all where that is not said. */
export type Format =
  | { suffix: string; options?: Specs; bytes(made: Made): Content | Promise<Content> }
  | { suffix: string; each(made: Made, segment: Segment): Content | Promise<Content>; isShown?(segment: Segment): boolean };

const listText = (values: readonly unknown[]): string =>
  values.length === 0 ? '[]' : `[\n${values.map((value) => `    ${JSON.stringify(value)}`).join(',\n')}\n  ]`;

/** JSON to be read by people too: a member a line, and a line a segment. */
const recordText = (record: object): string => {
  const members = Object.entries(record).filter(([, value]) => value !== undefined);
  const lines = members.map(([name, value]) => `  ${JSON.stringify(name)}: ${name === 'segments' ? listText(value) : JSON.stringify(value)}`);
  return `{\n${lines.join(',\n')}\n}`;
};

const textBytes = (text: string): Uint8Array => new TextEncoder().encode(`${text}\n`);

/** COCO annotations without categories: `[{ id, area, bbox, segmentation: { size: [height, width], counts } }]`, and which one is transparent. */
const rleRecords = async ({ labels, segments }: Made): Promise<object[]> => {
  const rles = await encodeAllRles(labels);
  return segments.map(({ id, area, boxXYWH, transparent }) => ({ id, area, bbox: boxXYWH, segmentation: rles.get(id), transparent }));
};

/** 256 colours, the given ones first. */
const paletteOf = (colours: Uint8Array | undefined): Uint8Array => {
  const palette = segmentPalette(256);
  if (colours) palette.set(colours.subarray(0, palette.length));
  return palette;
};

/** As formats of other tools tell of it. */
export const labelledOf = ({ name = 'picture.jpg', image, labels, segments, names, background, colours }: Made): LabelledPicture => {
  const [own, scores]: [(string | undefined)[], (number | undefined)[]] = [[], []];
  for (const { id, name, score } of segments) {
    if (name !== undefined) own[id] = name;
    if (score !== undefined && names === undefined) scores[id] = score;
  }
  const { width, height } = isRuns(labels) ? labels : image;
  return {
    name,
    labels,
    names: names ?? own,
    ...(scores.length > 0 && { scores }),
    ...(background !== undefined && { background }),
    ...(colours && { colours }),
    ...(image.source?.geo && { geo: image.source.geo, picture: { width, height } }),
  };
};

/** Names of objects by id: none of what is none. */
const objectNames = ({ names = [], background }: LabelledPicture): (string | undefined)[] =>
  Array.from(names, (name, id) => (id === background ? undefined : name));

/** A format of another tool, with those options that it takes. */
const outlined = <S extends Specs>(
  suffix: string,
  options: S,
  encode: (picture: LabelledPicture, given: Given<S>) => Content | Promise<Content>,
): Format => ({ suffix, options, bytes: (made) => encode(labelledOf(made), only(options, made.exporting ?? {})) });

/** What `diffcut segment --format` writes, by name, in the order of FORMAT_NAMES: the same bytes for whoever makes them. */
export const FORMATS: Record<string, Format> = {
  labels: { suffix: '.png', bytes: ({ labels, colours }) => indexedPngPieces(labels, paletteOf(colours)) },
  geotiff: {
    suffix: '.labels.tif',
    bytes: ({ image, labels, colours }) =>
      encodeLabelTiff(labels, { geo: image.source?.geo, picture: isRuns(labels) ? labels : image, palette: paletteOf(colours) }),
  },
  overlay: {
    suffix: '.overlay.jpg',
    bytes: async (made) => {
      const { image, labels, colours } = made;
      const map = isRuns(labels) ? reduceRuns(labels, image) : labels;
      return encodeJpeg(await drawOverlay(image, map, { colours, names: objectNames(labelledOf(made)) }));
    },
  },
  npy: { suffix: '.npy', bytes: ({ labels }) => labelsNpyPieces(labels) },
  rle: { suffix: '.rle.json', bytes: async (made) => textBytes(listText(await rleRecords(made))) },
  labelme: outlined('.labelme.json', LABELME_FILE, encodeLabelme),
  geojson: outlined('.geojson', GEOJSON, encodeGeojson),
  svg: outlined('.svg', SVG, encodeSvg),
  imagej: outlined('.rois.zip', IMAGEJ_ROIS, encodeImagejRois),
  'imagej-labels': { suffix: '.imagej.tif', bytes: (made) => encodeImagejLabels(labelledOf(made)) },
  masks: { suffix: '.masks', each: ({ labels }, { id }) => maskPieces(labels, id) },
  cutouts: {
    suffix: '.cutouts',
    isShown: ({ transparent }) => !transparent, // there is nothing to see of it
    each: ({ image, labels, rows }, segment) =>
      isRuns(labels) && rows ? cutoutPieces(rows, labels, segment) : encodePng(cutout(image, labels as LabelMap, segment)),
  },
  json: { suffix: '.json', bytes: ({ record }) => textBytes(recordText(record)) },
} satisfies Record<(typeof FORMAT_NAMES)[number], Format>;
