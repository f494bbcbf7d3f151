import { describe, expect, it } from 'vitest';
import type { CutTree, FeatureMap, MergeTree } from '../types.ts';
import { pruneAt } from './prune.ts';

/**
 * Four regions of a pixel each, in pairs:  0 -> 1, 2;  1 -> regions 0, 1 (nodes 6, 5);  2 -> regions 2, 3 (nodes 4, 3).
 * All numbers are sums of powers of two, so that what a split gains is exact.
 */
const tree = (worth: number[], share = [1, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25]): MergeTree => ({
  regions: { data: Int32Array.of(3, 2, 1, 0), width: 4, height: 1 },
  count: 4,
  children: Int32Array.of(1, 2, 6, 5, 4, 3, -1, -1, -1, -1, -1, -1, -1, -1),
  share: Float64Array.from(share),
  worth: Float64Array.from(worth),
  cost: new Float64Array(7),
});
const none: FeatureMap = { data: Float32Array.of(1, 1, 1, 1), width: 4, height: 1, channels: 1 };
const labels = (of: MergeTree, price: number, ease = 0) => [...pruneAt(of, none, price, ease).data];

describe('pruneAt on regions', () => {
  const halves = tree([0.5, 0.375, 0.375, 0.25, 0.25, 0.25, 0.25]);

  it('splits where it gains more than the price, and not where it gains just that', () => {
    // the pairs gain 0.125 each, the root 0.25 above them
    expect(labels(halves, 0.125)).toEqual([0, 0, 1, 1]);
    expect(labels(halves, 0.125 - 2 ** -20)).toEqual([0, 1, 2, 3]);
    expect(labels(halves, 0.25)).toEqual([0, 0, 0, 0]);
    expect(labels(halves, 0.25 - 2 ** -20)).toEqual([0, 0, 1, 1]);
  });

  it('keeps a split that pays only by those below it', () => {
    // the root alone loses: 0.25 + 0.25 - 0.5 - 0.125; with both pairs split it gains
    expect(labels(tree([0.5, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25]), 0.125)).toEqual([0, 1, 2, 3]);
  });

  it('splits nothing below what stays whole, whatever it would gain', () => {
    // the first pair would gain; its parent gains less than the price with it
    expect(labels(tree([0.875, 0.25, 0.375, 0.125, 0.125, 0.25, 0.25]), 0.125)).toEqual([0, 0, 0, 0]);
  });

  it('asks less for a small side: the price times the smaller share to the power of ease', () => {
    // a quarter of the picture on one side: half the price with an ease of 0.5
    const uneven = tree([0.5, 0.5, 0.25, 0.125, 0.125, 0.25, 0.25], [1, 0.75, 0.25, 0.125, 0.125, 0.5, 0.25]);
    expect(labels(uneven, 0.5, 0.5)).toEqual([0, 0, 0, 0]);
    expect(labels(uneven, 0.5 - 2 ** -20, 0.5)).toEqual([0, 0, 1, 1]);
    expect(labels(uneven, 0.5 - 2 ** -20, 0)).toEqual([0, 0, 0, 0]);
  });

  it('joins what is alike afterwards, for more than nothing', () => {
    const features: FeatureMap = { data: Float32Array.of(1, 0, 0, 1, 1, 0, 0, 1), width: 4, height: 1, channels: 2 };
    const split = tree([0.5, 0.375, 0.375, 0.25, 0.25, 0.25, 0.25]);
    expect([...pruneAt(split, features, 0, 0, 0).data]).toEqual([0, 1, 2, 3]);
    expect([...pruneAt(split, features, 0, 0, 0.01).data]).toEqual([0, 1, 0, 1]);
    expect([...pruneAt(split, features, 0, 0, 1).data]).toEqual([0, 0, 0, 0]);
  });
});

describe('pruneAt on tokens', () => {
  /** Three kinds of tokens at right angles: two of the first, one each of the others. */
  const features: FeatureMap = { data: Float32Array.of(2, 0, 0, 0, 0, 7, 1, 0, 0, 0, 3, 0), width: 2, height: 2, channels: 3 };
  const node = (tokens: number[], parent: number, children: [number, number] | null) => ({
    tokens: Int32Array.from(tokens),
    parent,
    children,
    ncut: 0.1,
  });
  const cuts = {
    width: 2,
    height: 2,
    treeTau: 0.75,
    nodes: [node([0, 1, 2, 3], -1, [1, 2]), node([0, 2], 0, null), node([1, 3], 0, [3, 4]), node([1], 2, null), node([3], 2, null)],
  } as unknown as CutTree;
  const ids = (price: number, ease = 0) => [...pruneAt(cuts, features, price, ease).data];

  it('gains what lengths of sums of unit features say', () => {
    const lower = (2 - Math.SQRT2) / 4; // of telling the two single tokens apart
    const upper = (2 + Math.SQRT2 - Math.sqrt(6)) / 4; // of telling the pair from them
    expect(ids(lower - 1e-6)).toEqual([0, 1, 0, 2]);
    expect(ids(lower + 1e-6)).toEqual([0, 1, 0, 1]);
    expect(ids(upper - 1e-6)).toEqual([0, 1, 0, 1]);
    expect(ids(upper + 1e-6)).toEqual([0, 0, 0, 0]);
  });

  it('knows the share of each side', () => {
    const lower = (2 - Math.SQRT2) / 4 / 0.25 ** 0.5; // a quarter of the picture on the smaller side
    const upper = (2 + Math.SQRT2 - Math.sqrt(6)) / 4 / 0.5 ** 0.5; // a half
    expect(ids(lower - 1e-6, 0.5)).toEqual([0, 1, 0, 2]);
    expect(ids(lower + 1e-6, 0.5)).toEqual([0, 1, 0, 1]);
    expect(ids(upper - 1e-6, 0.5)).toEqual([0, 1, 0, 1]);
    expect(ids(upper + 1e-6, 0.5)).toEqual([0, 0, 0, 0]);
  });

  it('refuses features of another grid, and what is no tree', () => {
    expect(() => pruneAt(cuts, { ...features, width: 4, height: 1 }, 0.1)).toThrow(/^The tree was built from 2x2 tokens .* 4x1$/);
    expect(() => pruneAt(cuts, { ...features, height: 1 }, 0.1)).toThrow(/have 2x1$/);
    expect(() => pruneAt({} as CutTree, features, 0.1)).toThrow(/^Expected the tree that partition or merge gave/);
    for (const [price, ease, join] of [
      [-1, 0, 0],
      [0, 2, 0],
      [0, 0, -1],
    ])
      expect(() => pruneAt(cuts, features, price, ease, join)).toThrow(/^Expected a number from 0 to 1/);
  });
});
