/** `diffcut concepts` of the built package: pictures in processes of their own. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodePng } from '../../src/index.ts';
import { paint } from '../scenes.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

let folder = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'diffcut-concepts-jobs-'));
  mkdirSync(join(folder, 'in'));
  for (const [i, name] of ['a', 'b', 'c'].entries())
    writeFileSync(join(folder, 'in', `${name}.png`), await encodePng(paint(64, 48, (x) => (x < 20 * (i + 1) ? [200, 40, 30] : [20, 60, 200]))));
  writeFileSync(join(folder, 'in', 'broken.png'), 'no picture');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** With one broken picture it ends with 1. */
const run = async (output: string, jobs: string): Promise<{ code?: number; stderr?: string }> =>
  promisify(execFile)(process.execPath, [MAIN, 'concepts', 'in', '-o', output, '--k', '2', '--size', '128', '--jobs', jobs, '--quiet'], {
    cwd: folder,
  }).catch((error) => error);

describe('concepts in processes', () => {
  it('gives what one process gives, tells of a broken picture, and leaves nothing half done', async () => {
    for (const jobs of ['1', '3']) expect(await run(jobs, jobs)).toMatchObject({ code: 1, stderr: expect.stringMatching(/broken\.png/) });
    const textOf = (output: string): string => readFileSync(join(folder, output, 'concepts.json'), 'utf8');
    expect(textOf('3')).toBe(textOf('1'));
    for (const name of ['a.png', 'b.png', 'c.png'])
      expect(readFileSync(join(folder, '3', 'labels', name))).toEqual(readFileSync(join(folder, '1', 'labels', name)));
    expect(readdirSync(join(folder, '3', 'segments')).filter((name) => !name.startsWith('.'))).toEqual(['a', 'b', 'c']);
    expect(readdirSync(join(folder, '3', 'segments')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  }, 120_000);
});
