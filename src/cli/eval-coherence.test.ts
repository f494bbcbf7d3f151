/** `diffcut eval` and `diffcut eval coherence` on a small set made here, with the encoder that is in the package. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCli } from '../../test/run-cli.ts';
import { encodeIndexedPng, encodePng, segmentPalette } from '../toolkit.ts';

const [WIDTH, HEIGHT] = [64, 48];
let folder = '';
const at = (...names: string[]): string => join(folder, ...names);

const set = (masks = 'masks'): string[] => ['--dataset', 'folder', '--images', at('images'), '--masks', at(masks), '--size', '64'];

/** Left and right half are of two classes and colours. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'diffcut coherence ä '));
  for (const name of ['images', 'masks', 'bad']) mkdirSync(at(name));
  for (let i = 0; i < 6; i++) {
    const data = new Uint8Array(WIDTH * HEIGHT * 3);
    const labels = new Int32Array(WIDTH * HEIGHT);
    for (let p = 0; p < labels.length; p++) {
      labels[p] = p % WIDTH < WIDTH / 2 ? i % 3 : (i + 1) % 3;
      data.fill(60 + 80 * labels[p] + ((p * 7 + i) % 9), p * 3, p * 3 + 1 + labels[p]);
    }
    writeFileSync(at('images', `p${i}.png`), await encodePng({ data, width: WIDTH, height: HEIGHT }));
    const mask = await encodeIndexedPng({ data: labels, width: WIDTH, height: HEIGHT }, segmentPalette(256));
    writeFileSync(at('masks', `p${i}.png`), mask);
    writeFileSync(at('bad', `p${i}.png`), i === 0 ? 'no mask' : mask);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('diffcut eval coherence', () => {
  it('prints a table, and draws a chart', async () => {
    const { code, out, err } = await runCli('eval', 'coherence', ...set(), '-o', at('new', 'chart.svg'));
    expect(err).toBe('6/6 embedded p5\n');
    expect(code).toBe(0);
    expect(out).toMatch(/^encoder +within: AUC .*\nembedded +[01]\.\d{3} \([\d.]+-[\d.]+\).*\n {2}supervised on ImageNet: .*not DiffCut's result\n/);
    expect(out).toMatch(/pictures: 6; points: 192;/);
    expect(readFileSync(at('new', 'chart.svg'), 'utf8')).toMatch(/^<svg[\s\S]*>embedded<[\s\S]*supervised on ImageNet[\s\S]*<\/svg>\n$/);
    const again = await runCli('eval', 'coherence', ...set(), '-o', at('new', 'chart.svg'));
    expect(again).toEqual({ code: 1, out: '', err: expect.stringMatching(/chart\.svg" exists: --overwrite replaces it\n$/) });
  });

  it('ends with one object where asked; a broken picture is told of, and the exit code 1', async () => {
    const { code, out, err } = await runCli('eval', 'coherence', ...set('bad'), '--background', '0', '--seed', '3', '--json', '--quiet');
    expect(err).toMatch(/^p0 left out: .*not a PNG.*\n$/);
    expect(code).toBe(1);
    const told = JSON.parse(out.trimEnd().split('\n').at(-1) as string);
    expect(told).toMatchObject({ seed: 3, background: 0, pictures: 5, failed: [{ id: 'p0' }], options: { size: 64 } });
    expect(told.encoders[0]).toMatchObject({ name: 'embedded', note: expect.stringMatching(/not DiffCut's result/) });
    expect(told.encoders[0].classes.map((row: { class: number }) => row.class)).toEqual([1, 2]);
  });

  it.each<[string, string[], RegExp]>([
    ['no data set', [], /required option '--dataset <name>' not specified\nRun "diffcut eval coherence --help"/],
    ['an unknown encoder among several', [...['--dataset', 'folder'], '--encoders', 'embedded,embeded'], /did you mean "embedded"/],
    ['the option of a command with one encoder', ['--dataset', 'folder', '--encoder', 'embedded'], /unknown option '--encoder'\n.*--encoders/],
    ['a set without classes', ['--dataset', 'bsds500', '--images', 'i', '--masks', 'm'], /bsds500 has regions without classes/],
    ['a chart of another kind', ['--dataset', 'folder', '-o', 'chart.png'], /ends in \.svg/],
    ['a seed that is none', ['--dataset', 'folder', '--seed', 'x'], /--seed .*whole number/],
    ['a seed out of range', ['--dataset', 'folder', '--images', 'i', '--masks', 'm', '--seed', '4294967296'], /for seed/],
  ])('refuses %s', async (_, args, pattern) => {
    const { code, out, err } = await runCli('eval', 'coherence', ...args);
    expect(err).toMatch(pattern);
    expect([code, out]).toEqual([2, '']);
  });

  it('finds an encoder that is not on this machine before it encodes, and makes no chart', async () => {
    vi.stubEnv('DIFFCUT_CACHE', at('cache'));
    const { code, err } = await runCli('eval', 'coherence', ...set(), '--encoders', 'embedded,ssd-1b', '-o', at('none.svg'));
    vi.unstubAllEnvs();
    expect(err).toMatch(/diffcut models pull ssd-1b/);
    expect(err).not.toMatch(/6\/6/);
    expect([code, existsSync(at('none.svg'))]).toEqual([1, false]);
  });
});

describe('diffcut eval', () => {
  it('scores segments where no command is named', async () => {
    const bare = await runCli('eval', ...set(), '--classes', '3', '--limit', '2', '--json');
    expect(bare.code).toBe(0);
    expect(JSON.parse(bare.out)).toMatchObject({ dataset: 'folder', pictures: 2, mIoU: expect.any(Number) });
    expect((await runCli('eval', 'segments', ...set(), '--classes', '3', '--limit', '2', '--json')).out).toBe(bare.out);
  });

  it('knows its commands, and guesses', async () => {
    expect(await runCli('eval', 'coherense', '--dataset', 'x')).toEqual({
      code: 2,
      out: '',
      err: 'diffcut: Unknown command of eval "coherense": did you mean "coherence"?\n',
    });
    expect((await runCli('eval')).err).toMatch(/required option '--dataset <name>' not specified\nRun "diffcut eval --help"/);
  });

  it.each(['eval', 'eval segments', 'eval coherence'])('helps on one screen: %s', async (words) => {
    const { code, out } = await runCli(...words.split(' '), '--help');
    expect(code).toBe(0);
    expect(out).toMatch(/\$ diffcut eval .*--dataset/);
    const lines = out.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(40);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
  });
});
