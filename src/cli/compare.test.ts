/** `diffcut compare`, its command line run in this process; pipes as a user has them. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCli } from '../../test/run-cli.ts';
import { encodeJpeg, encodePng, METHODS, type RgbImage } from '../toolkit.ts';

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'diffcut compare ä '));
const at = (...parts: string[]): string => join(folder, ...parts);

/** Left half one colour, right half another. */
const halves = (width: number, height: number): RgbImage => {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) data.set(i % width < width / 2 ? [220, 40, 30] : [20, 60, 200], i * 3);
  return { data, width, height };
};

beforeAll(async () => {
  vi.stubEnv('DIFFCUT_CACHE', at('cache'));
  for (const name of ['in', 'folder.png']) mkdirSync(at(name));
  writeFileSync(at('in', 'one.png'), await encodePng(halves(40, 30)));
  writeFileSync(at('in', 'two wörds.jpg'), await encodeJpeg(halves(36, 48)));
  writeFileSync(at('broken.png'), readFileSync(at('in', 'one.png')).subarray(0, 60));
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const SMALL = ['--size', '64', '--width', '64'];
const compare = (...args: string[]) => runCli('compare', ...args);
const linesOf = (out: string) =>
  out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('diffcut compare', () => {
  it('writes a figure of a folder, and tells each cell', async () => {
    const output = at('new', 'figure.png');
    const { code, out, err } = await compare(at('in'), '--methods', 'ncut,merge', '-o', output, '--json', ...SMALL);
    expect(err).toMatch(/1\/4 .*one\.png, ncut \(embedded encoder, 64 px\): \d+ segments?, [\d.]+ s\n[\s\S]*4\/4 .*two wörds\.jpg, merge/);
    expect(code).toBe(0);
    const [first, second, , last, figure] = linesOf(out);
    expect(first).toMatchObject({ path: at('in', 'one.png'), method: 'ncut:embedded', encoder: 'embedded', solver: 'ncut', size: [64, 64] });
    expect(first).toMatchObject({ settings: { size: 64 }, refine: 'edges', encodeShared: false, timings: { encode: expect.any(Number) } });
    expect(second).toMatchObject({ method: 'merge:embedded', device: 'cpu', encodeShared: true, size: [64, 64] });
    expect(second.seconds).toBeGreaterThan(0);
    expect(last.path).toBe(at('in', 'two wörds.jpg'));
    const { width, height, format } = await sharp(output).metadata();
    expect(figure).toMatchObject({ figure: output, width, height, failed: 0 });
    expect([format, readdirSync(at('new'))]).toEqual(['png', ['figure.png']]); // no temporary files
  });

  it('a model that is not here, and a picture that is broken, are told in it; the rest goes on', async () => {
    const pictures = [at('broken.png'), at('in', 'one.png'), at('none.jpg')];
    const { code, out, err } = await compare(
      ...pictures,
      '--methods',
      'diffcut,maskcut,ncut',
      '-o',
      at('a.webp'),
      '--json',
      '--quiet',
      '--width',
      '64',
    );
    expect(code).toBe(1);
    expect(err.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/"[^"]*none\.jpg" does not exist/),
      expect.stringMatching(/"[^"]*broken\.png" is truncated/),
      'diffcut: ssd-1b is not on this machine: get it with "diffcut models pull ssd-1b"',
      'diffcut: dino-b8 is not on this machine: get it with "diffcut models pull dino-b8"',
    ]);
    const lines = linesOf(out);
    expect(lines.filter(({ method }) => method).map(({ method, error }) => [method, error === undefined])).toEqual([
      ['diffcut', false],
      ['maskcut', false],
      ['ncut:embedded', true],
    ]);
    expect(lines.at(-1)).toMatchObject({ failed: 4 });
    expect((await sharp(at('a.webp')).metadata()).format).toBe('webp');
  });

  it('crosses methods with encoders, each column once, and never calls them by a published name', async () => {
    const args = [at('in', 'one.png'), '--methods', 'diffcut,ncut,falcon', '--encoders', 'embedded', '-o', at('b.jpg'), '--json', '--refine', 'none'];
    const { code, out, err } = await compare(...args, ...SMALL);
    expect(code).toBe(0);
    const cells = linesOf(out).filter(({ method }) => method);
    expect(cells.map(({ method, refine }) => [method, refine])).toEqual([
      ['ncut:embedded', 'none'],
      ['falcon:embedded', 'none'],
    ]);
    for (const { title } of Object.values(METHODS)) expect(err).not.toContain(title);
    expect((await sharp(at('b.jpg')).metadata()).format).toBe('jpeg');
    const again = await compare(...args, ...SMALL);
    expect([again.code, again.err]).toEqual([1, expect.stringMatching(/b\.jpg" exists: --overwrite replaces it/)]);
  });

  it('a method that fails leaves its cell empty', async () => {
    const { code, err } = await compare(at('in', 'one.png'), '--methods', 'merge,ncut', '--refine', 'vote', '-o', at('c.png'), '--quiet', ...SMALL);
    expect(code).toBe(1);
    expect(err).toMatch(/^diffcut: .*one\.png, merge \(embedded encoder, 64 px\): [^\n]*vote[^\n]*\n$/);
    expect(existsSync(at('c.png'))).toBe(true);
  });

  it('writes nothing where there is no picture', async () => {
    const { code, err } = await compare(at('broken.png'), '-o', at('d.png'), ...SMALL);
    expect([code, err]).toEqual([1, expect.stringMatching(/^diffcut: [^\n]*broken\.png" is truncated[^\n]*\n$/)]);
    expect(existsSync(at('d.png'))).toBe(false);
  });

  it.skipIf(process.platform === 'win32')('reads standard input and pipes, and writes standard output', async () => {
    if (!existsSync(CLI)) throw new Error('dist/cli/main.js is missing: run "npm run build" first ("npm test" does)');
    const script = '"$0" "$1" compare - <(cat two*.jpg) --methods ncut,merge --size 64 --width 64 -o - < one.png';
    const { out, err } = await new Promise<{ out: Buffer; err: string }>((resolve) =>
      execFile('bash', ['-c', script, process.execPath, CLI], { cwd: at('in'), encoding: 'buffer' }, (_, out, err) =>
        resolve({ out, err: String(err) }),
      ),
    );
    expect(err).toMatch(/4\/4 [^\n]*\nStandard output: \d+ x \d+ pixels\n$/);
    expect((await sharp(out).metadata()).format).toBe('png');
  });

  it.each<[string, string[], number, RegExp]>([
    ['an unknown method', ['--methods', 'ncut,difcut', '-o', 'x.png'], 2, /Unknown method "difcut": did you mean "diffcut"\?/],
    ['an unknown encoder of a pair', ['--methods', 'ncut:embeded', '-o', 'x.png'], 2, /Unknown encoder "embeded": did you mean "embedded"\?/],
    ['a pair and encoders', ['--methods', 'ncut:embedded', '--encoders', 'vega', '-o', 'x.png'], 2, /Both ncut:embedded and --encoders/],
    [
      'another drawing of a published method',
      ['--methods', 'maskcut', '--refine', 'pamr', '-o', 'x.png'],
      2,
      /maskcut is compared as it was published, and refine was given: name maskcut:dino-b8 instead/,
    ],
    [
      'another input of a published method',
      ['--methods', 'maskcut', '--size', '64', '-o', 'x.png'],
      2,
      /size was given: name maskcut:dino-b8 instead/,
    ],
    ['an option that no encoder takes', ['--methods', 'ncut', '--timestep', '5', '-o', 'x.png'], 2, /timestep/],
    ['another kind of figure', ['-o', 'x.gif'], 2, /ends in \.png, \.jpg or \.webp/],
    ['a figure of no kind', ['-o', join(folder, 'x')], 2, /ends in \.png, \.jpg or \.webp/],
    ['a method twice', ['--methods', 'ncut, merge,ncut', '-o', 'x.png'], 2, /ncut is named twice: leave one out/],
    ['a method by two names', ['--methods', 'ncut,ncut:embedded', '-o', 'x.png'], 2, /ncut and ncut:embedded are one method/],
    [
      'features that a method is not made of',
      ['--methods', 'merge,diffseg:embedded', '-o', 'x.png'],
      2,
      /embedded has no tap attention, which the solver diffseg looks at/,
    ],
    ['a folder in the place of the figure', ['-o', 'folder.png', '--overwrite'], 1, /folder\.png" could not be written: a folder is in its place/],
    ['a folder that is a file', ['-o', join('broken.png', 'x.png')], 1, /broken\.png" could not be written: a file is in its place/],
    ['no name for the figure', [], 2, /required option '-o, --output <file>' not specified/],
    ['two things for standard output', ['-o', '-', '--json'], 2, /Both --json and -o - write to standard output/],
    ['a width out of range', ['-o', 'x.png', '--width', '5'], 2, /Expected a whole number from 64 to 4096/],
    ['a figure over a picture', ['-o', 'in/one.png', '--overwrite'], 1, /one\.png" is read and would be written over/],
  ])('refuses %s', async (_, args, wanted, pattern) => {
    const { code, err } = await compare(at('in', 'one.png'), ...args.map((arg) => (/\.\w+$/.test(arg) ? at(arg) : arg)));
    expect([code, err]).toEqual([wanted, expect.stringMatching(pattern)]);
    expect(err).not.toMatch(/ segments?, /); // before the work
    expect(existsSync(at('x.png'))).toBe(false);
  });

  it('leaves no folder behind that it made for nothing', async () => {
    const { code } = await compare(at('in', 'one.png'), '--methods', 'merge', '--refine', 'vote', '-o', at('empty', 'e.png'), '--quiet', ...SMALL);
    expect([code, existsSync(at('empty'))]).toEqual([1, false]);
  });
});
