import { describe, expect, it } from 'vitest';
import { agreement } from '../../test/goldens.ts';
import { featuresOf, mirrored, noise, paint, turned } from '../../test/scenes.ts';
import { splitComponents } from '../draw/components.ts';
import { areasOf } from '../tensor/ids.ts';
import { REGIONS, type RegionGraph, regionGraph } from './regions.ts';

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
