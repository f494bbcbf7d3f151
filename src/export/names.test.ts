import { describe, expect, it } from 'vitest';
import type { LabelMap, RgbImage } from '../types.ts';
import { placeNames } from './names.ts';
import { drawOverlay } from './overlay.ts';
import { segmentPalette } from './palette.ts';

const mapOf = (width: number, height: number, idAt: (x: number, y: number) => number): LabelMap => ({
  width,
  height,
  data: Int32Array.from({ length: width * height }, (_, i) => idAt(i % width, Math.floor(i / width))),
});
const grey = ({ width, height }: LabelMap): RgbImage => ({ width, height, data: new Uint8Array(3 * width * height).fill(120) });
const pixel = ({ data, width }: RgbImage, x: number, y: number) => [...data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3)];

/** Cells around points that a small generator scatters. */
const cells = (width: number, height: number, count: number, seed: number): LabelMap => {
  let state = seed;
  const next = (): number => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
  const points = Array.from({ length: count }, () => [next() * width, next() * height]);
  return mapOf(width, height, (x, y) => {
    let best = 0;
    const far = (k: number): number => (points[k][0] - x) ** 2 + (points[k][1] - y) ** 2;
    for (let k = 1; k < count; k++) if (far(k) < far(best)) best = k;
    return best;
  });
};

/** A large disc and a small one of id 1 on the ground 0. */
const discs = mapOf(400, 300, (x, y) => (Math.hypot(x - 280, y - 120) < 90 || Math.hypot(x - 50, y - 50) < 40 ? 1 : 0));

describe('names', () => {
  it("stand in the middle of a segment's largest piece, in its colour, with text on it", async () => {
    const [plate] = await placeNames(discs, [undefined, 'cat']);
    expect(Math.abs((plate.left + plate.right) / 2 - 280)).toBeLessThan(4);
    expect(Math.abs((plate.top + plate.bottom) / 2 - 120)).toBeLessThan(4);
    const out = await drawOverlay(grey(discs), discs, { names: [undefined, 'cat'] });
    const corner = pixel(out, Math.ceil(plate.left) + 1, Math.ceil(plate.top) + 1);
    expect(corner).toEqual([...segmentPalette(2).subarray(3)]);
    const inside = Array.from({ length: Math.floor(plate.right - plate.left) }, (_, i) => pixel(out, Math.ceil(plate.left) + i, 121));
    expect(inside.filter((p) => Math.max(...p) < 110).length).toBeGreaterThan(3); // black letters
    const plain = await drawOverlay(grey(discs), discs);
    expect(pixel(out, 50, 50)).toEqual(pixel(plain, 50, 50)); // the small piece has none
  });

  it.each([1, 2, 3, 4, 5])('never touch each other or leave the picture, whatever the segments (%i)', async (seed) => {
    const labels = cells(300 + 40 * seed, 420 - 50 * seed, 12 * seed, seed);
    const names = Array.from({ length: 12 * seed }, (_, id) => ['sky', 'traffic light', 'a person on a bicycle', 'W'][(id * seed) % 4]);
    const plates = await placeNames(labels, names);
    expect(plates.length).toBeGreaterThan(5);
    for (const [i, a] of plates.entries()) {
      expect(Math.min(a.left, a.top, labels.width - a.right, labels.height - a.bottom)).toBeGreaterThan(0);
      for (const b of plates.slice(i + 1)) expect(a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom).toBe(false);
    }
    expect(await placeNames(labels, names)).toEqual(plates);
  });

  it('are of one size in proportion to the picture, and shortened to the room that there is', async () => {
    const halves = (width: number, height: number) => mapOf(width, height, (x) => (x < width / 2 ? 0 : 1));
    const long = 'a very long name that nobody could ever write on half of a picture';
    const [plate] = await placeNames(halves(500, 400), ['cat', long].reverse());
    expect(plate.text).toMatch(/^a very.+\u2026.+picture$/);
    expect(plate.right - plate.left).toBeLessThanOrEqual(250);
    const [small, large] = await Promise.all([500, 2000].map(async (side) => (await placeNames(halves(side, side / 2), ['cat']))[0]));
    expect((large.bottom - large.top) / (small.bottom - small.top)).toBeCloseTo(4, 5);
    const [far] = await placeNames(halves(8000, 600), [undefined, 'cat']);
    expect(far.left).toBeGreaterThan(4000);
  });

  it('are left out of small pictures, of what is transparent, and where no letter of them can be drawn', async () => {
    const tiny = mapOf(40, 40, (x) => (x < 20 ? 0 : 1));
    expect(await drawOverlay(grey(tiny), tiny, { names: ['cat', 'dog'] })).toEqual(await drawOverlay(grey(tiny), tiny));
    expect(await placeNames({ ...discs, transparent: 1 }, ['cat', 'dog'])).toMatchObject([{ id: 0 }]);
    expect(await placeNames(discs, ['\u732b', '\u{1f408}'])).toEqual([]);
    expect(await placeNames(discs, ['', '...'])).toEqual([]);
    expect(await placeNames(discs, ['\u017elut\u00fd k\u016f\u0148', '\u732b cat'])).toHaveLength(2);
    expect(await placeNames(discs, [])).toEqual([]);
    expect(
      await placeNames(
        mapOf(300, 1, () => 0),
        ['cat'],
      ),
    ).toEqual([]);
  });

  it('are texts, or the overlay says what they are not', async () => {
    await expect(drawOverlay(grey(discs), discs, { names: [1] as never })).rejects.toThrow(/^Expected a list of texts for names/);
    const huge = 'x'.repeat(2 ** 20);
    expect((await placeNames(discs, [huge]))[0].text.length).toBeLessThan(100);
  });
});
