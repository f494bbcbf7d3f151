/** What others put into a folder of outputs stays there, and what a ledger of others says reaches nothing else. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { encodePng, type FeatureMap } from '../toolkit.ts';
import { findPictures } from './inputs-node.ts';
import { LEDGER, type Print, readLedger } from './ledger-node.ts';
import { type Plan, type PlanOptions, planJobs } from './plan-node.ts';
import { type Events, runJobs } from './run-node.ts';

const folder = mkdtempSync(join(tmpdir(), 'diffcut-trust-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (...parts: string[]): string => join(folder, ...parts);
const picture = await encodePng({ data: new Uint8Array(16 * 12 * 3).map((_, i) => (i % 48 < 24 ? 30 : 200)), width: 16, height: 12 });
writeFileSync(at('r.jpg'), picture);

const features: FeatureMap = {
  data: Float32Array.from({ length: 32 }, (_, i) => Number((i >> 1) % 4 < 2 === (i % 2 === 0))),
  width: 4,
  height: 4,
  channels: 2,
};

/** Plans and runs. @returns sentences of what failed */
const run = async (options: Partial<PlanOptions> = {}): Promise<string[]> => {
  const { pictures } = await findPictures([at('r.jpg')], { output: at('out') });
  const planned: Plan = await planJobs(pictures, { target: { folder: at('out') }, formats: ['labels', 'masks'], asked: { tau: 0.5 }, ...options });
  const failed: unknown[] = planned.failures.map(({ error }) => error);
  const events: Events = { begin() {}, onProgress() {}, done() {}, failed: (_, error) => void failed.push(error) };
  await runJobs(planned.todo, { options: { tau: 0.5 }, features }, new AbortController().signal, events);
  return failed.map((error) => (error as Error).message);
};

const RESUME = { resume: true };
const OTHERWISE = { overwrite: true, asked: { tau: 0.6 } };

beforeEach(async () => {
  rmSync(at('out'), { recursive: true, force: true });
  mkdirSync(at('out'));
});

describe('a folder that is not ours', () => {
  it.each([
    ['resume', RESUME],
    ['overwrite', OTHERWISE],
    ['neither', {}],
  ])('is neither replaced nor removed: %s', async (_, options) => {
    mkdirSync(at('out', 'r.masks'));
    writeFileSync(at('out', 'r.masks', '000.png'), picture);
    expect(await run({ formats: ['masks'], ...options })).toHaveLength(1);
    expect(Buffer.compare(readFileSync(at('out', 'r.masks', '000.png')), picture)).toBe(0);
    expect(readdirSync(at('out'))).toEqual(['r.masks']);
  });
});

describe('in a folder of ours', () => {
  const masks = (...parts: string[]): string => at('out', 'r.masks', ...parts);

  it.each<[string, () => void]>([
    ['notes', () => writeFileSync(masks('notes.txt'), 'mine')],
    ['one more mask', () => writeFileSync(masks('004.png'), 'mine')],
    ['a folder', () => mkdirSync(masks('005.png'))],
    ['a link', () => symlinkSync(at('r.jpg'), masks('006.png'))],
    ['a mask of as many bytes', () => writeFileSync(masks('000.png'), 'x'.repeat(statSync(masks('000.png')).size))],
  ])('%s stays, whatever replaces or removes the rest', async (_, change) => {
    expect(await run()).toEqual([]);
    change();
    const before = readdirSync(masks());
    for (const options of [RESUME, OTHERWISE]) expect(await run({ formats: ['masks'], ...options })).toHaveLength(1);
    expect(await run({ ...OTHERWISE, formats: ['labels'] })).toEqual([]); // the masks would be stale
    expect(readdirSync(masks())).toEqual(before);
    expect(existsSync(at('out', 'r.png'))).toBe(true);
  });

  it('a file of as many bytes that somebody put in the place of ours stays, but for --overwrite, which names it', async () => {
    expect(await run()).toEqual([]);
    const theirs = 'x'.repeat(statSync(at('out', 'r.png')).size);
    writeFileSync(at('out', 'r.png'), theirs);
    expect(await run(RESUME)).toEqual([expect.stringMatching(/r\.png" exists: .*--resume does not/)]);
    expect(await run({ ...OTHERWISE, formats: ['npy'] })).toEqual([]);
    expect(readFileSync(at('out', 'r.png'), 'utf8')).toBe(theirs);
    expect((await findPictures([at('out')], { output: at('elsewhere') })).pictures.map(({ stem }) => stem)).toEqual(['r']);
  });

  it('a copy with other times is ours still', async () => {
    expect(await run()).toEqual([]);
    cpSync(at('out'), at('copy'), { recursive: true });
    for (const name of ['r.png', 'r.masks/000.png']) utimesSync(at('copy', name), 1, 1);
    rmSync(at('out'), { recursive: true });
    cpSync(at('copy'), at('out'), { recursive: true, preserveTimestamps: true });
    expect(await run(RESUME)).toEqual([]);
    expect(await run({ ...OTHERWISE, formats: ['npy'] })).toEqual([]);
    expect(readdirSync(at('out')).sort()).toEqual([LEDGER, 'r.npy']);
  });
});

describe('a ledger that lies', () => {
  const print = async (path: string): Promise<Print> => {
    const { createHash } = await import('node:crypto');
    const bytes = readFileSync(path);
    return { bytes: bytes.length, time: statSync(path).mtime.toISOString(), hash: createHash('sha256').update(bytes).digest('hex').slice(0, 32) };
  };

  it.each(['../victim.png', 'sub/victim.png', '..', '.', '', 'victim.png', 'r.png/../../victim.png', LEDGER, 'r.txt'])(
    'reaches nothing but outputs of its picture: %j',
    async (name) => {
      mkdirSync(at('out', 'sub'));
      const victims = [at('victim.png'), at('out', 'victim.png'), at('out', 'sub', 'victim.png'), at('out', 'r.txt')];
      for (const victim of victims) writeFileSync(victim, 'mine');
      const mark = { picture: { name: 'r.jpg' }, asked: {} };
      const lie = { stem: 'r', ...mark, outputs: { [name]: await print(victims[0]) } };
      const own = { ...lie, stem: `./${name}` };
      const upward = { ...lie, stem: '../victim' };
      writeFileSync(at('out', LEDGER), [lie, own, upward].map((line) => `\n${JSON.stringify(line)}`).join(''));
      expect(await run(OTHERWISE)).toEqual([]);
      for (const victim of victims) expect(readFileSync(victim, 'utf8')).toBe('mine');
      expect(readFileSync(at('out', LEDGER), 'utf8').split('\n').length).toBeGreaterThan(3);
    },
  );

  it('is passed over where it is deep, or no entry at all', async () => {
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const lines = [
      deep,
      'null',
      '{',
      '7',
      '[]',
      `{"stem":"r","picture":{"name":"r.jpg"},"asked":{"tau":${deep}},"outputs":{}}`,
      `{"stem":"r","picture":${deep},"asked":{},"outputs":{}}`,
      '{"stem":"r","picture":{},"asked":{},"outputs":{"r.png":5}}',
      '{"stem":"r","picture":{},"asked":{},"outputs":{"r.png":{"bytes":-1.5,"time":"","hash":""}}}',
      '{"stem":{},"picture":{},"asked":{},"outputs":{}}',
      '{"stem":"r","picture":{},"asked":{},"outputs":[]}',
    ];
    writeFileSync(at('out', LEDGER), `\n${lines.join('\n')}`);
    expect((await readLedger(at('out'))).entries.size).toBe(0);
    expect(await run(RESUME)).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('is not written through where a link lies in its place, nor read where that has no end', async () => {
    writeFileSync(at('victim.txt'), 'mine');
    symlinkSync(at('victim.txt'), at('out', LEDGER));
    expect(await run()).toEqual([expect.stringMatching(/\.diffcut\.jsonl" could not be written: a part of its path is a link/)]);
    expect(readFileSync(at('victim.txt'), 'utf8')).toBe('mine');
    expect(readdirSync(at('out'))).toEqual([LEDGER]);
    rmSync(at('out', LEDGER));
    symlinkSync('/dev/zero', at('out', LEDGER));
    expect(await run()).toEqual([expect.stringMatching(/\.diffcut\.jsonl" is a device/)]);
  });
});

it.skipIf(process.platform === 'win32')('replaces a link in the place of an output, and not what it leads to', async () => {
  writeFileSync(at('victim.png'), 'mine');
  symlinkSync(at('victim.png'), at('out', 'r.png'));
  expect(await run(RESUME)).toHaveLength(1);
  expect(await run(OTHERWISE)).toEqual([]);
  expect(readFileSync(at('victim.png'), 'utf8')).toBe('mine');
});
