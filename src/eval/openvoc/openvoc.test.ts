import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../../test/run-cli.ts';
import { toyEncode } from '../../../test/toy-set.ts';
import * as library from '../../toolkit.ts';
import { mergeFiles } from '../merge.ts';
import { pictureJaccard } from './jaccard.ts';
import { openvocJson, openvocText } from './report.ts';
import { checkOpenvoc, evaluateOpenvoc, type OpenvocOptions } from './run.ts';

describe('the Jaccard index of a picture', () => {
  const of = (truth: number[], predicted: number[], classes = 4) => pictureJaccard(Int32Array.from(truth), Int32Array.from(predicted), classes);

  it('is the mean over the classes that are in either map', () => {
    expect(of([0, 0, 1, 1], [0, 0, 1, 1])).toBe(1);
    expect(of([0, 0, 1, 1], [0, 1, 1, 1])).toBeCloseTo((1 / 2 + 2 / 3) / 2, 12);
    expect(of([0, 0, 0, 0], [3, 3, 3, 3])).toBe(0);
    expect(of([0, 0, 1, 2], [0, 0, 1, 3])).toBeCloseTo((1 + 1 + 0 + 0) / 4, 12); // as torchmetrics 1.8: classes of neither have no say
  });

  it('is of maps of one length, and of classes alone', () => {
    expect(() => of([0], [0, 1])).toThrow(/^Expected as many classes as pixels, 1, but received 2$/);
    expect(() => of([], [])).toThrow(/^Expected as many classes/);
    expect(() => of([0], [4])).toThrow(/^Expected classes 0 to 3 but found 0 and 4$/);
    expect(() => of([-1], [0])).toThrow(/found -1 and 0/);
  });
});

const root = mkdtempSync(join(tmpdir(), 'diffcut openvoc '));
const SIDE = 64;
const IDS = ['a', 'b', 'c'];

/** Left half black with class `left`, the rest white with class 0, and a stripe of void at the right. */
const write = async (id: string, left: number): Promise<void> => {
  const pixels = Array.from({ length: SIDE * SIDE }, (_, i) => i % SIDE);
  const data = Uint8Array.from(pixels.flatMap((x) => (x < SIDE / 2 ? [20, 20, 30] : [230, 230, 220])));
  const labels = Int32Array.from(pixels, (x) => (x < SIDE / 2 ? left : x < SIDE - 8 ? 0 : 255));
  writeFileSync(join(root, 'JPEGImages', `${id}.png`), await library.encodePng({ data, width: SIDE, height: SIDE }));
  const mask = { data: labels, width: SIDE, height: SIDE };
  writeFileSync(join(root, 'SegmentationClass', `${id}.png`), await library.encodeIndexedPng(mask, library.segmentPalette(256)));
};

beforeAll(async () => {
  for (const folder of ['JPEGImages', 'SegmentationClass', 'ImageSets/Segmentation']) mkdirSync(join(root, folder), { recursive: true });
  for (const [i, id] of IDS.entries()) await write(id, [8, 8, 12][i]);
  writeFileSync(join(root, 'ImageSets/Segmentation/val.txt'), IDS.join('\n'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Names by colour: what is dark is a cat. */
const openNamer = (async (_: unknown, options: object) => ({
  ...options,
  model: 'stub',
  device: 'cpu',
  name: async (image: library.RgbImage, labels: library.LabelMap, segments: { id: number }[]) =>
    segments.map(({ id }) => {
      const of = [...labels.data.keys()].filter((i) => labels.data[i] === id);
      const [x, y] = [of.map((i) => i % labels.width), of.map((i) => Math.floor(i / labels.width))].map((places) =>
        Math.floor((places.reduce((sum, v) => sum + v, 0) * image.width) / (places.length * labels.width)),
      );
      return { name: image.data[3 * (y * image.width + x)] < 128 ? 'cat' : 'background', score: 1 };
    }),
  dispose: async () => {},
})) as unknown as typeof library.openNamer;

const OPTIONS: OpenvocOptions = { dataset: 'voc2012', root, namesModel: 'stub', refine: 'none', solver: 'ncut', alpha: 3, tau: 0.5 };
/** By colours. */
const openEncoder = (async () => ({
  name: 'toy',
  device: 'cpu',
  row: library.MODELS[0],
  inputSize: () => [9, 9],
  encode: toyEncode,
  dispose: async () => {},
})) as unknown as typeof library.openEncoder;

const run = (given: Partial<OpenvocOptions> = {}) => evaluateOpenvoc({ ...OPTIONS, ...given }, { ...library, openNamer, openEncoder });

describe('an open vocabulary', () => {
  it('is scored a picture at a time, void as background', async () => {
    const result = await run();
    expect(result.failed).toEqual([]);
    const [a, b, c] = result.results.map(({ jaccard }) => jaccard);
    expect(a).toBeGreaterThan(0.9);
    expect(b).toBe(a);
    expect(c).toBeCloseTo(a / 3, 1); // of background, cat and dog the first alone is right
    const json = openvocJson(result);
    expect(json.jaccard).toBeCloseTo((100 * (a + b + c)) / 3, 9);
    expect(json.protocol).toMatch(/^DiffCut's open vocabulary, 1024x1024, no PAMR, void is background, mean over pictures/);
    expect(openvocText(result)).toMatch(/voc2012: DiffCut's open vocabulary.*\ntoy, solver ncut, alpha 3, tau 0.5, .*; names by stub, dense values$/);
  });

  it('goes on from a file, and shards add up to the whole', async () => {
    const at = (name: string) => join(root, name);
    const whole = await run({ resume: at('whole.jsonl') });
    expect(await run({ resume: at('whole.jsonl') })).toMatchObject({ resumed: 3, results: whole.results });
    for (const i of [1, 2]) await run({ resume: at(`${i}.jsonl`), shard: `${i}/2` });
    const merged = await mergeFiles([at('2.jsonl'), at('1.jsonl')]);
    expect(merged.json).toEqual(openvocJson(whole));
    await expect(run({ resume: at('whole.jsonl'), dense: 'residual' })).rejects.toThrow(/dense/);
    const text = readFileSync(at('whole.jsonl'), 'utf8').replace(/"jaccard":[\d.]+/, '"jaccard":2');
    writeFileSync(at('odd.jsonl'), text);
    await expect(run({ resume: at('odd.jsonl') })).rejects.toThrow(/odd\.jsonl/);
  });

  it('is of sets that one is published for', () => {
    expect(() => checkOpenvoc({ ...OPTIONS, dataset: 'ade20k' })).toThrow(
      /Unknown dataset of eval openvoc "ade20k"\. Known: voc2012, context, coco-object/,
    );
    expect(checkOpenvoc({ ...OPTIONS, dataset: 'context' })).toMatchObject({ rows: 60, background: true });
  });

  it('has a help of a screen, and says what is wrong', async () => {
    const { out } = await runCli('eval', 'openvoc', '--help');
    expect(out.trimEnd().split('\n').length).toBeLessThanOrEqual(36);
    const { code, err } = await runCli('eval', 'openvoc', '--dataset', 'voc', '--root', root);
    expect([code, err]).toEqual([2, expect.stringMatching(/Unknown dataset of eval openvoc "voc"/)]);
  });
});
