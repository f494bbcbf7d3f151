import { describe, expect, it } from 'vitest';
import { InputError } from '../errors.ts';
import { blobFiles, blobSource } from '../files/source.ts';
import { floatsToHalves } from '../tensor/half.ts';
import { DTYPES, parseHeader, writeHeader } from './safetensors.ts';
import { openWeights, readFloats, refuseCheckpoint, tensorsOf, type WeightTensor, weightsOf } from './weights.ts';

type Content = Record<string, [dtype: string, shape: number[], data?: Uint8Array | Float32Array | Uint16Array]>;

const fileOf = (content: Content): Blob => {
  const plans = Object.entries(content).map(([name, [dtype, shape]]) => {
    const bytes = (shape.reduce((a, b) => a * b, 1) * (DTYPES[dtype] ?? 8)) / 8;
    return [name, { dtype, shape, bytes }] as const;
  });
  const data = Object.entries(content).map(([name, [, , values]]) => values ?? new Uint8Array(plans.find((p) => p[0] === name)![1].bytes));
  return new Blob([writeHeader(plans), ...data] as BlobPart[]);
};
const STEM = 'diffusion_pytorch_model';
const UNET: Content = {
  'conv_in.weight': ['F16', [4, 2, 3, 3]],
  'conv_in.bias': ['F16', [4]],
  'mid.attn.to_q.weight': ['F32', [2, 2], Float32Array.of(1, -2, 0.5, 4)],
  'mid.attn.to_k.weight': ['F8_E4M3', [2, 2]],
  position_ids: ['I64', [1, 77]],
  odd: ['Q4_K', [3]],
};
const open = (blobs: Record<string, Blob>, prefer?: 'fp16' | 'full') => openWeights(blobFiles('ssd', blobs), 'unet', STEM, prefer);
const unet = () => open({ [`unet/${STEM}.safetensors`]: fileOf(UNET) });

describe('weights', () => {
  it('are taken by path and shape', async () => {
    const weights = await unet();
    expect(weights.take('conv_in.bias', [4])).toMatchObject({ key: 'conv_in.bias', dtype: 'F16', shape: [4] });
    const query = weights.at('mid').at('').at('attn').at('to_q').take('weight', [2, 2]);
    expect(query.key).toBe('mid.attn.to_q.weight');
    expect([...(await readFloats(query))]).toEqual([1, -2, 0.5, 4]);
    expect(weights.at('mid.attn').names()).toEqual(['to_q.weight', 'to_k.weight']);
    expect(weights.at('mi').names()).toEqual([]);
    expect(weights.has('conv_in.bias')).toBe(true);
    expect(weights.has('conv_in')).toBe(false);
    expect(weights.at('conv_in').shapeOf('weight')).toEqual([4, 2, 3, 3]);
    expect(weights.shapeOf('toString')).toBeUndefined();
  });

  it('name what is missing, and what may have been meant', async () => {
    const weights = await unet();
    expect(() => weights.at('mid.attn').take('query.weight', [2, 2])).toThrow(
      /^"ssd\/unet\/diffusion_pytorch_model.safetensors" has no tensor mid.attn.query.weight of shape \(2, 2\); near names are mid.attn.to_.\.weight/,
    );
    expect(() => weights.take('conv_in.wieght', [])).toThrow(/near names are conv_in.weight/);
    expect(() => weights.take('something.else.entirely.with.a.long.name', [1])).toThrow(/; names there are conv_in.weight, conv_in.bias, mid/);
    expect(() => weightsOf([]).take('a', [1])).toThrow(/^The model has no tensor a of shape \(1\) \(nor any other\)/);
    expect(() => weights.take('a', [1])).toThrow(InputError);
  });

  it('find near names among thousands', () => {
    const source = blobSource('big', new Blob());
    const entries = Array.from({ length: 2000 }, (_, i): [string, WeightTensor] => {
      const key = `down_blocks.${i % 3}.attentions.${i % 7}.transformer_blocks.${i}.attn1.to_${'qkv'[i % 3]}.weight`;
      return [key, { key, source, dtype: 'F16', shape: [1], start: 0, end: 2 }];
    });
    const wanted = entries[1234][0].replace('attn1', 'atn1');
    expect(() => weightsOf(entries).take(wanted, [1])).toThrow(new RegExp(`near names are ${entries[1234][0]}`));
  });

  it('name both shapes', async () => {
    const weights = await unet();
    expect(() => weights.take('conv_in.weight', [4, 4, 3, 3])).toThrow(
      /unet\/diffusion_pytorch_model.safetensors": conv_in.weight has shape \(4, 2, 3, 3\), not \(4, 4, 3, 3\)/,
    );
    expect(() => weights.take('conv_in.bias', [4, 1])).toThrow(/has shape \(4\), not \(4, 1\)/);
    expect(() => weights.take('conv_in.bias', [])).toThrow(InputError);
  });

  it.each([
    ['mid.attn.to_k.weight', [2, 2], /mid.attn.to_k.weight is F8_E4M3, which is not computed with: get the weights as F32, F16 or BF16/],
    ['position_ids', [1, 77], /position_ids is I64/],
    ['odd', [3], /odd is Q4_K/],
  ])('refuse the dtype of %s only when it is asked for', async (name, shape, message) => {
    const weights = await unet();
    expect(weights.shapeOf(name)).toEqual(shape);
    expect(() => weights.take(name, shape)).toThrow(message);
  });

  it('come from one packed file too, by other names', async () => {
    const blob = fileOf({ 'unet/a.weight': ['F32', [1]], 'vae/b.weight': ['F32', [2]] });
    const header = parseHeader(new Uint8Array(await blob.arrayBuffer()), blob.size, 'packed');
    const all = tensorsOf(blobSource('packed', blob), header);
    const vae = weightsOf(all.filter(([key]) => key.startsWith('vae/')).map(([key, tensor]) => [key.slice(4), tensor]));
    expect(vae.at('b').take('weight', [2]).key).toBe('vae/b.weight');
    expect(() => vae.take('b.weight', [1])).toThrow(/"packed": vae\/b.weight has shape/);
  });
});

describe('readFloats', () => {
  const values = Float32Array.of(0, -0, 1, -1.5, 65504, 2 ** -24, Number.POSITIVE_INFINITY, 3);
  const bfloats = Uint16Array.from(new Uint32Array(values.buffer), (bits) => bits >>> 16);
  it.each([
    ['F32', values, values],
    ['F16', floatsToHalves(values), values],
    ['BF16', bfloats, Float32Array.from(values, (v) => (v === 65504 ? 65280 : v))],
  ])('reads %s, wherever it lies', async (dtype, data, wanted) => {
    const weights = await open({ [`unet/${STEM}.safetensors`]: fileOf({ pad: ['U8', [1]], w: [dtype, [8], data] }) });
    expect(await readFloats(weights.take('w', [8]))).toEqual(wanted);
  });

  it('copies bytes that lie at an odd place in memory', async () => {
    const bytes = new Uint8Array(9);
    bytes.set(new Uint8Array(Float32Array.of(7, 8).buffer), 1);
    const source = { ...blobSource('x', new Blob()), read: async () => bytes.subarray(1) };
    expect([...(await readFloats({ key: 'k', source, dtype: 'F32', shape: [2], start: 0, end: 8 }))]).toEqual([7, 8]);
  });

  it('refuses other dtypes', async () => {
    const tensor: WeightTensor = { key: 'k', source: blobSource('x', new Blob()), dtype: 'constructor', shape: [], start: 0, end: 0 };
    await expect(readFloats(tensor)).rejects.toThrow(/"x": k is constructor, which is not computed with/);
  });
});

const marked = (mark: string): Blob => fileOf({ [mark]: ['F16', [1]] });

describe('openWeights', () => {
  const full = { [`unet/${STEM}.safetensors`]: marked('full') };
  const half = { [`unet/${STEM}.fp16.safetensors`]: marked('half') };
  const shards = (variant: string, index: string, mark: string) => ({
    [`unet/${STEM}.safetensors.index${index}.json`]: new Blob([
      JSON.stringify({ metadata: {}, weight_map: { [mark]: `${STEM}${variant}-1.safetensors`, other: `${STEM}${variant}-2.safetensors` } }),
    ]),
    [`unet/${STEM}${variant}-1.safetensors`]: marked(mark),
    [`unet/${STEM}${variant}-2.safetensors`]: fileOf({ other: ['F32', [2]], unlisted: ['F32', [1]] }),
  });

  it.each([
    ['full before fp16', { ...full, ...half }, undefined, ['full']],
    ['fp16 where it is preferred', { ...full, ...half }, 'fp16' as const, ['half']],
    ['fp16 where it is alone', half, 'full' as const, ['half']],
    ['full where it is alone', full, 'fp16' as const, ['full']],
    ['shards by their index', shards('', '', 'sharded'), undefined, ['sharded', 'other']],
    ['fp16 shards', shards('.fp16', '.fp16', 'halves'), undefined, ['halves', 'other']],
    ['full shards before an fp16 file', { ...shards('', '', 'sharded'), ...half }, 'full' as const, ['sharded', 'other']],
  ])('takes %s', async (_, blobs, prefer, names) => {
    expect((await open(blobs, prefer)).names()).toEqual(names);
  });

  it('works at the top', async () => {
    expect((await openWeights(blobFiles('vit', { 'model.safetensors': marked('a') }), '', 'model')).names()).toEqual(['a']);
  });

  const withIndex = (index: unknown, more: Record<string, Blob> = {}) =>
    open({ [`unet/${STEM}.safetensors.index.json`]: new Blob([JSON.stringify(index)]), ...more });

  it.each([
    [{}, /index.json" has no weight_map/],
    [{ weight_map: ['a'] }, /has no weight_map/],
    [{ weight_map: {} }, /has an empty weight_map/],
    [{ weight_map: { a: 3 } }, /names no file for a/],
    [{ weight_map: { a: 'one.safetensors' } }, /index.json" names the shard "unet\/one.safetensors", which is not there/],
    [{ weight_map: { a: '../../one.safetensors' } }, /is not a path inside the model's folder/],
    [{ weight_map: { a: '/one.safetensors' } }, /is not a path inside the model's folder/],
    [{ weight_map: { a: 'pytorch_model-1.bin' } }, /names "unet\/pytorch_model-1.bin", a pickled file, which is never opened/],
    [{ weight_map: { a: 'two.safetensors', b: 'two.safetensors' } }, /says that a is in "two.safetensors", which has no such tensor/],
  ])('refuses the index %j', async (index, message) => {
    await expect(withIndex(index, { 'unet/two.safetensors': marked('b') })).rejects.toThrow(message);
    await expect(withIndex(index, { 'unet/two.safetensors': marked('b') })).rejects.toThrow(InputError);
  });

  it('asks no folder for a shard outside of it', async () => {
    const index = new Blob([JSON.stringify({ weight_map: { a: '../one.safetensors' } })]);
    const open = async (path: string) => {
      if (path.endsWith('index.json')) return blobSource(path, index);
      return path.includes('..') ? expect.fail(path) : undefined;
    };
    await expect(openWeights({ name: 'm', open }, 'unet', STEM)).rejects.toThrow(/is not a path inside/);
  });

  it('says what to get where there is nothing', async () => {
    await expect(open({})).rejects.toThrow(/^"ssd\/unet" has no weights: get diffusion_pytorch_model.safetensors or diffusion_pytorch_model.fp16/);
    await expect(openWeights({ name: 'hub', open: async () => undefined }, '', 'model')).rejects.toThrow(
      /^"hub" has no weights: get model.safetensors/,
    );
    await expect(open({ 'other.safetensors': marked('a') })).rejects.toThrow(/"ssd\/unet" has no weights/);
  });

  it.each(['diffusion_pytorch_model.bin', 'pytorch_model.fp16.bin', 'model.CKPT', 'a.pt'])('never opens the pickled %s', async (file) => {
    const opened: string[] = [];
    const files = blobFiles('sd', { [`unet/${file}`]: new Blob(['x']) });
    const open = (path: string) => {
      opened.push(path);
      return files.open(path);
    };
    const watched = { ...files, open };
    await expect(openWeights(watched, 'unet', STEM)).rejects.toThrow(
      /"sd\/unet" has only pickled weights .* are refused: get diffusion_pytorch_model.safet/,
    );
    expect(opened.filter((path) => !/\.(safetensors|json)$/.test(path))).toEqual([]);
  });

  it('passes on what is wrong with a file', async () => {
    await expect(open({ [`unet/${STEM}.safetensors`]: new Blob(['x']) })).rejects.toThrow(
      /"ssd\/unet\/diffusion_pytorch_model.safetensors" has 1 bytes/,
    );
  });
});

describe('a single-file checkpoint', () => {
  const message = /SSD-1B.safetensors" is a single-file checkpoint \(it has .*\), which is not read: get the same model's folders unet\/, vae\//;

  it.each([
    'model.diffusion_model.input_blocks.0.0.weight',
    'first_stage_model.encoder.conv_in.weight',
    'conditioner.embedders.0.x',
    'cond_stage_model.y',
  ])('is known by %s', async (key) => {
    const blob = fileOf({ a: ['F16', [1]], [key]: ['F16', [1]] });
    const header = parseHeader(new Uint8Array(await blob.arrayBuffer()), blob.size, 'SSD-1B.safetensors');
    expect(() => refuseCheckpoint(header, 'SSD-1B.safetensors')).toThrow(message);
    expect(() => refuseCheckpoint(header, 'SSD-1B.safetensors')).toThrow(InputError);
    await expect(openWeights(blobFiles('m', { 'SSD-1B.safetensors': blob }), '', 'SSD-1B')).rejects.toThrow(message);
    // Alone in the place of the folders:
    await expect(openWeights(blobFiles('m', { 'SSD-1B.safetensors': blob }), 'unet', STEM)).rejects.toThrow(message);
  });

  it('is not a pipeline that has a model or a conditioner somewhere', async () => {
    const blob = fileOf({ 'diffusion_model.x': ['F16', [1]], conditioner: ['F16', [1]] });
    const header = parseHeader(new Uint8Array(await blob.arrayBuffer()), blob.size, 'x');
    expect(() => refuseCheckpoint(header, 'x')).not.toThrow();
  });
});
