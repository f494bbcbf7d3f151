import { describe, expect, it } from 'vitest';
import type { Encoder } from '../encode/encoder.ts';
import { fileOfPixels } from '../image/reader.ts';
import { encoderRow } from '../models/table.ts';
import { segment } from '../segment.ts';
import type { LabelMap, RgbImage } from '../types.ts';
import { methodOf } from './methods.ts';
import { comparing, secondsOf, shownAs } from './results.ts';

/** Left half one colour, right half another. */
const halves = (width: number, height: number): RgbImage => {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) data.set(i % width < width / 2 ? [220, 40, 30] : [20, 60, 200], i * 3);
  return { data, width, height };
};

/** A token says on which half it lies. */
const twoSided = (): Encoder & { calls: number } => ({
  name: 'embedded',
  row: encoderRow('embedded'),
  device: 'cpu',
  calls: 0,
  inputSize: () => [64, 64],
  async encode() {
    this.calls++;
    const data = Float32Array.from({ length: 8 * 8 * 2 }, (_, i) => (i % 2 === Number((i >> 1) % 8 < 4) ? 1 : 0.1));
    return { data, width: 8, height: 8, channels: 2, origin: { encoder: 'embedded' } };
  },
  dispose: async () => {},
});

const picture = halves(60, 40);

describe('comparing', () => {
  it('encodes once; every method finds what it does alone', async () => {
    const [file, encoder] = [fileOfPixels(picture), twoSided()];
    const shown = await shownAs(file, 64);
    expect([shown.image.width, shown.image.height]).toEqual([64, 43]); // a small picture is enlarged
    const run = comparing(file, encoder, shown);
    const results = [];
    for (const name of ['ncut', 'merge', 'falcon:embedded']) results.push(await run(methodOf(name)));
    expect(encoder.calls).toBe(1);
    expect(results.map(({ isShared }) => isShared)).toEqual([false, true, true]);
    expect(new Set(results.map(({ timings }) => timings.encode)).size).toBe(1);
    for (const { options, segments, image, timings } of results) {
      const alone = await segment(picture, { encoder: twoSided(), solver: options.solver });
      expect(options).toEqual(alone.options);
      expect(segments).toBe(alone.segments.length);
      expect(Object.keys(timings)).toEqual(Object.keys(alone.timings));
      expect([image.width, image.height]).toEqual([64, 43]);
      expect(secondsOf(timings)).toBeGreaterThanOrEqual(timings.encode / 1000);
    }
  });

  it('what two methods both find has one colour', async () => {
    const file = fileOfPixels(picture);
    const shown = await shownAs(file, 64);
    const run = comparing(file, twoSided(), shown, { refine: 'none' });
    const [ncut, merge] = [await run(methodOf('ncut')), await run(methodOf('merge'))];
    expect([ncut.segments, merge.segments]).toEqual([2, 2]);
    const colourAt = ({ data }: RgbImage, x: number): number[] => [...data.subarray((20 * 64 + x) * 3, (20 * 64 + x) * 3 + 3)];
    for (const x of [8, 56]) expect(colourAt(merge.image, x)).toEqual(colourAt(ncut.image, x));
    expect(colourAt(ncut.image, 8)).not.toEqual(colourAt(ncut.image, 56));
    const { data, ...size } = shown.reference as LabelMap;
    const swapped = { image: shown.image, reference: { data: data.map((id) => 1 - id), ...size } }; // as another method may number them
    const { image } = await comparing(file, twoSided(), swapped, { refine: 'none' })(methodOf('ncut'));
    expect([colourAt(image, 8), colourAt(image, 56)]).not.toEqual([colourAt(ncut.image, 8), colourAt(ncut.image, 56)]);
  });

  it('a method that fails leaves the others their encoding', async () => {
    const [file, encoder] = [fileOfPixels(picture), twoSided()];
    const run = comparing(file, encoder, await shownAs(file, 64), { refine: 'vote' });
    await expect(run(methodOf('merge'))).rejects.toThrow(/merge/);
    expect((await run(methodOf('ncut'))).isShared).toBe(false);
    expect(encoder.calls).toBe(1);
  });

  it('stops when it is told to', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    const file = fileOfPixels(picture);
    await expect(comparing(file, twoSided(), await shownAs(file, 64), { signal })(methodOf('ncut'))).rejects.toThrow('enough');
  });
});
