/** What can be kept of a segmented picture: one row a format. Bytes only; where they go is the caller's. */
import { encodeJpeg, encodePng } from '#export/encode';
import { writeNpy } from '../tensor/npy.ts';
import type { LabelMap, RgbImage, Segment } from '../types.ts';
import { cutout, maskOf } from './cutouts.ts';
import { toldGeo } from './geo.ts';
import { encodeIndexedPng } from './indexed-png.ts';
import { encodeLabelTiff } from './label-tiff.ts';
import { drawOverlay } from './overlay.ts';
import { encodeAllRles } from './rle.ts';

/** A segmented picture. */
export interface Made {
  image: RgbImage;
  labels: LabelMap;
  segments: Segment[];
  /** What the JSON holds. */
  record: object;
}

/** The end of a name, and its content: one file, or a folder with one for each segment. */
export type Format =
  | { suffix: string; bytes(made: Made): Uint8Array | Promise<Uint8Array> }
  | { suffix: string; each(made: Made, segment: Segment): Promise<Uint8Array> };

const listText = (values: readonly unknown[]): string =>
  values.length === 0 ? '[]' : `[\n${values.map((value) => `    ${JSON.stringify(value)}`).join(',\n')}\n  ]`;

/** JSON to be read by people too: a member a line, and a line a segment. */
const recordText = (record: object): string => {
  const members = Object.entries(record).filter(([, value]) => value !== undefined);
  const lines = members.map(([name, value]) => `  ${JSON.stringify(name)}: ${name === 'segments' ? listText(value) : JSON.stringify(value)}`);
  return `{\n${lines.join(',\n')}\n}`;
};

/** With where the picture lies, if its file says so: the transform is of the picture's own size. */
const withGeo = (record: object, { source }: RgbImage): object => {
  const { picture } = record as { picture?: object };
  return source?.geo ? { ...record, picture: { ...picture, geo: toldGeo(source.geo) } } : record;
};

const textBytes = (text: string): Uint8Array => new TextEncoder().encode(`${text}\n`);

/** COCO annotations without categories: `[{ id, area, bbox, segmentation: { size: [height, width], counts } }]`, and which one is transparent. */
const rleRecords = async ({ labels, segments }: Made): Promise<object[]> => {
  const rles = await encodeAllRles(labels);
  return segments.map(({ id, area, boxXYWH, transparent }) => ({ id, area, bbox: boxXYWH, segmentation: rles.get(id), transparent }));
};

/** By name. The JSON is last: where it lies, all is written. */
export const FORMATS: Record<string, Format> = {
  labels: { suffix: '.png', bytes: ({ labels }) => encodeIndexedPng(labels) },
  geotiff: { suffix: '.labels.tif', bytes: ({ image, labels }) => encodeLabelTiff(labels, { geo: image.source?.geo, picture: image }) },
  overlay: { suffix: '.overlay.jpg', bytes: async ({ image, labels }) => encodeJpeg(await drawOverlay(image, labels)) },
  npy: { suffix: '.npy', bytes: ({ labels }) => writeNpy(labels.data, [labels.height, labels.width]) },
  rle: { suffix: '.rle.json', bytes: async (made) => textBytes(listText(await rleRecords(made))) },
  masks: { suffix: '.masks', each: ({ labels }, { id }) => encodePng(maskOf(labels, id)) },
  cutouts: { suffix: '.cutouts', each: ({ image, labels }, segment) => encodePng(cutout(image, labels, segment)) },
  json: { suffix: '.json', bytes: ({ image, record }) => textBytes(recordText(withGeo(record, image))) },
};

export const DEFAULT_FORMATS: readonly string[] = ['labels', 'overlay', 'json'];
