/** Shards of real commands, with the encoder that is in the package, put together by `diffcut eval merge`; what it does is eval/'s to test. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../test/run-cli.ts';
import { toyScene } from '../../test/toy-set.ts';
import { encodeIndexedPng, encodePng, segmentPalette } from '../toolkit.ts';

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'diffcut merge '));
  for (const name of ['i', 'm']) mkdirSync(at(name));
  for (const [seed, id] of ['a', 'b', 'c', 'd', 'e'].entries()) {
    const { image, mask } = toyScene(seed);
    writeFileSync(at('i', `${id}.png`), id === 'd' ? 'x' : await encodePng(image));
    writeFileSync(at('m', `${id}.png`), await encodeIndexedPng(mask, segmentPalette(256)));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const set = (): string[] => ['--dataset', 'folder', '--images', at('i'), '--masks', at('m'), '--classes', '3', '--size', '64', '--quiet'];

describe('diffcut eval merge', () => {
  it.each(['eval', 'eval coherence', 'tune --alphas 3 --taus 0.5 --prices none'])('tells what the whole run does: %s', async (line) => {
    const words = line.split(' ');
    const file = (name: string): string => at(`${words.slice(0, 2).join(' ')} ${name}`);
    const whole = await runCli(...words, ...set(), '--json', '--resume', file('whole'));
    const parts = [file('1'), file('2')];
    for (const [i, part] of parts.entries()) await runCli(...words, ...set(), '--shard', `${i + 1}/2`, '--resume', part);
    const merged = await runCli('eval', 'merge', ...parts, '--json', '-o', file('merged.jsonl'));
    expect(merged.err).toMatch(/^d left out: .*\n$/);
    expect(merged).toEqual(whole);
    expect(whole.code).toBe(1);
    expect(readFileSync(file('merged.jsonl'), 'utf8')).toBe(readFileSync(file('whole'), 'utf8'));
    expect((await runCli('eval', 'merge', ...parts, '-o', file('merged.jsonl'))).err).toMatch(/merged\.jsonl" exists: --overwrite replaces it/);
    expect((await runCli('eval', 'merge', parts[0])).err).toMatch(/^diffcut: The files of 1 of 2 shards are missing \(2\)/);
    expect(await runCli('eval', 'merge', ...parts)).toMatchObject({ code: 1, out: expect.stringMatching(/pictures: 4, left out: 1/) });
  });

  it.each<[string, string[], RegExp]>([
    [
      'a shard that is none',
      [...['eval', '--dataset', 'folder'], '--shard', '3/2'],
      /--shard <i\/n>.*Expected i\/n, the i-th of n parts, as in 2\/8/,
    ],
    [
      'a shard without a file',
      [...['eval', '--dataset', 'folder', '--images', 'i', '--masks', 'm', '--classes', '3'], '--shard', '1/2'],
      /give --resume/,
    ],
    ['no file', ['eval', 'merge'], /missing required argument 'files'/],
  ])('refuses %s', async (_, args, pattern) => {
    const { code, out, err } = await runCli(...args);
    expect(err).toMatch(pattern);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });

  it.each(['eval', 'eval coherence', 'tune', 'eval merge'])('help tells of it: %s', async (words) => {
    const { out } = await runCli(...words.split(' '), '--help');
    expect(out).toMatch(/--shard.*i\/n|--shard \$i\/4/);
  });
});
