import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { afterAll, describe, expect, it } from 'vitest';
import { centred, folderOf, golden, relativeError } from '../../test/pipelines.ts';
import { runGraph, runOps } from '../../test/run-graph.ts';
import { fileSource, folderFiles } from '../files/source-node.ts';
import { placeWeights } from '../runtime/place.ts';
import { folderPipeline } from '../weights/pipeline.ts';
import type { WeightTensor } from '../weights/weights.ts';
import { createGraph, type GraphBuilder, type PlacedWeight } from './graph.ts';
import { compileUnet } from './nets/unet.ts';
import { compileVae } from './nets/vae.ts';
import { externalFiles, writeOnnx } from './proto.ts';

const folder = mkdtempSync(join(realpathSync(tmpdir()), 'diffcut proto ü-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const x = { data: Float32Array.of(-1, 0, 1, 2, 3, 5), dims: [2, 3] };
const pipelineOf = (kind: string) => folderPipeline(folderFiles(folderOf(kind)));

type Build = (g: GraphBuilder, x: string) => string;
const OPERATIONS: [attributes: string, build: Build, wanted: number[]][] = [
  ['none', (g, v) => g.op('Abs', [v]), [1, 0, 1, 2, 3, 5]],
  ['a list of whole numbers', (g, v) => g.op('Transpose', [v], { perm: [1, 0] }), [-1, 2, 0, 3, 1, 5]],
  ['a whole number below 0', (g, v) => g.op('Concat', [v, v], { axis: -1 }), [-1, 0, 1, -1, 0, 1, 2, 3, 5, 2, 3, 5]],
  ['a real number that is whole', (g, v) => g.op('LeakyRelu', [v], { alpha: { float: 2 } }), [-2, 0, 1, 2, 3, 5]],
  ['a text', (g, v) => g.op('Pad', [v, g.ints([0, 1, 0, 0])], { mode: 'edge' }), [-1, -1, 0, 1, 2, 2, 3, 5]],
  ['several outputs', (g, v) => g.op('Sub', g.opN(2, 'Split', [v], { axis: 0, num_outputs: 2 })), [-3, -3, -4]],
  ["onnxruntime's own operators", (g, v) => g.op('QuickGelu', [v], { alpha: { float: 0 } }), [-0.5, 0, 0.5, 1, 1.5, 2.5]],
  [
    'constants: a scalar, a vector and a matrix',
    (g, v) => plus(g, plus(g, plus(g, v, g.floats(10)), g.floats([1, 2, 3])), ROWS(g)),
    [10, 12, 14, 113, 115, 118],
  ],
];
const plus = (g: GraphBuilder, a: string, b: string): string => g.op('Add', [a, b]);
const ROWS = (g: GraphBuilder): string => g.matrix(2, 3, (row) => 100 * row);

/** A tensor in a file, at an offset that no number of its size is aligned to. */
const tensorIn = async (name: string, dtype: string, bytes: Uint8Array, shape: number[]): Promise<WeightTensor> => {
  const path = join(folder, name);
  writeFileSync(path, Buffer.concat([Buffer.from('odd'), bytes, Buffer.from('end')]));
  return { key: 'w', dtype, shape, start: 3, end: 3 + bytes.length, source: await fileSource(path) };
};
const VALUES = Float32Array.of(0.5, -2, 1024);
const bytesOf = ({ buffer }: { buffer: ArrayBufferLike }): Uint8Array => new Uint8Array(buffer);
const ENCODED: Record<string, Uint8Array> = {
  F32: bytesOf(VALUES.slice()),
  F16: bytesOf(Uint16Array.of(0x3800, 0xc000, 0x6400)),
  BF16: bytesOf(Uint16Array.from(new Uint32Array(VALUES.slice().buffer), (bits) => bits >>> 16)),
};

describe('a graph as an ONNX file', () => {
  it.each(OPERATIONS)('is what onnxruntime computes, with attributes: %s', async (_, build, wanted) => {
    expect([...(await runOps((g) => build(g, g.input('x', 'float32', [2, 3])), { x }))]).toEqual(wanted);
  });

  it('takes any size where a dimension has a name', async () => {
    const g = createGraph('test');
    g.output('out', g.op('Neg', [g.input('x', 'float32', ['rows', 2])]), 'float32', ['rows', 2]);
    for (const rows of [1, 3]) {
      const { out } = await runGraph(g.finish(), { x: { data: new Float32Array(rows * 2).fill(1), dims: [rows, 2] } });
      expect(out.dims).toEqual([rows, 2]);
    }
  });

  it.each(Object.keys(ENCODED))('finds weights of %s where they lie in their file', async (dtype) => {
    const tensor = await tensorIn(`weights of ${dtype}.safetensors`, dtype, ENCODED[dtype], [3]);
    const ours = await runOps((g) => plus(g, g.input('x', 'float32', [2, 3]), g.weight(tensor)), { x });
    expect([...ours]).toEqual([-0.5, -2, 1025, 2.5, 1, 1029]);
  });

  it('reads a weight under other dimensions, and one that is used twice once', async () => {
    const tensor = await tensorIn('twice.safetensors', 'F32', ENCODED.F32, [1, 3, 1]);
    const g = createGraph('test');
    const sum = plus(g, plus(g, g.input('x', 'float32', [2, 3]), g.weight(tensor, [3])), g.weight(tensor, [3]));
    g.output('out', sum, 'float32', [2, 3]);
    expect(g.finish().weights).toHaveLength(1);
    expect([...(await runGraph(g.finish(), { x })).out.data]).toEqual([0, -4, 2049, 3, -1, 2053]);
  });

  it('asks once for the place of each weight', async () => {
    const tensor = await tensorIn('placed.safetensors', 'F32', ENCODED.F32, [3]);
    const g = createGraph('test');
    g.output('out', g.raw(tensor), 'float32', [3]);
    const asked: PlacedWeight[] = [];
    const bytes = writeOnnx(g.finish(), (weight) => {
      asked.push(weight);
      return { location: 'some/where', offset: 3, length: 12 };
    });
    expect(asked.map(({ name, dims, element }) => ({ name, dims, element }))).toEqual([{ name: 'w0.w', dims: [3], element: 'float32' }]);
    expect(Buffer.from(bytes).includes('some/where')).toBe(true);
  });

  it('is the same bytes each time', async () => {
    const pipeline = pipelineOf('ssd');
    const [unet, vae] = [(await pipeline.config('unet')) ?? {}, (await pipeline.config('vae')) ?? {}];
    const bytes = async () => [
      (await placeWeights(compileUnet(await pipeline.weights('unet'), unet, 'float32').graph)).bytes,
      (await placeWeights(compileVae(await pipeline.weights('vae'), vae, 'float32').graph)).bytes,
    ];
    const [first, second] = [await bytes(), await bytes()].map((files) => Buffer.concat(files));
    expect(first.equals(second)).toBe(true);
  });
});

describe('half precision', () => {
  it.each(['ssd', 'sd2', 'sdxl'])('gives the features of %s, roughly', async (kind) => {
    const pipeline = pipelineOf(kind);
    const { graph, channels, pooledChannels } = compileUnet(await pipeline.weights('unet'), (await pipeline.config('unet')) ?? {}, 'float16');
    const [noisy, prompt] = [golden(kind, 'noisy-128x128'), golden(kind, 'prompt_embeds')];
    const { features } = await runGraph(graph, {
      sample: { data: noisy.data, dims: [1, ...noisy.shape] },
      timestep: { data: Float32Array.of(50), dims: [1] },
      encoder_hidden_states: { data: prompt.data, dims: prompt.shape },
      ...(pooledChannels > 0 && {
        text_embeds: { data: golden(kind, 'pooled').data, dims: [1, pooledChannels] },
        time_ids: { data: Float32Array.of(128, 128, 0, 0, 128, 128), dims: [6] },
      }),
    });
    const wanted = golden(kind, 'features-128x128').data;
    const error = relativeError(centred(features.data, channels), centred(wanted, channels));
    expect(error).toBeLessThan(2e-2);
    expect(error).toBeGreaterThan(1e-5); // or it was not half precision
  });

  it('is not for a VAE that says so', async () => {
    const pipeline = pipelineOf('ssd');
    const json = (await pipeline.config('vae')) ?? {};
    const elements = async (force_upcast: boolean) =>
      compileVae(await pipeline.weights('vae'), { ...json, force_upcast }, 'float16').graph.nodes.filter(({ attributes }) => attributes.to === 10)
        .length;
    expect(await elements(true)).toBe(0);
    expect(await elements(false)).toBeGreaterThan(0);
  });
});

describe('files with weights', () => {
  const message = (field: number, ...parts: Uint8Array[]): Uint8Array => new BinaryWriter().tag(field, 2).bytes(Buffer.concat(parts)).finish();
  const text = (field: number, value: string): Uint8Array => message(field, Buffer.from(value));
  const tensor = message(13, text(1, 'location'), text(2, '../secret'));
  /** A message within others, the innermost first. */
  const within = (...fields: number[]): Uint8Array => fields.reduce((inner, field) => message(field, inner), tensor);

  it.each<[string, Uint8Array]>([
    ['an initializer', within(5, 7)],
    ["a sparse initializer's values", within(1, 15, 7)],
    ["a sparse initializer's indices", within(2, 15, 7)],
    ['an attribute', within(5, 5, 1, 7)],
    ['attributes', within(10, 5, 1, 7)],
    ['a sparse attribute', within(1, 22, 5, 1, 7)],
    ['sparse attributes', within(2, 23, 5, 1, 7)],
    ['a graph in a graph', within(1, 15, 6, 5, 1, 7)],
    ['graphs in a graph', within(5, 11, 5, 1, 7)],
    ['a function', within(5, 5, 7, 25)],
    ["a function's default", within(5, 11, 25)],
    ['training', within(1, 15, 2, 20)],
  ])('are found in %s', (_, bytes) => expect(externalFiles(bytes)).toEqual(['../secret']));

  it('are not looked for without end', () => {
    const deep = Array.from({ length: 20_000 }, () => [6, 5, 1]).flat();
    expect(() => externalFiles(message(7, within(...deep.slice(0, 600))))).toThrow(/^nested more than 100 levels deep$/);
  });
});
