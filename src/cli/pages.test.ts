/** Files of several pages, and what their reader has to say, told by the command line; a reader stands in for that of real files. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { runCli } from '../../test/run-cli.ts';
import { type PictureFile, type RgbImage, writeNpy } from '../toolkit.ts';

const open = vi.hoisted(() => async (path: string, { page = 1 }: { page?: number } = {}): Promise<PictureFile> => {
  const { InputError } = await import('../errors.ts');
  if (path.endsWith('broken.tif')) throw new InputError(`"${path}" is damaged`);
  if (path.endsWith('stack.tif') && page === 2) throw new InputError('page 2 is damaged');
  const pages = path.endsWith('.tif') ? { page, pages: 3, notes: [`page ${page} of 3`, 'band 4 left out'] } : {};
  const geo = { crs: 'EPSG:4326', transform: [0, 1, 0, 0, 0, 1] as [number, number, number, number, number, number], tags: { 33550: [1] } };
  const data = new Uint8Array(16 * 12 * 3).map((_, i) => (i % 48 < 24 ? 30 : 200));
  const source = { format: 'TIFF', ...pages, geo };
  const whole = async (): Promise<RgbImage> => ({ data, width: 16, height: 12, source });
  return { width: 16, height: 12, source, rows: whole, reduced: whole };
});
vi.mock('../toolkit.ts', async (original) => ({
  ...(await original<object>()),
  openPicture: open,
  decodeImage: async (path: string, options: object) => (await open(path, options)).rows(0, 12),
}));

const folder = mkdtempSync(join(tmpdir(), 'diffcut-pages-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (...parts: string[]): string => join(folder, ...parts);
for (const name of ['stack.tif', 'one.jpg', 'broken.tif']) writeFileSync(at(name), 'x');
writeFileSync(
  at('f.npy'),
  writeNpy(
    new Float32Array(64).map((_, i) => (i % 4 < 2 ? 1 : -1)),
    [4, 4, 4],
  ),
);

it('makes each page a picture of its own', async () => {
  const size = ['--size', '64', '--format', 'json', '--json', '-o', at('out')];
  const { code, out, err } = await runCli('segment', at('stack.tif'), at('one.jpg'), at('broken.tif'), '--page', 'all', ...size);
  expect(code).toBe(1);
  expect(readdirSync(at('out')).sort()).toEqual(['.diffcut.jsonl', 'one.json', 'stack.p001.json', 'stack.p003.json']);
  expect(err).toMatch(/stack\.tif, page 3: page 3 of 3; band 4 left out\n/);
  expect(err).toMatch(/stack\.tif, page 2: page 2 is damaged\n/);
  expect(err).toMatch(/broken\.tif" is damaged\n/);
  const { picture, asked } = JSON.parse(readFileSync(at('out', 'stack.p003.json'), 'utf8'));
  expect(picture).toMatchObject({ name: 'stack.tif', bytes: 1, format: 'TIFF', page: 3, pages: 3, notes: ['page 3 of 3', 'band 4 left out'] });
  expect(picture.geo).toEqual({ crs: 'EPSG:4326', transform: [0, 1, 0, 0, 0, 1] });
  expect(asked).toEqual({ encoder: 'embedded', size: 64, page: 3 });
  const lines = out.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line)).filter(({ error }) => error)).toContainEqual(expect.objectContaining({ page: 2 }));
});

it('says what is to be known of a picture, unless it is to be quiet', async () => {
  const args = ['segment', at('stack.tif'), '--features', at('f.npy'), '--tau', '0.5', '--page', '3', '--format', 'json'];
  expect((await runCli(...args, '-o', at('loud'))).err).toMatch(/stack\.tif: page 3 of 3; band 4 left out\n/);
  expect(await runCli(...args, '-o', at('still'), '--quiet')).toEqual({ code: 0, out: '', err: '' });
  expect((await runCli('encode', at('stack.tif'), '--size', '64', '-o', at('e.npy'))).err).toMatch(/stack\.tif: page 1 of 3; band 4 left out\n/);
});
