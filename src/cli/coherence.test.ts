/** `diffcut coherence` in this process; from standard input the built command line in a child process. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../test/run-cli.ts';
import { encodeJpeg, encodePng, type RgbImage, readNpy, writeNpy } from '../toolkit.ts';

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
let folder = '';

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

const coherence = (args: string[]): Promise<Ended> => runCli('coherence', ...args);

const executable = (args: string[], stdin: Uint8Array): Promise<Ended> => {
  const child = spawn(process.execPath, [CLI, 'coherence', ...args], { cwd: folder });
  const told = { out: '', err: '' };
  child.stdout.on('data', (bytes) => (told.out += bytes));
  child.stderr.on('data', (bytes) => (told.err += bytes));
  child.stdin.on('error', () => {}); // a child that does not read its input
  child.stdin.end(stdin);
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...told })));
};

const at = (...parts: string[]): string => join(folder, ...parts);

/** Left half one colour, right half another. */
const halves = (width: number, height: number): RgbImage => {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) data.set(i % width < width / 2 ? [220, 40, 30] : [20, 60, 200], i * 3);
  return { data, width, height };
};

const SMALL = ['--size', '64', '--panel', '128'];

beforeAll(async () => {
  if (!existsSync(CLI)) throw new Error('dist/cli/main.js is missing: run "npm run build" first ("npm test" does)');
  folder = mkdtempSync(join(tmpdir(), 'diffcut coherence ä '));
  writeFileSync(at('one.png'), await encodePng(halves(40, 30)));
  writeFileSync(at('two wörds.jpg'), await encodeJpeg(halves(36, 48)));
  writeFileSync(at('broken.png'), readFileSync(at('one.png')).subarray(0, 60));
  const turned = await sharp(Buffer.from(halves(30, 20).data), { raw: { width: 30, height: 20, channels: 3 } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  writeFileSync(at('turned.jpg'), turned);
  const ids = Int32Array.from({ length: 1200 }, (_, i) => (i % 40 < 20 ? 0 : 7));
  writeFileSync(at('mask.npy'), writeNpy(ids, [30, 40]));
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(tmpdir());
  rmSync(folder, { recursive: true, force: true });
});

describe('diffcut coherence', () => {
  it('writes a figure, maps and JSON', async () => {
    const { code, out, err } = await coherence(
      ['one.png', 'two wörds.jpg', '--point', '5,20', '--box', '22,0,10,30', '--mask', 'mask.npy', '--label', '7'].concat([
        '-o',
        'new/figure.png',
        '--maps',
        '--json',
        ...SMALL,
      ]),
    );
    expect(err).toMatch(/1\/2 embedded: one\.png, [\s\S]*2\/2 embedded: two wörds\.jpg, [\s\S]*new\/figure\.png: \d+ x \d+ pixels/);
    expect(code).toBe(0);
    const told = JSON.parse(out);
    expect(told).toMatchObject({
      scale: 'each',
      range: null,
      pictures: [
        { path: 'one.png', width: 40, height: 30 },
        { path: 'two wörds.jpg', width: 36, height: 48 },
      ],
      queries: [
        { number: 1, point: [5, 20] },
        { number: 2, boxXYWH: [22, 0, 10, 30] },
        { number: 3, mask: 'mask.npy', label: 7 },
      ],
      encoders: [{ name: 'embedded', device: 'cpu' }],
      failed: [],
    });
    const { maps } = told.encoders[0];
    expect(maps.length).toBe(6);
    expect(maps.find((map: { query: number; picture: string }) => map.query === 1 && map.picture === 'one.png').best.cosine).toBeCloseTo(1, 5);
    expect(readdirSync(at('new', 'figure.maps')).length).toBe(12);
    for (const { best, quantiles, png, npy, picture } of maps) {
      const { data, shape } = readNpy(readFileSync(at(npy)));
      expect(shape).toEqual(picture === 'one.png' ? [30, 40] : [48, 36]);
      expect(data[best.y * shape[1] + best.x]).toBeCloseTo(best.cosine, 5);
      const sorted = data.slice().sort();
      expect([quantiles.min, quantiles.max]).toEqual([sorted[0], sorted[sorted.length - 1]].map((v) => expect.closeTo(v, 5)));
      expect(quantiles.q05).toBeLessThanOrEqual(quantiles.q25);
      const drawn = await sharp(at(png)).metadata();
      expect([drawn.height, drawn.width]).toEqual(shape);
    }
    const figure = await sharp(at('new', 'figure.png')).metadata();
    expect(figure.width).toBeGreaterThan(128);
    expect(figure.height).toBeGreaterThan(3 * (96 + 170));
    expect(readdirSync(at('new')).sort()).toEqual(['figure.maps', 'figure.png']); // no temporary files
  });

  it('one scale for all is told, and the reference alone is enough', async () => {
    const { code, out } = await coherence(['one.png', '--point', '0,0', '-o', 'f.png', '--json', '--quiet', '--scale', 'shared', ...SMALL]);
    expect(code).toBe(0);
    const { range, encoders } = JSON.parse(out);
    expect(range).toEqual(encoders[0].maps[0].range);
  });

  it('a target that cannot be read is told, the others are compared', async () => {
    const args = ['one.png', 'broken.png', 'none.jpg', 'one.png', '--point', '1,1', '-o', 'g.png', '--json', '--quiet', ...SMALL];
    const { code, out, err } = await coherence(args);
    expect(code).toBe(1);
    expect(err).toMatch(/"broken\.png" is truncated[^\n]*\n[^\n]*"none\.jpg" does not exist/);
    const told = JSON.parse(out);
    expect(told.failed.map(({ path }: { path: string }) => path)).toEqual(['broken.png', 'none.jpg']);
    expect(told.encoders[0].maps.length).toBe(2);
    expect(existsSync(at('g.png'))).toBe(true);
  });

  it('points are those of the picture as shown', async () => {
    const args = ['turned.jpg', '--quiet', ...SMALL];
    expect((await coherence([...args, '--point', '19,29', '-o', 'h.png'])).code).toBe(0);
    expect((await coherence([...args, '--point', '19,29', '-o', 'h.png'])).err).toMatch(/"h\.png" exists: --overwrite replaces it/);
    expect((await coherence([...args, '--point', '19,29', '-o', 'h.png', '--overwrite'])).code).toBe(0);
    const { code, err } = await coherence([...args, '--point', '29,19', '-o', 'h2.png']);
    expect(code).toBe(1);
    expect(err).toMatch(/point 29,19 is outside: the picture is 20 x 30 pixels/);
  });

  it('reads the reference from standard input', async () => {
    const { code, out } = await executable(['-', '--point', '3,4', '-o', 'i.png', '--json', '--quiet', ...SMALL], readFileSync(at('one.png')));
    expect(code).toBe(0);
    expect(JSON.parse(out).pictures).toEqual([{ path: '-', width: 40, height: 30 }]);
  });

  it.each<[string, string[], number, RegExp]>([
    ['no query', ['one.png', '-o', 'x.png'], 2, /Give --point x,y, --box x,y,width,height or --mask and --label/],
    ['a mask without a label', ['one.png', '--mask', 'mask.npy', '-o', 'x.png'], 2, /--mask and --label go together/],
    ['a label without a mask', ['one.png', '--label', '1', '-o', 'x.png'], 2, /--mask and --label go together/],
    ['a point that is none', ['one.png', '--point', '1', '-o', 'x.png'], 2, /Expected whole numbers x,y/],
    ['a point in parts', ['one.png', '--point', '1.5,2', '-o', 'x.png'], 2, /Expected whole numbers x,y/],
    ['a box that is none', ['one.png', '--box', '1,2,3', '-o', 'x.png'], 2, /Expected whole numbers x,y,width,height/],
    ['a label that is none', ['one.png', '--mask', 'mask.npy', '--label', 'dog', '-o', 'x.png'], 2, /Expected a whole number from 0/],
    ['another kind of figure', ['one.png', '--point', '1,1', '-o', 'x.gif'], 2, /ends in \.png/],
    ['a figure over a picture', ['one.png', '--point', '1,1', '-o', './one.png'], 1, /one\.png" is read and would be written over/],
    ['standard input twice', ['-', '-', '--point', '1,1', '-o', 'x.png'], 2, /Standard input can be read only once/],
    [
      'an unknown encoder',
      ['one.png', '--point', '1,1', '-o', 'x.png', '--encoders', 'embedded,embeded'],
      2,
      /Unknown encoder "embeded": did you mean/,
    ],
    [
      'an encoder twice',
      ['one.png', '--point', '1,1', '-o', 'x.png', '--encoders', 'embedded, embedded'],
      2,
      /embedded is named twice: leave one out/,
    ],
    ['a panel out of range', ['one.png', '--point', '1,1', '-o', 'x.png', '--panel', '5'], 2, /Expected a whole number from 128 to 4096/],
    ['a scale that is none', ['one.png', '--point', '1,1', '-o', 'x.png', '--scale', 'x'], 2, /Expected one of each, shared/],
    ['a reference that is not there', ['none.png', 'one.png', '--point', '1,1', '-o', 'x.png'], 1, /"none\.png" does not exist/],
    ['a point outside', ['one.png', '--point', '-1,5', '-o', 'x.png'], 1, /point -1,5 is outside: the picture is 40 x 30 pixels/],
    ['a box outside', ['one.png', '--box', '30,0,20,5', '-o', 'x.png'], 1, /box 30,0,20,5 reaches outside: the picture is 40 x 30/],
    [
      'a mask of another size',
      ['two wörds.jpg', '--mask', 'mask.npy', '--label', '7', '-o', 'x.png'],
      1,
      /mask is 40 x 30 but the picture is 36 x 48/,
    ],
    ['a label that is not there', ['one.png', '--mask', 'mask.npy', '--label', '3', '-o', 'x.png'], 1, /no pixel of label 3: it holds 0, 7/],
    ['an encoder not on this machine', ['one.png', '--point', '1,1', '-o', 'x.png', '--encoders', 'embedded,vega'], 1, /vega/],
  ])('refuses %s', async (_, args, wanted, pattern) => {
    const { code, err } = await coherence(args);
    expect(err).toMatch(pattern);
    expect(code).toBe(wanted);
    expect(err.trimEnd().split('\n').length).toBeLessThanOrEqual(4);
    expect(err).not.toMatch(/^\s+at /m);
    expect(existsSync(at('x.png'))).toBe(false);
  });
});
