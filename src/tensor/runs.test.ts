import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runsOf } from '../../test/scenes.ts';
import { splitComponents } from '../draw/components.ts';
import type { LabelMap } from '../types.ts';
import { areasOf } from './ids.ts';
import { resizeLabels } from './resize.ts';
import { areasOfRuns, columnReader, componentsOfRuns, eachContact, expandRuns, reduceRuns, renamedRuns, rowReader, toRuns } from './runs.ts';

const maps = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 81, maxLength: 81 }))
  .map(([width, height, ids]): LabelMap => ({ data: Int32Array.from(ids.slice(0, width * height)), width, height }));
const forAll = (check: (map: LabelMap) => unknown) =>
  fc.assert(
    fc.asyncProperty(maps, async (map) => void (await check(map))),
    { numRuns: 60 },
  );

describe('runs', () => {
  it('give back the labels, whole, by rows and by columns', () =>
    forAll(async (map) => {
      const runs = runsOf(map, undefined, 2);
      expect(await expandRuns(runs)).toEqual(map);
      for (const labels of [map, runs]) {
        const row = new Int32Array(map.width);
        rowReader(labels)(map.height - 1, row);
        expect([...row]).toEqual([...map.data.subarray(-map.width)]);
        const columns = columnReader(labels);
        const out = new Int32Array(2 * map.height);
        for (let x = 0; x < map.width; x += 2) {
          columns(x, Math.min(map.width, x + 2), out);
          for (let y = 0; y < map.height; y++) expect(out[y]).toBe(map.data[y * map.width + x]);
        }
      }
    }));

  it('have the components and areas of their map', () =>
    forAll(async (map) => {
      const runs = runsOf(map);
      expect(await toRuns(map)).toEqual({ ...runs, rgb: undefined });
      expect(await expandRuns(componentsOfRuns(runs))).toEqual(await splitComponents(map));
      expect(areasOfRuns(runs)).toEqual(areasOf(map));
      expect((await expandRuns(renamedRuns(runs, (id) => id + 5))).data).toEqual(map.data.map((id) => id + 5));
    }));

  it('meet the runs above them in all pixels of a row, once', () =>
    forAll((map) => {
      const runs = runsOf(map);
      let shared = 0;
      eachContact(runs, (above, below, pixels) => {
        expect(above).toBeLessThan(below);
        shared += pixels;
      });
      expect(shared).toBe(map.width * (map.height - 1));
    }));

  it('are brought down to the nearest label', () =>
    forAll((map) => {
      const size = { width: Math.ceil(map.width / 2), height: Math.ceil(map.height / 3) };
      expect(reduceRuns(runsOf(map), size)).toEqual(resizeLabels(map, size));
    }));

  it('hold the sums of their colours, and as many as there are', async () => {
    const width = 3000; // more than the arrays have room for at first
    const map = { data: Int32Array.from({ length: 2 * width }, (_, i) => i % 2), width, height: 2 };
    const runs = runsOf(map);
    expect(runs.id.length).toBe(2 * width);
    expect(runs.rgb.length).toBe(3 * 2 * width);
    expect(new Set(runs.rgb)).toEqual(new Set([2]));
    expect(await expandRuns(runs)).toEqual(map);
  });
});
