/**
 * Writes the sample maps of test/export-samples.ts in every format of the built package, a folder a check: for check-formats.py.
 * Usage: node scripts/check_formats/write-samples.mjs FOLDER
 */
import { mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const diffcut = await import('../../dist/index.js'); // not every build has every format
const OUT = process.argv[2];
const { module } = await runnerImport(fileURLToPath(new URL('../../test/export-samples.ts', import.meta.url)));

const NAMES = ['sky', 'dog', undefined, 'tree', 'Zebra, or "horse"'];
/** What is no object of some samples: their background, or what is transparent of them. */
const NONE = { rings: { transparent: 1 }, 'ids with gaps': { background: 5 } };

/** A picture of the sample's size that is as good as any. */
const pictureOf = ({ width, height }) =>
  diffcut.encodePng({ data: Uint8Array.from({ length: 3 * width * height }, (_, i) => 97 * i), width, height });

const pictures = module.sampleMaps().map(({ name, labels }) => {
  const { transparent, background } = NONE[name] ?? {};
  return {
    name: `${name.replace(/[^a-z0-9]+/g, '-')}.png`,
    labels: { ...labels, ...(transparent !== undefined && { transparent }) },
    names: Array.from({ length: labels.data.reduce((most, id) => Math.max(most, id), 0) + 1 }, (_, id) => NAMES[id % NAMES.length]),
    background,
    file: () => pictureOf(labels),
  };
});

const GEO = { crs: 'EPSG:32633', transform: [500_000, 0.5, 0, 5_400_000, 0, -0.5], tags: {} };
const stemOf = (name) => name.replace(/\.png$/, '');
const small = pictures.filter(({ labels }) => labels.data.length < 10_000);
/** Formats that number up to 65,535 objects. */
const fewer = pictures.filter(({ names }) => names.length < 65_000);

/** A file of each picture. */
const each = async function* (of, suffix, encode) {
  for (const picture of of) yield { path: `${stemOf(picture.name)}${suffix}`, content: await encode(picture) };
};

/** The same below a folder. */
const below = async function* (folder, set) {
  for await (const { path, content } of set) yield { path: `${folder}/${path}`, content };
};

/** By the name of the check, what it is given: of each function that there is. */
const SETS = {
  coco: { encodeCoco: (encode) => [below('rle', encode(pictures)), below('polygons', encode(pictures, { polygons: true }))] },
  panoptic: { encodePanoptic: (encode) => [encode(pictures)] },
  voc: { encodeVoc: (encode) => [encode(fewer)] },
  yolo: {
    encodeYolo: (encode) => [
      below('exact', encode(pictures, { tolerance: 0 })),
      below('simple', encode(pictures)),
      below('parted', encode(small, { val: 0.3, tolerance: 0 })),
    ],
  },
  csv: { encodeCsv: (encode) => [encode(pictures)] },
  geojson: {
    encodeGeojson: (encode) => [
      ...[0, 1, 4].map((tolerance) => each(pictures, `.${tolerance}.geojson`, (one) => encode(one, { tolerance }))),
      each(small, '.map.geojson', (one) => encode({ ...one, geo: GEO, picture: one.labels })),
    ],
  },
  svg: { encodeSvg: (encode) => [0, 1, 4].map((tolerance) => each(small, `.${tolerance}.svg`, (one) => encode(one, { tolerance }))) },
  labelme: {
    encodeLabelme: (encode) => ['mask', 'polygon'].map((shapes) => each(small, `.${shapes}.json`, (one) => encode(one, { shapes, tolerance: 0 }))),
  },
  label_studio: {
    encodeLabelStudio: (encode) => [below('brush', encode(small)), below('polygons', encode(small, { polygons: true, tolerance: 0 }))],
  },
  cvat: { encodeCvat: (encode) => [encode(small)] },
  imagej: {
    encodeImagejRois: (encode) => [each(small, '.zip', (one) => encode(one, { tolerance: 0 }))],
    encodeImagejLabels: (encode) => [each(fewer, '.tif', encode)],
  },
};

const write = async (path, content) => {
  const to = join(OUT, path);
  mkdirSync(dirname(to), { recursive: true });
  const file = await open(to, 'w');
  for await (const piece of content instanceof Uint8Array ? [content] : content) await file.write(piece);
  await file.close();
};

/** What is to be seen of each sample: an id + 1 a pixel, 0 for what is no object, and what segments are called. */
const truthOf = ({ labels: { data, transparent, width, height }, background }) =>
  diffcut.writeNpy(
    data.map((id) => (id === background || id === transparent ? 0 : id + 1)),
    [height, width],
  );

const bytes = (value) => new TextEncoder().encode(JSON.stringify(value));
for (const picture of pictures) await write(`labels/${stemOf(picture.name)}.npy`, truthOf(picture));
await write('labels/names.json', bytes(NAMES.map((name) => name ?? 'segment')));
for (const [check, functions] of Object.entries(SETS))
  for (const [name, sets] of Object.entries(functions))
    for (const set of diffcut[name] ? sets(diffcut[name]) : []) for await (const { path, content } of set) await write(`${check}/${path}`, content);
