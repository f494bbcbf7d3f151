import { describe, expect, it } from 'vitest';
import type { LabelMap, RgbImage } from '../types.ts';
import { drawOverlay } from './overlay.ts';
import { segmentPalette } from './palette.ts';

/** Left half 0, right half 1, on a plain ground. */
const halves = (width: number, height: number, grey: number): { image: RgbImage; labels: LabelMap } => ({
  image: { width, height, data: new Uint8Array(width * height * 3).fill(grey) },
  labels: { width, height, data: Int32Array.from({ length: width * height }, (_, i) => (i % width < width / 2 ? 0 : 1)) },
});
const pixel = ({ data, width }: RgbImage, x: number, y: number) => [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
const row = (out: RgbImage, y: number) => Array.from({ length: out.width }, (_, x) => pixel(out, x, y));
const luma = (p: number[]) => 0.2126 * p[0] + 0.7152 * p[1] + 0.0722 * p[2];

describe('drawOverlay', () => {
  it.each([0, 128, 255])('draws a line that stands out on grey %i', async (grey) => {
    const { image, labels } = halves(500, 3, grey);
    const line = row(await drawOverlay(image, labels), 1);
    const white = line.findIndex((p) => p.every((v) => v === 255));
    expect(white).toBe(250);
    expect(luma(line[white]) - luma(line[white - 1])).toBeGreaterThan(100);
    expect(luma(line[white]) - luma(line[white + 1])).toBeGreaterThan(100);
    expect(line.filter((p) => p.every((v) => v === 255)).length).toBe(1);
  });

  it.each([
    [500, 1],
    [2000, 3],
    [4000, 5],
  ])('is at %i pixels %i wide', async (width, wide) => {
    const { image, labels } = halves(width, 9, 100);
    expect(row(await drawOverlay(image, labels), 4).filter((p) => p.every((v) => v === 255)).length).toBe(wide);
  });

  it('tints each segment, keeps the picture visible and leaves the input alone', async () => {
    const { image, labels } = halves(40, 4, 100);
    image.data.fill(200, 0, 3);
    const before = image.data.slice();
    const out = await drawOverlay(image, labels);
    expect(pixel(out, 5, 1)).not.toEqual(pixel(out, 35, 1));
    expect(pixel(out, 5, 1)).toEqual(pixel(out, 6, 2));
    expect(luma(pixel(out, 0, 0))).toBeGreaterThan(luma(pixel(out, 5, 1)) + 40);
    expect(image.data).toEqual(before);
  });

  it('takes colours of its ids, and how much of them is seen', async () => {
    const { image, labels } = halves(40, 4, 100);
    const colours = Uint8Array.of(255, 0, 0, 0, 50, 250);
    const of = async (options: object) => {
      const out = await drawOverlay(image, labels, options);
      return [pixel(out, 5, 1), pixel(out, 35, 1)];
    };
    expect(await of({ colours, tint: 1 })).toEqual([
      [255, 0, 0],
      [0, 50, 250],
    ]);
    expect(await of({ colours, tint: 0 })).toEqual([
      [100, 100, 100],
      [100, 100, 100],
    ]);
    expect(await of({ colours })).toEqual([
      [170, 55, 55],
      [55, 78, 168],
    ]);
    expect(await of({ colours: segmentPalette(2) })).toEqual(await of({}));
    await expect(of({ colours: colours.subarray(0, 3) })).rejects.toThrow(/^Expected 3 bytes for each of 2 ids for colours/);
    await expect(of({ colours: colours.subarray(0, 5) })).rejects.toThrow(/^Expected 3 bytes for each id for colours/);
    await expect(of({ tint: 2 })).rejects.toThrow(/^Expected a number from 0 to 1 for tint/);
  });

  it('draws nothing where there is one segment, and does a single pixel and a thin strip', async () => {
    const { image } = halves(6, 6, 90);
    const out = await drawOverlay(image, { width: 6, height: 6, data: new Int32Array(36).fill(300) });
    expect(new Set(row(out, 3).map(String)).size).toBe(1);
    expect((await drawOverlay(halves(1, 1, 9).image, halves(1, 1, 9).labels)).data.length).toBe(3);
    const strip = { width: 1, height: 5000, data: Int32Array.from({ length: 5000 }, (_, i) => i % 3) };
    expect((await drawOverlay(halves(1, 5000, 9).image, strip)).data.length).toBe(15000);
  });

  it('refuses another size and negative ids', async () => {
    const { image, labels } = halves(6, 4, 90);
    await expect(drawOverlay(image, halves(4, 6, 0).labels)).rejects.toThrow(/The picture is 6 x 4 but the labels are 4 x 6/);
    labels.data[3] = -2;
    await expect(drawOverlay(image, labels)).rejects.toThrow(/Segment ids must be 0 or more, but the one at x 3, y 0 is -2/);
  });
});
