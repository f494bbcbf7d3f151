import { describe, expect, it } from 'vitest';
import { agreement } from '../../test/goldens.ts';
import { random } from '../../test/random.ts';
import { featuresOf, mirrored, noise, paint, turned } from '../../test/scenes.ts';
import { splitComponents } from '../draw/components.ts';
import { areasOf, byFirstPixel } from '../tensor/ids.ts';
import { createKernels } from '../tensor/kernels.ts';
import type { FeatureMap } from '../types.ts';
import { AVERAGE_LINKAGE, agglomerate } from './agglomerate.ts';
import { blurred } from './blur.ts';
import { gradient } from './gradient.ts';
import { arcsOf } from './graph.ts';
import { REGIONS, type RegionGraph, regionGraph, regionSettings, workSize } from './regions.ts';
import { watershed } from './watershed.ts';

const features = featuresOf(8, 6, (x) => (x < 4 ? 0 : 1));
/** Every pixel in a region, regions in one piece, arcs and areas those of the map. */
const checkGraph = async ({ data, width, height, count, area, arcs, lab, meanStrength }: RegionGraph): Promise<void> => {
  expect(data).toHaveLength(width * height);
  expect(lab).toHaveLength(3 * width * height);
  expect([...new Set(data)]).toEqual(Array.from({ length: count }, (_, i) => i));
  expect(area.reduce((sum, a) => sum + a, 0)).toBe(width * height);
  expect(count).toBeLessThanOrEqual(REGIONS.count);
  expect(meanStrength).toBeGreaterThanOrEqual(0);
  expect(areasOf(await splitComponents({ data, width, height })).size).toBe(count);
  for (let k = 0; k < arcs.from.length; k++) expect(arcs.from[k] < arcs.to[k] && arcs.length[k] > 0 && arcs.sum[k] >= 0).toBe(true);
};

describe('regionGraph', () => {
  it.each([
    ['noise', noise(96, 64)],
    ['one pixel', noise(1, 1)],
    ['3 x 3', noise(3, 3)],
    ['a column of 5000', noise(1, 5000)],
    ['a row of 700', noise(700, 1)],
    ['one colour', paint(50, 40, () => [9, 9, 9])],
  ])('is a map of connected regions and its graph: %s', async (_, picture) => {
    await checkGraph(await regionGraph(picture, features));
  });

  it('is one region for one colour, and works at 512 pixels at most', async () => {
    expect(
      (
        await regionGraph(
          paint(50, 40, () => [9, 9, 9]),
          features,
        )
      ).count,
    ).toBe(1);
    const { width, height } = await regionGraph(noise(1, 5000), features);
    expect([width, height]).toEqual([1, 512]);
  });

  const scene = paint(120, 80, (x, y) =>
    (x - 40) ** 2 + (y - 30) ** 2 < 400 ? [200, 60, 40] : [60 + ((x * 7 + y * 3) % 9), 90 + x / 4, 160 - y / 2],
  );

  it('has an edge of the picture on borders of regions', async () => {
    const { data } = await regionGraph(scene, features);
    const inside = new Set<number>();
    const outside = new Set<number>();
    data.forEach((region, i) => {
      const distance = Math.hypot((i % 120) - 40, Math.floor(i / 120) - 30);
      if (distance < 18) inside.add(region);
      if (distance > 22) outside.add(region);
    });
    expect([...inside].filter((region) => outside.has(region))).toEqual([]);
  });

  it.each([
    ['mirrored', mirrored],
    ['turned', turned],
  ] as const)('gives %s regions for a %s picture, up to ties', async (_, change) => {
    const one = await regionGraph(scene, features);
    const other = await regionGraph(change(scene), change(features));
    const { data, width, height } = one;
    expect(agreement(change({ data, width, height }), other)).toBeGreaterThan(0.9);
    expect(other.meanStrength).toBeCloseTo(one.meanStrength, 4);
  });

  it('counts edges of the picture more where the features change, at the same mean', async () => {
    const stripes = paint(160, 120, (x) => (x % 40 < 20 ? [90, 90, 90] : [150, 150, 150]));
    const strengthAt = async (given: typeof features, from: number, to: number) => {
      const { data, arcs } = await regionGraph(stripes, given, {}, { ...REGIONS, count: 8 });
      const [a, b] = [data[160 * 60 + from], data[160 * 60 + to]].sort((p, q) => p - q);
      const k = [...arcs.from.keys()].find((arc) => arcs.from[arc] === a && arcs.to[arc] === b) as number;
      return arcs.sum[k] / arcs.length[k];
    };
    const halves = featuresOf(16, 12, (x) => (x < 8 ? 0 : 1));
    const flat = { ...halves, data: new Float32Array(halves.data.length).fill(1) };
    expect(await strengthAt(halves, 70, 90)).toBeGreaterThan(1.3 * (await strengthAt(halves, 30, 50)));
    expect(await strengthAt(flat, 70, 90)).toBeCloseTo(await strengthAt(flat, 30, 50), 3);
  });

  it('is the same twice, and stops when it is told to', async () => {
    expect(await regionGraph(scene, features)).toEqual(await regionGraph(scene, features));
    await expect(regionGraph(scene, features, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});

describe('the edges that regions lie between', () => {
  const [sigmas, levelSigma, steps, gains] = [[1, 1.5, 3], 0.5, 4, [1.5, 3]];
  const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, v) => sum + v, 0) / values.length;

  /** Change of the unit tokens, central differences halved, brought up to the picture's size: a formula a pixel. */
  const changeAt = ({ data, width, height, channels }: FeatureMap, toWidth: number, toHeight: number): number[] => {
    const token = (x: number, y: number) => {
      const at = (Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))) * channels;
      const row = [...data.subarray(at, at + channels)];
      const length = Math.hypot(...row);
      return row.map((v) => v / length);
    };
    const square = (a: number[], b: number[]) => a.reduce((sum, v, c) => sum + (v - b[c]) ** 2, 0);
    const change = (x: number, y: number) =>
      0.5 * Math.sqrt((square(token(x + 1, y), token(x - 1, y)) + square(token(x, y + 1), token(x, y - 1))) / channels);
    const place = (i: number, size: number, from: number) => {
      const at = Math.max(0, ((i + 0.5) * from) / size - 0.5);
      const low = Math.min(from - 1, Math.floor(at));
      return { low, high: Math.min(from - 1, low + 1), w: at - low };
    };
    return Array.from({ length: toWidth * toHeight }, (_, i) => {
      const x = place(i % toWidth, toWidth, width);
      const y = place(Math.floor(i / toWidth), toHeight, height);
      const line = (row: number) => change(x.low, row) * (1 - x.w) + change(x.high, row) * x.w;
      return line(y.low) * (1 - y.w) + line(y.high) * y.w;
    });
  };

  it.each([
    [40, 30, 7, 5, 60, 1, 1],
    [25, 44, 3, 6, 12, 2, 1],
    [30, 9, 5, 1, 1000, 3, 1],
    [40, 30, 7, 5, 8, 4, 0.03], // hardly any edge
  ])(
    'are those of the picture, by how much the features change: %ix%i with %ix%i tokens, %i regions',
    async (width, height, w, h, count, seed, contrast) => {
      const next = random(seed);
      const picture = paint(width, height, (x, y) =>
        [120 + 80 * Math.sin(x / 3) + 30 * next(), 120 + 80 * Math.cos(y / 4 + x / 9) + 30 * next(), 90 + 60 * Math.sin((x + y) / 5)].map(
          (v) => 120 + contrast * (v - 120),
        ),
      );
      const map = { data: Float32Array.from({ length: w * h * 4 }, () => next() - 0.3), width: w, height: h, channels: 4 };
      const got = await regionGraph(picture, map, {}, { ...REGIONS, count });

      const kernels = await createKernels(2 ** 20);
      const soft = (plane: Float32Array, sigma: number) => {
        const from = kernels.f32(plane.length);
        from.set(plane);
        return blurred(kernels, from, width, height, sigma, kernels.f32(plane.length)).slice();
      };
      const [first, fine, coarse] = sigmas.map((sigma) => gradient(soft(got.lab, sigma), width, height));
      const levels = Uint16Array.from(soft(first, levelSigma), (v) => Math.floor(steps * v + 0.5));
      const edges = Array.from(fine, (v, i) => Math.sqrt(gains[0] * v * gains[1] * coarse[i]));
      expect(got.meanStrength).toBeCloseTo(mean(edges), 4);
      const change = changeAt(map, width, height);
      const weighted = edges.map((v, i) => v * Math.sqrt(change[i] / mean(change)));
      const strength = Float32Array.from(weighted, (v) => (v * mean(edges)) / mean(weighted));

      const basins = await watershed(levels, width, height);
      const into = Array.from({ length: basins.count }, (_, i) => i);
      await agglomerate(await arcsOf(basins, strength), basins.count, count, {
        ...AVERAGE_LINKAGE,
        join: (a, b) => void into.splice(0, into.length, ...into.map((basin) => (basin === b ? a : basin))),
      });
      const data = byFirstPixel({ data: basins.data.map((basin) => into[basin]), width, height }).data;
      expect(got.data).toEqual(data);
      expect(got.count).toBe(Math.min(count, basins.count));
      const arcs = await arcsOf({ data, width, height, count: got.count }, strength);
      expect([got.arcs.from, got.arcs.to, got.arcs.length]).toEqual([arcs.from, arcs.to, arcs.length]);
      got.arcs.sum.forEach((sum, k) => expect(sum / arcs.sum[k]).toBeCloseTo(1, 4));
      expect([...got.area]).toEqual(Array.from({ length: got.count }, (_, region) => data.filter((other) => other === region).length));
    },
  );
});

describe('regionSettings', () => {
  const of = (size: [number, number], whole: [number, number]) => {
    const { workSide, count } = regionSettings({ ...featuresOf(2, 2, () => 0), origin: { encoder: 'embedded', tile: { size, of: whole } } });
    return [workSide, count];
  };

  it('gives each tile what a whole picture has, as far as memory goes', () => {
    expect(regionSettings(featuresOf(2, 2, () => 0))).toBe(REGIONS);
    expect(of([1024, 1024], [2048, 1024])).toEqual([1024, 2000]);
    expect(of([256, 256], [512, 384])).toEqual([1024, 3000]); // more than the picture has: it is not enlarged
    const [side, count] = of([1024, 1024], [16_000, 12_500]);
    expect([Math.round(side * side * (12_500 / 16_000)) / 2 ** 22, count]).toEqual([expect.closeTo(1, 2), 8192]);
  });

  it('is what regions are made with', async () => {
    const picture = noise(600, 20);
    const features = { ...featuresOf(30, 1, (x) => x % 3), origin: { encoder: 'embedded', tile: { size: [100, 20], of: [600, 20] } } } as FeatureMap;
    expect(await regionGraph(picture, features)).toMatchObject({ width: 600, tiles: 6 });
    expect(await regionGraph(picture, { ...features, origin: { encoder: 'embedded' } })).not.toHaveProperty('tiles');
  });
});

describe('workSize', () => {
  it('rounds both sides, and leaves at least a pixel', () => {
    expect(workSize({ width: 1000, height: 333 }, 512)).toEqual({ width: 512, height: 170 }); // 170.5 less a little
    expect(workSize({ width: 1000, height: 335 }, 512)).toEqual({ width: 512, height: 172 });
    expect(workSize({ width: 333, height: 1000 }, 512)).toEqual({ width: 170, height: 512 });
    expect(workSize({ width: 335, height: 1000 }, 512)).toEqual({ width: 172, height: 512 });
    expect(workSize({ width: 5000, height: 2 }, 512)).toEqual({ width: 512, height: 1 });
    expect(workSize({ width: 512, height: 300 }, 512)).toEqual({ width: 512, height: 300 });
  });
});
