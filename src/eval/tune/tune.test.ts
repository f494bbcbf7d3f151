import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SIDE, toyEncode, toyScene } from '../../../test/toy-set.ts';
import * as library from '../../toolkit.ts';
import { encodeIndexedPng, encodePng, MODELS, type RgbImage, segmentPalette } from '../../toolkit.ts';
import { reportJson } from '../report/evaluation.ts';
import { evaluate } from '../run.ts';
import type { EvaluateOptions } from '../settings.ts';
import { tuneJson } from './report.ts';
import { type TuneOptions, tune } from './tune.ts';

let folder = '';
let calls: string[] = [];

const stages: typeof library = {
  ...library,
  openEncoder: async (name) => {
    calls.push('open');
    return {
      name: String(name),
      device: 'cpu',
      row: { ...MODELS[0], tau: name === 'by tau' ? 0.5 : undefined },
      inputSize: () => [SIDE, SIDE],
      encode: (image: RgbImage) => {
        calls.push('encode');
        return toyEncode(image);
      },
      dispose: async () => void calls.push('dispose'),
    };
  },
  partition: (features, options) => {
    calls.push(`partition ${options?.alpha} ${options?.tau}`);
    return library.partition(features, options);
  },
  refine: (...given) => {
    calls.push('refine');
    return library.refine(...given);
  },
};

const at = (...names: string[]): string => join(folder, ...names);
const set = (): Pick<EvaluateOptions, 'dataset' | 'images' | 'masks' | 'classes'> => ({
  dataset: 'folder',
  images: at('i'),
  masks: at('m'),
  classes: 3,
});
const LISTS = { alphas: [1, 6], taus: [0.2, 0.5, 0.8, 1], prices: [0.002, 0.03] };
const run = (options: Partial<TuneOptions> = {}) => tune({ ...set(), ...LISTS, refine: 'none', ...options }, stages);
const count = (name: string): number => calls.filter((call) => call.startsWith(name)).length;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'diffcut tune '));
  calls = [];
  await mkdir(at('i'));
  await mkdir(at('m'));
  for (const [seed, id] of ['a', 'b', 'c ü'].entries()) {
    const { image, mask } = toyScene(seed);
    await writeFile(at('i', `${id}.png`), await encodePng(image));
    await writeFile(at('m', `${id}.png`), await encodeIndexedPng(mask, segmentPalette(256)));
  }
});
afterEach(() => rm(folder, { recursive: true }));

describe('tune', () => {
  it.each<[string, Partial<TuneOptions>]>([
    ['as it is', { background: 0, refine: undefined, limit: 1 }],
    ['without refinement', { background: 0 }],
    ['without background, by the other rule for zeros', { parity: true }],
    ['with an ease of its own', { ease: 0 }],
  ])('gives each place of the grid what eval gives there: %s', async (_, options) => {
    const grid = tuneJson(await run(options)).grid as Record<string, number>[];
    expect(grid).toHaveLength(2 * (4 + 2));
    expect(new Set(grid.map(({ mIoU }) => mIoU)).size).toBeGreaterThan(5);
    for (const { alpha, tau, price, even: _even, odd: _odd, ...scored } of grid) {
      const ease = price === undefined ? undefined : options.ease;
      const result = reportJson(await evaluate({ ...set(), refine: 'none', ...options, alpha, tau, price, ease }, stages));
      expect({ alpha, tau, price, ...scored }).toEqual({
        alpha,
        tau,
        price,
        mIoU: result.mIoU,
        pixelAccuracy: result.pixelAccuracy,
        segmentsPerPicture: result.segmentsPerPicture,
      });
    }
  });

  it('encodes a picture once, builds one tree an alpha, and scores equal cuts once', async () => {
    await run({ taus: [0.6, 0.6, 0.1, 0.11], refine: 'pamr', limit: 1 });
    expect(calls.slice(0, 2)).toEqual(['open', 'encode']);
    expect(calls.filter((call) => call.startsWith('partition'))).toEqual(['partition 1 0.75', 'partition 6 0.75']);
    expect(count('refine')).toBeLessThan(2 * (3 + 2));
    expect(calls.at(-1)).toBe('dispose');
  });

  it('builds the tree no looser than its taus where no price is walked', async () => {
    await run({ prices: [], taus: [0.4, 0.6], alphas: [3], limit: 1 });
    expect(calls[2]).toBe('partition 3 0.6');
  });

  it('walks prices by itself only where the encoder’s row has no tau', async () => {
    const kinds = async (encoder: string, options: Partial<TuneOptions>) =>
      Object.keys((await run({ encoder, alphas: [3], taus: [0.5], prices: undefined, limit: 1, ...options })).cells.map(({ kind }) => kind)).length;
    expect(await kinds('by tau', {})).toBe(1);
    expect(await kinds('by tau', { ease: 0.2 })).toBe(7);
    expect(await kinds('by tau', { taus: [] })).toBe(6);
    expect(await kinds('embedded', {})).toBe(7);
    expect(await kinds('embedded', { prices: [] })).toBe(1);
  });

  it('scores each half for itself, by places in the set, whatever was left out', async () => {
    await writeFile(at('i', 'a.png'), 'x');
    const told: string[] = [];
    const result = await run({ limit: 2, onPicture: (done, total, id, problem) => told.push(`${done}/${total} ${id} ${problem ? 'left out' : ''}`) });
    expect(result).toMatchObject({ pictures: 1, failed: [{ id: 'a' }] });
    expect(told).toEqual(['1/2 a left out', '2/2 b ']);
    const grid = tuneJson(result).grid as { mIoU: number; even: number | null; odd: number }[];
    expect(grid.every(({ mIoU, even, odd }) => even === null && odd === mIoU)).toBe(true);
    await writeFile(at('l'), 'a\nc ü\n');
    await expect(run({ list: at('l') })).resolves.toMatchObject({ pictures: 1 });
  });

  it('resumes: finished pictures are not done again, half a line is', async () => {
    const whole = tuneJson(await run({ resume: at('r') }));
    const text = await readFile(at('r'), 'utf8');
    await writeFile(at('r'), text.slice(0, -20));
    calls = [];
    expect(tuneJson(await run({ resume: at('r'), alphas: [6, 1, 1] }))).toEqual({ ...whole, resumed: 2 });
    expect(count('encode')).toBe(1);
    expect(await readFile(at('r'), 'utf8')).toBe(text);
    await expect(run({ resume: at('r'), taus: [0.5] })).rejects.toThrow(/made with other settings \(taus \[0\.2,0\.5,0\.8,1\], now \[0\.5\]\)/);
    await writeFile(at('r'), text.replace('"cells":[', '"cells":[99,'));
    await expect(run({ resume: at('r') })).rejects.toThrow(/Line 2 of .*r is not one of an evaluation/);
  });

  it('takes no file of an evaluation for its own', async () => {
    await evaluate({ ...set(), resume: at('r') }, stages);
    await expect(run({ resume: at('r') })).rejects.toThrow(/made with other settings \(kind "classes", now "tune"; solver "merge", now "ncut"/);
  });

  it('ends within a picture when it is aborted, the finished ones kept', async () => {
    const control = new AbortController();
    const refine: typeof library.refine = (...given) => {
      control.abort();
      return library.refine(...given);
    };
    const options: TuneOptions = { ...set(), ...LISTS, refine: 'pamr', resume: at('r'), signal: control.signal };
    await expect(tune(options, { ...stages, refine })).rejects.toThrow(/abort/i);
    expect((await readFile(at('r'), 'utf8')).trimEnd().split('\n')).toHaveLength(1);
    expect(count('partition')).toBe(1);
    expect(calls.at(-1)).toBe('dispose');
  });

  it.each<[string, Partial<TuneOptions>, RegExp]>([
    ['a set scored by annotators', { dataset: 'bsds500', classes: undefined }, /bsds500 is scored by annotators, .* give another dataset/],
    ['an alpha out of range', { alphas: [1, 0] }, /from 0\.1 to 50 for alphas but received 0/],
    ['a tau out of range', { taus: [2.5] }, /from 0 to 2 for taus/],
    ['a price out of range', { prices: [-1] }, /from 0 to 1 for prices/],
    ['no alpha', { alphas: [] }, /at least one alpha/],
    ['nothing to choose', { taus: [], prices: [] }, /neither taus nor prices/],
    ['an ease without prices', { ease: 0.4, prices: [] }, /ease is of the prices/],
    ['a limit that is none', { limit: 0 }, /1 and up for limit/],
    ['a set without its options', { classes: undefined }, /needs --classes/],
  ])('refuses %s before it opens anything', async (_, options, pattern) => {
    await expect(run(options)).rejects.toThrow(pattern);
    expect(calls).toEqual([]);
  });
});
