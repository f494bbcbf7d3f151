import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FeatureMap, InputError, MODELS, type RgbImage, sampleFeatures } from '../../toolkit.ts';
import { drawer } from '../random.ts';
import { coherenceChart } from './chart.ts';
import { coherenceJson, coherenceText } from './report.ts';
import { type CoherenceOptions, type CoherenceStages, checkCoherence, evaluateCoherence } from './run.ts';
import type { Measure } from './score.ts';

const SIDE = 12;
const CELLS = SIDE * SIDE;

/** A file holds the classes of its picture's quarters; in the picture they are the red of the pixels. */
const quarters = (text: string): Int32Array => {
  const values = text.split(' ').map(Number);
  if (!values.every(Number.isFinite)) throw new InputError('not a picture');
  return Int32Array.from({ length: CELLS }, (_, p) => values[(p % SIDE < SIDE / 2 ? 0 : 1) + (p < CELLS / 2 ? 0 : 2)]);
};

const noise = drawer('noise');

/** Features of a cell from the class that its pixel has. */
const ENCODERS: Record<string, (value: number) => number[]> = {
  perfect: (value) => [value === 0 ? 1 : 0, value === 1 ? 1 : 0, value === 2 ? 1 : 0, 0.3],
  random: () => Array.from({ length: 4 }, () => noise(2001) / 1000 - 1),
  constant: () => [1, 2],
};

let folder = '';
let calls: string[] = [];
/** Red that an encoder fails on. */
let failing: Record<string, number> = {};

const stages: CoherenceStages = {
  DEFAULT_ENCODER: 'perfect' as 'embedded',
  sampleFeatures,
  decodeImage: async (path) => {
    const values = quarters(await readFile(String(path), 'utf8'));
    return { data: Uint8Array.from({ length: CELLS * 3 }, (_, i) => values[Math.floor(i / 3)]), width: SIDE, height: SIDE };
  },
  decodeLabelPng: (bytes) => ({ data: quarters(Buffer.from(bytes).toString()), width: SIDE, height: SIDE }),
  describeEncoder: async (given) => {
    const name = given.split('/').pop() as string;
    return { ...MODELS[0], name, note: `${name} is made up` };
  },
  shareOptions: async (names, given) => names.map(() => given),
  openEncoder: async (given) => {
    const name = String(given).split('/').pop() as string;
    calls.push(`open ${given}`);
    if (!ENCODERS[name]) throw new InputError(`There is no ${name}`);
    return {
      name,
      device: 'cpu',
      row: { ...MODELS[0], note: `${name} is made up` },
      inputSize: () => [SIDE, SIDE],
      encode: async ({ data }: RgbImage): Promise<FeatureMap> => {
        calls.push(`encode ${name}`);
        if (data[0] === failing[name]) throw new Error('out of memory');
        const cells = Array.from({ length: CELLS }, (_, p) => ENCODERS[name](data[p * 3]));
        return { data: Float32Array.from(cells.flat()), width: SIDE, height: SIDE, channels: cells[0].length };
      },
      dispose: async () => {
        calls.push(`dispose ${given}`);
      },
    };
  },
};

const at = (...names: string[]): string => join(folder, ...names);
const run = (options: Partial<CoherenceOptions> = {}) =>
  evaluateCoherence({ dataset: 'folder', images: at('i'), masks: at('m'), rounds: 60, ...options }, stages);
const write = async (id: string, picture: string, mask = picture): Promise<void> => {
  await writeFile(at('i', `${id}.jpg`), picture);
  await writeFile(at('m', `${id}.png`), mask);
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'diffcut coherence '));
  calls = [];
  failing = {};
  await mkdir(at('i'));
  await mkdir(at('m'));
  for (let i = 0; i < 8; i++) await write(`p${i}`, `${i % 3} ${(i + 1) % 3} ${i % 3} 255`);
});
afterEach(() => rm(folder, { recursive: true }));

const measures = ({ within, across }: Record<'within' | 'across', Measure>) => [within.auc, within.ap, across.auc, across.ap];

describe('evaluateCoherence', () => {
  it('gives 1 to features that are the class, a half to features that say nothing', async () => {
    for (let i = 8; i < 24; i++) await write(`q${i}`, `${i % 3} ${(i + 1) % 3} ${i % 3} 255`);
    const { encoders, place, pictures, failed, points } = await run({ encoders: ['perfect', 'random', 'constant'] });
    const [perfect, random, constant] = encoders;
    expect([pictures, failed, points]).toEqual([24, [], 24 * 32]);
    expect(perfect).toMatchObject({ name: 'perfect', note: 'perfect is made up' });
    for (const figure of measures(perfect)) expect(figure).toEqual({ value: 1, low: 1, high: 1 });
    for (const figure of measures(constant)) expect(figure).toEqual({ value: 0.5, low: 0.5, high: 0.5 });
    for (const { value, low, high } of measures(random)) {
      expect(Math.abs((value as number) - 0.5)).toBeLessThan(0.06);
      expect(low).toBeLessThan(0.5);
      expect(high).toBeGreaterThan(0.5);
    }
    expect(perfect.classes.map((row) => [row.class, row.within.pictures, row.across.pictures])).toEqual([
      [0, 16, 16],
      [1, 16, 16],
      [2, 16, 16],
    ]);
    for (const row of perfect.classes) for (const figure of measures(row)) expect(figure.value).toBe(1);
    expect(place.within.auc.value).toBeGreaterThan(0.6); // a quarter's pixels are near each other
    expect(place.within.pairs).toBe(perfect.within.pairs);
  });

  it('opens every encoder once before the first picture, and one at a time', async () => {
    await run({ encoders: ['perfect', 'constant'], limit: 2 });
    expect(calls).toEqual([
      ...['perfect', 'constant'].flatMap((name) => [`open ${name}`, `dispose ${name}`]),
      ...['perfect', 'constant'].flatMap((name) => [`open ${name}`, `encode ${name}`, `encode ${name}`, `dispose ${name}`]),
    ]);
    calls = [];
    await expect(run({ encoders: ['perfect', 'missing'] })).rejects.toThrow(/There is no missing/);
    expect(calls).toEqual(['open perfect', 'dispose perfect', 'open missing']);
    calls = [];
    expect((await run({ limit: 1 })).encoders[0].name).toBe('perfect');
    expect(calls).toEqual(['open perfect', 'encode perfect', 'dispose perfect']);
  });

  it('is the same for a seed, with whatever encoders', async () => {
    const first = await run({ encoders: ['constant', 'perfect'], seed: 7 });
    expect((await run({ encoders: ['perfect'], seed: 7 })).encoders[0]).toEqual(first.encoders[1]);
    expect((await run({ seed: 7 })).place).toEqual(first.place);
    expect((await run({ seed: 8 })).place).not.toEqual(first.place);
  });

  it('takes the background for no class', async () => {
    const { encoders, background } = await run({ background: 0, classes: 3 });
    expect(background).toBe(0);
    expect(encoders[0].classes.map((row) => row.class)).toEqual([1, 2]);
    expect(encoders[0].within.auc.value).toBe(1);
  });

  it('reports a picture that cannot be used, before any encoder is asked', async () => {
    await writeFile(at('i', 'p0.jpg'), 'x');
    await write('p1', '1 1 1 1', '1 9 1 1');
    const told: string[] = [];
    const { pictures, failed } = await run({
      classes: 3,
      onPicture: (done, total, what, problem) => told.push(`${done}/${total} ${what} ${problem}`),
    });
    expect(pictures).toBe(6);
    expect(failed).toEqual([
      { id: 'p0', problem: 'not a picture' },
      { id: 'p1', problem: expect.stringMatching(/found 9/) },
    ]);
    expect(told[0]).toBe('1/8 p0 not a picture');
    expect(told.slice(2)).toEqual(Array.from({ length: 6 }, (_, i) => `${i + 1}/6 perfect p${i + 2} undefined`));
  });

  it('leaves a picture that one encoder fails on out for all', async () => {
    await write('p8', '5 0 1 0');
    const whole = await run({ encoders: ['perfect'] });
    failing = { constant: 5 };
    const { encoders, pictures, failed } = await run({ encoders: ['perfect', 'constant', 'random'] });
    expect(failed).toEqual([{ id: 'p8', problem: 'constant: out of memory' }]);
    expect(pictures).toBe(8);
    expect(calls.filter((call) => call === 'encode random')).toHaveLength(8);
    expect(encoders[0].classes.map((row) => row.within.pictures)).toEqual([5, 6, 5, 0]);
    expect(encoders[0].classes[3].within).toEqual({ pairs: 0, pictures: 0, auc: NONE, ap: NONE });
    expect(encoders[0].within.pairs).toBeLessThan(whole.encoders[0].within.pairs);
    for (const figure of measures(encoders[1])) expect(figure.value).toBe(0.5); // balanced still
  });

  it('gives no figures where nothing is left, and reports every failure', async () => {
    for (let i = 0; i < 8; i++) await writeFile(at('i', `p${i}.jpg`), 'x');
    const result = await run();
    expect([result.pictures, result.failed.length, result.points]).toEqual([0, 8, 0]);
    expect(measures(result.encoders[0])).toEqual([NONE, NONE, NONE, NONE]);
    expect(coherenceText(result)).toMatch(/^perfect +- +- +- +-$/m);
    expect(coherenceChart(result)).toMatch(/<svg/);
  });

  it('does not mind a picture without any class', async () => {
    await write('p8', '255 255 255 255');
    const { pictures, failed } = await run();
    expect([pictures, failed]).toEqual([9, []]);
  });

  it('tells encoders of one name apart', async () => {
    const { encoders } = await run({ encoders: ['one/perfect', 'two/perfect', 'one/perfect'], limit: 2 });
    expect(encoders.map(({ name }) => name)).toEqual(['perfect', 'two/perfect']);
  });

  it('stops at once when told to', async () => {
    const controller = new AbortController();
    const stopped = run({ signal: controller.signal, onPicture: () => controller.abort(new Error('enough')) });
    await expect(stopped).rejects.toThrow('enough');
    expect(calls.at(-1)).toBe('dispose perfect');
    expect(calls.filter((call) => call.startsWith('encode'))).toHaveLength(1);
  });
});

const NONE = { value: null, low: null, high: null };

describe('the options', () => {
  it.each<[string, Partial<CoherenceOptions>, RegExp]>([
    ['an unknown set', { dataset: 'foldr' }, /Unknown dataset "foldr": did you mean "folder"/],
    ['a set without classes', { dataset: 'bsds500' }, /bsds500 has regions without classes/],
    ['a seed', { seed: -1 }, /Expected a whole number from 0 to 4294967295 for seed but received -1/],
    ['no encoder', { encoders: [] }, /one encoder at least for encoders/],
    ['a limit', { limit: 0 }, /limit/],
    ['a size', { size: 7 }, /size/],
    ['a background that is no class', { background: 3, classes: 3 }, /background/],
    ['no masks', { masks: undefined as never }, /needs --masks/],
  ])('are refused before anything is opened: %s', (_, options, pattern) => {
    const given: CoherenceOptions = { dataset: 'folder', images: 'i', masks: 'm', ...options };
    expect(() => checkCoherence(given)).toThrow(pattern);
    expect(() => checkCoherence(given)).toThrow(InputError);
  });

  it('need no number of classes', () => {
    expect(checkCoherence({ dataset: 'folder', images: 'i', masks: 'm' }).table).toMatchObject({ classes: 65_535, ignore: 255 });
    expect(checkCoherence({ dataset: 'voc2012', root: 'r' }).table).toMatchObject({ classes: 21, background: 0 });
  });
});

describe('what is told', () => {
  it('carries each encoder’s note, its figures and how they were made', async () => {
    const result = await run({ encoders: ['perfect', 'random'], background: 0 });
    const text = coherenceText(result);
    expect(text).toMatch(/^perfect +1\.000 \(1\.000-1\.000\) +1\.000 .*\n {2}perfect is made up\nrandom .*\n {2}random is made up\nplace alone /m);
    expect(text).toMatch(/^perfect, class by class \(perfect is made up\)\nclass +pictures +within: AUC +AP +across: AUC +AP\n1 +6 +1\.000/m);
    expect(text).toMatch(/pictures: 8; points: 256; pairs: \d+ within, \d+ across/);
    expect(text).toMatch(/folder: .*seed 0; .*background 0 is what classes are told from.*mean over classes.*95 % of 60.*chance: 0\.5/);
    const json = JSON.parse(JSON.stringify(coherenceJson(result)));
    expect(json).toMatchObject({
      dataset: 'folder',
      seed: 0,
      background: 0,
      chance: 0.5,
      pictures: 8,
      failed: [],
      encoders: [
        {
          name: 'perfect',
          note: 'perfect is made up',
          within: { auc: { value: 1, low: 1, high: 1 } },
          classes: [{ class: 1, name: '1' }, { class: 2 }],
        },
        { name: 'random' },
      ],
    });
    expect(json.place.within.auc.value).toBe(result.place.within.auc.value);
  });
});
