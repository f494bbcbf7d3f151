import { readFileSync } from 'node:fs';
import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { readNpy } from './npy.ts';
import { resizeArea, resizeBilinear, resizeLabels } from './resize.ts';

const golden = new URL('../../test/golden/resize/', import.meta.url);
const bytes = (name: string) => new Uint8Array(readFileSync(new URL(name, golden)));
const cases = JSON.parse(readFileSync(new URL('cases.json', golden), 'utf8'));
const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  expect(a.length).toBe(b.length);
  let worst = 0;
  for (let i = 0; i < a.length; i++) worst = Math.max(worst, Math.abs(a[i] - b[i]));
  return worst;
};
/** The centred square of a picture. */
const crop = (png: { width: number; data: ArrayLike<number> }, { side, top, left }: { side: number; top: number; left: number }, channels: number) =>
  Float32Array.from({ length: side * side * channels }, (_, i) => {
    const cell = Math.floor(i / channels);
    const at = (top + Math.floor(cell / side)) * png.width + left + (cell % side);
    return png.data[at * channels + (i % channels)];
  });

describe('resizeBilinear', () => {
  it.each(cases.bilinear as { source: string; height: number; width: number; expected: string }[])('equals torch: $expected', (one) => {
    const png = decode(bytes(one.source));
    const got = resizeBilinear(png.data as Uint8Array, png.width, png.height, png.channels, one.width, one.height);
    expect(
      largestDifference(
        got.map((v) => v / 255),
        readNpy(bytes(one.expected)).data,
      ),
    ).toBeLessThan(3e-7);
  });

  it.each(cases.pictures as { source: string; side: number; top: number; left: number; expected: string; every: number }[])(
    'equals torch by way of 1024: $source',
    (one) => {
      const square = crop(decode(bytes(one.source)), one, 3).map((v) => v / 255);
      const small = resizeBilinear(resizeBilinear(square, one.side, one.side, 3, 1024, 1024), 1024, 1024, 3, 128, 128);
      const { data, shape } = readNpy(bytes(one.expected));
      const kept = small.filter((_, i) => Math.floor(i / 3 / 128) % one.every === 0 && (Math.floor(i / 3) % 128) % one.every === 0);
      expect(kept.length).toBe(shape[0] * shape[1] * 3);
      expect(largestDifference(kept, data)).toBeLessThan(3e-7);
    },
  );

  it('weighs by half-pixel centres and repeats the edge', () => {
    expect([...resizeBilinear(Float32Array.of(0, 4), 2, 1, 1, 4, 1)]).toEqual([0, 1, 3, 4]);
    expect([...resizeBilinear(Float32Array.of(0, 10, 2, 20), 1, 2, 2, 1, 1)]).toEqual([1, 15]);
  });

  it('keeps a constant map and the map of the same size', () => {
    expect(new Set(resizeBilinear(new Uint8Array(35).fill(7), 5, 7, 1, 13, 3))).toEqual(new Set([7]));
    const map = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i));
    expect(resizeBilinear(map, 4, 3, 2, 4, 3)).toEqual(map);
  });

  it('refuses sizes that do not fit', () => {
    expect(() => resizeBilinear(new Float32Array(5), 2, 2, 1, 4, 4)).toThrow(/Expected 2 x 2 x 1 values for src/);
    expect(() => resizeBilinear(new Float32Array(4), 2, 2, 1, 0, 4)).toThrow(/Expected a whole number from 1 for dstW but received 0/);
  });
});

describe('resizeLabels', () => {
  it.each(cases.labels as { source: string; side: number; top: number; left: number; expected: string }[])('equals torch: $source', (one) => {
    const truth = Int32Array.from(crop(decode(bytes(one.source)), one, 1));
    const big = resizeLabels({ data: truth, width: one.side, height: one.side }, { width: 1024, height: 1024 });
    const every8th = big.data.filter((_, i) => i % 8 === 0 && Math.floor(i / 1024) % 8 === 0);
    expect(largestDifference(every8th, decode(bytes(one.expected)).data)).toBe(0);
  });

  it('takes the nearest centre', () => {
    const row = { data: Int32Array.of(0, 1, 2, 3, 4), width: 5, height: 1 };
    expect(resizeLabels(row, { width: 2, height: 1 })).toEqual({ data: Int32Array.of(1, 3), width: 2, height: 1 });
    const column = { data: Int32Array.of(7, 9), width: 1, height: 2 };
    expect(resizeLabels(column, { width: 2, height: 3 })).toEqual({ data: Int32Array.of(7, 7, 9, 9, 9, 9), width: 2, height: 3 });
  });

  it('refuses sizes that do not fit', () => {
    expect(() => resizeLabels({ data: new Int32Array(5), width: 2, height: 2 }, { width: 4, height: 4 })).toThrow(/Expected 2 x 2 values for labels/);
    expect(() => resizeLabels({ data: new Int32Array(4), width: 2, height: 2 }, { width: 1.5, height: 4 })).toThrow(
      /whole number from 1 for to.width/,
    );
  });
});

describe('resizeArea', () => {
  const noise = (width: number, height: number) => ({
    data: Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7919 + ((i * i) % 251)) % 256),
    width,
    height,
  });
  /** How much of each source lies in target i. */
  const overlap = (i: number, from: number, to: number, source: number) =>
    Math.max(0, Math.min(source + 1, ((i + 1) * from) / to) - Math.max(source, (i * from) / to)) / (from / to);

  it.each([
    [12, 9, 4, 3],
    [13, 7, 5, 3],
    [13, 7, 13, 2],
    [100, 1, 9, 1],
    [3, 200, 2, 31],
    [4, 3, 9, 7],
  ])('is the mean of the covered area: %ix%i to %ix%i', async (width, height, toWidth, toHeight) => {
    const picture = noise(width, height);
    const got = await resizeArea(picture, { width: toWidth, height: toHeight });
    const want = Float64Array.from({ length: toWidth * toHeight * 3 }, (_, o) => {
      const [x, y, c] = [Math.floor(o / 3) % toWidth, Math.floor(o / 3 / toWidth), o % 3];
      let sum = 0;
      for (let v = 0; v < height; v++)
        for (let u = 0; u < width; u++)
          sum += overlap(y, height, toHeight, v) * overlap(x, width, toWidth, u) * picture.data[(v * width + u) * 3 + c];
      return sum;
    });
    expect(largestDifference(got.data, want)).toBeLessThan(1e-4);
  });

  it('takes only the size of what it is to be as large as', async () => {
    const labels = { data: new Int32Array(6), width: 3, height: 2 };
    const small = await resizeArea(noise(6, 4), labels);
    expect(small).toEqual(await resizeArea(noise(6, 4), { width: 3, height: 2 }));
    expect(small.data).toHaveLength(18);
  });
});
