/** A batch without a command line: planned, run, told of by events. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { encodePng, type FeatureMap } from '../toolkit.ts';
import { findPictures } from './inputs-node.ts';
import { checkNew, removeTemporaries } from './outputs-node.ts';
import { checkCollisions, jobOf, planJobs } from './plan-node.ts';
import { runPool } from './pool-node.ts';
import { type Events, runJobs } from './run-node.ts';

const folder = mkdtempSync(join(tmpdir(), 'diffcut-jobs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (...parts: string[]): string => join(folder, ...parts);

mkdirSync(at('in', 'more'), { recursive: true });
const picture = await encodePng({ data: new Uint8Array(16 * 12 * 3).map((_, i) => (i % 48 < 24 ? 30 : 200)), width: 16, height: 12 });
writeFileSync(at('in', 'b.png'), picture);
writeFileSync(at('in', 'more', 'c.png'), picture);
writeFileSync(at('in', 'a.png'), picture.subarray(0, 40));

/** Left half unlike the right one. */
const features: FeatureMap = {
  data: Float32Array.from({ length: 32 }, (_, i) => Number((i >> 1) % 4 < 2 === (i % 2 === 0))),
  width: 4,
  height: 4,
  channels: 2,
};

const listener = () => {
  const told: string[] = [];
  const nameOf = (path: string): string => path.slice(-5);
  const events: Events = {
    begin: ({ picture }) => told.push(`begin ${nameOf(picture.path)}`),
    onProgress: () => {},
    done: ({ picture }, { segments }) => told.push(`done ${nameOf(picture.path)} ${segments.length}`),
    failed: ({ picture }, error) => told.push(`failed ${nameOf(picture.path)} ${(error as Error).name}`),
  };
  return { told, events };
};

describe('a batch', () => {
  it('goes on after a broken picture, then skips what is finished', async () => {
    const { pictures, failures } = await findPictures([at('in'), at('none.jpg')], true, at('out'));
    expect(pictures.map(({ stem, folder: below }) => [stem, below])).toEqual([
      ['a', ''],
      ['b', ''],
      ['c', 'more'],
    ]);
    expect(failures.map(({ path }) => path)).toEqual([at('none.jpg')]);
    const options = { output: at('out'), formats: ['json', 'labels', 'masks'], resume: true };
    const { told, events } = listener();
    await runJobs((await planJobs(pictures, options)).todo, { options: { tau: 0.5 }, features }, new AbortController().signal, events);
    expect(told).toEqual(['begin a.png', 'failed a.png InputError', 'begin b.png', 'done b.png 2', 'begin c.png', 'done c.png 2']);
    expect(readdirSync(at('out'), { recursive: true }).sort()).toEqual(
      [
        'b.json',
        'b.masks',
        'b.masks/000.png',
        'b.masks/001.png',
        'b.png',
        'more',
        'more/c.json',
        'more/c.masks',
        'more/c.masks/000.png',
        'more/c.masks/001.png',
        'more/c.png',
      ].map((name) => join(name)),
    );

    const again = await planJobs(pictures, options);
    expect([again.todo, again.skipped].map((jobs) => jobs.map((job) => job.picture.stem))).toEqual([['a'], ['b', 'c']]);
    const fresh = await planJobs(pictures, { ...options, resume: false });
    expect(fresh.failures.map(({ error }) => String(error))).toEqual([
      expect.stringMatching(/b\.png" exists/),
      expect.stringMatching(/c\.png" exists/),
    ]);
  });

  it('stops where the signal is aborted, with the reason', async () => {
    const controller = new AbortController();
    const { told, events } = listener();
    const done: Events['done'] = (job, made, ms) => {
      events.done(job, made, ms);
      controller.abort(new Error('enough'));
    };
    const jobs = ['b.png', 'more/c.png'].map((name) =>
      jobOf({ path: at('in', name), stem: name.slice(-5, -4), folder: '' }, at('stopped'), ['labels']),
    );
    await expect(runJobs(jobs, { options: { tau: 0.5 }, features }, controller.signal, { ...events, done })).rejects.toThrow('enough');
    expect(told).toEqual(['begin b.png', 'done b.png 2']);
  });

  it('writes no two pictures to one file', () => {
    const of = (path: string) => jobOf({ path, stem: 'x', folder: '' }, 'out', ['labels']);
    expect(() => checkCollisions([of('a/x.jpg'), of('b/x.jpg')])).toThrow(/"a\/x\.jpg" and "b\/x\.jpg" would both be written/);
    expect(() => checkCollisions([of('out/x.png')])).toThrow(/written over/);
  });
});

it('writes over nothing that is read, whatever may be replaced', async () => {
  await expect(checkNew([at('in', 'a.png')], true, [at('in', 'b.png'), at('in', '.', 'a.png')])).rejects.toThrow(/is read and would be written over/);
  await expect(checkNew([at('new.npy')], false, [at('in', 'a.png')])).resolves.toBeUndefined();
  const { pictures } = await findPictures([at('in', 'b.png')], false, at('out'));
  const features = at('out', 'b.npy');
  await expect(planJobs(pictures, { output: at('out'), formats: ['npy'], overwrite: true, features })).rejects.toThrow(/is to be read and would be/);
});

it('removes what a killed process left half written, and nothing else', () => {
  const { outputs } = jobOf({ path: 'x.jpg', stem: 'x', folder: '' }, at('half'), ['labels', 'masks', 'json']);
  const own = ['.x.json.77.0.tmp', '.x.png.77.12.tmp', 'x.masks.77.tmp', '.diffcut.77.0.tmp'];
  const others = ['.x.json.7.0.tmp', '.y.png.77.0.tmp', 'x.77.png', 'x.json'];
  mkdirSync(at('half', own[2]), { recursive: true });
  for (const name of [...own.slice(0, 2), own[3], ...others, join(own[2], '000.png')]) writeFileSync(at('half', name), '');
  removeTemporaries(outputs, 77);
  expect(readdirSync(at('half')).sort()).toEqual(others.sort());
  removeTemporaries(jobOf({ path: 'x.jpg', stem: 'x', folder: '' }, at('nowhere'), ['labels']).outputs, 77);
});

it('says where several at a time are not to be had', async () => {
  const recipe = { options: {}, encoder: 'embedded', encoderOptions: {} };
  const events = { ...listener().events, opened: () => {} };
  await expect(runPool([], recipe, 2, new AbortController().signal, events)).rejects.toThrow(/npm run build/);
});
