import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agreement } from '../test/goldens.ts';
import { decodeImage, type Encoder, openEncoder, type RgbImage, type SegmentOptions, segment } from './index.ts';
import { isLarge, segmentLarge } from './segment-large.ts';
import { reducePicture, resizeBilinear } from './tensor/resize.ts';
import { expandRuns } from './tensor/runs.ts';

/** In-memory pixels as a file that is read in parts. */
const fileOf = (image: RgbImage, asked: [number, number][] = []) => ({
  width: image.width,
  height: image.height,
  source: { format: 'JPEG' },
  reduced: (size: { width: number; height: number }) => reducePicture(image, size),
  async rows(top: number, bottom: number): Promise<RgbImage> {
    asked.push([top, bottom]);
    const [from, to] = [top * image.width, bottom * image.width];
    const alpha = image.alpha?.subarray(from, to);
    return { data: image.data.subarray(3 * from, 3 * to), width: image.width, height: bottom - top, ...(alpha && { alpha }) };
  },
});
/** Two steps for a photograph of 640 x 427, in bands of some 30 rows. */
const SMALL = { least: 0, base: 2 ** 15, band: 20_000 };

let encoder: Encoder;
let photo: RgbImage;
beforeAll(async () => {
  encoder = await openEncoder('embedded');
  photo = await decodeImage('photos/rocket.jpg');
});
afterAll(() => encoder.dispose());

const inBands = async (given: SegmentOptions = {}, settings = SMALL) => {
  const { labels, ...rest } = await segmentLarge(fileOf(photo), { encoder, ...given }, settings);
  return { ...rest, labels: await expandRuns(labels) };
};

describe('a picture that is drawn in bands', () => {
  it('is one of more than 24 megapixels', () => {
    expect(isLarge({ width: 5000, height: 5000 })).toBe(false);
    expect(isLarge({ width: 6000, height: 5000 })).toBe(true);
  });

  it.each(['merge', 'ncut'] as const)('is the same whatever the bands: %s', async (solver) => {
    const [many, one] = [await inBands({ solver }), await inBands({ solver }, { ...SMALL, band: 1e9 })];
    expect(many.labels).toEqual(one.labels);
    expect(many.segments).toEqual(one.segments);
    expect(many.segments.length).toBeGreaterThan(1);
  });

  it('is read once, row by row', async () => {
    const asked: [number, number][] = [];
    await segmentLarge(fileOf(photo, asked), { encoder }, SMALL);
    expect(asked.length).toBeGreaterThan(5);
    expect(asked[0][0]).toBe(0);
    for (const [i, [top]] of asked.slice(1).entries()) expect(top).toBe(asked[i][1]);
    expect(asked.at(-1)?.[1]).toBe(photo.height);
  });

  it('has segments like those of the whole picture, described as they are', async () => {
    const [width, height] = [2 * photo.width, 2 * photo.height];
    const large = { data: Uint8Array.from(resizeBilinear(photo.data, photo.width, photo.height, 3, width, height)), width, height };
    const { labels: runs, ...bands } = await segmentLarge(fileOf(large), { encoder }, { ...SMALL, base: 2 ** 19 });
    const labels = await expandRuns(runs);
    const whole = await segment(large, { encoder });
    expect(agreement(labels, whole.labels)).toBeGreaterThan(0.95);
    expect(Object.keys(bands.options)).toEqual(Object.keys(whole.options));
    for (const { id, area, boxXYWH, meanRgb } of bands.segments) {
      let [count, left, red] = [0, width, 0];
      labels.data.forEach((label, i) => {
        if (label !== id) return;
        count++;
        left = Math.min(left, i % width);
        red += large.data[3 * i];
      });
      expect([area, boxXYWH[0]]).toEqual([count, left]);
      expect(meanRgb[0]).toBeCloseTo(red / count, 9);
    }
    expect(bands.segments.map(({ area }) => area)).toEqual(bands.segments.map(({ area }) => area).sort((a, b) => b - a));
  });

  it('keeps out of small segments, as pixels of the picture', async () => {
    const { segments } = await inBands({ price: 0.001, minArea: 3000 });
    expect(segments.length).toBeGreaterThan(1);
    expect(segments.at(-1)?.area).toBeGreaterThan(2500); // the last step moves borders by little
    expect((await inBands({ price: 0.001 })).segments.at(-1)?.area).toBeLessThan(2500);
  });

  it('keeps what is transparent as a segment of its own', async () => {
    const alpha = new Uint8Array(photo.width * photo.height).fill(255);
    for (let y = 100; y < 200; y++) alpha.fill(0, y * photo.width + 50, y * photo.width + 250);
    const file = fileOf({ ...photo, alpha });
    const { labels: runs, segments } = await segmentLarge(file, { encoder, keepAlpha: true }, SMALL);
    const labels = await expandRuns(runs);
    expect(segments.filter(({ transparent }) => transparent)).toMatchObject([{ id: labels.transparent, area: 20_000, boxXYWH: [50, 100, 200, 100] }]);
    labels.data.forEach((id, i) => (id === labels.transparent) === (alpha[i] === 0) || expect.fail(`pixel ${i} is mixed in`));
    expect((await segmentLarge(file, { encoder }, SMALL)).labels.transparent).toBeUndefined();
  });

  it('is encoded in tiles at full detail where these are asked for', async () => {
    const asked: [number, number][] = [];
    const { features, options, segments } = await segmentLarge(fileOf(photo, asked), { encoder, tile: 320 }, SMALL);
    expect(features.origin?.tile).toEqual({ size: [320, 320], of: [photo.width, photo.height] });
    expect(asked.slice(0, 2)).toEqual([
      [0, 320],
      [107, 427],
    ]);
    expect(options).toMatchObject({ tile: 320, size: encoder.inputSize({ width: 320, height: 320 }) });
    expect(segments.length).toBeGreaterThan(1);
  });

  it('is drawn without a look at its edges where these are not asked for', async () => {
    const even = { data: photo.data.subarray(0, 640 * 426 * 3), width: 640, height: 426 };
    const { labels } = await segmentLarge(fileOf(even), { encoder, refine: 'none' }, { ...SMALL, base: 2 ** 17 });
    const { width, height, data } = await expandRuns(labels); // two by two pixels of the base's are alike
    for (let y = 0; y + 1 < height; y += 2)
      for (let x = 0; x + 1 < width; x += 2) expect(new Set([0, 1, width, width + 1].map((at) => data[y * width + x + at])).size).toBe(1);
  });

  it('stops when asked', async () => {
    const controller = new AbortController();
    const file = { ...fileOf(photo), rows: async () => controller.abort(new Error('enough')) as never };
    await expect(segmentLarge(file, { encoder, signal: controller.signal }, SMALL)).rejects.toThrow('enough');
  });
});
