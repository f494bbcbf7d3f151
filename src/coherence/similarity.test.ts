import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unitTokens } from '../tensor/features.ts';
import { axis, resizeBilinear } from '../tensor/resize.ts';
import type { FeatureMap, LabelMap } from '../types.ts';
import { bestMatch, checkQuery, type Query, type Size, sampleFeatures, similarity } from './similarity.ts';

/** Numbers between -1 and 1, the same for a seed. */
const random = (seed: number): (() => number) => {
  let state = seed >>> 0 || 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
};

const made = (width: number, height: number, channels: number, seed: number): FeatureMap => {
  const next = random(seed);
  return { data: Float32Array.from({ length: width * height * channels }, next), width, height, channels };
};

/** Every channel at the picture's size, then normalised: the definition, word by word. */
const materialised = ({ data, width, height, channels }: FeatureMap, size: Size): FeatureMap => {
  const large = resizeBilinear(data, width, height, channels, size.width, size.height);
  return { data: unitTokens({ data: large, channels }), ...size, channels };
};

const pixelsOf = (query: Query, { width, height }: Size): number[] =>
  Array.from({ length: width * height }, (_, i) => i).filter((i) => {
    if ('labels' in query) return query.labels.data[i] === query.id;
    const [left, top, w, h] = 'boxXYWH' in query ? query.boxXYWH : [...query, 1, 1];
    const x = i % width;
    const y = Math.floor(i / width);
    return x >= left && x < left + w && y >= top && y < top + h;
  });

const naive = (features: FeatureMap, query: Query, targetFeatures: FeatureMap, picture: Size, target: Size): Float64Array => {
  const { channels } = features;
  const from = materialised(features, picture);
  const mean = new Float64Array(channels);
  for (const i of pixelsOf(query, picture)) for (let c = 0; c < channels; c++) mean[c] += from.data[i * channels + c];
  const norm = Math.hypot(...mean);
  const to = materialised(targetFeatures, target);
  return Float64Array.from({ length: target.width * target.height }, (_, i) =>
    mean.reduce((sum, v, c) => sum + (v / Math.max(norm, 1e-12)) * to.data[i * channels + c], 0),
  );
};

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, v, i) => Math.max(most, Math.abs(v - b[i])), 0);
};

const SIDE = fc.integer({ min: 1, max: 9 });
const LONG = fc.integer({ min: 1, max: 40 });

describe('similarity', () => {
  it('is the cosine of upsampled, then normalised features, for points, boxes and masks', () => {
    const cases = fc.record({
      grid: fc.tuple(SIDE, SIDE),
      targetGrid: fc.tuple(SIDE, SIDE),
      picture: fc.tuple(LONG, LONG),
      target: fc.tuple(LONG, LONG),
      channels: fc.integer({ min: 2, max: 6 }),
      seed: fc.nat(),
      at: fc.tuple(fc.nat(1000), fc.nat(1000), fc.nat(1000), fc.nat(1000)),
      kind: fc.constantFrom('point', 'box', 'mask'),
    });
    fc.assert(
      fc.property(cases, ({ grid, targetGrid, picture: [width, height], target, channels, seed, at, kind }) => {
        const features = made(...grid, channels, seed);
        const targetFeatures = made(...targetGrid, channels, seed + 1);
        const x = at[0] % width;
        const y = at[1] % height;
        const labels: LabelMap = { data: Int32Array.from({ length: width * height }, (_, i) => (i * 7 + at[2]) % 3), width, height };
        labels.data[y * width + x] = 5;
        const queries: Record<string, Query> = {
          point: [x, y],
          box: { boxXYWH: [x, y, 1 + (at[2] % (width - x)), 1 + (at[3] % (height - y))] },
          mask: { labels, id: at[3] % 2 ? 5 : labels.data[0] },
        };
        const picture = { width, height };
        const size = { width: target[0], height: target[1] };
        const wanted = naive(features, queries[kind], targetFeatures, picture, size);
        expect(largestDifference(similarity(features, queries[kind], targetFeatures, { picture, target: size }).data, wanted)).toBeLessThan(2e-5);
      }),
      { numRuns: 300 },
    );
  });

  it('takes cells of the grid and gives the grid where no sizes are given', () => {
    const features = made(5, 4, 8, 3);
    const other = made(3, 6, 8, 4);
    const { data, width, height } = similarity(features, [4, 2], other);
    expect([width, height]).toEqual([3, 6]);
    const a = unitTokens(features).subarray((2 * 5 + 4) * 8, (2 * 5 + 5) * 8);
    const b = unitTokens(other);
    const wanted = Array.from({ length: 18 }, (_, t) => a.reduce((sum, v, c) => sum + v * b[t * 8 + c], 0));
    expect(largestDifference(data, wanted)).toBeLessThan(1e-6);
  });

  it('is 1 at the marked pixel itself, and a box of one pixel is that pixel', () => {
    const features = made(7, 5, 16, 9);
    const picture = { width: 91, height: 64 };
    for (const [x, y] of [
      [0, 0],
      [90, 63],
      [33, 12],
    ] as const) {
      const map = similarity(features, [x, y], features, { picture, target: picture });
      expect(map.data[y * 91 + x]).toBeCloseTo(1, 6);
      expect(similarity(features, { boxXYWH: [x, y, 1, 1] }, features, { picture, target: picture })).toEqual(map);
    }
  });

  it('a mask of a rectangle is the box', () => {
    const features = made(6, 6, 4, 2);
    const picture = { width: 30, height: 20 };
    const data = Int32Array.from({ length: 600 }, (_, i) => (i % 30 >= 4 && i % 30 < 11 && Math.floor(i / 30) >= 2 && i < 5 * 30 ? 9 : 0));
    const mask = { labels: { data, ...picture }, id: 9 };
    expect(similarity(features, mask, features, { picture })).toEqual(similarity(features, { boxXYWH: [4, 2, 7, 3] }, features, { picture }));
  });

  it('does not care for the scale of features, and stays in -1..1 where they are large', () => {
    const features = made(4, 4, 3, 7);
    const larger = { ...features, data: features.data.map((v) => v * 1e15) };
    const target = { width: 33, height: 21 };
    const map = similarity(larger, [1, 2], larger, { target });
    expect(largestDifference(map.data, similarity(features, [1, 2], features, { target }).data)).toBeLessThan(1e-6);
    expect(Math.max(...map.data)).toBeLessThanOrEqual(1);
    expect(Math.min(...map.data)).toBeGreaterThanOrEqual(-1);
  });

  it('gives 0 where features are zero or cancel, never NaN', () => {
    const zero: FeatureMap = { data: new Float32Array(12), width: 2, height: 2, channels: 3 };
    expect(new Set(similarity(zero, [0, 0], zero, { target: { width: 5, height: 5 } }).data)).toEqual(new Set([0]));
    const opposite: FeatureMap = { data: Float32Array.of(3, 1, -3, -1), width: 2, height: 1, channels: 2 };
    const { data } = similarity(opposite, [0, 0], opposite, { target: { width: 3, height: 1 } });
    expect([...data].map((v) => Math.round(v * 1e6) / 1e6)).toEqual([1, 0, -1]);
    const w = axis(2, 5).weight[1]; // what is left there is rounding
    const almost: FeatureMap = { data: Float32Array.of(w, 3 * w, w - 1, 3 * (w - 1)), width: 2, height: 1, channels: 2 };
    expect(similarity(almost, [0, 0], almost, { target: { width: 5, height: 1 } }).data[1]).toBe(0);
    const map = similarity(made(3, 3, 2, 1), { boxXYWH: [0, 0, 3, 3] }, { ...zero, data: new Float32Array(8), channels: 2 });
    expect(map.data.every((v) => v === 0)).toBe(true);
  });

  it('refuses what is outside, and says how large the picture is', () => {
    const features = made(4, 3, 2, 1);
    const picture = { width: 640, height: 480 };
    const run = (query: unknown) => () => similarity(features, query as Query, features, { picture });
    expect(run([640, 0])).toThrow(/point 640,0 is outside: the picture is 640 x 480 pixels: x is 0 to 639, y 0 to 479/);
    expect(run([0, -1])).toThrow(/point 0,-1 is outside: the picture is 640 x 480/);
    expect(() => similarity(features, [4, 0], features)).toThrow(/the picture is 4 x 3/);
    expect(run({ boxXYWH: [630, 0, 11, 5] })).toThrow(/box 630,0,11,5 reaches outside: the picture is 640 x 480/);
    expect(run({ boxXYWH: [0, 0, 0, 5] })).toThrow(/Expected whole numbers \[left, top, width, height\], 1 pixel/);
    expect(run([1.5, 2])).toThrow(/Expected whole numbers \[x, y\] for the point but received \[1.5, 2\]/);
    expect(run([Number.NaN, 2])).toThrow(/Expected whole numbers/);
    expect(run([1, 2, 3])).toThrow(/Expected \[x, y\] for the point/);
    expect(run({ point: [1, 2] })).toThrow(/Expected \[x, y\], \{ boxXYWH \} or \{ labels, id \} for the query/);
    expect(run(null)).toThrow(/for the query but received null/);
  });

  it('refuses masks that do not fit, labels that are not there, and sizes that are none', () => {
    const features = made(4, 3, 2, 1);
    const labels: LabelMap = { data: Int32Array.of(0, 0, 3, 3, 1, 1), width: 3, height: 2 };
    expect(() => similarity(features, { labels, id: 3 }, features)).toThrow(/mask is 3 x 2 but the picture is 4 x 3/);
    expect(() => checkQuery({ labels, id: 2 }, { width: 3, height: 2 })).toThrow(/no pixel of label 2: it holds 0, 1, 3/);
    expect(() => checkQuery({ labels, id: 0.5 }, { width: 3, height: 2 })).toThrow(/Expected a whole number for the label/);
    expect(() => similarity(features, [0, 0], features, { target: { width: 0, height: 4 } })).toThrow(/for target/);
    expect(() => similarity(features, [0, 0], features, { picture: { width: 4, height: 1e6 } })).toThrow(/for picture/);
  });

  it('refuses features of different channels and features that are not finite', () => {
    expect(() => similarity(made(4, 3, 2, 1), [0, 0], made(4, 3, 5, 1))).toThrow(/reference has features of 2 channels but the target's have 5/);
    const bad = made(2, 2, 2, 1);
    bad.data[5] = Number.NaN;
    expect(() => similarity(made(2, 2, 2, 1), [0, 0], bad)).toThrow(/must be finite/);
  });
});

describe('bestMatch', () => {
  it('is the first of several in row order', () => {
    expect(bestMatch({ data: Float32Array.of(0, 0.5, -1, 0.5), width: 2, height: 2 })).toEqual({ x: 1, y: 0, cosine: 0.5 });
    expect(bestMatch({ data: Float32Array.of(-1, -1), width: 1, height: 2 })).toEqual({ x: 0, y: 0, cosine: -1 });
  });
});

describe('sampleFeatures', () => {
  it('takes upsampled features at pixels, at unit length', () => {
    const features = made(5, 7, 6, 11);
    const picture = { width: 37, height: 23 };
    const points = [
      [0, 0],
      [36, 22],
      [17, 9],
      [36, 0],
    ] as const;
    const all = materialised(features, picture);
    const got = sampleFeatures(features, picture, points);
    const wanted = points.flatMap(([x, y]) => [...all.data.subarray((y * 37 + x) * 6, (y * 37 + x + 1) * 6)]);
    expect(largestDifference(got, wanted)).toBeLessThan(1e-6);
  });

  it('leaves zero at zero, and takes no points', () => {
    const zero: FeatureMap = { data: new Float32Array(8), width: 2, height: 2, channels: 2 };
    expect(sampleFeatures(zero, { width: 4, height: 4 }, [[1, 1]])).toEqual(new Float32Array(2));
    expect(sampleFeatures(zero, { width: 4, height: 4 }, [])).toEqual(new Float32Array(0));
  });

  it('refuses points outside', () => {
    const features = made(2, 2, 2, 1);
    expect(() =>
      sampleFeatures(features, { width: 8, height: 6 }, [
        [7, 5],
        [7, 6],
      ]),
    ).toThrow(/point 7,6 is outside: the picture is 8 x 6/);
    expect(() => sampleFeatures(features, { width: 8, height: 6.5 }, [])).toThrow(/for the picture/);
  });
});
