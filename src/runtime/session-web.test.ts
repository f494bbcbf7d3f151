/** onnxruntime-web runs in Node too: what does not need a page is tried here. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createGraph } from '../compile/graph.ts';
import { placeWeights } from './place.ts';
import type { Model } from './session.ts';
import { openSession, precisionOn } from './session-web.ts';

/** A file that is read late, as a large one is. */
class SlowBlob extends Blob {
  override async arrayBuffer(): Promise<ArrayBuffer> {
    const bytes = await super.arrayBuffer();
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    return bytes;
  }
}

/** y = x V W, where V and W are 4 x 4 and full of `value`, each in a file. */
const modelOf = async (value: number): Promise<Model> => {
  const bytes = new Uint8Array(new Float32Array(16).fill(value).buffer);
  const source = { name: 'weights', size: bytes.length, read: async () => bytes };
  const g = createGraph('test');
  const weight = (key: string) => g.weight({ source, key, dtype: 'F32', shape: [4, 4], start: 0, end: bytes.length });
  const x = g.input('x', 'float32', ['n', 4]);
  g.output('y', g.op('MatMul', [g.op('MatMul', [x, weight('V')]), weight('W')]), 'float32', ['n', 4]);
  return placeWeights(g.finish(), bytes.length);
};

const resultOf = async (model: Model): Promise<number> => {
  const session = await openSession(model, { device: 'cpu', weights: 'streamed' });
  const { y } = await session.run({ x: { data: new Float32Array(4).fill(1), dims: [1, 4] } });
  await session.dispose();
  return y.data[0];
};

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('openSession in a browser', () => {
  it('gives each of the models that are loaded at once its own weights', async () => {
    const [slow, quick] = await Promise.all([modelOf(1), modelOf(2)]);
    const [first, second] = slow.weightsFiles ?? [];
    const late = { ...slow, weightsFiles: [first, { ...second, data: new SlowBlob([second.data]) }] };
    expect(await Promise.all([late, quick].map(resultOf))).toEqual([16, 64]);
  });

  it('loads the next model after one that fails', async () => {
    const broken = { ...(await modelOf(1)), weightsFiles: [] };
    const results = await Promise.allSettled([resultOf(broken), resultOf(await modelOf(3))]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });

  it.each([
    ['offers no GPU', undefined],
    ['offers no GPU', { requestAdapter: async () => null }],
  ])('says that it %s before the runtime is loaded', async (message, gpu) => {
    vi.stubGlobal('navigator', { gpu });
    await expect(openSession(await modelOf(1), { device: 'webgpu' })).rejects.toThrow(message);
  });

  it('refuses a device that no browser has', async () => {
    await expect(openSession(await modelOf(1), { device: 'cuda' })).rejects.toThrow(
      /^There is no device cuda in a browser: choose auto, webgpu or cpu$/,
    );
  });

  it('refuses threads that the page cannot have, and says how it can', async () => {
    const message =
      /^threads: 2 needs a page that is cross-origin isolated: serve it with the headers "Cross-Origin-Opener-Policy: same-origin" and "Cross-Origin-Embedder-Policy: require-corp", or leave threads out$/;
    await expect(openSession(await modelOf(1), { threads: 2 })).rejects.toThrow(message);
    await (await openSession(await modelOf(1), { threads: 1 })).dispose();
    vi.stubGlobal('crossOriginIsolated', true);
    await (await openSession(await modelOf(1), { threads: 2 })).dispose();
  });
});

describe('the precision', () => {
  it.each([
    ['webgpu', ['shader-f16'], 'float16'],
    ['webgpu', [], 'float32'],
    ['cpu', ['shader-f16'], 'float32'],
  ] as const)('on %s with the features %j is %s', async (device, features, precision) => {
    vi.stubGlobal('navigator', { gpu: { requestAdapter: async () => ({ features: new Set<string>(features) }) } });
    expect(await precisionOn(device)).toBe(precision);
  });
});
