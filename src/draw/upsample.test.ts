import { describe, expect, it } from 'vitest';
import { random } from '../../test/random.ts';
import { workSize } from '../regions/regions.ts';
import { resizeArea } from '../tensor/resize.ts';
import type { LabelMap, RgbImage } from '../types.ts';
import { upsampleGuided } from './upsample.ts';

/** Black to the left of `edge`, white to the right. */
const split = (width: number, height: number, edge: number): RgbImage => ({
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) => (Math.floor(i / 3) % width < edge ? 0 : 255)),
  width,
  height,
});

describe('workSize', () => {
  it('brings the longest side down and never up', () => {
    expect(workSize({ width: 4000, height: 3000 }, 512)).toEqual({ width: 512, height: 384 });
    expect(workSize({ width: 100, height: 30 }, 512)).toEqual({ width: 100, height: 30 });
    expect(workSize({ width: 1, height: 5000 }, 512)).toEqual({ width: 1, height: 512 });
  });
});

describe('upsampleGuided', () => {
  it('puts the border on the edge of the picture, not on that of the work pixels', async () => {
    const picture = split(100, 40, 43); // within the fifth of ten work pixels
    const labels = { data: Int32Array.from({ length: 40 }, (_, i) => (i % 10 < 4 ? 7 : 900)), width: 10, height: 4 };
    const out = await upsampleGuided(labels, picture);
    for (let i = 0; i < out.data.length; i++) if (Math.abs((i % 100) - 43) > 1) expect(out.data[i]).toBe(i % 100 < 43 ? 7 : 900);
  });

  /** Light and dark by halves, with noise in both. */
  const noisy = (width: number, height: number): RgbImage => {
    const clean = split(width, height, width / 2);
    return { ...clean, data: clean.data.map((v, i) => (v === 0 ? 105 : 150) + ((Math.imul(Math.floor(i / 3), 2654435761) >>> 8) % 81) - 40) };
  };

  it('is not frayed by texture along a border', async () => {
    const picture = noisy(320, 200);
    const labels = { data: Int32Array.from({ length: 40 * 25 }, (_, i) => (i % 40 < 20 ? 3 : 5)), width: 40, height: 25 };
    const out = await upsampleGuided(labels, picture);
    const wrong = out.data.filter((id, i) => id !== (i % 320 < 160 ? 3 : 5)).length;
    expect(wrong / (200 * 16)).toBeLessThan(0.035); // of the pixels within one work pixel of the border
  });

  it.each([
    [1, 5000, 1, 512],
    [97, 31, 64, 20],
    [1300, 3, 512, 1],
  ])('labels every pixel with a label of its surroundings: %ix%i from %ix%i', async (width, height, fromWidth, fromHeight) => {
    const picture = noisy(width, height);
    const labels = {
      data: Int32Array.from({ length: fromWidth * fromHeight }, (_, i) => 1 + (Math.floor(i / 5) % 3)),
      width: fromWidth,
      height: fromHeight,
    };
    const out = await upsampleGuided(labels, picture);
    expect([out.width, out.height, out.data.length]).toEqual([width, height, width * height]);
    expect([...new Set(out.data)].sort()).toEqual([1, 2, 3]);
    const one = { ...labels, data: labels.data.map(() => 8) };
    expect(new Set((await upsampleGuided(one, picture)).data)).toEqual(new Set([8]));
  });

  it('tells how far it is, up to its total', async () => {
    const picture = noisy(640, 400);
    const labels = { data: Int32Array.from({ length: 40 * 25 }, (_, i) => i % 3), width: 40, height: 25 };
    const told: number[][] = [];
    await upsampleGuided(labels, picture, { onProgress: (_, done, total) => told.push([done, total]) });
    expect(told.map(([done]) => done)).toEqual(told.map(([done]) => done).sort((a, b) => a - b));
    expect(told.at(-1)).toEqual([4, 4]);
  });

  it('tells of a long step now and then, not at every row', async () => {
    const told: number[] = [];
    const labels = { data: new Int32Array(2 * 400), width: 2, height: 400 };
    await upsampleGuided(labels, noisy(4, 800), { onProgress: (_, done) => told.push(done) });
    expect(told.some((done) => done > 0 && done < 1)).toBe(true);
    expect(told.length).toBeLessThan(40);
  });

  it('leaves labels of the picture’s size alone', async () => {
    const picture = split(4, 2, 2);
    const labels = { data: new Int32Array(8), width: 4, height: 2 };
    expect(await upsampleGuided(labels, picture)).toBe(labels);
  });
});

describe('one step', () => {
  /** Asks the nine pixels of the step before around every pixel, also where they are all of one label. */
  const slow = async (labels: LabelMap, picture: RgbImage): Promise<number[]> => {
    const small = await resizeArea(picture, labels);
    const place = (i: number, size: number, from: number) => {
      const at = ((i + 0.5) * from) / size - 0.5;
      return { at, own: Math.min(from - 1, Math.max(0, Math.round(at))) };
    };
    return Array.from({ length: picture.width * picture.height }, (_, i) => {
      const column = place(i % picture.width, picture.width, labels.width);
      const row = place(Math.floor(i / picture.width), picture.height, labels.height);
      const votes = new Map<number, number>();
      for (let v = row.own - 1; v <= row.own + 1; v++) {
        for (let u = column.own - 1; u <= column.own + 1; u++) {
          if (u < 0 || v < 0 || u >= labels.width || v >= labels.height) continue;
          const cell = v * labels.width + u;
          const difference = [0, 1, 2].reduce((sum, c) => sum + (picture.data[3 * i + c] - small.data[3 * cell + c]) ** 2, 0);
          const say = 0.1 + 0.9 * Math.exp(-Math.min(8000, Math.floor(difference)) / 800);
          const near = Math.exp(-((u - column.at) ** 2) / 2) * Math.exp(-((v - row.at) ** 2) / 2);
          votes.set(labels.data[cell], (votes.get(labels.data[cell]) ?? 0) + near * say);
        }
      }
      return [...votes].sort(([a, p], [b, q]) => q - p || a - b)[0][0];
    });
  };

  it.each([
    [21, 15, 12, 8, 3, 1],
    [30, 22, 15, 11, 9, 2],
    [19, 3, 10, 2, 2, 3],
    [6, 40, 3, 20, 5, 4],
  ])(
    'is the vote of the pixels around, nearness times likeness: %ix%i from %ix%i, %i labels',
    async (width, height, fromWidth, fromHeight, ids, seed) => {
      const next = random(seed);
      const picture = { data: Uint8Array.from({ length: width * height * 3 }, () => 100 + 60 * next()), width, height };
      const data = Int32Array.from({ length: fromWidth * fromHeight }, (_, i) =>
        i % fromWidth < fromWidth / 2 ? 40 : 10 + Math.floor(ids * next()),
      );
      const labels = { data, width: fromWidth, height: fromHeight };
      expect([...(await upsampleGuided(labels, picture)).data]).toEqual(await slow(labels, picture));
    },
  );

  it('sees a border beside each edge of the map', async () => {
    const next = random(8);
    // the picture's own edge runs through the outermost pixels of the map, 2 x 2 pixels each
    const sides: ((x: number, y: number, width: number, height: number, rim: number) => boolean)[] = [
      (x, _y, _w, _h, rim) => x >= rim,
      (x, _y, width, _h, rim) => x < width - rim,
      (_x, y, _w, _h, rim) => y >= rim,
      (_x, y, _w, height, rim) => y < height - rim,
    ];
    for (const isInside of sides) {
      const colour = (i: number) => (isInside(i % 16, Math.floor(i / 16), 16, 12, 1) ? 180 : 60);
      const data = Uint8Array.from({ length: 16 * 12 * 3 }, (_, i) => colour(Math.floor(i / 3)) + 10 * next());
      const picture = { data, width: 16, height: 12 };
      const ids = Int32Array.from({ length: 48 }, (_, i) => (isInside(i % 8, Math.floor(i / 8), 8, 6, 1) ? 6 : 2));
      const labels = { data: ids, width: 8, height: 6 };
      expect([...(await upsampleGuided(labels, picture)).data]).toEqual(await slow(labels, picture));
    }
  });

  it('goes to the lower label on a tie', async () => {
    const grey = { data: new Uint8Array(9 * 3).fill(50), width: 9, height: 1 };
    const labels = { data: Int32Array.of(8, 8, 3, 3, 8), width: 5, height: 1 };
    expect([...(await upsampleGuided(labels, grey)).data]).toEqual(await slow(labels, grey));
    const even = { data: Int32Array.of(8, 3, 8), width: 3, height: 1 };
    expect([...(await upsampleGuided(even, { data: new Uint8Array(6 * 3), width: 6, height: 1 })).data]).toEqual(
      await slow(even, { data: new Uint8Array(6 * 3), width: 6, height: 1 }),
    );
  });
});
