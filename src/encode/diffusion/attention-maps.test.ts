import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agreement, goldenFeatures, goldenJson } from '../../../test/goldens.ts';
import { folderOf, pictureOf, relativeError } from '../../../test/pipelines.ts';
import { assign } from '../../draw/assign.ts';
import { solve } from '../../solve/solver.ts';
import { cut } from '../../solve/tree.ts';
import type { CutTree, FeatureMap, LabelMap } from '../../types.ts';
import { openEncoder } from '../open.ts';
import { aggregate } from './attention-maps.ts';

interface Case {
  pipeline: string;
  threshold: number;
  labels: string;
  fine: string;
}

const spelt = (labels: string, width: number, height: number): LabelMap => ({
  data: Int32Array.from(labels, (letter) => letter.codePointAt(0) as number),
  width,
  height,
});

const cache = mkdtempSync(join(tmpdir(), 'diffcut-attention-'));
beforeAll(() => {
  process.env.DIFFCUT_CACHE = cache;
});
afterAll(() => rmSync(cache, { recursive: true, force: true }));

const KEEP = { cacheFeatures: true };
const CPU = { device: 'cpu', threads: 1, tap: 'attention' } as const;
const encode = async (kind: string, size: string, options = {}): Promise<FeatureMap> => {
  const encoder = await openEncoder(folderOf(kind), { ...CPU, size: size.split('x').map(Number) as [number, number], ...options });
  try {
    return await encoder.encode(pictureOf(kind, size));
  } finally {
    await encoder.dispose();
  }
};

describe.each(['sd1', 'sd2'])('the tap attention of %s', (kind) => {
  it('gives the aggregated attention of the whole UNet, as diffusers computes it', async () => {
    const features = await encode(kind, '128x128');
    expect(features).toMatchObject({
      width: 16,
      height: 16,
      channels: 256,
      origin: { settings: { tap: 'attention', timestep: 300, noise: 'zero' } },
    });
    const { data: wanted } = goldenFeatures(`diffseg/${kind}-maps.npy`); // every second query
    const ours = Float32Array.from(wanted, (_, i) => features.data[2 * 256 * Math.floor(i / 256) + (i % 256)]);
    expect(relativeError(ours, wanted)).toBeLessThan(1e-4);
    expect(Math.max(...wanted.map((v, i) => Math.abs(ours[i] / v - 1)))).toBeLessThan(1e-3);
    for (const { threshold, labels, fine } of goldenJson<Case[]>('diffseg/cases.json').filter(({ pipeline }) => pipeline === kind)) {
      const { tree } = (await solve('diffseg', features, { threshold })) as { tree: CutTree };
      const found = await cut(tree, features, { price: 0 });
      expect(agreement(found, spelt(labels, 16, 16))).toBeGreaterThanOrEqual(0.999);
      const drawn = await assign(found, features, { width: 64, height: 64, tree });
      expect(agreement(drawn, spelt(fine, 64, 64))).toBeGreaterThanOrEqual(0.999);
    }
  });
});

describe('the tap attention', () => {
  it('is kept, if asked for, as precisely as its smallest numbers need', async () => {
    const [exact, kept, again] = [await encode('sd1', '192x128'), await encode('sd1', '192x128', KEEP), await encode('sd1', '192x128', KEEP)];
    expect(again.data).toEqual(kept.data);
    expect(exact.data.every((v, i) => Math.abs(kept.data[i] / v - 1) < 1e-3)).toBe(true);
  });

  it('takes pictures that are not square, as they are', async () => {
    const { data, width, height, channels } = await encode('sd1', '192x128');
    expect([width, height, channels]).toEqual([24, 16, 384]);
    for (let i = 0; i < 384; i++) expect(data.subarray(i * 384, (i + 1) * 384).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
  });

  it.each([
    ['ssd', {}, /^unet\/config\.json has "down_block_types": .*: the tap attention is of UNets with attention at every resolution/],
    ['sd1', { noise: 'zero' }, /^Both the tap attention of sd1 and noise were given, .*: leave one out$/],
    ['sd1', { tap: 'keys' }, /^The encoder sd1 has no tap keys: diffusion encoders have tokens, attention$/],
    ['sd1+sd1', {}, /^The encoder .*sd1\+.*sd1 has no tap attention/],
  ])('of %s with %j is refused in a sentence', async (kind, options, message) => {
    const name = kind.split('+').map(folderOf).join('+');
    await expect(openEncoder(name, { ...CPU, size: 128, ...options } as never)).rejects.toThrow(message);
  });
});

describe('aggregate', () => {
  /** Of 4 x 2 tokens, and of the 2 x 1 below: who attends to one place alone. */
  const one = (cells: number, at: (query: number) => number): Float32Array =>
    Float32Array.from({ length: cells * cells }, (_, i) => (i % cells === at(Math.floor(i / cells)) ? 3 : 0));

  it('brings each level to a sum, and weighs it by its side', async () => {
    const out = await aggregate([one(8, (query) => query), one(2, () => 1)], 4, 2);
    // a place at the right of two is, four wide, 0, 1/4, 3/4 and 1
    const right = [0, 0.25, 0.75, 1].map((v) => v / 4 / 3);
    for (let query = 0; query < 8; query++)
      for (let key = 0; key < 8; key++) expect(out[query * 8 + key]).toBeCloseTo(right[key % 4] + (query === key ? 2 / 3 : 0), 6);
  });

  it('gives each token the map of its own place', async () => {
    const out = await aggregate([one(8, () => 0), one(2, (query) => query)], 4, 2);
    const lead = (query: number): number => [1, 2, 3].reduce((best, key) => (out[query * 8 + key] > out[query * 8 + best] ? key : best), 1);
    expect([0, 1, 2, 3, 4, 5, 6, 7].map(lead)).toEqual([1, 1, 3, 3, 1, 1, 3, 3]);
  });
});
