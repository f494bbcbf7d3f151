/** `eval --jobs N` over the built package: the same file to the last byte, whoever is done first, and an end that can be gone on from. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resizeLabels } from '../../../src/tensor/resize.ts';
import { toyScene } from '../../toy-set.ts';
import { loadBuilt, ROOT } from '../built.ts';

const folder = mkdtempSync(join(tmpdir(), 'diffcut-eval-jobs-'));
const at = (...parts: string[]): string => join(folder, ...parts);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The first is large: others are done before it. */
const IDS = ['a', 'b', 'c', 'd', 'e'];
const BROKEN = 'c';

beforeAll(async () => {
  const { encodeIndexedPng, encodePng, segmentPalette } = await loadBuilt();
  for (const name of ['i', 'm']) mkdirSync(at(name));
  for (const [seed, id] of IDS.entries()) {
    const { image, mask } = toyScene(seed);
    const side = seed === 0 ? 500 : image.width;
    const colours = resizeLabels({ ...image, data: Int32Array.from({ length: image.width ** 2 }, (_, p) => p) }, { width: side, height: side });
    const data = Uint8Array.from({ length: side * side * 3 }, (_, i) => image.data[colours.data[Math.floor(i / 3)] * 3 + (i % 3)]);
    writeFileSync(at('i', `${id}.png`), id === BROKEN ? 'x' : await encodePng({ data, width: side, height: side }));
    writeFileSync(at('m', `${id}.png`), await encodeIndexedPng(resizeLabels(mask, { width: side, height: side }), segmentPalette(256)));
  }
});

const start = (jobs: number, file: string, ...args: string[]) => {
  const set = ['--dataset', 'folder', '--images', at('i'), '--masks', at('m'), '--classes', '3', '--size', '64'];
  const command = ['eval', ...set, '--jobs', String(jobs), '--resume', at(file), '--json', ...args];
  const child = spawn(process.execPath, [join(ROOT, 'dist/cli/main.js'), ...command], { stdio: ['ignore', 'pipe', 'pipe'] });
  const told = { out: '', err: '' };
  child.stdout.on('data', (bytes) => (told.out += bytes));
  child.stderr.on('data', (bytes) => (told.err += bytes));
  return { child, ended: new Promise<typeof told & { code: number | null }>((resolve) => child.on('close', (code) => resolve({ code, ...told }))) };
};

describe('eval with several pictures at a time', () => {
  it('writes and tells what one at a time does', async () => {
    const one = await start(1, 'one', '--save', at('s1')).ended;
    const two = await start(2, 'two', '--save', at('s2')).ended;
    expect(one.code).toBe(1);
    expect(one.err).toMatch(/^c left out: /m);
    expect(two).toEqual(one);
    // the head names the folder of predictions
    expect(readFileSync(at('two'), 'utf8').replace(JSON.stringify(at('s2')), JSON.stringify(at('s1')))).toBe(readFileSync(at('one'), 'utf8'));
    for (const id of IDS.filter((name) => name !== BROKEN)) expect(readFileSync(at('s2', `${id}.npy`))).toEqual(readFileSync(at('s1', `${id}.npy`)));
  });

  it('goes on from where it was cut off, to the same file', async () => {
    const text = readFileSync(at('one'), 'utf8');
    writeFileSync(at('part'), text.slice(0, text.indexOf('"id":"b"') + 20));
    const { child, ended } = start(2, 'part');
    child.stderr.once('data', () => child.kill('SIGINT')); // tells of the broken one: others are on their way
    expect((await ended).code).toBe(130);
    const again = await start(2, 'part').ended;
    expect(JSON.parse(again.out)).toMatchObject({ pictures: IDS.length - 1, failed: [{ id: BROKEN }] });
    expect(readFileSync(at('part'), 'utf8')).toBe(text);
  });

  it('says in a sentence why no encoder opens', async () => {
    const { code, err } = await start(2, 'none', '--encoder', 'ssd-1b').ended;
    expect(err).toMatch(/diffcut models pull ssd-1b/);
    expect(code).toBe(1);
  });
});
