import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fourRegions } from '../solve/tree.cases.ts';
import { conceptsAmong, findConcepts } from './concepts.ts';
import { placeSegments } from './place.ts';
import { bestNodes } from './prune.ts';
import { farthestPoints } from './sample.ts';
import { joinVectors, type SegmentVectors, segmentVectors } from './vectors.ts';

const CHANNELS = 6;

/** Segments around a few directions, in turn. */
const around = (count: number, groups: number, noise = 0.1, seed = 1): SegmentVectors => {
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  const data = new Float32Array(count * CHANNELS);
  for (let i = 0; i < count; i++) {
    const row = Array.from({ length: CHANNELS }, (_, c) => (c === i % groups ? 1 : 0) + noise * random());
    const length = Math.hypot(...row);
    data.set(
      row.map((v) => v / length),
      i * CHANNELS,
    );
  }
  return { data, count, channels: CHANNELS };
};

const groupsOf = (of: Int32Array, groups: number): Set<string> => new Set(Array.from(of, (id, i) => `${i % groups} ${id}`));

describe('findConcepts', () => {
  it('finds what segments have in common, by a price and by a number', async () => {
    const segments = around(60, 4);
    for (const options of [{ k: 4 }, { price: 0.03 }]) {
      const { of, size, vectors } = await findConcepts(segments, options);
      expect(groupsOf(of, 4).size).toBe(4);
      expect([...size]).toEqual([15, 15, 15, 15]);
      expect(vectors.count).toBe(4);
    }
  });

  it('gives all there are where more are wanted, and one where one is', async () => {
    expect((await findConcepts(around(5, 5), { k: 200 })).size).toHaveLength(5);
    const { of, spread } = await findConcepts(around(20, 4), { k: 1 });
    expect(new Set(of)).toEqual(new Set([0]));
    expect(spread[0]).toBeGreaterThan(0.3);
  });

  it('numbers by size, equals in the order of their first segments', async () => {
    const few = around(12, 3);
    const { of, size } = await findConcepts(joinVectors([few, around(2, 2, 0, 7)]), { k: 3 });
    expect([...size]).toEqual([5, 5, 4]);
    expect([...of.subarray(0, 3)]).toEqual([0, 1, 2]);
  });

  it('places segments again where they are, whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 9 }), async (count, groups, k) => {
        const segments = around(count, groups, 0.9, count * 31 + k);
        const { of, vectors, size, cosine } = await findConcepts(segments, { k });
        expect(size.length).toBeLessThanOrEqual(k);
        expect(size.every((n, id) => n > 0 && n <= (size[id - 1] ?? Infinity))).toBe(true);
        const placed = await placeSegments(segments, vectors);
        expect(placed.of).toEqual(of);
        expect(placed.cosine).toEqual(cosine);
      }),
      { numRuns: 40 },
    );
  });

  it('finds the same from few that stand for all', async () => {
    const { of } = await conceptsAmong(around(300, 5), { k: 5 }, { exact: 100, sampled: 40 });
    expect(groupsOf(of, 5).size).toBe(5);
  });

  it('copes with none, one, all alike, and a segment without pixels', async () => {
    expect((await findConcepts(around(0, 1))).vectors).toEqual({ data: new Float32Array(0), count: 0, channels: CHANNELS });
    expect([...(await findConcepts(around(1, 1))).of]).toEqual([0]);
    expect([...(await findConcepts(around(9, 1, 0), { k: 3 })).of]).toEqual(new Array(9).fill(0));
    const withNone = joinVectors([around(6, 2), { data: new Float32Array(CHANNELS), count: 1, channels: CHANNELS }]);
    expect((await findConcepts(withNone, { k: 2 })).of).toHaveLength(7);
  });

  it('refuses what it cannot compare', async () => {
    const bad = around(3, 1);
    bad.data[7] = Number.NaN;
    await expect(findConcepts(bad)).rejects.toThrow(/channel 1 of segment 1 is NaN/);
    await expect(findConcepts(around(3, 1), { k: 2, price: 0.1 })).rejects.toThrow(/Both k and price/);
    await expect(findConcepts(around(3, 1), { k: 0 })).rejects.toThrow(/from 1 to 256 for k/);
    const none = { data: new Float32Array(0), count: 0, channels: CHANNELS };
    await expect(placeSegments(around(3, 1), none)).rejects.toThrow(/no concepts/);
    await expect(placeSegments(around(3, 1), { data: new Float32Array(4), count: 1, channels: 4 })).rejects.toThrow(/6 channels.*of 4/);
  });

  it('stops where it is told to', async () => {
    await expect(findConcepts(around(50, 3), { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});

describe('bestNodes', () => {
  const halves = fourRegions([0.5, 0.375, 0.375, 0.25, 0.25, 0.25, 0.25]);

  it('has every number of segments, the best of that number', () => {
    expect([1, 2, 3, 4, 9].map((count) => [...bestNodes(halves, count)])).toEqual([[0], [1, 2], [1, 4, 3], [6, 5, 4, 3], [6, 5, 4, 3]]);
    const uneven = fourRegions([0.5, 0.25, 0.375, 0.25, 0.25, 0.25, 0.25]);
    expect([...bestNodes(uneven, 3)]).toEqual([6, 5, 2]);
  });
});

describe('farthestPoints', () => {
  it('takes the unlike ones first', async () => {
    expect([...(await farthestPoints(around(8, 4, 0.01), 4))].map((i) => i % 4).sort()).toEqual([0, 1, 2, 3]);
    expect([...(await farthestPoints(around(5, 2), 5))]).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('segmentVectors', () => {
  const features = { data: Float32Array.of(3, 0, 0, 2), width: 2, height: 1, channels: 2 };

  it('weighs unit tokens by how much of each a segment has', async () => {
    const { data, count } = await segmentVectors({ data: Int32Array.of(0, 2), width: 2, height: 1 }, features);
    expect(count).toBe(3);
    expect([...data]).toEqual([1, 0, 0, 0, 0, 1]);
    const whole = await segmentVectors({ data: new Int32Array(2), width: 2, height: 1 }, features);
    expect(whole.data[0]).toBeCloseTo(Math.SQRT1_2, 6);
    expect(whole.data[1]).toBeCloseTo(Math.SQRT1_2, 6);
  });

  it('refuses what is no label map, and segments of two encoders together', async () => {
    await expect(segmentVectors({ data: Int32Array.of(-1, 0), width: 2, height: 1 }, features)).rejects.toThrow(/0 or more/);
    expect(() => joinVectors([around(1, 1), { data: new Float32Array(2), count: 1, channels: 2 }])).toThrow(/2 channels do not go with others of 6/);
  });
});
