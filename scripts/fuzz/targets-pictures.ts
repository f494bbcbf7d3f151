/** Readers of pictures, label maps and arrays. */
import { readFile } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import { segmentationsFromMat } from '../../src/eval/sets/mat.ts';
import { decodeBrush, encodeBrush } from '../../src/export/brush-rle.ts';
import { decodeLabelPng, encodeIndexedPng } from '../../src/export/indexed-png.ts';
import { encodeImagejLabels, encodeLabelTiff } from '../../src/export/label-tiff.ts';
import { labelsFromPanoptic } from '../../src/export/read/panoptic.ts';
import { labelsFromTiff } from '../../src/export/read/tiff.ts';
import { bytesInText, inMemory } from '../../src/image/bytes.ts';
import { openPicture } from '../../src/image/decode-node.ts';
import { readingOf } from '../../src/image/image.ts';
import { pngReader } from '../../src/image/png.ts';
import { pictureFile } from '../../src/image/reader.ts';
import { openTiff } from '../../src/image/tiff.ts';
import { tiffReader } from '../../src/image/tiff-reader.ts';
import { featuresFromNpy, labelsFromNpy, readNpy, writeNpy } from '../../src/tensor/npy.ts';
import { bmp, gif, tiff } from '../../test/picture-files.ts';
import type { Target } from './targets.ts';

/** No picture of more is read: what a decoder may take is bounded by it. */
const PIXELS = 2 ** 17;
const [WIDTH, HEIGHT] = [24, 18];

/** Colours that change everywhere. @param channels 1 to 4 */
const raw = (channels: 1 | 2 | 3 | 4) =>
  sharp(Buffer.from(Uint8Array.from({ length: WIDTH * HEIGHT * channels }, (_, i) => (i * 37 + (i >> 5) * 91) & 255)), {
    raw: { width: WIDTH, height: HEIGHT, channels },
  });

const toBytes = async (pictures: readonly Sharp[]): Promise<Uint8Array[]> =>
  Promise.all(pictures.map(async (picture) => new Uint8Array(await picture.toBuffer())));

/** The ways that rows are asked for: all of them, and the whole brought down. */
const readAll = async ({ width, height, rows, reduced }: Awaited<ReturnType<typeof openPicture>>): Promise<void> => {
  await rows(0, Math.min(height, 64));
  if (height > 64) await rows(height - 1, height);
  await reduced({ width: Math.min(width, 7), height: Math.min(height, 5) });
};

/** Half of the inputs are read as far as they go. */
const optionsFor = (bytes: Uint8Array) => ({ maxPixels: PIXELS, allowDamaged: bytes.length % 2 === 1 });

const picture = (name: string, seeds: Target['seeds'], more: Partial<Target> = {}): Target => ({
  name,
  kind: 'bytes',
  seeds,
  run: async (bytes) => readAll(await openPicture(bytes, optionsFor(bytes))),
  ...more,
});

const deep = (channels: 1 | 3) =>
  raw(channels)
    .toColourspace(channels === 1 ? 'grey16' : 'rgb16')
    .png();
const pngSeeds = (): Promise<Uint8Array[]> =>
  toBytes([
    raw(3).png(),
    raw(4).png({ palette: true }),
    raw(1).png({ progressive: true }),
    deep(3),
    deep(1),
    raw(3).withMetadata({ orientation: 6 }).png(),
  ]);

const measured = Float32Array.from({ length: 96 }, (_, i) => Math.sin(i) * 1e4);
/** A georeference, with text and a value for nothing. */
const TAGS = {
  33550: [12, [2, 2, 0]],
  33922: [12, [0, 0, 0, 5e5, 4e6, 0]],
  34735: [3, [1, 1, 0, 2, 1024, 0, 1, 1, 3072, 0, 1, 32632]],
  42113: [2, '-9999'],
} as const;
const tiffSeeds = async (): Promise<Uint8Array[]> => [
  tiff({ width: 12, height: 8, data: measured, tags: TAGS }),
  tiff({ width: 4, height: 3, data: Uint16Array.from({ length: 60 }, (_, i) => i * 999), bands: 5, extra: [0, 0] }),
  tiff(
    { width: 4, height: 4, data: new Uint8Array(48).fill(77), bands: 3, isPlanar: true },
    { width: 2, height: 2, data: Int16Array.of(1, -2, 3, -4) },
  ),
  ...(await toBytes([
    raw(3).tiff({ compression: 'lzw', tile: true, tileWidth: 16, tileHeight: 16 }),
    raw(3).tiff({ compression: 'jpeg' }),
    raw(1).tiff({ compression: 'deflate', predictor: 'horizontal', bitdepth: 4 }),
  ])),
];

/** As browsers read every TIFF. */
const plainTiff = async (bytes: Uint8Array): Promise<void> => {
  const reading = readingOf(optionsFor(bytes));
  const file = inMemory(bytes, '"a.tif"');
  const page = await openTiff(file, reading);
  if (page) await readAll(await pictureFile(tiffReader(page, file.name, reading), reading, file.name));
};

/** As browsers read a PNG of 16 bits. */
const plainPng = async (bytes: Uint8Array): Promise<void> => {
  const reading = readingOf({ maxPixels: PIXELS });
  const file = inMemory(bytes, '"a.png"');
  await readAll(await pictureFile(await pngReader(file, reading), reading, file.name));
};

const labels = (ids: number) => ({ data: Int32Array.from({ length: 12 * 9 }, (_, i) => (i >> 3) % ids), width: 12, height: 9 });
const wholes = Int32Array.of(0, 1, 2, 3, 4, 5);

/** A header of version 1.0 before values of a dtype. */
const npy = (dict: string, values: ArrayBufferView): Uint8Array =>
  new Uint8Array(
    Buffer.concat([Buffer.from([0x93]), Buffer.from(`NUMPY\x01\0`), Buffer.from([dict.length, 0]), Buffer.from(dict), new Uint8Array(values.buffer)]),
  );

export const PICTURE_TARGETS: readonly Target[] = [
  picture('jpeg', () => toBytes([raw(3).jpeg(), raw(1).jpeg({ progressive: true }), raw(3).withMetadata({ orientation: 5 }).jpeg()])),
  picture('png', pngSeeds, { kind: 'png' }),
  picture('webp', () => toBytes([raw(3).webp(), raw(4).webp({ lossless: true }), raw(3).withMetadata({ orientation: 3 }).webp()])),
  picture('gif', async () => [
    gif(6, 4, [
      { left: 0, top: 0, width: 4, height: 4, colour: 1, disposal: 2 },
      { left: 2, top: 1, width: 4, height: 3, colour: 0 },
    ]),
    ...(await toBytes([raw(3).gif()])),
  ]),
  picture('avif', async () => [
    new Uint8Array(await readFile('test/golden/pictures/sequence.avif')),
    ...(await toBytes([raw(3).avif({ effort: 0 })])),
  ]),
  picture('heic', async () => [new Uint8Array(await readFile('test/golden/pictures/two.heic'))]),
  picture('bmp', () => [
    bmp(24, 2, 2, [
      [1, 2, 3, 4, 5, 6],
      [7, 8, 9],
    ]),
    bmp(4, 3, 2, [[0x12], [0x21]], [0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0]),
    bmp(
      32,
      1,
      2,
      [
        [1, 2, 3, 4],
        [5, 6, 7, 8],
      ],
      [0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0, 0, 0, 0, 255],
      3,
    ),
  ]),
  picture('tiff', tiffSeeds),
  { name: 'tiff-in-pages', kind: 'bytes', seeds: tiffSeeds, run: plainTiff },
  { name: 'png-in-pages', kind: 'png', seeds: () => toBytes([deep(3), deep(1)]), run: plainPng },
  {
    name: 'picture-text',
    kind: 'text',
    seeds: async () => {
      const [png] = await toBytes([raw(1).png()]);
      const base64 = Buffer.from(png).toString('base64');
      return [`data:image/png;base64,${base64}`, base64, `data:image/svg+xml,%3Csvg%2F%3E`].map((text) => new Uint8Array(Buffer.from(text)));
    },
    run: async (bytes) => {
      const own = bytesInText(Buffer.from(bytes).toString('latin1'), 'The picture');
      if (own) await readAll(await openPicture(own, { maxPixels: PIXELS }));
    },
  },
  {
    name: 'label-png',
    kind: 'png',
    seeds: async () => [
      await encodeIndexedPng(labels(5)),
      await encodeIndexedPng(labels(300)),
      ...(await toBytes([raw(1).png({ palette: true, colours: 4 })])),
    ],
    run: (bytes) => decodeLabelPng(bytes, '"a.png"'),
  },
  { name: 'panoptic-png', kind: 'png', seeds: pngSeeds, run: (bytes) => labelsFromPanoptic(bytes, undefined, { maxPixels: PIXELS }) },
  {
    name: 'label-tiff',
    kind: 'bytes',
    seeds: async () => [
      await encodeLabelTiff(labels(5)),
      await encodeLabelTiff(labels(300)),
      await encodeImagejLabels({ name: 'a.tif', labels: { ...labels(5), data: labels(5).data.map((id) => id + 70_000) } }),
    ],
    run: async (bytes) =>
      bytes.length % 3 === 0 ? readAll(await openPicture(bytes, optionsFor(bytes))) : labelsFromTiff(bytes, { maxPixels: PIXELS }),
  },
  {
    name: 'mat',
    kind: 'bytes',
    seeds: () => Promise.all(['packed', 'plain', 'double'].map(async (name) => new Uint8Array(await readFile(`test/golden/mat/${name}.mat`)))),
    run: (bytes) => segmentationsFromMat(bytes, '"a.mat"'),
  },
  {
    name: 'brush',
    kind: 'bytes',
    seeds: () => [encodeBrush(Int32Array.of(0, 3, 9, 1, 0, 12, 5, 2, 3), { width: 12, height: 40 })],
    run: (bytes) => decodeBrush(bytes, PIXELS),
  },
  {
    name: 'npy',
    kind: 'text',
    seeds: () => [
      writeNpy(Float32Array.of(1, 2, 3, 4, 5, 6), [1, 2, 3]),
      writeNpy(wholes, [2, 3]),
      npy(`{'descr': '>u8', 'fortran_order': True, 'shape': (2, 3), }\n`, BigUint64Array.of(0n, 1n, 2n, 3n, 4n, 5n)),
      npy(`{'descr': '|b1', 'fortran_order': False, 'shape': (4,), }\n`, Uint8Array.of(0, 1, 1, 0)),
    ],
    run: (bytes) => {
      const read = bytes.length % 3;
      return read === 0 ? readNpy(bytes, '"a.npy"') : read === 1 ? featuresFromNpy(bytes, '"a.npy"') : labelsFromNpy(bytes, '"a.npy"');
    },
  },
];
