import { describe, expect, it } from 'vitest';
import { featuresOf } from '../../test/scenes.ts';
import type { FeatureMap, LabelMap } from '../types.ts';
import { placeSegments } from './place.ts';
import { cutTogether, togetherBy } from './together.ts';
import { segmentVectors } from './vectors.ts';

/** Two pictures of different size: thing 0 is left in one and below in the other, 1 is in both, 2 in the second alone. */
const one = featuresOf(8, 6, (x) => (x < 3 ? 0 : 1));
const other = featuresOf(6, 9, (x, y) => (y > 5 ? 0 : x < 3 ? 1 : 2));

const at = ({ data, width }: LabelMap, x: number, y: number): number => data[y * width + x];

describe('cutTogether', () => {
  it.each([{ k: 3 }, { price: 0.05 }])('gives one id to a thing in all pictures, the largest 0: %j', async (options) => {
    const { labels, size, vectors } = await cutTogether([one, other], options);
    expect(labels.map(({ width, height }) => [width, height])).toEqual([
      [8, 6],
      [6, 9],
    ]);
    const [zero, first, second] = [at(labels[0], 0, 0), at(labels[0], 7, 0), at(labels[1], 5, 0)];
    expect([at(labels[1], 0, 8), at(labels[1], 0, 0)]).toEqual([zero, first]);
    expect([first, zero, second]).toEqual([0, 1, 2]);
    expect([...size]).toEqual([30 + 18, 18 + 18, 18]);
    expect(vectors.count).toBe(3);
  });

  it('places segments of other pictures by the directions of its ids', async () => {
    const { labels, vectors } = await cutTogether([one, other], { k: 3 });
    for (const [i, features] of [one, other].entries()) {
      const { of } = await placeSegments(await segmentVectors(labels[i], features), vectors);
      expect([...new Set(labels[i].data)].every((id) => of[id] === id)).toBe(true);
    }
  });

  it('cuts a picture that comes twice alike both times, and one alone as itself', async () => {
    const { labels } = await cutTogether([other, other], { k: 3 });
    expect(labels[1]).toEqual(labels[0]);
    const alone = await cutTogether([other], { k: 3 });
    expect(alone.size).toHaveLength(3);
    expect(alone.labels[0]).toEqual(labels[0]);
    expect((await cutTogether([featuresOf(1, 1, () => 0)])).labels).toEqual([{ data: Int32Array.of(0), width: 1, height: 1 }]);
  });

  it('finds the same from nodes that stand for many tokens', async () => {
    const exact = await cutTogether([one, other], { k: 3 });
    expect(await togetherBy([one, other], { k: 3 }, { exact: 50, count: 24 })).toEqual(exact);
  });

  it('refuses what cannot be cut together', async () => {
    await expect(cutTogether([])).rejects.toThrow(/a list of features/);
    await expect(cutTogether(new Array<FeatureMap>(33).fill(one))).rejects.toThrow(/33 pictures of 1584 tokens are too many/);
    const wide = { data: new Float32Array(2 ** 16 + 1), width: 2 ** 16 + 1, height: 1, channels: 1 };
    await expect(cutTogether([wide])).rejects.toThrow(/at most 32 and 65536/);
    await expect(cutTogether([one, { data: new Float32Array(4), width: 2, height: 1, channels: 2 }])).rejects.toThrow(/use one encoder/);
    await expect(cutTogether([one], { k: 2, price: 0.1 })).rejects.toThrow(/Both k and price/);
    await expect(cutTogether([one], { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});
