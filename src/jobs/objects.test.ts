/** A batch on S3-compatible storage: what is found, what is put, and what is left alone. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FakeS3, startS3 } from '../../test/fake-s3.ts';
import { encodePng, type FeatureMap } from '../toolkit.ts';
import { findPictures } from './inputs-node.ts';
import { type Plan, type PlanOptions, planJobs } from './plan-node.ts';
import { type Events, runJobs } from './run-node.ts';
import { fileKeys } from './same-file-node.ts';

const folder = mkdtempSync(join(tmpdir(), 'diffcut-objects-'));
const at = (...parts: string[]): string => join(folder, ...parts);
const picture = await encodePng({ data: new Uint8Array(16 * 12 * 3).map((_, i) => (i % 48 < 24 ? 30 : 200)), width: 16, height: 12 });
/** Left half unlike the right one. */
const features: FeatureMap = {
  data: Float32Array.from({ length: 32 }, (_, i) => Number((i >> 1) % 4 < 2 === (i % 2 === 0))),
  width: 4,
  height: 4,
  channels: 2,
};

let s3: FakeS3;
beforeAll(async () => {
  s3 = await startS3(['shelf'], 3);
  for (const [name, value] of Object.entries(s3.env)) vi.stubEnv(name, value);
  mkdirSync(at('in', 'more'), { recursive: true });
  for (const name of ['in/a.jpg', 'in/b.jpg', 'in/more/c.jpg']) writeFileSync(at(name), picture);
});
beforeEach(() => {
  for (const name of ['in/a.jpg', 'in/b.jpg', 'in/more/c.jpg', 'in/notes.txt', 'in/clip.mp4', 'in/.x.jpg']) s3.put(`shelf/${name}`, picture);
});
afterEach(() => {
  s3.objects.clear();
  s3.seen.length = 0;
});
afterAll(async () => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
  await s3.close();
});

type Options = Partial<PlanOptions> & { recursive?: boolean };
const OUT = 's3://shelf/out/';
const FORMATS = ['labels', 'masks', 'json'];

const plan = async (args: string[], output: string, { recursive, ...options }: Options = {}): Promise<Plan> => {
  const { pictures, failures } = await findPictures(args, { recursive, output });
  const planned = await planJobs(pictures, { target: { folder: output }, formats: FORMATS, asked: { tau: 0.5 }, ...options });
  return { ...planned, failures: [...failures, ...planned.failures] };
};

/** Plans and runs. @returns what failed, in words */
const run = async (args: string[], output: string, options: Options = {}, signal = new AbortController().signal, done = (): void => {}) => {
  const { todo, skipped, failures } = await plan(args, output, options);
  const failed: unknown[] = failures.map(({ error }) => error);
  const events: Events = { begin() {}, onProgress() {}, done, failed: (_, error) => void failed.push(error) };
  await runJobs(todo, { options: { tau: 0.5 }, features }, signal, events);
  return { done: todo.length - (failed.length - failures.length), skipped: skipped.length, failed: failed.map((error) => (error as Error).message) };
};

const puts = (): string[] => s3.seen.filter((request) => request.startsWith('PUT')).map((request) => request.slice('PUT shelf/'.length));
const keys = (prefix = 'out/'): string[] =>
  [...s3.objects.keys()]
    .map((path) => path.slice('shelf/'.length))
    .filter((key) => key.startsWith(prefix))
    .sort();
const bytesAt = (key: string): Uint8Array | undefined => s3.objects.get(`shelf/${key}`)?.bytes;

const OF_A = ['out/a.json', 'out/a.masks/000.png', 'out/a.masks/001.png', 'out/a.png'];

describe('pictures', () => {
  it('are found below a prefix, page by page, with or without what lies deeper; what is hidden or of another kind is not', async () => {
    const flat = await findPictures(['s3://shelf/in/'], { output: OUT });
    expect(flat.pictures.map(({ path, stem, folder: below }) => [path, stem, below])).toEqual([
      ['s3://shelf/in/a.jpg', 'a', ''],
      ['s3://shelf/in/b.jpg', 'b', ''],
    ]);
    expect([...flat.unread]).toEqual([['.mp4', 1]]);
    const deep = await findPictures(['s3://shelf'], { output: OUT, recursive: true });
    expect(deep.pictures.map(({ path, folder: below }) => [path, below])).toEqual([
      ['s3://shelf/in/a.jpg', 'in'],
      ['s3://shelf/in/b.jpg', 'in'],
      ['s3://shelf/in/more/c.jpg', 'in/more'],
    ]);
    expect((await findPictures(['s3://shelf/in/more/c.jpg'], { output: OUT, name: 'path' })).pictures[0].folder).toBe('shelf/in/more');
  });

  it('are looked at many at a time, and nothing is said of how many listen for an abort', async () => {
    const warned: string[] = [];
    const hear = ({ name }: Error): unknown => warned.push(name);
    process.on('warning', hear);
    for (let i = 0; i < 40; i++) s3.put(`shelf/many/${String(i).padStart(2, '0')}.png`, picture, i === 7 ? 'ours' : undefined);
    const { pictures } = await findPictures(['s3://shelf/many/'], { output: OUT, signal: new AbortController().signal });
    await new Promise(setImmediate); // warnings come later
    process.off('warning', hear);
    expect([pictures.length, pictures[7].stem, warned]).toEqual([39, '08', []]);
  });

  it('that are not there are failures of their arguments', async () => {
    const { pictures, failures } = await findPictures(['s3://shelf/none.jpg', 's3://none/', 's3://shelf/empty/', 's3://shelf/in/a.jpg'], {
      output: OUT,
    });
    expect(pictures).toHaveLength(1);
    expect(failures.map(({ error }) => (error as Error).message)).toEqual([
      expect.stringMatching(/none\.jpg" does not exist/),
      expect.stringMatching(/"s3:\/\/none\/" is in a bucket that does not exist/),
      expect.stringMatching(/"s3:\/\/shelf\/empty\/" holds no picture .*--recursive looks into its folders$/),
    ]);
  });

  it('have keys that lead nowhere but below the folder of the outputs', async () => {
    const named = ['s3://shelf/../../up.jpg', 's3://shelf/a/../..\\..\\b.jpg'];
    for (const path of [...named, 's3://shelf/odd/c\\..\\..:d/x.jpg', 's3://shelf/odd/../../hidden.jpg']) s3.put(path.slice(5), picture);
    const { pictures } = await findPictures([...named, 's3://shelf/odd/'], { output: OUT, recursive: true, name: 'path' });
    expect(pictures.map(({ folder: below, stem }) => `${below}/${stem}`)).toEqual([
      'shelf/up.jpg',
      'shelf/a/..-..-b.jpg',
      'shelf/odd/c-..-..-d/x.jpg',
    ]);
    const mirrored = await run(['s3://shelf/odd/'], at('safe', 'out'), { recursive: true, formats: ['labels'] });
    expect([mirrored.done, readdirSync(at('safe')), readdirSync(at('safe', 'out', 'c-..-..-d'))]).toEqual([1, ['out'], ['.diffcut.jsonl', 'x.png']]);
  });

  it('are read as they were when they were found', async () => {
    const { todo } = await plan(['s3://shelf/in/a.jpg'], at('late'), { formats: ['labels'] });
    s3.put('shelf/in/a.jpg', 'another');
    const failed: unknown[] = [];
    const events: Events = { begin() {}, onProgress() {}, done() {}, failed: (_, error) => void failed.push(error) };
    await runJobs(todo, { options: { tau: 0.5 }, features }, new AbortController().signal, events);
    expect(failed).toEqual([expect.objectContaining({ message: expect.stringMatching(/a\.jpg" was replaced since it was looked at/) })]);
  });
});

it('two keys are two objects, however alike as paths', async () => {
  const { read, written } = fileKeys();
  const keys = ['a//b.png', 'a/b.png', 'a/../a/b.png'].map((key) => `s3://shelf/${key}`);
  expect(await Promise.all(keys.map(written))).toEqual(keys);
  expect((await Promise.all(keys.map(read))).flat()).toEqual(keys);
});

describe('outputs', () => {
  it('are put whole, each told by its mark, the JSON last and of a folder the first file', async () => {
    expect(await run([at('in', 'a.jpg')], OUT)).toEqual({ done: 1, skipped: 0, failed: [] });
    expect(puts()).toEqual(['out/a.png', 'out/a.masks/001.png', 'out/a.masks/000.png', 'out/a.json']);
    const marks = OF_A.map((key) => s3.objects.get(`shelf/${key}`)?.mark);
    expect(marks[0]).toMatch(/^[\da-f]{32}$/);
    expect(marks).toEqual([marks[0], marks[0], `${marks[0]} part`, marks[0]]);
    expect(s3.objects.get('shelf/out/a.json')?.type).toBe('application/json');
    expect(JSON.parse(new TextDecoder().decode(bytesAt('out/a.json'))).picture.name).toBe('a.jpg');
  });

  it('may be one object', async () => {
    const target = { file: 's3://shelf/out/x.png' };
    expect((await run(['s3://shelf/in/a.jpg'], OUT, { target, formats: ['labels'] })).failed).toEqual([]);
    expect(keys()).toEqual(['out/x.png']);
  });

  it('are the same bytes wherever pictures and outputs lie', async () => {
    const all = ['labels', 'overlay', 'npy', 'rle', 'svg', 'masks', 'cutouts'];
    const options = { formats: all, recursive: true };
    await run([at('in')], at('here'), options);
    await run([at('in')], 's3://shelf/out', options);
    await run(['s3://shelf/in/'], at('there'), options);
    const files = (readdirSync(at('here'), { recursive: true }) as string[]).filter(
      (name) => /\.\w+$/.test(name) && !/jsonl$|(masks|cutouts)$/.test(name),
    );
    expect(files).toHaveLength(27);
    expect(keys()).toHaveLength(27);
    for (const file of files) {
      const bytes = readFileSync(at('here', file));
      expect(Buffer.compare(bytes, readFileSync(at('there', file))), file).toBe(0);
      expect(Buffer.compare(bytes, bytesAt(`out/${file}`) as Uint8Array), file).toBe(0);
    }
  });

  it('that are finished are skipped or refused, and made where some are missing', async () => {
    await run(['s3://shelf/in/'], OUT);
    expect(await run(['s3://shelf/in/'], OUT, { resume: true })).toEqual({ done: 0, skipped: 2, failed: [] });
    expect((await run(['s3://shelf/in/'], OUT)).failed).toEqual(
      ['a', 'b'].map((stem) => `"s3://shelf/out/${stem}.png" exists: --overwrite replaces it, --resume skips finished pictures`),
    );
    const before = bytesAt('out/a.png');
    for (const key of ['out/a.json', 'out/b.masks/000.png']) s3.objects.delete(`shelf/${key}`);
    expect(await run(['s3://shelf/in/'], OUT, { resume: true })).toEqual({ done: 2, skipped: 0, failed: [] });
    expect(keys()).toEqual([...OF_A, ...OF_A.map((key) => key.replace('/a', '/b'))]);
    expect(bytesAt('out/a.png')).toBe(before); // not put again
  });

  it('made otherwise, or from another state of the picture, are replaced where that is asked', async () => {
    await run(['s3://shelf/in/a.jpg'], OUT);
    const otherwise = [expect.stringMatching(/a\.png" was made otherwise, or from another state of the picture: --overwrite replaces it, or/)];
    for (const options of [{}, { resume: true }])
      expect((await run(['s3://shelf/in/a.jpg'], OUT, { ...options, asked: { tau: 0.6 } })).failed).toEqual(otherwise);
    s3.put('shelf/in/a.jpg', Buffer.concat([picture, Uint8Array.of(0)]));
    expect((await run(['s3://shelf/in/a.jpg'], OUT, { resume: true })).failed).toEqual(otherwise);
    const mark = s3.objects.get('shelf/out/a.png')?.mark;
    expect(await run(['s3://shelf/in/a.jpg'], OUT, { overwrite: true })).toEqual({ done: 1, skipped: 0, failed: [] });
    expect(s3.objects.get('shelf/out/a.png')?.mark).not.toBe(mark);
    expect(await run(['s3://shelf/in/a.jpg'], OUT, { resume: true })).toMatchObject({ skipped: 1 });
  });

  it.each(['out/a.png', 'out/a.json', 'out/a.masks/000.png', 'out/a.masks/notes.txt'])('of others stay: %s', async (key) => {
    s3.put(`shelf/${key}`, 'theirs');
    const exists = `"s3://shelf/${key}" exists: --overwrite replaces it, though it was not written here`;
    for (const options of [{}, { resume: true }]) expect((await run(['s3://shelf/in/a.jpg'], OUT, options)).failed).toEqual([exists]);
    expect(keys()).toEqual([key]);
    const { failed } = await run(['s3://shelf/in/a.jpg'], OUT, { overwrite: true });
    if (!key.includes('masks')) expect([failed, keys()]).toEqual([[], OF_A]);
    else {
      expect(failed).toEqual([`"s3://shelf/${key}" was not written here, or is of another run: move it away, or choose another folder with -o`]);
      expect(bytesAt(key)).toHaveLength(6);
    }
  });

  it('never leave a mask of an older run among the new ones', async () => {
    await run(['s3://shelf/in/a.jpg'], OUT);
    s3.put('shelf/out/a.masks/002.png', 'older', 'of another price');
    expect((await run(['s3://shelf/in/a.jpg'], OUT, { overwrite: true })).failed).toEqual([expect.stringMatching(/002\.png" .* is of another run/)]);
    expect(bytesAt('out/a.masks/002.png')).toHaveLength(5);
  });

  it('that others put meanwhile stay; those that another run made alike count', async () => {
    const race = (key: string, mark?: string) =>
      s3.order(({ method, key: asked }) => method === 'PUT' && asked === key, { first: () => s3.put(`shelf/${key}`, 'theirs', mark) });
    race('out/a.png');
    expect((await run(['s3://shelf/in/a.jpg'], OUT)).failed).toEqual(['"s3://shelf/out/a.png" exists: --overwrite replaces it']);
    expect(keys()).toEqual(['out/a.png']);
    expect(bytesAt('out/a.png')).toHaveLength(6);
    await run(['s3://shelf/in/b.jpg'], OUT);
    const mark = s3.objects.get('shelf/out/b.png')?.mark;
    for (const key of keys('out/b')) s3.objects.delete(`shelf/${key}`);
    race('out/b.png', mark);
    expect(await run(['s3://shelf/in/b.jpg'], OUT)).toEqual({ done: 1, skipped: 0, failed: [] });
    expect(bytesAt('out/b.png')).toHaveLength(6);
  });

  it('are no inputs, wherever they lie; so they may go to the prefix of the pictures', async () => {
    const args = ['s3://shelf/in/'];
    expect(await run(args, 's3://shelf/in/', { recursive: true })).toEqual({ done: 3, skipped: 0, failed: [] });
    s3.put('shelf/in/theirs.png', picture);
    expect(await run(args, 's3://shelf/in/', { recursive: true, resume: true, formats: ['npy'] })).toEqual({ done: 4, skipped: 0, failed: [] });
    s3.put('shelf/in/out/x.jpg', picture);
    expect(await run(args, 's3://shelf/in/out/', { recursive: true, formats: ['npy'] })).toMatchObject({ done: 4, failed: [] });
    expect((await findPictures(args, { output: 's3://shelf', recursive: true })).pictures).toHaveLength(5); // it lies above them
    expect((await run(['s3://shelf/in/theirs.png'], 's3://shelf/in/', { overwrite: true })).failed).toEqual([
      expect.stringMatching(/theirs\.png" is to be read and would be written over: --name full/),
    ]);
  });

  it('of the other pictures come where one is broken; a bucket that is not there ends the run before any is read', async () => {
    s3.put('shelf/in/b.jpg', picture.subarray(0, 60));
    const { done, failed } = await run(['s3://shelf/in/'], OUT, { recursive: true });
    expect([done, failed]).toEqual([2, [expect.stringMatching(/truncated/)]]);
    await expect(run(['s3://shelf/in/'], 's3://none/')).rejects.toThrow('"s3://none/" is in a bucket that does not exist');
    expect(puts()).toHaveLength(8);
  });

  it('are not looked for once the signal is aborted', async () => {
    const { pictures } = await findPictures(['s3://shelf/in/'], { output: OUT });
    const abortAt = (method: string, key: string): AbortSignal => {
      const stop = new AbortController();
      s3.order((request) => request.method === method && request.key === key, { isSilent: true, first: () => stop.abort(new Error('enough')) });
      return stop.signal;
    };
    const options = { target: { folder: OUT }, formats: FORMATS, asked: {} };
    await expect(planJobs(pictures, { ...options, signal: abortAt('HEAD', 'out/b.png') })).rejects.toThrow(/^enough$/);
    await expect(findPictures(['s3://shelf/in/'], { output: OUT, signal: abortAt('GET', '') })).rejects.toThrow(/^enough$/);
  });

  it('end with an abort: what is put is whole, and the same command makes the rest', async () => {
    const stop = new AbortController();
    s3.order(({ method, key }) => method === 'PUT' && key === 'out/a.json', { isSilent: true, first: () => stop.abort(new Error('enough')) });
    await expect(run(['s3://shelf/in/'], OUT, {}, stop.signal)).rejects.toThrow(/^enough$/);
    expect(keys()).toEqual(OF_A.slice(1));
    expect(await run(['s3://shelf/in/'], OUT)).toEqual({ done: 2, skipped: 0, failed: [] });
  });
});
