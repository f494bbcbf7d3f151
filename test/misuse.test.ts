/** What every public function says to arguments that are none: one sentence that names them, never a TypeError from within. */
import { describe, expect, it } from 'vitest';
import * as diffcut from '../src/index.ts';

const labels = { data: Int32Array.of(0, 1, 1, 0), width: 2, height: 2 };
const picture = { data: new Uint8Array(12), width: 2, height: 2 };
const map = { data: Float32Array.of(0, 1, 1, 0), width: 2, height: 2 };
const features = { data: Float32Array.of(1, 0, 0, 1), width: 2, height: 1, channels: 2 };
const coarse = { data: Int32Array.of(0, 1), width: 2, height: 1 };
const { tree } = await diffcut.partition(features);
const [segment] = (await diffcut.describe(labels, picture)).segments;
const analysis = await diffcut.analyse(picture, { features });
const rle = (await diffcut.encodeAllRles(labels)).get(1);
const [floats, wholes] = [diffcut.writeNpy(features.data, [1, 2, 2]), diffcut.writeNpy(labels.data, [2, 2])];
const encoder = await diffcut.openEncoder('embedded', { size: 32 });

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
  'ids too few': { data: new Int32Array(3), width: 2, height: 2 },
  'bytes too few': { data: new Uint8Array(3), width: 2, height: 2 },
  'NaN wide': { data: new Int32Array(4), width: Number.NaN, height: 2 },
  'a misspelt option': { misspelt: 1 },
  'a signal that is none': { signal: 5 },
} as const;
type Wrong = keyof typeof WRONG;

/** An argument that is taken, and which of these are, too. */
type Argument = [good: unknown, ...fine: Wrong[]];
const options: Argument = [{}, 'nothing', 'an empty object'];
/** What a file is called in error sentences. */
const words: Argument = ['a.x', ...(Object.keys(WRONG) as Wrong[])];

/** Every function that is promised, with arguments that it takes. */
const CALLS: Record<string, Argument[]> = {
  analyse: [[picture], [{ features }, 'nothing', 'an empty object']],
  assign: [[coarse], [features], [{ width: 2, height: 2 }]],
  bestMatch: [[map]],
  blobFiles: [
    ['mine', 'a text'],
    [{}, 'an empty object', 'an empty list'],
  ],
  cut: [[tree], [features], [{ tau: 0.5 }], options],
  cutout: [[picture], [labels], [segment]],
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
  encodeIndexedPng: [[labels], [new Uint8Array(768), 'nothing'], options],
  encodeJpeg: [[picture], [90, 'nothing', 'a number']],
  encodeLabelTiff: [[labels], options],
  encodePng: [[picture]],
  encodeTiles: [[encoder], [picture], [64], options],
  featuresFromNpy: [[floats], words],
  folderFiles: [['.', 'a text']],
  labelsFromNpy: [[wholes], words],
  maskOf: [[labels], [0, 'a number']],
  merge: [[features], [picture], options],
  openEncoder: [['embedded'], options],
  openPicture: [[picture]], // its options: decode.cases.ts
  partition: [[features], options],
  pullModel: [['embedded'], [{}]],
  pulledModels: [['.', 'nothing', 'a text']],
  readNpy: [[floats], words],
  refine: [[labels], [picture], options],
  removeModel: [['none'], ['.', 'a text']],
  segment: [[picture], [{ features }, 'nothing', 'an empty object']],
  setAssets: [[undefined, 'nothing', 'a text']],
  similarity: [[features], [[0, 0]], [features], options],
  solve: [['ncut'], [features], options],
  splitComponents: [[labels], options],
  urlFiles: [['https://example.org/'], options],
  verifyModel: [['none'], ['.', 'a text']],
  writeNpy: [[Float32Array.of()], [[0], 'an empty list'], ['f4', 'nothing']],
};

const FUNCTIONS: Record<string, (...args: never[]) => unknown> = Object.fromEntries(
  Object.entries(diffcut).flatMap(([name, value]) => (typeof value === 'function' && value !== diffcut.InputError ? [[name, value]] : [])),
) as never;

/** What is thrown or rejected; undefined where the call is taken. */
const failure = async (work: (...args: never[]) => unknown, args: unknown[]): Promise<unknown> => {
  try {
    const result = await work(...(args as never[]));
    if (work === diffcut.openEncoder) await (result as diffcut.Encoder).dispose();
    return undefined;
  } catch (error) {
    return error ?? 'nothing thrown';
  }
};

const check = async (work: (...args: never[]) => unknown, of: Argument[]): Promise<void> => {
  for (const [at, [, ...fine]] of of.entries()) {
    for (const [name, wrong] of Object.entries(WRONG)) {
      if (fine.includes(name as Wrong)) continue;
      const error = await failure(
        work,
        of.map(([good], i) => (i === at ? wrong : good)),
      );
      expect(error, `argument ${at}: ${name}`).toBeInstanceOf(diffcut.InputError);
    }
  }
};

describe('misuse', () => {
  it('is told of by every function that is promised', () => expect(Object.keys(FUNCTIONS).sort()).toEqual(Object.keys(CALLS).sort()));

  it.each(Object.entries(CALLS))('of %s is told in a sentence', (name, of) => check(FUNCTIONS[name], of));

  it('of an encoder, too', () => check(encoder.encode as never, [[picture], options]));
});
