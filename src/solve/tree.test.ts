import { describe, expect, it } from 'vitest';
import type { CutTree, FeatureMap } from '../types.ts';
import { partition } from './ncut/partition.ts';
import { fourRegions as tree } from './tree.cases.ts';
import { cut, elementsOf } from './tree.ts';

const none: FeatureMap = { data: Float32Array.of(1, 1, 1, 1), width: 4, height: 1, channels: 1 };
const labels = async (of: CutTree, price: number, ease = 0) => [...(await cut(of, none, { price, ease })).data];

describe('cut of regions', () => {
  const halves = tree([0.5, 0.375, 0.375, 0.25, 0.25, 0.25, 0.25]);

  it('splits where it gains more than the price, and not where it gains just that', async () => {
    // the pairs gain 0.125 each, the root 0.25 above them
    expect(await labels(halves, 0.125)).toEqual([0, 0, 1, 1]);
    expect(await labels(halves, 0.125 - 2 ** -20)).toEqual([0, 1, 2, 3]);
    expect(await labels(halves, 0.25)).toEqual([0, 0, 0, 0]);
    expect(await labels(halves, 0.25 - 2 ** -20)).toEqual([0, 0, 1, 1]);
  });

  it('keeps a split that pays only by those below it', async () => {
    // the root alone loses: 0.25 + 0.25 - 0.5 - 0.125; with both pairs split it gains
    expect(await labels(tree([0.5, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25]), 0.125)).toEqual([0, 1, 2, 3]);
  });

  it('splits nothing below what stays whole, whatever it would gain', async () => {
    // the first pair would gain; its parent gains less than the price with it
    expect(await labels(tree([0.875, 0.25, 0.375, 0.125, 0.125, 0.25, 0.25]), 0.125)).toEqual([0, 0, 0, 0]);
  });

  it('asks less for a small side: the price times the smaller share to the power of ease', async () => {
    // a quarter of the picture on one side: half the price with an ease of 0.5
    const uneven = tree([0.5, 0.5, 0.25, 0.125, 0.125, 0.25, 0.25], [1, 0.75, 0.25, 0.125, 0.125, 0.5, 0.25]);
    expect(await labels(uneven, 0.5, 0.5)).toEqual([0, 0, 0, 0]);
    expect(await labels(uneven, 0.5 - 2 ** -20, 0.5)).toEqual([0, 0, 1, 1]);
    expect(await labels(uneven, 0.5 - 2 ** -20, 0)).toEqual([0, 0, 0, 0]);
  });

  it('takes a price of a tile, where the picture has several', async () => {
    // four tiles: a gain of 0.125 of the picture is one of 0.5 of a tile, and a side of half the picture is two tiles
    const tiled = { ...halves, tiles: 4 };
    expect(await labels(tiled, 0.5)).toEqual([0, 0, 1, 1]);
    expect(await labels(tiled, 0.5 - 2 ** -20)).toEqual([0, 1, 2, 3]);
    expect(await labels(tiled, 1, 0.5)).toEqual(await labels(halves, 0.5, 0.5));
    expect(await labels(tiled, 0.5, 1)).toEqual(await labels(halves, 0.5, 1));
  });

  it('joins what is alike afterwards, for more than nothing', async () => {
    const features: FeatureMap = { data: Float32Array.of(1, 0, 0, 1, 1, 0, 0, 1), width: 4, height: 1, channels: 2 };
    const split = tree([0.5, 0.375, 0.375, 0.25, 0.25, 0.25, 0.25]);
    expect([...(await cut(split, features, { price: 0, join: 0 })).data]).toEqual([0, 1, 2, 3]);
    expect([...(await cut(split, features, { price: 0, join: 0.01 })).data]).toEqual([0, 1, 0, 1]);
    expect([...(await cut(split, features, { price: 0, join: 1 })).data]).toEqual([0, 0, 0, 0]);
  });
});

describe('cut of tokens', () => {
  /** Three kinds of tokens at right angles: two of the first, one each of the others. */
  const features: FeatureMap = { data: Float32Array.of(2, 0, 0, 0, 0, 7, 1, 0, 0, 0, 3, 0), width: 2, height: 2, channels: 3 };

  it('refuses features of another grid, what is no tree, and numbers out of range', async () => {
    const { tree: cuts } = await partition(features, { parity: false, treeTau: 0.75 });
    await expect(cut(cuts, { ...features, width: 4, height: 1 }, { price: 0.1 })).rejects.toThrow(/^The tree was built from 2x2 tokens .* 4x1$/);
    await expect(cut(cuts, { ...features, height: 1 }, { price: 0.1 })).rejects.toThrow(/have 2x1$/);
    await expect(cut({} as CutTree, features, { price: 0.1 })).rejects.toThrow(/^Expected the tree that partition, merge or analyse gave/);
    for (const [price, ease, join] of [
      [-1, 0, 0],
      [0, 2, 0],
      [0, 0, -1],
    ])
      await expect(cut(cuts, features, { price, ease, join })).rejects.toThrow(/^Expected a number from 0 to 1/);
  });

  it('knows what each node explains: the length of its sum of unit features, and its share', async () => {
    const { tree } = await partition(features, { parity: false, treeTau: 2 });
    const unit = [
      [1, 0, 0],
      [0, 0, 1],
      [1, 0, 0],
      [0, 1, 0],
    ];
    expect(tree.share.length).toBeGreaterThan(2);
    for (let node = 0; node < tree.share.length; node++) {
      const tokens = [...elementsOf(tree, node)];
      const sum = [0, 1, 2].map((c) => tokens.reduce((total, t) => total + unit[t][c], 0));
      expect(tree.worth[node]).toBeCloseTo(Math.hypot(...sum) / 4, 12);
      expect(tree.share[node]).toBe(tokens.length / 4);
    }
  });
});
