import { describe, expect, it } from 'vitest';
import { goldenImage, goldenJson, goldenLabelImage, sameShare } from '../../test/goldens.ts';
import { featuresOf, noise, paint } from '../../test/scenes.ts';
import { REFINE } from '../options/draw.ts';
import { resolveOptions } from '../options/spec.ts';
import type { CutTree, LabelMap } from '../types.ts';
import { scoreMaps } from './assign.ts';
import { crfOfLabels, crfOfScores, crfSize } from './crf.ts';
import { drawObjects, fillHoles } from './objects.ts';
import { refine } from './refine.ts';

interface Cases {
  labels: { name: string; confidence: number; settings: Record<string, number>; changed: number }[];
  objects: { name: string; boxes: [number, number, number, number][]; kept: number[]; filled: number }[];
}

const { labels: LABELS, objects: OBJECTS } = goldenJson<Cases>('crf/cases.json');
const SETTINGS = resolveOptions('refine', REFINE, {});

describe('crf beside pydensecrf', () => {
  it.each(LABELS)('$name: every label but a few in a thousand', async ({ name, confidence, settings }) => {
    const [picture, labels] = [await goldenImage(`refine/${name}.image.png`), await goldenLabelImage(`refine/${name}.input.png`)];
    const ours = await refine(labels, picture, { method: 'crf', confidence, ...settings });
    expect(sameShare(ours, await goldenLabelImage(`crf/${name}.labels.png`))).toBeGreaterThanOrEqual(0.999);
  });

  it.each(OBJECTS)("objects of $name: MaskCut's drawing", async ({ name, boxes, kept }) => {
    const cells = { data: new Int32Array(64), width: 8, height: 8 };
    for (const [k, [left, top, right, bottom]] of [...boxes.entries()].reverse())
      for (let y = top; y < bottom; y++) cells.data.fill(k + 1, y * 8 + left, y * 8 + right);
    const tree = { cells, objects: boxes.map((_, k) => k + 1) } as unknown as CutTree;
    const ours = await drawObjects(cells, tree, await goldenImage(`refine/${name}.image.png`), SETTINGS, {});
    expect(sameShare(ours, await goldenLabelImage(`crf/${name}.objects.png`))).toBeGreaterThanOrEqual(0.999);
    expect([...new Set(ours.data)].sort()).toEqual([0, ...kept]);
  });
});

describe('crf', () => {
  // a picture with an edge that labels miss by two columns, and tokens that see it roughly
  const picture = paint(48, 32, (x) => (x < 23 ? [200, 60, 40] : [30, 90, 160]));
  const rough: LabelMap = { data: Int32Array.from({ length: 48 * 32 }, (_, i) => (i % 48 < 25 ? 4 : 1_000_000)), width: 48, height: 32 };
  const right = rough.data.map((_, i) => (i % 48 < 23 ? 4 : 1_000_000));

  it('moves a border to the edge beside it and keeps ids, and the same way round whichever id is the lower', async () => {
    expect((await refine(rough, picture, { method: 'crf' })).data).toEqual(right);
    const swapped = { ...rough, data: rough.data.map((id) => 1_000_004 - id) };
    expect((await refine(swapped, picture, { method: 'crf' })).data).toEqual(right.map((id) => 1_000_004 - id));
  });

  it('leaves labels where nothing speaks, and a single one on any picture', async () => {
    expect(await refine(rough, picture, { method: 'crf', smoothnessWeight: 0, appearanceWeight: 0 })).toEqual(rough);
    const one = { ...rough, data: rough.data.map(() => 6) };
    expect(await refine(one, noise(48, 32), { method: 'crf' })).toEqual(one);
    expect((await refine({ data: Int32Array.of(3), width: 1, height: 1 }, noise(1, 1), { method: 'crf' })).data).toEqual(Int32Array.of(3));
  });

  it('takes floats, and what is no number for black', async () => {
    const floats = { ...picture, data: Float32Array.from(picture.data) };
    expect((await refine(rough, floats, { method: 'crf' })).data).toEqual(right);
    const broken = { ...floats, data: floats.data.map((value, i) => (i % 7 === 0 ? Number.NaN : value)) };
    expect(new Set((await refine(rough, broken, { method: 'crf' })).data)).toEqual(new Set([4, 1_000_000]));
  });

  it('hears scores of tokens', async () => {
    const features = featuresOf(12, 8, (x) => (x < 6 ? 0 : 1));
    const coarse = { data: Int32Array.from({ length: 96 }, (_, i) => (i % 12 < 6 ? 9 : 2)), width: 12, height: 8 };
    const drawn = await crfOfScores(await scoreMaps(coarse, features), picture, SETTINGS, 512, {});
    expect(drawn.data).toEqual(right.map((id) => (id === 4 ? 9 : 2)));
  });

  it('works a large picture brought down, and the smaller the more labels there are', async () => {
    const drawn = await crfOfLabels(rough, picture, SETTINGS, 24, {});
    expect([drawn.width, drawn.height, sameShare(drawn, { ...rough, data: right })]).toEqual([48, 32, expect.closeTo(1, 1)]);
    expect(crfSize({ width: 4000, height: 3000 }, 2, 512)).toEqual({ width: 512, height: 384 });
    const { width, height } = crfSize({ width: 4000, height: 3000 }, 1000, 512);
    expect(width * height * 1000).toBeLessThanOrEqual(2 ** 25);
    expect(width / height).toBeCloseTo(4 / 3, 1);
  });

  it('tells its progress, and can be stopped half-way', async () => {
    const told: string[] = [];
    await refine(rough, picture, { method: 'crf', iterations: 2, onProgress: (stage, done, total) => told.push(`${stage} ${done}/${total}`) });
    expect(told).toEqual(['refine 0/2', 'refine 1/2', 'refine 2/2']);
    const stop = new AbortController();
    const onProgress = (_: string, done: number) => done === 1 && stop.abort();
    await expect(refine(rough, picture, { method: 'crf', signal: stop.signal, onProgress })).rejects.toThrow(/abort/i);
  });
});

describe('objects', () => {
  it('holes are filled where no way of four leads out', () => {
    const mask = (rows: string[]): LabelMap => ({
      data: Int32Array.from(rows.join(''), Number),
      width: rows[0].length,
      height: rows.length,
    });
    expect(fillHoles(mask(['01110', '11011', '01101', '00110'])).data).toEqual(mask(['01110', '11111', '01111', '00110']).data);
    expect(fillHoles(mask(['111', '101', '101'])).data).toEqual(mask(['111', '101', '101']).data);
  });

  it('a segment with the ground in it is ground, and without a ground all stays where it was', async () => {
    const picture = paint(32, 32, (x) => (x < 16 ? [250, 250, 250] : [5, 5, 5]));
    const coarse = { data: Int32Array.from({ length: 64 }, (_, i) => (i % 8 < 4 ? 0 : 1)), width: 8, height: 8 };
    const halves = Int32Array.from({ length: 1024 }, (_, i) => (i % 32 < 16 ? 0 : 1));
    const tree = (objects: number[]) => ({ cells: coarse, objects }) as unknown as CutTree;
    expect((await drawObjects(coarse, tree([1]), picture, SETTINGS, {})).data).toEqual(halves);
    expect((await drawObjects(coarse, tree([1, 0]), picture, SETTINGS, {})).data).toEqual(halves);
    const joined = { ...coarse, data: new Int32Array(64).fill(5) };
    expect(new Set((await drawObjects(joined, tree([1]), picture, SETTINGS, {})).data)).toEqual(new Set([5]));
  });
});
