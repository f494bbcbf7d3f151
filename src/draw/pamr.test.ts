import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { random } from '../../test/random.ts';
import type { LabelMap, RgbImage } from '../types.ts';
import { pamr } from './pamr.ts';
import { planWork } from './pamr-tiles.ts';

const MB = 2 ** 20;

/** Patches of a few colours, and labels that follow them badly. */
const scene = (width: number, height: number, ids: number, seed: number): { labels: LabelMap; image: RgbImage } => {
  const next = random(seed);
  const data = Int32Array.from({ length: width * height }, (_, i) => 3 * Math.floor(ids * ((i % width) / width + 0.3 * next())));
  const image = { data: new Uint8Array(width * height * 3), width, height };
  for (let i = 0; i < image.data.length; i++) image.data[i] = 40 * (Math.floor(i / 3 / 7) % 4) + 30 * next();
  return { labels: { data, width, height }, image };
};

describe('pamr in tiles and groups of masks', () => {
  it('is that of the whole picture, bit for bit', async () => {
    let tiled = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          width: fc.integer({ min: 1, max: 120 }),
          height: fc.integer({ min: 1, max: 90 }),
          ids: fc.integer({ min: 2, max: 40 }),
          iterations: fc.integer({ min: 1, max: 4 }),
          dilations: fc.uniqueArray(fc.constantFrom(1, 2, 3, 5), { minLength: 1, maxLength: 3 }),
          budget: fc.integer({ min: 30_000, max: 600_000 }),
          seed: fc.nat(),
        }),
        async ({ width, height, ids, iterations, dilations, budget, seed }) => {
          const { labels, image } = scene(width, height, ids, seed);
          const work = { width, height, masks: ids, rounds: iterations, reach: Math.max(...dilations), count: 8 * dilations.length };
          const { tiles, group } = planWork(work, budget);
          if (tiles.length > 1 && group < ids) tiled++;
          expect(await pamr(labels, image, { iterations, dilations }, {}, budget)).toEqual(await pamr(labels, image, { iterations, dilations }));
        },
      ),
      { numRuns: 120 },
    );
    expect(tiled).toBeGreaterThan(10);
  });

  it('tells of each round, up to the total, also where masks are left out', async () => {
    const { labels, image } = scene(120, 80, 30, 1);
    const told: number[][] = [];
    await pamr(labels, image, { iterations: 2, dilations: [1] }, { onProgress: (_, done, total) => told.push([done, total]) }, 200_000);
    expect(told.map(([done]) => done)).toEqual(told.map(([done]) => done).sort((a, b) => a - b));
    expect(told.at(-1)?.[0]).toBe(told[0][1]);
  });
});

describe('planWork', () => {
  const usual = { width: 4000, height: 3000, masks: 40, rounds: 10, reach: 8, count: 32 };

  it('does with 512 MiB at 12 megapixels and 40 labels', () => {
    const { tiles, bytes } = planWork(usual, 512 * MB);
    expect(bytes).toBeLessThanOrEqual(512 * MB);
    const worked = tiles.reduce((sum, { worked: r }) => sum + (r.right - r.left) * (r.bottom - r.top), 0);
    expect(worked / 12e6).toBeLessThan(1.5);
  });

  it('leaves in one piece what fits', () => {
    const { tiles, group } = planWork({ ...usual, width: 1000, height: 750, masks: 10 }, 512 * MB);
    expect([tiles.length, group]).toEqual([1, 10]);
  });

  it('keeps every pixel once, and works as far around as the rounds reach', () => {
    const { tiles } = planWork(usual, 256 * MB);
    const kept = tiles.reduce((sum, { kept: r }) => sum + (r.right - r.left) * (r.bottom - r.top), 0);
    expect(kept).toBe(12e6);
    for (const { kept, worked } of tiles) {
      expect(worked.left).toBe(Math.max(0, kept.left - 80));
      expect(worked.bottom).toBe(Math.min(3000, kept.bottom + 80));
    }
  });

  it('takes more memory where the reach would make tiles a waste, and says what to do where there is none', () => {
    const far = { ...usual, rounds: 15, reach: 64, count: 64 };
    expect(planWork(far, 512 * MB).bytes).toBeGreaterThan(512 * MB);
    expect(() => planWork({ ...far, rounds: 1000, width: 9000, height: 9000 }, 512 * MB)).toThrow(
      /^PAMR of 9000 x 9000 pixels with 1000 iterations and dilations up to 64 does not fit in 4 GiB: give fewer iterations or smaller dilations, or/,
    );
  });
});
