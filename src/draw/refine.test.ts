import { describe, expect, it } from 'vitest';
import { goldenImage, goldenJson, goldenLabelImage, sameShare } from '../../test/goldens.ts';
import { featuresOf, paint } from '../../test/scenes.ts';
import { regionGraph } from '../regions/regions.ts';
import { withContours } from '../solve/contours.ts';
import { median3x3 } from './median.ts';
import { refine } from './refine.ts';
import { drawTokens } from './tokens.ts';

interface Case {
  name: string;
  image: string;
  input: string;
  pamr: string;
  median: string;
  iterations: number;
  dilations: number[];
}

describe('refine beside the reference', () => {
  it.each(goldenJson<{ cases: Case[] }>('refine/cases.json').cases)('$name', async ({ image, input, pamr, median, iterations, dilations }) => {
    const file = (name: string) => `refine/${name}`;
    const picture = await goldenImage(file(image));
    const labels = await goldenLabelImage(file(input));
    const atLeast = dilations.length > 4 ? 0.995 : 0.999;
    const raw = await refine(labels, picture, { iterations, dilations, median: 'none' });
    expect(sameShare(raw, await goldenLabelImage(file(pamr)))).toBeGreaterThanOrEqual(atLeast);
    const ours = await refine(labels, picture, { iterations, dilations });
    expect(sameShare(ours, await goldenLabelImage(file(median)))).toBeGreaterThanOrEqual(atLeast);
  });
});

describe('median3x3', () => {
  const map = (width: number, ids: number[]) => ({ data: Int32Array.from(ids), width, height: ids.length / width });

  it('numeric can bring out a third number, majority cannot', async () => {
    const labels = map(3, [0, 0, 0, 0, 1, 9, 9, 9, 9]);
    expect((await median3x3(labels, 'numeric')).data[4]).toBe(1);
    expect((await median3x3(labels, 'majority')).data[4]).toBe(0);
  });

  it('removes a speck and keeps an edge', async () => {
    const labels = map(4, [2, 2, 7, 7, 2, 2, 7, 7, 2, 7, 7, 7, 2, 2, 7, 7]);
    for (const kind of ['numeric', 'majority'] as const)
      expect([...(await median3x3(labels, kind)).data]).toEqual([2, 2, 7, 7, 2, 2, 7, 7, 2, 2, 7, 7, 2, 2, 7, 7]);
  });
});

describe('refine', () => {
  const image = { data: new Uint8Array(5 * 3 * 3), width: 5, height: 3 };

  it('refuses labels of another size, and negative ids', async () => {
    await expect(refine({ data: new Int32Array(4), width: 2, height: 2 }, image)).rejects.toThrow(/^The labels are 2x2 but the picture is 5x3/);
    await expect(refine({ data: new Int32Array(15).fill(-2), width: 5, height: 3 }, image)).rejects.toThrow(/Segment ids must be 0 or more/);
    await expect(refine({ data: new Int32Array(15), width: 5, height: 3 }, image, { dilations: [0] })).rejects.toThrow(
      /^Expected 1 to 16 whole numbers from 1 to 256 for dilations/,
    );
  });

  it('keeps ids with gaps on a black picture, and one segment as it is', async () => {
    const black = { data: new Uint8Array(64 * 48 * 3), width: 64, height: 48 };
    const labels = { data: Int32Array.from({ length: 64 * 48 }, (_, i) => (i % 64 < 30 ? 4 : 1_000_000)), width: 64, height: 48 };
    expect(await refine(labels, black)).toEqual(labels);
    const one = { ...labels, data: labels.data.map(() => 6) };
    expect(await refine(one, black)).toEqual(one);
  });

  it('tells its progress and can be cancelled half-way', async () => {
    const labels = { data: Int32Array.from({ length: 15 }, (_, i) => i % 2), width: 5, height: 3 };
    const stop = new AbortController();
    let told = 0;
    const onProgress = () => ++told === 3 && stop.abort();
    await expect(refine(labels, image, { signal: stop.signal, onProgress })).rejects.toThrow(/abort/i);
    expect(told).toBe(3);
  });
});

describe('refine along regions', () => {
  // a picture whose edge lies within a token
  const image = paint(96, 64, (x) => (x < 43 ? [200, 60, 40] : [30, 90, 160]));
  const features = featuresOf(12, 8, (x) => (x < 5 ? 0 : 1));
  const coarse = { data: Int32Array.from({ length: 96 }, (_, i) => (i % 12 < 5 ? 4 : 9)), width: 12, height: 8 };
  const fine = { data: Int32Array.from({ length: 96 * 64 }, (_, i) => (i % 96 < 40 ? 4 : 9)), width: 96, height: 64 };

  it.each(['edges', 'vote'] as const)('%s is what the whole path draws, from labels of either size and pictures of either kind', async (method) => {
    const graph = async () => withContours(await regionGraph(image, features), features);
    const drawn = await drawTokens[method](coarse, features, image, {}, graph);
    expect(await refine(coarse, image, { method, features })).toEqual(drawn);
    expect(await refine(fine, image, { method, features })).toEqual(drawn);
    expect(await refine(coarse, { ...image, data: Float32Array.from(image.data) }, { method, features })).toEqual(drawn);
    expect(drawn.data).toEqual(Int32Array.from({ length: 96 * 64 }, (_, i) => (i % 96 < 43 ? 4 : 9)));
  });

  it('refuses what a method cannot do with, and does without', async () => {
    await expect(refine(fine, image, { method: 'edges' })).rejects.toThrow(/^The method edges wants the features that the labels were cut from/);
    await expect(refine(fine, image, { method: 'vote', features, median: 'none' })).rejects.toThrow(
      /^median says nothing to the method vote: leave it out, or choose another method$/,
    );
    await expect(refine(fine, image, { method: 'edges', features, iterations: 10 })).rejects.toThrow(/^iterations says nothing to the method edges/);
    await expect(refine(fine, image, { features })).rejects.toThrow(/^features says nothing to the method pamr/);
    await expect(refine({ ...coarse, width: 8, height: 12 }, image, { method: 'edges', features })).rejects.toThrow(
      /^The labels are 8x12 but the features are 12x8 and the picture 96x64: give labels of one of these sizes$/,
    );
    await expect(refine(fine, image, { method: 'egdes' as never })).rejects.toThrow(/^Expected one of pamr, crf, edges, vote for method/);
  });
});
