import { drawHeatmap, type FeatureMap, similarity } from 'diffcut';
import { describe, expect, it } from 'vitest';
import { paintMap, prepare, rangeOf, stopsOf, tokenMap, unitAt } from './heat.ts';

/** Numbers without pattern, the same each time. */
const features = (width: number, height: number, channels: number): FeatureMap => ({
  data: Float32Array.from({ length: width * height * channels }, (_, i) => Math.sin(i * i * 0.37 + i)),
  width,
  height,
  channels,
});
const PICTURE = { width: 90, height: 61 };

describe('tokenMap', () => {
  it.each([7, 8])('is what similarity has at the tokens, for a point of the picture (%i channels)', (channels) => {
    const [from, to] = [features(9, 6, channels), features(5, 8, channels)];
    for (const point of [
      [0, 0],
      [89, 60],
      [41, 17],
    ] as const) {
      const exact = similarity(from, point, to, { picture: PICTURE });
      const quick = tokenMap(prepare(to), unitAt(from, PICTURE, [point]));
      expect(quick).toMatchObject({ width: 5, height: 8 });
      quick.data.forEach((cosine, i) => expect(cosine).toBeCloseTo(exact.data[i], 5));
    }
  });

  it('is what similarity has for all pixels of a box', () => {
    const from = features(9, 6, 8);
    const exact = similarity(from, { boxXYWH: [20, 10, 3, 2] }, from, { picture: PICTURE });
    const points = [20, 21, 22].flatMap((x) => [10, 11].map((y) => [x, y] as const));
    tokenMap(prepare(from), unitAt(from, PICTURE, points)).data.forEach((cosine, i) => expect(cosine).toBeCloseTo(exact.data[i], 5));
  });

  it('is 0 for tokens and queries that are zero', () => {
    const from = features(4, 4, 8);
    from.data.fill(0, 0, 8);
    const map = tokenMap(prepare(from), unitAt(from, from, [[2, 2]]));
    expect(map.data[0]).toBe(0);
    expect([...tokenMap(prepare(from), unitAt(from, from, [[0, 0]])).data]).toEqual(Array(16).fill(0));
    expect([...tokenMap(prepare(from), unitAt(from, from, [])).data]).toEqual(Array(16).fill(0));
  });
});

describe('paintMap', () => {
  it.each(['jet', 'viridis'] as const)('has the colours of drawHeatmap in %s', (colormap) => {
    const map = { data: Float32Array.from({ length: 300 }, (_, i) => Math.sin(i)), width: 20, height: 15 };
    const range = [-0.8, 0.9] as const;
    const painted = paintMap(map, map, range, colormap);
    const over = (ground: number) => drawHeatmap({ data: new Uint8Array(900).fill(ground), width: 20, height: 15 }, map, { range, colormap }).data;
    const [dark, bright] = [over(0), over(255)];
    for (let i = 0; i < 300; i++) {
      for (let c = 0; c < 3; c++) {
        expect(dark[3 * i + c]).toBe(Math.round(painted[4 * i + c] * 0.5));
        expect(bright[3 * i + c]).toBe(Math.round(255 * 0.5 + painted[4 * i + c] * 0.5));
      }
      expect(painted[4 * i + 3]).toBe(255);
    }
  });

  it('enlarges straight between the values, and keeps to the ends', () => {
    const map = { data: Float32Array.of(0, 1), width: 2, height: 1 };
    const painted = paintMap(map, { width: 8, height: 1 }, [0, 1], 'viridis');
    const ends = stopsOf('viridis', 2);
    expect([...painted.subarray(0, 3)]).toEqual(ends[0]);
    expect([...painted.subarray(28, 31)]).toEqual(ends[1]);
    const greens = Array.from({ length: 8 }, (_, x) => painted[4 * x + 1]);
    expect(greens).toEqual([...greens].sort((a, b) => a - b));
    expect(new Set(greens).size).toBe(6); // two at each end lie beyond the last value
  });

  it('gives one colour to what is all alike, that of the middle', () => {
    const map = { data: new Float32Array(4).fill(0.3), width: 2, height: 2 };
    const painted = paintMap(map, map, rangeOf([map]), 'jet');
    expect([...painted.subarray(0, 3)]).toEqual(stopsOf('jet', 256)[128]);
    expect(new Set(painted.filter((_, i) => i % 4 === 0)).size).toBe(1);
  });
});
