/** The shards of a run come to what the whole run does, whatever is measured: the same text, the same object, the same file. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SIDE, toyEncode, toyScene } from '../../test/toy-set.ts';
import * as library from '../toolkit.ts';
import { encodeIndexedPng, encodePng, MODELS, type RgbImage, segmentPalette } from '../toolkit.ts';
import { coherenceJson, coherenceText } from './coherence/report.ts';
import { evaluateCoherence } from './coherence/run.ts';
import { mergeFiles } from './merge.ts';
import { reportJson, reportText } from './report/evaluation.ts';
import { evaluate } from './run.ts';
import type { EvaluateOptions } from './settings.ts';
import { tuneJson, tuneText } from './tune/report.ts';
import { tune } from './tune/tune.ts';

/** A red of its second pixel that the second encoder fails on: of the last picture. */
let failing: number | undefined;

const stages: typeof library = {
  ...library,
  shareOptions: async (names, given) => names.map(() => given),
  describeEncoder: async (name) => ({ ...MODELS[0], name, note: `${name} is made up` }),
  openEncoder: async (name) => ({
    name: String(name),
    device: 'cpu',
    row: { ...MODELS[0], name: String(name), tau: 0.5, note: `${String(name)} is made up` },
    inputSize: () => [SIDE, SIDE],
    encode: async (image: RgbImage) => {
      if (name === 'second' && image.data[3] === failing) throw new Error('out of memory');
      return toyEncode(image);
    },
    dispose: async () => {},
  }),
};

let folder = '';
const at = (...names: string[]): string => join(folder, ...names);
const IDS = ['a', 'b', 'c ü', 'd', 'e', 'f', 'g'];
const BROKEN = 'c ü';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'diffcut merge '));
  await mkdir(at('i'));
  await mkdir(at('m'));
  for (const [seed, id] of IDS.entries()) {
    const { image, mask } = toyScene(seed);
    if (id === 'g') failing = image.data[3];
    const labels = await encodeIndexedPng(mask, segmentPalette(256));
    await writeFile(at('i', `${id}.png`), id === BROKEN ? 'x' : await encodePng(image));
    await writeFile(at('m', `${id}.png`), labels); // predictions, too
    await writeFile(at('m', `${id}_1.png`), labels);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Options = Partial<EvaluateOptions>;
interface Told {
  text: string;
  json: unknown;
}

const set = (dataset = 'folder') => ({ dataset, images: at('i'), masks: at('m') });
const classes = async (options: Options): Promise<Told> => {
  const result = await evaluate({ ...set(), classes: 3, refine: 'none', ...options }, stages);
  return { text: reportText(result), json: reportJson(result) };
};

const KINDS: Record<string, (options: Options) => Promise<Told>> = {
  classes,
  'classes with a background': (options) => classes({ background: 0, ...options }),
  'one matching for the set': (options) => classes({ predictions: at('m'), dictionary: 'set', ...options }),
  drawings: async (options) => {
    const result = await evaluate({ ...set('bsds500'), ...options }, stages);
    return { text: reportText(result), json: reportJson(result) };
  },
  'drawings at several prices': async (options) => {
    const result = await evaluate({ ...set('bsds500'), prices: [0.01, 0.05], ...options }, stages);
    return { text: reportText(result), json: reportJson(result) };
  },
  tune: async ({ dataset: _, ...options }) => {
    const given = { ...set(), classes: 3, alphas: [3], taus: [0.5, 0.8], prices: [0.03], refine: 'none' as const };
    const result = await tune({ ...given, ...(options as object) }, stages);
    return { text: tuneText(result), json: tuneJson(result) };
  },
  coherence: async (options) => {
    const result = await evaluateCoherence({ ...set(), classes: 3, encoders: ['first', 'second'], rounds: 40, ...options }, stages);
    return { text: coherenceText(result), json: coherenceJson(result) };
  },
};

/** Runs every shard. @returns their files */
const runShards = async (run: (options: Options) => Promise<Told>, shards: number, name: string, options: Options = {}): Promise<string[]> => {
  const files = Array.from({ length: shards }, (_, i) => at(`${name} ${i + 1} of ${shards}`));
  for (const [i, resume] of files.entries()) await run({ ...options, shard: `${i + 1}/${shards}`, resume });
  return files;
};

const merged = async (files: readonly string[]): Promise<Told & { file: string; failed: string[] }> => {
  const { text, json, failed, file } = await mergeFiles(files);
  const pieces: Uint8Array[] = [];
  for await (const piece of file()) pieces.push(piece);
  return { text, json, failed: failed.map(({ id }) => id), file: Buffer.concat(pieces).toString() };
};

describe('shards together', () => {
  it.each(Object.entries(KINDS))('come to what the whole run does: %s', async (name, run) => {
    const whole = await run({ resume: at(`${name} whole`) });
    for (const shards of [1, 3, 9]) {
      const files = await runShards(run, shards, name);
      const { text, json, failed, file } = await merged(files.reverse());
      expect(text).toBe(whole.text);
      expect(JSON.stringify(json)).toBe(JSON.stringify(whole.json));
      expect(failed).toEqual(name === 'coherence' ? [BROKEN, 'g'] : [BROKEN]);
      expect(file).toBe(await readFile(at(`${name} whole`), 'utf8'));
    }
  });

  it('are of the first pictures, where a limit is given', async () => {
    const whole = await classes({ limit: 5 });
    expect((await merged(await runShards(classes, 2, 'limited', { limit: 5 }))).json).toEqual(whole.json);
  });

  it('say in a shard’s own report that it is one', async () => {
    const [text, told] = [await classes({ shard: '2/3', resume: at('told') }), await KINDS.coherence({ shard: '2/3', resume: at('told too') })];
    expect(text.text).toMatch(/shard 2\/3 of the set$/);
    expect(text.json).toMatchObject({ pictures: 2, settings: { shard: 2, shards: 3, pictures: 7 } });
    expect(told.text).toMatch(/shard 2\/3 of the set$/);
  });

  it('go on where they were cut off, with what failed tried again', async () => {
    for (const [name, run] of Object.entries(KINDS)) {
      const [file] = await runShards(run, 1, `${name} cut off`);
      const text = await readFile(file, 'utf8');
      const lines = text.split('\n');
      await writeFile(file, `${lines.slice(0, 4).join('\n')}\n${lines[4].slice(0, 9)}`);
      await run({ shard: '1/1', resume: file });
      expect(await readFile(file, 'utf8')).toBe(text);
      await run({ shard: '1/1', resume: file });
      expect(await readFile(file, 'utf8')).toBe(text); // once is enough to say why a picture is left out
    }
  });
});

describe('what is no whole run is refused', () => {
  let files: string[] = [];
  /** A shard's file with something changed in it. */
  const changed = async (from: string, edit: (text: string) => string): Promise<string> => {
    const file = at('changed');
    await writeFile(file, edit(await readFile(from, 'utf8')));
    return file;
  };
  const withoutLast = (text: string): string => `${text.trimEnd().split('\n').slice(0, -1).join('\n')}\n`;

  beforeAll(async () => {
    files = await runShards(classes, 3, 'refused');
    await classes({ resume: at('no shard') });
    await classes({ shard: '2/3', resume: at('other settings'), price: 0.5 });
    await classes({ shard: '2/3', resume: at('other limit'), limit: 6 });
    await writeFile(at('list'), IDS.toReversed().join('\n'));
    await classes({ shard: '2/3', resume: at('other order'), list: at('list') });
    await KINDS.tune({ shard: '2/3', resume: at('other kind') });
  });

  it.each<[string, () => Promise<string[]> | string[], RegExp]>([
    ['a missing shard', () => [files[0], files[2]], /^The files of 1 of 3 shards are missing \(2\): give those, too$/],
    [
      'another setting',
      () => [files[0], at('other settings')],
      /other settings was made with other settings than .*refused 1 of 3 \(price 0\.5, there 0\.\d+\): give/,
    ],
    ['another limit', () => [files[0], at('other limit')], /other limit was made .* \(pictures 6, there 7\): give the files of one run/],
    ['another kind', () => [files[0], at('other kind')], /other kind was made .* \(kind "tune", there "classes"/],
    ['a whole run', () => [...files, at('no shard')], /no shard is not of a shard: give the files of runs with --shard/],
    [
      'another release',
      async () => [files[0], await changed(files[1], (text) => text.replace(/"version":"[^"]*"/, '"version":"0.0.1"'))],
      /changed was made .* \(version "0\.0\.1", there "/,
    ],
    [
      'a format that is gone',
      async () => [files[0], await changed(files[1], (text) => text.replace(/"diffcutEval":\d+/, '"diffcutEval":2'))],
      /changed was made by another version of diffcut/,
    ],
    [
      'a shard that is not finished',
      async () => [files[0], await changed(files[1], withoutLast), files[2]],
      /changed is not finished: 1 of the 2 pictures of shard 2\/3 are missing, so run it again with --resume/,
    ],
    [
      'a shard with two results',
      async () => [...files, await changed(files[1], (text) => text.replace(/"segments":\d+/, '"segments":99'))],
      /refused 2 of 3 and .*changed are both of shard 2\/3, with different results: give one of them/,
    ],
    [
      'a set that changed between two runs of a shard',
      async () => [files[0], await changed(files[1], (text) => `${text}${text.split('\n')[1].replace('"b"', '"z"')}\n`), files[2]],
      /changed holds "z", which has no place in its shard/,
    ],
    [
      'a set that was another for one shard',
      async () => [files[0], await changed(files[1], (text) => text.replace('"b"', '"a"')), files[2]],
      /"a" is in both .*refused 1 of 3 and .*changed: the set was not the same/,
    ],
    ['what is no file of an evaluation', async () => [await changed(files[0], () => 'notes\n')], /Line 1 of .*changed is not one of an evaluation/],
    [
      'a run of no kind',
      async () => [await changed(files[0], (text) => text.replace('"classes"', '"constructor"'))],
      /Line 1 of .*changed is not one of an evaluation/,
    ],
    ['an empty file', async () => [await changed(files[0], () => '')], /changed is not the file of an evaluation/],
    ['a file that is not there', () => [at('nowhere')], /nowhere" does not exist: check the path/],
  ])('%s', async (_, given, pattern) => {
    await expect(mergeFiles(await given())).rejects.toThrow(pattern);
    await expect(mergeFiles(await given())).rejects.toThrow(library.InputError);
  });

  it('but a shard given twice with one result counts once', async () => {
    const copy = await changed(files[1], (text) => text);
    expect((await merged([...files, copy])).json).toEqual((await merged(files)).json);
  });

  it('and so is a shard that is none, or has no file', async () => {
    for (const shard of ['0/3', '4/3', '1', 'a/b', '1/3/5', '-1/3', '1.5/3'])
      await expect(classes({ shard, resume: at('x') })).rejects.toThrow(/Expected i\/n, the i-th of n parts, as in 2\/8 for shard/);
    await expect(classes({ shard: '1/3' })).rejects.toThrow(/give --resume FILE with --shard/);
    await expect(KINDS.coherence({ shard: '1/3' })).rejects.toThrow(/give --resume FILE with --shard/);
    await expect(KINDS.tune({ shard: '1/3' })).rejects.toThrow(/give --resume FILE with --shard/);
  });
});
