/** Predictions of others in the place of segments: one matching a picture or one for the set, and region measures. */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goldenBytes, goldenJson } from '../../test/goldens.ts';
import { SIDE, toyScene } from '../../test/toy-set.ts';
import * as library from '../toolkit.ts';
import { encodeIndexedPng, encodePng, segmentPalette, writeNpy } from '../toolkit.ts';
import { reportJson, reportText } from './report/evaluation.ts';
import { evaluate } from './run.ts';
import type { EvaluateOptions } from './settings.ts';

/** No encoder is opened. */
const stages: typeof library = { ...library, openEncoder: () => Promise.reject(new Error('opened')) };

let folder = '';
const at = (...names: string[]): string => join(folder, ...names);
const IDS = ['a', 'b', 'c'];
/** What the three classes are called in a dictionary, and in which picture otherwise. */
const WORDS = [700, 30, 1];
const MATLAB = goldenJson<number[][][]>('mat/maps.json');
const [HEIGHT, WIDTH] = [MATLAB[0].length, MATLAB[0][0].length];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'diffcut predictions '));
  for (const name of ['i', 'm', 'same', 'turned', 'small', 'BSDS500/data/images/test', 'BSDS500/data/groundTruth/test', 'people'])
    await mkdir(at(name), { recursive: true });
  for (const [seed, id] of IDS.entries()) {
    const { image, mask } = toyScene(seed);
    await writeFile(at('i', `${id}.png`), await encodePng(image));
    await writeFile(at('m', `${id}.png`), await encodeIndexedPng(mask, segmentPalette(256)));
    const words = (turn: number) => mask.data.map((value) => WORDS[((value === 255 ? 0 : value) + turn) % 3]);
    await writeFile(at('same', `${id}.npy`), writeNpy(words(0), [SIDE, SIDE]));
    await writeFile(at('turned', `${id}.npy`), writeNpy(words(seed), [SIDE, SIDE]));
    await writeFile(
      at('small', `${id}.png`),
      await encodeIndexedPng({ data: new Int32Array(128 * 128), width: 128, height: 128 }, segmentPalette(256)),
    );
  }
  const grey = { data: new Uint8Array(WIDTH * HEIGHT * 3).fill(90), width: WIDTH, height: HEIGHT };
  await writeFile(at('BSDS500/data/images/test/7.jpg'), await encodePng(grey)); // told by its first bytes
  await writeFile(at('BSDS500/data/groundTruth/test/7.mat'), goldenBytes('mat/packed.mat'));
  await writeFile(at('people/7.npy'), writeNpy(Int32Array.from(MATLAB[1].flat()), [HEIGHT, WIDTH]));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (options: Partial<EvaluateOptions>) =>
  evaluate({ dataset: 'folder', images: at('i'), masks: at('m'), classes: 3, ...options } as EvaluateOptions, stages);
const score = async (options: Partial<EvaluateOptions>) => reportJson(await run(options));

describe('predictions by classes', () => {
  it('are scored as segments are, one matching a picture, whatever their ids', async () => {
    for (const predictions of [at('same'), at('turned')]) {
      const result = await run({ predictions });
      expect(reportJson(result)).toMatchObject({
        mIoU: 100,
        pixelAccuracy: 100,
        pictures: 3,
        settings: { kind: 'classes', dictionary: 'picture', refine: 'none' },
      });
      expect(reportText(result)).toMatch(/DiffCut protocol, 128x128, no PAMR, no background.*\npredictions .*(same|turned), refine none$/);
    }
    expect(await score({ predictions: at('same'), background: 0 })).toMatchObject({ protocol: expect.stringMatching(/many-to-one background/) });
  });

  it('have one matching for the set where that was asked for, and say so', async () => {
    const result = await run({ predictions: at('same'), dictionary: 'set' });
    expect(reportJson(result)).toMatchObject({ mIoU: 100, ids: 3, settings: { kind: 'dictionary' } });
    expect(reportText(result)).toMatch(/ids in the set: 3; segments a picture: 3\.0; .*\n.*one matching over the set \(not DiffCut's.*no background/);
    const turned = await score({ predictions: at('turned'), dictionary: 'set' });
    expect(turned.mIoU).toBeLessThan(60);
    expect(await score({ predictions: at('same'), dictionary: 'set', background: 0 })).toMatchObject({
      mIoU: 100,
      protocol: expect.stringMatching(/background one of the classes/),
    });
  });

  it('may be of 128 x 128, as --save writes them, and refined', async () => {
    expect(await score({ predictions: at('small') })).toMatchObject({ segmentsPerPicture: 1, objects: { count: 9 } });
    expect(await score({ predictions: at('same'), refine: 'pamr', limit: 1 })).toMatchObject({ protocol: expect.stringMatching(/PAMR 10;1,2,4,8/) });
  });

  it('leave a picture out whose prediction is of another size, or none', async () => {
    await cp(at('same'), at('odd'), { recursive: true });
    await writeFile(at('odd', 'a.npy'), writeNpy(new Int32Array(6), [2, 3]));
    await writeFile(at('odd', 'b.npy'), writeNpy(new Float32Array(SIDE * SIDE), [SIDE, SIDE]));
    const { failed } = await run({ predictions: at('odd') });
    expect(failed.map(({ problem }) => problem)).toEqual([
      expect.stringMatching(/a\.npy has 3 x 2 pixels, its picture 41 x 41: give that size, or 128 x 128 of its square/),
      expect.stringMatching(/b\.npy holds floating point/),
    ]);
  });

  it('are all there before any is scored, each once', async () => {
    await cp(at('same'), at('twice'), { recursive: true });
    await writeFile(at('twice', 'b.png'), '');
    await expect(run({ predictions: at('twice') })).rejects.toThrow(/Two predictions are called b in .*b\.npy and b\.png/);
    await rm(at('twice', 'b.png'));
    await rm(at('twice', 'c.npy'));
    await expect(run({ predictions: at('twice') })).rejects.toThrow(/prediction c\.npy or c\.png is missing in .*twice/);
    expect((await run({ predictions: at('twice'), limit: 2 })).pictures).toBe(2);
    await expect(run({ predictions: at('nowhere') })).rejects.toThrow(/nowhere" does not exist/);
  });

  it.each<[string, Partial<EvaluateOptions>, RegExp]>([
    ['one matching for segments made here', { dictionary: 'set' }, /ids that mean the same in all pictures.*give --predictions DIR/],
    ['another dictionary', { dictionary: 'sets' as never, predictions: 'p' }, /Unknown dictionary "sets": did you mean "set"/],
    ['a price', { predictions: 'p', price: 0.03 }, /Both predictions and price were given/],
    ['an encoder', { predictions: 'p', encoder: 'embedded' }, /Both predictions and encoder were given/],
    ['its size', { predictions: 'p', size: 320 }, /Both predictions and size were given/],
    ['a number of processes', { predictions: 'p', jobs: 2 }, /Both predictions and jobs were given/],
    ['a drawing of segments', { predictions: 'p', refine: 'edges' }, /take no --refine edges: give pamr, crf or none/],
    ['a folder for them', { predictions: 'p', save: 's' }, /Both predictions and save were given/],
    ['a dictionary without classes', { dataset: 'bsds500', classes: undefined, dictionary: 'picture' }, /bsds500 takes no --dictionary/],
    ['their refinement without classes', { dataset: 'bsds500', classes: undefined, predictions: 'p', refine: 'none' }, /take no --refine none$/],
  ])('do not go with %s', async (_, options, message) => {
    await expect(run(options)).rejects.toThrow(message);
  });
});

describe('bsds500 as people have it', () => {
  const set = { dataset: 'bsds500', images: undefined, masks: undefined, classes: undefined, predictions: '' };

  it.each(['BSDS500', 'BSDS500/data', '.'])('is read below %s', async (root) => {
    const found = await score({ ...set, root: at(root), predictions: at('people') });
    expect(found).toMatchObject({ pictures: 1, failed: [], segmentsPerPicture: new Set(MATLAB[1].flat()).size });
    expect(found.covering).toBeGreaterThan(0.5); // the second annotator's own
    expect(found.oneToOne).toMatchObject({ precision: 1, f: expect.any(Number) });
    expect(found.protocol).toMatch(/at the picture's own size, as predicted; /);
  });

  it('is read by its folders, too', async () => {
    const data = at('BSDS500', 'data');
    const given = { ...set, images: join(data, 'images', 'test'), masks: join(data, 'groundTruth', 'test'), predictions: at('people') };
    expect(await score(given)).toMatchObject({ pictures: 1, failed: [] });
    await expect(run({ ...given, root: 'r' })).rejects.toThrow(/bsds500 takes no --images/);
    await expect(run({ ...set, root: at('i') })).rejects.toThrow(/No picture with a mask below .*looked in/);
    await expect(run({ ...set })).rejects.toThrow(/bsds500 needs --images.*--root BSDS500/);
  });

  it('tells of a prediction of another size', async () => {
    await cp(at('people'), at('strangers'), { recursive: true });
    await writeFile(at('strangers', '7.npy'), writeNpy(new Int32Array(128 * 128), [128, 128]));
    const { failed } = await run({ ...set, root: at('BSDS500'), predictions: at('strangers') });
    expect(failed[0].problem).toMatch(/7\.npy has 128 x 128 pixels, its picture 13 x 9$/);
  });
});
