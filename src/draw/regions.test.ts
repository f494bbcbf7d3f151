import { describe, expect, it } from 'vitest';
import { sameShare } from '../../test/goldens.ts';
import { random } from '../../test/random.ts';
import { featuresOf, mirrored, noise, paint, turned } from '../../test/scenes.ts';
import { regionGraph } from '../regions/regions.ts';
import { areasOf } from '../tensor/ids.ts';
import type { FeatureMap, LabelMap, RgbImage } from '../types.ts';
import { removeSpecks, splitComponents } from './components.ts';
import { EDGES } from './edges.ts';
import { drawAlongRegions } from './regions.ts';
import { smoothBorders } from './smooth.ts';

type Settings = typeof EDGES;
const draw = async (picture: RgbImage, coarse: LabelMap, features: FeatureMap, settings: Settings = EDGES): Promise<LabelMap> =>
  drawAlongRegions(coarse, features, await regionGraph(picture, features), {}, settings);

/** A ball and a box on a ground of stripes, and what tokens of 8 pixels make of them. */
const isBall = (x: number, y: number) => (x - 42) ** 2 + (y - 40) ** 2 < 24 ** 2;
const isBox = (x: number, y: number) => x >= 83 && x < 113 && y >= 22;
const kindAt = (x: number, y: number) => (isBall(x, y) ? 1 : isBox(x, y) ? 2 : 0);
const grain = (x: number, y: number) => (x * 13 + y * 29 + ((x * y) % 7)) % 12;
const SCENE = paint(128, 96, (x, y) => {
  const g = grain(x, y);
  return [
    [70 + g, 130 + g + (y % 10 < 5 ? 12 : 0), 80 + g],
    [200 + g, 60 + g, 50],
    [40, 70 + g, 190 + g],
  ][kindAt(x, y)];
});
const TRUTH: LabelMap = { data: Int32Array.from({ length: 128 * 96 }, (_, i) => kindAt(i % 128, Math.floor(i / 128))), width: 128, height: 96 };
/** Tokens are of the kind that most of a patch around them is of: a token too large all round, as features are. */
const FEATURES = featuresOf(16, 12, (x, y) => {
  const near = [-5, 0, 5].flatMap((dy) => [-5, 0, 5].map((dx) => kindAt(x * 8 + 4 + dx, y * 8 + 4 + dy)));
  return near.find((kind) => kind > 0) ?? 0;
});
const kindOf = ({ data, channels }: FeatureMap, token: number) => {
  const row = data.subarray(token * channels, (token + 1) * channels);
  return row.indexOf(Math.max(...row));
};
const COARSE: LabelMap = { data: Int32Array.from({ length: 16 * 12 }, (_, t) => kindOf(FEATURES, t)), width: 16, height: 12 };

describe('drawAlongRegions', () => {
  it('puts borders on the edges of the picture', async () => {
    expect(sameShare(await draw(SCENE, COARSE, FEATURES), TRUTH)).toBeGreaterThan(0.99);
  });

  it('keeps ids, and is the same twice', async () => {
    const named = { ...COARSE, data: COARSE.data.map((id) => [900, 4, 70][id]) };
    const out = await draw(SCENE, named, FEATURES);
    expect(out.data).toEqual((await draw(SCENE, named, FEATURES)).data);
    expect([...new Set(out.data)].sort((a, b) => a - b)).toEqual([4, 70, 900]);
  });

  it.each([
    ['mirrored', mirrored],
    ['turned', turned],
  ] as const)('draws a %s picture %s, up to ties', async (_, change) => {
    const out = await draw(SCENE, COARSE, FEATURES);
    expect(sameShare(await draw(change(SCENE), change(COARSE), change(FEATURES)), change(out))).toBeGreaterThan(0.99);
  });

  it.each([
    ['one pixel', noise(1, 1)],
    ['3 x 3', noise(3, 3)],
    ['a column of 5000', noise(1, 5000)],
    ['a row of 700', noise(700, 1)],
    ['noise', noise(80, 60)],
    ['one colour', paint(80, 60, () => [9, 9, 9])],
  ])('labels every pixel with a segment of its own: %s', async (_, picture) => {
    const out = await draw(picture, COARSE, FEATURES);
    expect(out.data).toHaveLength(out.width * out.height);
    for (const id of new Set(out.data)) expect([0, 1, 2]).toContain(id);
  });

  it('does not see a constant that is added to all colours, but for the histograms, whose bins stand still', async () => {
    const graph = await regionGraph(SCENE, FEATURES);
    const n = graph.data.length;
    const shifted = { ...graph, lab: graph.lab.map((v, i) => v + [7, -5, 3][Math.floor(i / n)]) };
    const settings = { ...EDGES, appearance: { ...EDGES.appearance, weight: 0 } };
    const out = await drawAlongRegions(COARSE, FEATURES, graph, {}, settings);
    expect(sameShare(await drawAlongRegions(COARSE, FEATURES, shifted, {}, settings), out)).toBeGreaterThan(0.999);
  });

  it('gives one segment everything', async () => {
    const out = await draw(SCENE, { ...COARSE, data: new Int32Array(16 * 12).fill(6) }, FEATURES);
    expect(new Set(out.data)).toEqual(new Set([6]));
  });

  it('gives a picture of one colour to the segment that has most of it', async () => {
    expect(
      new Set(
        (
          await draw(
            paint(128, 96, () => [90, 90, 90]),
            COARSE,
            FEATURES,
          )
        ).data,
      ),
    ).toEqual(new Set([0]));
  });

  it.each([1, 2])('leaves no component under a thousandth of the picture (%i)', async (seed) => {
    const next = random(seed);
    const features = featuresOf(40, 30, () => Math.floor(3 * next()));
    const coarse = { data: Int32Array.from({ length: 1200 }, (_, t) => kindOf(features, t)), width: 40, height: 30 };
    const smooth = paint(300, 225, (x, y) => [
      120 + 60 * Math.sin(x / (9 + seed)),
      120 + 60 * Math.cos(y / 7 + x / 50),
      100 + 40 * Math.sin((x + y) / 13),
    ]);
    const out = await draw(smooth, coarse, features);
    for (const area of areasOf(await splitComponents(out)).values()) expect(area).toBeGreaterThanOrEqual(67);
  });

  it('tells how far it is and stops when it is told to', async () => {
    const graph = await regionGraph(SCENE, FEATURES);
    const told: number[][] = [];
    await drawAlongRegions(COARSE, FEATURES, graph, { onProgress: (_, done, total) => told.push([done, total]) });
    expect(told).toEqual([0, 1, 2, 3, 4, 5, 6].map((done) => [done, 6]));
    await expect(drawAlongRegions(COARSE, FEATURES, graph, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});

describe('specks', () => {
  /** Tokens of three kinds at random on waves of colour: much to draw, most of it small. */
  const speckled = (seed: number) => {
    const next = random(seed);
    const features = featuresOf(10, 8, () => Math.floor(3 * next()));
    const coarse = { data: Int32Array.from({ length: 80 }, (_, t) => kindOf(features, t)), width: 10, height: 8 };
    const picture = paint(100, 80, (x, y) => [
      120 + 60 * Math.sin(x / (3 + seed)),
      120 + 60 * Math.cos(y / 3 + x / 20),
      100 + 40 * Math.sin((x + y) / 7),
    ]);
    return { picture, features, coarse };
  };

  it.each([
    [2, 0.004],
    [5, 0.02],
    [6, 0.004],
  ])('that smoothing leaves are taken out after it (%i)', async (seed, speck) => {
    const { picture, features, coarse } = speckled(seed);
    const out = await draw(picture, coarse, features, { ...EDGES, speck });
    for (const area of areasOf(await splitComponents(out)).values()) expect(area).toBeGreaterThanOrEqual(speck * 8000);
  });

  it.each([3, 5, 7])('are taken out before borders are smoothed, too (%i)', async (seed) => {
    const { picture, features, coarse } = speckled(seed);
    const graph = await regionGraph(picture, features);
    const settings = { ...EDGES, speck: 0.02, keep: { ...EDGES.keep, leastTokens: Infinity } };
    const rough = await drawAlongRegions(coarse, features, graph, {}, { ...settings, smooth: { ...EDGES.smooth, rounds: 0 } });
    const want = await removeSpecks(await smoothBorders(rough, graph.lab, EDGES.smooth), 0.02 * 8000);
    expect((await drawAlongRegions(coarse, features, graph, {}, settings)).data).toEqual(want.data);
  });
});
