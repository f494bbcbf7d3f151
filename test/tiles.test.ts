/** Pictures in tiles, from the picture to the segments: one cut, whose segments know nothing of the tiles. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tileStarts } from '../src/encode/tiles.ts';
import { areasOf } from '../src/tensor/ids.ts';
import { analyse, cut, draw, type Encoder, type LabelMap, openEncoder, segment } from '../src/toolkit.ts';
import { random } from './random.ts';
import { paint } from './scenes.ts';

const TILE = 128;
const next = random(5);
const grain = Uint8Array.from({ length: 4096 }, () => 10 * next());

/** Discs 70 pixels apart on a slowly changing ground, which no tile holds. */
const isDisc = (x: number, y: number): boolean => (((x + 20) % 70) - 35) ** 2 + (((y + 40) % 70) - 35) ** 2 < 18 ** 2;
const PICTURE = paint(480, 320, (x, y) => {
  const g = grain[(x * 31 + y * 17) % 4096];
  return isDisc(x, y) ? [200 + g, 60 + g, 40] : [60 + g + x / 12, 120 + g, 90 + y / 8];
});
const TRUTH: LabelMap = {
  data: Int32Array.from({ length: 480 * 320 }, (_, i) => (isDisc(i % 480, Math.floor(i / 480)) ? 1 : 0)),
  width: 480,
  height: 320,
};

/** Columns within 2 pixels of where a tile begins or ends, and of the middle of where two overlap. */
const SEAMS = new Uint8Array(480);
const STARTS = tileStarts(480, TILE);
for (const [k, start] of STARTS.entries())
  for (const seam of k === 0 ? [] : [start, STARTS[k - 1] + TILE, (start + STARTS[k - 1] + TILE) / 2]) SEAMS.fill(1, seam - 2, seam + 2);

/** Share of the upright borders between labels that lie there. */
const onSeams = ({ data, width, height }: LabelMap): number => {
  let all = 0;
  let on = 0;
  for (let i = 0; i < width * height; i++) {
    if (i % width === width - 1 || data[i] === data[i + 1]) continue;
    all++;
    on += SEAMS[i % width];
  }
  return on / all;
};

describe('a picture in tiles', () => {
  let encoder: Encoder;
  beforeAll(async () => {
    encoder = await openEncoder('embedded', { size: 192 });
  });
  afterAll(() => encoder?.dispose());

  it.each([
    ['merge', 1.1, 28],
    ['ncut', 1.1, 0], // like things are one segment there
  ] as const)('has no more borders where tiles meet than elsewhere, and small things that it has not without (%s)', async (solver, most, least) => {
    const { labels, options, features } = await segment(PICTURE, { encoder, solver, tile: TILE });
    expect(options).toMatchObject({ tile: TILE, size: [192, 192] });
    expect([features.width, features.height]).toEqual([30, 20]);
    const discs = Array.from(areasOf(labels).values()).filter((area) => area > 500 && area < 1600).length;
    const whole = await segment(PICTURE, { encoder, solver });
    expect(whole.options).not.toHaveProperty('tile');
    expect(onSeams(labels)).toBeLessThan(most * onSeams(TRUTH));
    expect(discs).toBeGreaterThanOrEqual(least);
    expect(areasOf(labels).size).toBeGreaterThan(areasOf(whole.labels).size);
  });

  it('is drawn at any price and size from one analysis, alike from features that were given', async () => {
    const analysis = await analyse(PICTURE, { encoder, tile: TILE });
    expect(analysis.tree.tiles).toBeCloseTo((480 * 320) / TILE ** 2, 9);
    const count = async (price: number) => areasOf(await draw(analysis, { price })).size;
    expect(await count(0.01)).toBeGreaterThan(await count(0.2));
    const small = await draw(analysis, {}, { size: 200 });
    expect([small.width, small.height]).toEqual([200, 133]);
    const again = await segment(PICTURE, { features: JSON.parse(JSON.stringify(analysis.features), revive) });
    expect(again.labels).toEqual((await segment(PICTURE, { encoder, tile: TILE })).labels);
    expect(await cut(analysis.tree, analysis.features, { price: 0.02, ease: 0.4 })).toBeDefined();
  });

  it('is encoded whole where it is no larger than a tile', async () => {
    const [tiled, whole] = [await segment(PICTURE, { encoder, tile: 480 }), await segment(PICTURE, { encoder })];
    expect(tiled.labels).toEqual(whole.labels);
    expect(tiled.features).toEqual(whole.features);
  });

  it('is refused with features, and a side out of range', async () => {
    const { features } = await analyse(PICTURE, { encoder });
    await expect(segment(PICTURE, { features, tile: TILE })).rejects.toThrow(/^Both features and tile were given/);
    await expect(segment(PICTURE, { encoder, tile: 32 })).rejects.toThrow(/^Expected a whole number from 64 to 4096 for tile but received 32/);
  });
});

/** Features as a file keeps them. */
const revive = (key: string, value: unknown) => (key === 'data' ? Float32Array.from(Object.values(value as Record<string, number>)) : value);
