import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { goldenFeatures, goldenImage, goldenJson } from '../../test/goldens.ts';
import { readNpy } from '../tensor/npy.ts';
import type { RgbImage } from '../types.ts';
import { colormapTable, stepOf } from './colormap.ts';
import { drawHeatmap, rangeOf, smooth } from './heatmap.ts';
import { bestMatch, type Match, type SimilarityMap, type Size, similarity } from './similarity.ts';

interface Case {
  name: string;
  point: [number, number];
  picture: Size;
  best: Match;
  sigma: number;
}

const grey = (width: number, height: number): RgbImage => ({ data: new Uint8Array(width * height * 3).fill(100), width, height });
const mapOf = (width: number, height: number, at: (i: number) => number): SimilarityMap => ({
  data: Float32Array.from({ length: width * height }, (_, i) => at(i)),
  width,
  height,
});
const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, v, i) => Math.max(most, Math.abs(v - b[i])), 0);
};

describe("the notebook's maps", () => {
  const { cases } = goldenJson<{ cases: Case[] }>('coherence/cases.json');
  const made = async ({ name, point, picture }: Case) => {
    const image = await goldenImage(`coherence/${name}.picture.png`);
    const [reference, target] = ['reference', 'target'].map((which) => goldenFeatures(`coherence/${name}.${which}.npy`));
    return { image, map: similarity(reference, point, target, { picture, target: image }) };
  };

  it.each(cases)('$name: cosines within 1e-5, the best match at the same pixel', async (it) => {
    const { map } = await made(it);
    const { data } = readNpy(readFileSync(fileURLToPath(new URL(`../../test/golden/coherence/${it.name}.cosine.npy`, import.meta.url))));
    expect(largestDifference(map.data, data)).toBeLessThan(1e-5);
    expect(bestMatch(map)).toEqual({ ...it.best, cosine: expect.closeTo(it.best.cosine, 5) });
  });

  for (const colormap of ['jet', 'viridis'] as const) {
    it.each(cases)(`$name: colours of ${colormap} within a step of the table`, async (it) => {
      const { image, map } = await made(it);
      const wanted = await goldenImage(`coherence/${it.name}.${colormap}.png`);
      const { data } = drawHeatmap(image, smooth(map, it.sigma), { colormap });
      expect(largestDifference(data, wanted.data)).toBeLessThanOrEqual(2);
    });
  }
});

describe('smooth', () => {
  it('leaves a constant alone and keeps the sum, mirrored at the edges', () => {
    expect(
      largestDifference(
        smooth(
          mapOf(9, 7, () => 0.25),
          3,
        ).data,
        new Float32Array(63).fill(0.25),
      ),
    ).toBeLessThan(1e-6);
    const spot = smooth(
      mapOf(5, 3, (i) => (i === 0 ? 1 : 0)),
      2,
    ); // the kernel is wider than the map
    expect(spot.data.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
  });

  it('grows with the side: 3 pixels at 492', () => {
    const map = mapOf(492, 2, (i) => (i % 492 === 200 ? 1 : 0));
    expect(smooth(map)).toEqual(smooth(map, 3));
    const wide = mapOf(984, 2, (i) => (i % 984 === 200 ? 1 : 0));
    expect(smooth(wide)).toEqual(smooth(wide, 6));
  });

  it('takes a map of one pixel, and refuses a sigma that is none', () => {
    expect([...smooth(mapOf(1, 1, () => 0.5)).data]).toEqual([0.5]);
    for (const sigma of [0, -1, Number.NaN, 1e9])
      expect(() =>
        smooth(
          mapOf(1, 1, () => 0),
          sigma,
        ),
      ).toThrow(/Expected a number over 0 .* for sigma/);
  });
});

describe('colours', () => {
  it("ends are matplotlib's", () => {
    const ends = (name: 'jet' | 'viridis') => [...colormapTable(name).subarray(0, 3), ...colormapTable(name).subarray(765)];
    expect(ends('jet')).toEqual([0, 0, 127, 127, 0, 0]);
    expect(ends('viridis')).toEqual([68, 1, 84, 253, 231, 36]);
    expect([stepOf(-1), stepOf(0), stepOf(0.999), stepOf(1), stepOf(7)]).toEqual([0, 0, 255, 255, 255]);
  });

  it('a map without extent gets the middle colour, also where it is rounding that differs', () => {
    const middle = colormapTable('jet').subarray(128 * 3, 129 * 3);
    for (const at of [() => 0.7, (i: number) => 0.7 + (i % 2) * 1e-7]) {
      const { data } = drawHeatmap(grey(4, 3), mapOf(4, 3, at));
      expect([...data.subarray(0, 3)]).toEqual([...middle].map((v) => Math.round(50 + v / 2)));
      expect(new Set(data.filter((_, i) => i % 3 === 0)).size).toBe(1);
    }
  });

  it('with a given range cosines outside of it take its ends', () => {
    const map = mapOf(3, 1, (i) => [-1, 0.5, 1][i]);
    const data = [...drawHeatmap(grey(3, 1), map, { range: [0.4, 0.6], colormap: 'viridis' }).data];
    expect(data).toEqual([...[68, 1, 84], ...colormapTable('viridis').subarray(384, 387), ...[253, 231, 36]].map((v) => Math.round(50 + v / 2)));
    expect(rangeOf([map, mapOf(1, 1, () => 2)])).toEqual([-1, 2]);
  });

  it('refuses a map of another size', () => {
    expect(() =>
      drawHeatmap(
        grey(4, 3),
        mapOf(3, 4, () => 0),
      ),
    ).toThrow(/picture is 4 x 3 but the map is 3 x 4/);
  });
});
