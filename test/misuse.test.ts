/** What every public function says to arguments that are none: one sentence that names them, never a TypeError from within. */
import { describe, expect, it } from 'vitest';
import * as measures from '../src/eval/index.ts';
import * as exporters from '../src/export/index.ts';
import * as diffcut from '../src/index.ts';
import { joined } from '../src/tensor/bytes.ts';

/** The files of a set of one picture. */
const panopticOf = async (pictures: diffcut.LabelledPicture[]) => {
  const files: Uint8Array[] = [];
  for await (const { content } of diffcut.encodePanoptic(pictures)) files.push(await joined(content as AsyncIterable<Uint8Array>));
  return { png: files[0], json: new TextDecoder().decode(files[1]) };
};

const labels = { data: Int32Array.of(0, 1, 1, 0), width: 2, height: 2 };
const picture = { data: new Uint8Array(12), width: 2, height: 2 };
const map = { data: Float32Array.of(0, 1, 1, 0), width: 2, height: 2 };
const features = { data: Float32Array.of(1, 0, 0, 1), width: 2, height: 1, channels: 2 };
const coarse = { data: Int32Array.of(0, 1), width: 2, height: 1 };
const { tree } = await diffcut.partition(features);
const mask = { data: Uint8Array.of(1, 0), width: 2, height: 1 };
const labelled = { name: 'a.jpg', labels };
const [segment] = (await diffcut.describe(labels, picture)).segments;
const analysis = await diffcut.analyse(picture, { features });
const coco = { images: [{ id: 1, width: 2, height: 2 }], annotations: [], categories: [] };
const labelme = { imageWidth: 2, imageHeight: 2, shapes: [] };
const rle = (await diffcut.encodeAllRles(labels)).get(1);
const [floats, wholes] = [diffcut.writeNpy(features.data, [1, 2, 2]), diffcut.writeNpy(labels.data, [2, 2])];
const panoptic = await panopticOf([{ name: 'a.jpg', labels }]);

const encoder = await diffcut.openEncoder('embedded', { size: 32 });

/** An array whose memory went to another thread. */
const gone = <T extends Int32Array | Uint8Array>(array: T): T => {
  structuredClone(array, { transfer: [array.buffer as ArrayBuffer] });
  return array;
};
const nested = (deep: number): unknown => {
  let list: unknown = [];
  for (let i = 0; i < deep; i++) list = [list];
  return list;
};

/** The same with every array in memory that threads share. */
const shared = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength } = value;
    const memory = new SharedArrayBuffer(byteLength);
    new Uint8Array(memory).set(new Uint8Array(buffer, byteOffset, byteLength));
    return new (value.constructor as new (memory: SharedArrayBuffer) => unknown)(memory);
  }
  if (Array.isArray(value)) return value.map(shared);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, shared(one)]));
};

/** By what they are called below. */
const WRONG = {
  nothing: undefined,
  null: null,
  'a number': 5,
  NaN: Number.NaN,
  'a text': '?',
  'an empty object': {},
  'an empty list': [],
  bytes: Uint8Array.of(1, 2, 3),
  'no data': { width: 2, height: 2, channels: 1 },
  'data of null': { data: null, width: 2, height: 2 },
  'below 0': -1,
  half: 0.5,
  infinity: Number.POSITIVE_INFINITY,
  'more than there is': 2 ** 53,
  'a large number': 10n ** 30n,
  'a symbol': Symbol('?'),
  'a function': () => 1,
  'a Map': new Map(),
  'without prototype': Object.create(null),
  'a text of a megabyte': '?'.repeat(2 ** 20),
  'a list 20,000 deep': nested(20_000),
  'numbers of another kind': { data: new Float64Array(4), width: 2, height: 2, channels: 1 },
  'a list of numbers': { data: [0, 0, 0, 0], width: 2, height: 2, channels: 1 },
  'memory that is gone': { data: gone(new Int32Array(4)), width: 2, height: 2, channels: 1 },
  'bytes that are gone': { data: gone(new Uint8Array(12)), width: 2, height: 2 },
  'a buffer that is gone': gone(new Uint8Array(12)).buffer,
  'gone itself': gone(new Uint8Array(12)),
  'below 0 wide': { data: new Int32Array(4), width: -2, height: -2, channels: 1 },
  'as wide as nothing is': { data: new Int32Array(4), width: 2 ** 53, height: 2 ** 53, channels: 2 ** 53 },
  'runs of nothing': { rowStart: null, width: 2, height: 2 },
  'runs without end': { width: 2, height: 2, rowStart: Int32Array.of(0, 1, 2), end: Int32Array.of(9, 9), id: Int32Array.of(0, 1) },
  'runs that stop': { width: 2, height: 2, rowStart: Int32Array.of(0, 1, 1), end: Int32Array.of(2), id: Int32Array.of(0) },
  'runs below 0': { width: 2, height: 2, rowStart: Int32Array.of(0, 1, 2), end: Int32Array.of(2, 2), id: Int32Array.of(0, -1) },
  'ids too few': { data: new Int32Array(3), width: 2, height: 2 },
  'bytes too few': { data: new Uint8Array(3), width: 2, height: 2 },
  'NaN wide': { data: new Int32Array(4), width: Number.NaN, height: 2 },
  'a misspelt option': { misspelt: 1 },
  'a signal that is none': { signal: 5 },
} as const;
type Wrong = keyof typeof WRONG;

/** An argument that is taken, and which of these are, too. */
type Argument = [good: unknown, ...fine: Wrong[]];
const options: Argument = [{}, 'nothing', 'an empty object', 'without prototype'];
/** What a file is called in error sentences. */
const words: Argument = ['a.x', ...(Object.keys(WRONG) as Wrong[])];

const vectors = { data: Float32Array.of(1, 0, 0, 1), count: 2, channels: 2 };
const set: Argument = [[{ name: 'a.jpg', labels }], 'an empty list', 'a Map']; // of no pictures

/** Every function that is promised, with arguments that it takes. */
const CALLS: Record<string, Argument[]> = {
  analyse: [[picture], [{ features }, 'nothing', 'an empty object', 'without prototype']],
  assign: [[coarse], [features], [{ width: 2, height: 2 }]],
  bestMatch: [[map]],
  blobFiles: [
    ['mine', 'a text', 'a text of a megabyte'],
    [{}, 'an empty object', 'without prototype'],
  ],
  classesFromCoco: [[coco]],
  classesFromLabelme: [[[labelme], 'an empty list']],
  cut: [[tree], [features], [{ tau: 0.5 }], options],
  cutout: [[picture], [labels], [segment]],
  cutTogether: [[[features], 'an empty list'], options],
  decodeImage: [[picture]], // its options: decode.cases.ts
  decodeLabelPng: [[await diffcut.encodeIndexedPng(labels)], words],
  decodeRle: [[rle]],
  describe: [[labels], [picture], options],
  describeEncoder: [['embedded']],
  draw: [[analysis], options, options],
  drawHeatmap: [[picture], [map], options],
  drawOverlay: [[picture], [labels], options],
  elementsOf: [[tree], [0]],
  encodeAllRles: [[labels], options],
  encodeCvat: [set, options],
  encodeImagejLabels: [[labelled], options],
  encodeImagejRois: [[labelled], options],
  encodeCoco: [set, options],
  encodeCsv: [set, options],
  encodeGeojson: [[labelled], options],
  encodeIndexedPng: [[labels], [new Uint8Array(768), 'nothing'], options],
  encodeJpeg: [[picture], [90, 'nothing', 'a number']],
  encodeLabelStudio: [set, options],
  encodeLabelTiff: [[labels], options],
  renumber: [[labels], options],
  encodeLabelme: [[labelled], options],
  encodePanoptic: [set, options],
  encodePng: [[picture]],
  encodeSvg: [[labelled], options],
  encodeTiles: [[encoder], [picture], [64], options],
  encodeVoc: [set, options],
  encodeYolo: [set, options],
  featuresFromNpy: [[floats], words],
  conceptPrice: [[12, 'a number']],
  findConcepts: [[vectors], options],
  folderFiles: [['.', 'a text', 'a text of a megabyte']],
  joinVectors: [[[vectors], 'an empty list']],
  labelsFromCoco: [[coco], options],
  labelStudioResult: [[labelled], options],
  labelsFromLabelme: [[labelme], options],
  labelsFromNpy: [[wholes], words],
  labelsFromTiff: [[await diffcut.encodeLabelTiff(labels)], options],
  labelsFromPanoptic: [[panoptic.png], [panoptic.json, 'nothing'], options],
  maskOf: [[labels], [0, 'a number']],
  merge: [[features], [picture], options],
  nameSegments: [[{ labels, segments: [segment] }], [picture], [{ name: async () => [] }], options],
  nodeLike: [[tree], [mask]],
  nodesAt: [[tree], [{ tau: 0.5 }], options],
  openEncoder: [['embedded'], options],
  openNamer: [['none'], [{ classes: ['cat'] }]],
  openPicture: [[picture]], // its options: decode.cases.ts
  parseVocabulary: [['cat', 'a text', 'a text of a megabyte'], words],
  partition: [[features], options],
  placeSegments: [[vectors], [vectors], options],
  pullModel: [['embedded'], [{}]],
  pulledModels: [['.', 'nothing', 'a text']],
  readNpy: [[floats], words],
  recordOf: [[{ picture, options: {}, segments: [] }]],
  refine: [[labels], [picture], options],
  removeModel: [['none'], ['.', 'a text']],
  segment: [[picture], [{ features }, 'nothing', 'an empty object', 'without prototype']],
  segmentMany: [
    [[picture], 'an empty list', 'a Map', 'a list 20,000 deep'],
    [{}, 'nothing', 'an empty object', 'without prototype'],
  ],
  segmentVectors: [[labels], [features], options],
  segmentPalette: [[3, 'a number']],
  setAssets: [[undefined, 'nothing', 'a text', 'a text of a megabyte', 'a function']],
  similarity: [[features], [[0, 0]], [features], options],
  solve: [['ncut'], [features], options],
  splitComponents: [[labels], options],
  splitNode: [[tree], [0], options],
  superpixels: [[analysis], options],
  urlFiles: [['https://example.org/'], options],
  usedOptions: [[analysis], options, options],
  verifyModel: [['none'], ['.', 'a text']],
  writeNpy: [[Float32Array.of()], [[0], 'an empty list'], ['f4', 'nothing']],
};

const counts = measures.noCounts(2);
const matrix = measures.confusion(labels.data, labels.data, 2);

/** Likewise of `diffcut/eval`. */
const MEASURES: Record<string, Argument[]> = {
  addCounts: [[counts], [counts]],
  assignMaximum: [[[1, 0, 0, 1]], [2], [2]],
  borderF: [[measures.matchBorders(labels, [labels])]],
  classIou: [[counts]],
  confusion: [[labels.data], [labels.data], [2, 'a number']],
  countMatched: [[matrix], [[0, 1]]],
  matchBorders: [[labels], [[labels]]],
  meanIou: [[counts]],
  mergeBackground: [[labels], [labels.data], [2, 'a number']],
  noCounts: [[2, 'a number']],
  pixelAccuracy: [[counts]],
  scoreBorders: [[labels], [[labels]]],
  scoreRegions: [[labels], [[labels]]],
};

const FUNCTIONS: Record<string, (...args: never[]) => unknown> = Object.fromEntries(
  Object.entries(diffcut).flatMap(([name, value]) => (typeof value === 'function' && value !== diffcut.InputError ? [[name, value]] : [])),
) as never;

const WORK: typeof FUNCTIONS = Object.fromEntries(Object.entries(measures)) as never;

/** Reads all that a set writes. */
const drain = async (result: unknown): Promise<void> => {
  if (typeof result !== 'object' || result === null || !(Symbol.asyncIterator in result)) return;
  for await (const part of result as AsyncIterable<{ content?: unknown }>) await drain(part?.content);
};

/** What is thrown or rejected; undefined where the call is taken. */
const failure = async (work: (...args: never[]) => unknown, args: unknown[]): Promise<unknown> => {
  try {
    const result = await work(...(args as never[]));
    await drain(result);
    if (work === diffcut.openEncoder) await (result as diffcut.Encoder).dispose();
    return undefined;
  } catch (error) {
    return error ?? 'nothing thrown';
  }
};

/** The calls that are not told in a sentence. */
const missed = async (work: (...args: never[]) => unknown, of: Argument[]): Promise<string[]> => {
  const out: string[] = [];
  for (const [at, [, ...fine]] of of.entries()) {
    for (const [name, wrong] of Object.entries(WRONG)) {
      if (fine.includes(name as Wrong)) continue;
      const error = await failure(
        work,
        of.map(([good], i) => (i === at ? wrong : good)),
      );
      if (!(error instanceof diffcut.InputError)) out.push(`argument ${at}, ${name}: ${error}`);
      else if (typeof wrong !== 'string' && error.message.length > 400) out.push(`argument ${at}, ${name}: ${error.message.length} letters`);
    }
  }
  return out;
};

describe('misuse', () => {
  it('is told of by every function that is promised', () => expect(Object.keys(FUNCTIONS).sort()).toEqual(Object.keys(CALLS).sort()));

  it.each(Object.entries(CALLS))('of %s is told in a sentence', async (name, of) => expect(await missed(FUNCTIONS[name], of)).toEqual([]));

  it('is told of by what diffcut/eval promises, and what diffcut/export does', () => {
    expect(Object.keys(measures).sort()).toEqual(Object.keys(MEASURES).sort());
    for (const [name, work] of Object.entries(exporters)) if (typeof work === 'function') expect(FUNCTIONS[name]).toBe(work);
  });

  it.each(Object.entries(MEASURES))('of %s of diffcut/eval is told in a sentence', async (name, of) =>
    expect(await missed(WORK[name], of)).toEqual([]),
  );

  it.each(Object.entries(CALLS))('takes memory that threads share, or says that it does not: %s', async (name, of) => {
    const error = await failure(
      FUNCTIONS[name],
      of.map(([good]) => shared(good)),
    );
    if (error !== undefined) expect(error).toBeInstanceOf(diffcut.InputError);
  });

  it('of an encoder, too', async () => expect(await missed(encoder.encode as never, [[picture], options])).toEqual([]));
});
