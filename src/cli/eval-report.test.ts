/** `diffcut eval report` on a small set made here; what stands in a report is eval/report/'s to test. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../test/run-cli.ts';
import { toyScene } from '../../test/toy-set.ts';
import { encodeIndexedPng, encodePng, segmentPalette } from '../toolkit.ts';

let folder = '';
const at = (...names: string[]): string => join(folder, ...names);
let mIoU = 0;
const evaluate = (...args: string[]) =>
  runCli('eval', '--dataset', 'folder', '--images', at('i'), '--masks', at('m'), '--classes', '3', '--size', '64', '--refine', 'none', ...args);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'diffcut report '));
  for (const name of ['i', 'm']) mkdirSync(at(name));
  for (const [seed, id] of ['a', 'b'].entries()) {
    const { image, mask } = toyScene(seed);
    writeFileSync(at('i', `${id}.png`), await encodePng(image));
    writeFileSync(at('m', `${id}.png`), await encodeIndexedPng(mask, segmentPalette(256)));
  }
  const set = ['--dataset', 'folder', '--images', at('i'), '--masks', at('m'), '--classes', '3', '--size', '64', '--refine', 'none'];
  const told = await evaluate('--resume', at('l.jsonl'), '--save', at('p'), '--json', '--quiet');
  mIoU = JSON.parse(told.out).mIoU;
  const tuned = ['--alphas', '3', '--taus', '0.5', '--prices', 'none', '--resume', at('t.jsonl'), '--quiet'];
  await runCli('tune', ...set, ...tuned);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const report = (...args: string[]) => runCli('eval', 'report', at('l.jsonl'), ...args);

describe('diffcut eval report', () => {
  it('prints Markdown, and writes what the ending says', async () => {
    const { code, out, err } = await report();
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^# diffcut eval report\n\n- embedded: .*not DiffCut's result\n\n## Mean IoU\n/);
    expect(out).toContain(`| ${mIoU.toFixed(1)}, 2 pictures, run 1 |`);
    for (const name of ['r.md', 'r.csv', 'r.html']) expect(await report('-o', at('new', name))).toEqual({ code: 0, out: '', err: '' });
    expect(readFileSync(at('new', 'r.md'), 'utf8')).toBe(out);
    expect(readFileSync(at('new', 'r.csv'), 'utf8')).toContain(`,mIoU,%,${mIoU},`);
    expect(readFileSync(at('new', 'r.html'), 'utf8').match(/<img src="data:image\/jpeg;base64,/g)).toHaveLength(6);
    const again = await report('-o', at('new', 'r.html'));
    expect(again).toEqual({ code: 1, out: '', err: expect.stringMatching(/r\.html" exists: --overwrite replaces it\n$/) });
    expect((await report('-o', at('new', 'r.html'), '--overwrite', '--thumbnails', '0')).code).toBe(0);
    expect(readFileSync(at('new', 'r.html'), 'utf8')).not.toMatch(/<img|Worst/);
  });

  it('tells of how many pictures a run is that was begun with fewer, and goes on with more', async () => {
    const some = (limit: string) => evaluate('--resume', at('some.jsonl'), '--json', '--quiet', '--limit', limit);
    expect((await some('1')).code).toBe(0);
    expect((await report(at('some.jsonl'))).out).toMatch(
      /, 1 picture, run 2 \|[\s\S]*not of the same pictures|not of the same pictures[\s\S]*, 1 picture, run 2 \|/,
    );
    expect(JSON.parse((await some('2')).out)).toMatchObject({ mIoU, pictures: 2, resumed: 1 });
    expect((await report(at('some.jsonl'))).out).toMatch(/, 2 pictures, run 2 \|/);
  });

  it.each<[string, string[], number, RegExp]>([
    ['another ending', ['-o', 'r.pdf'], 2, /Expected a name that ends in \.html, \.md, \.csv for the report but received "r\.pdf"/],
    ['pictures in a CSV', ['-o', 'r.csv', '--thumbnails', '3'], 2, /A \.csv has no pictures: leave --thumbnails out/],
    ['a count that is none', ['--thumbnails', '-1'], 2, /--thumbnails .*Expected a whole number of 0 and up/],
    ['a file that is not there', ['nowhere.jsonl'], 1, /nowhere\.jsonl/],
  ])('refuses %s', async (_, args, exit, pattern) => {
    const { code, out, err } = await report(...args);
    expect(err).toMatch(pattern);
    expect({ code, out }).toEqual({ code: exit, out: '' });
  });

  it('refuses what another command measured, and to write over what it reads', async () => {
    expect((await report(at('t.jsonl'))).err).toMatch(/t\.jsonl is of another kind of run, tune: give files that "eval --resume"/);
    writeFileSync(at('l.md'), readFileSync(at('l.jsonl')));
    const over = await runCli('eval', 'report', at('l.md'), '-o', at('l.md'), '--overwrite');
    expect(over).toEqual({ code: 1, out: '', err: expect.stringMatching(/is read and would be written over/) });
    expect(existsSync(at('l.md'))).toBe(true);
    expect((await runCli('eval', 'report')).err).toMatch(/missing required argument 'ledgers'/);
  });
});
