/**
 * The command line in this process; what hangs on the process itself (streams, signals, other processes) as a user runs it: the built
 * dist/cli/main.js in a child process.
 */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { runCli } from '../../test/run-cli.ts';
import { TINY_JSON, tinyOnnx } from '../../test/tiny-onnx.ts';
import { decodeLabelPng, encodeIndexedPng, encodeJpeg, encodePng, type RgbImage, readNpy, segmentPalette, writeNpy } from '../toolkit.ts';

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
let folder = '';

interface Ended {
  code: number | null;
  out: string;
  err: string;
}
interface Run {
  stdin?: Uint8Array;
  /** File descriptor in place of standard output. */
  stdout?: number;
}

const start = (args: string[], stdout: number | 'pipe' = 'pipe') => {
  const child = spawn(process.execPath, [CLI, ...args], { cwd: folder, stdio: ['pipe', stdout, 'pipe'] });
  child.stdin?.on('error', () => {}); // a child that does not read its input
  const told = { out: '', err: '' };
  child.stdout?.on('data', (bytes) => (told.out += bytes));
  child.stderr?.on('data', (bytes) => (told.err += bytes));
  const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, ...told })));
  return { child, told, ended };
};

/** In a process of its own. */
const executable = (args: string[], { stdin, stdout }: Run = {}): Promise<Ended> => {
  const { child, ended } = start(args, stdout);
  child.stdin?.end(stdin);
  return ended;
};

/** In this process. */
const diffcut = (args: string[]): Promise<Ended> => runCli(...args);

/** Expects an exit code and an error of at most four lines, without a stack. */
const expectError = ({ code, err }: Ended, wantedCode: number, pattern: RegExp): void => {
  expect(err).toMatch(pattern);
  expect(code).toBe(wantedCode);
  expect(err.trimEnd().split('\n').length).toBeLessThanOrEqual(4);
  expect(err).not.toMatch(/^\s+at /m);
};

const at = (...parts: string[]): string => join(folder, ...parts);
const jsonOf = (...parts: string[]) => JSON.parse(readFileSync(at(...parts), 'utf8'));
/** All but hidden ones: ledgers. */
const names = (...parts: string[]): string[] =>
  readdirSync(at(...parts))
    .filter((name) => !name.startsWith('.'))
    .sort();

/** Left half one colour, right half another. */
const halves = (width: number, height: number): RgbImage => {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) data.set(i % width < width / 2 ? [220, 40, 30] : [20, 60, 200], i * 3);
  return { data, width, height };
};

/** Two kinds of tokens, left and right: 8 x 6 tokens of 4 channels. */
const halvesNpy = (): Uint8Array =>
  writeNpy(
    Float32Array.from({ length: 8 * 6 * 4 }, (_, i) => ((i >> 2) % 8 < 4 ? [1, 0.1, 0, 0.2] : [0, 0.1, 1, 0.2])[i % 4]),
    [6, 8, 4],
  );

beforeAll(async () => {
  if (!existsSync(CLI)) throw new Error('dist/cli/main.js is missing: run "npm run build" first ("npm test" does)');
  folder = mkdtempSync(join(tmpdir(), 'diffcut cli ä '));
  mkdirSync(at('pictures', 'more', 'Tür auf'), { recursive: true });
  writeFileSync(at('pictures', 'one.png'), await encodePng(halves(40, 30)));
  writeFileSync(at('pictures', 'two words é.jpg'), await encodeJpeg(halves(36, 24)));
  writeFileSync(at('pictures', 'notes.txt'), 'no picture');
  cpSync(at('pictures', 'one.png'), at('pictures', 'more', 'Tür auf', 'one.png'));
  writeFileSync(at('broken.png'), readFileSync(at('pictures', 'one.png')).subarray(0, 60));
  writeFileSync(at('empty.jpg'), '');
  writeFileSync(at('f.npy'), halvesNpy());
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(tmpdir());
  rmSync(folder, { recursive: true, force: true });
});

describe('usage', () => {
  it('prints the version and help', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    for (const flag of ['--version', '-v']) expect(await executable([flag])).toEqual({ code: 0, out: `${version}\n`, err: '' });
    const help = await diffcut([]);
    expect(await executable(['--help'])).toEqual(help);
    expect(help.code).toBe(0);
    expect(help.out).toMatch(/segment[\s\S]*encode[\s\S]*partition[\s\S]*refine[\s\S]*eval[\s\S]*models/);
    expect((await diffcut(['--help'])).out).toBe(help.out);
    for (const words of [['segment'], ['eval', 'coherence'], ['models', 'pull']])
      expect(await diffcut(['help', ...words])).toEqual(await diffcut([...words, '--help']));
    const all = await diffcut(['segment', '--help-all']);
    expect(all).toMatchObject({ code: 0, out: expect.stringMatching(/--ease[\s\S]*--timestep/) });
    expect((await diffcut(['segment', '--help'])).out).not.toMatch(/--timestep/);
  });

  it.each(['segment', 'encode', 'partition', 'refine', 'coherence', 'compare', 'concepts', 'eval', 'tune', 'models'])(
    'help of %s fits a screen and shows an example',
    async (name) => {
      const { code, out } = await diffcut([name, '--help']);
      expect(code).toBe(0);
      expect(out).toMatch(new RegExp(`\\$ diffcut ${name}`));
      const lines = out.trimEnd().split('\n');
      expect(lines.length).toBeLessThanOrEqual(36);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    },
  );

  it('refuses in a process of its own as it does here', async () => {
    for (const args of [['segmnt'], ['segment', 'a.png', '--tau', '3'], ['encode', 'none.png', '-o', 'x.npy']])
      expect(await executable(args)).toEqual(await diffcut(args));
  });

  it.each<[string, string[], RegExp]>([
    ['an unknown command', ['segmnt'], /unknown command 'segmnt'\s+\(Did you mean segment\?\)/],
    [
      'a picture for a command',
      ['pictures/one.png', '--price', '0.1'],
      /Unknown command .*: did you mean "diffcut segment pictures\/one\.png --price 0\.1"/,
    ],
    ['a picture that is not there for a command', ['no such.jpg'], /did you mean "diffcut segment 'no such\.jpg'"/],
    ['bands that are none', ['encode', 'a', '-o', 'b.npy', '--bands', '1,2'], /Expected 1 or 3 whole numbers/],
    ['all pages where one is wanted', ['encode', 'a', '-o', 'b.npy', '--page', 'all'], /Expected a whole number from 1/],
    ['an unknown option', ['segment', 'a.png', '--taau', '1'], /unknown option '--taau'\s+\(Did you mean --tau\?\)/],
    ['no picture', ['segment'], /missing required argument 'pictures'/],
    ['a number out of range', ['segment', 'a.png', '--tau', '3'], /--tau .*Expected a number from 0 to 2/],
    ['no number', ['segment', 'a.png', '--alpha', ''], /--alpha .*Expected a number from/],
    ['a size that is none', ['segment', 'a.png', '--size', '64x'], /--size .*Expected N or WxH/],
    ['a method that is none', ['segment', 'a.png', '--refine', 'x'], /--refine .*one of edges, vote, pamr, crf, none/],
    ['merge and tau', ['segment', 'a.png', '--solver', 'merge', '--tau', '0.5'], /Both the solver merge and tau were given/],
    ['merge and vote', ['segment', 'a.png', '--solver', 'merge', '--refine', 'vote'], /Both the solver merge and the refinement vote were given/],
    ['tau and price', ['segment', 'a.png', '--tau', '0.5', '--price', '0.1'], /--tau .*cannot be used with .*--price/],
    ['tau and price of partition', ['partition', 'f.npy', '-o', 'l.npy', '--tau', '0.5', '--price', '0.1'], /cannot be used with/],
    ['tau and ease of partition', ['partition', 'f.npy', '-o', 'l.npy', '--tau', '0.5', '--ease', '0.1'], /cannot be used with/],
    ['overwrite and resume', ['segment', 'a.png', '--overwrite', '--resume'], /--overwrite.*cannot be used with.*--resume/],
    ['an unknown format', ['segment', 'a.png', '--format', 'labels,overly'], /Unknown format "overly": did you mean "overlay"\?/],
    ['an unknown encoder', ['segment', 'a.png', '--encoder', 'embeded'], /Unknown encoder "embeded": did you mean "embedded"\?/],
    ['features for two pictures', ['segment', 'pictures', '--features', 'f.npy'], /--features goes with exactly one picture, not 2/],
    ['no output', ['encode', 'a.png'], /required option '-o, --output/],
    ['labels of no kind', ['partition', 'f.npy', '-o', 'l.txt'], /\.npy or \.png/],
    ['edges without features', ['refine', 'a', 'b', '-o', 'c.npy', '--method', 'edges'], /--method edges wants --features/],
    ['features for PAMR', ['refine', 'a', 'b', '-o', 'c.npy', '--features', 'f.npy'], /--features goes with --method edges or vote/],
    [
      'rounds of another method',
      ['refine', 'a', 'b', '-o', 'c.npy', '--method', 'vote', '--features', 'f.npy', '--iterations', '2'],
      /--iterations goes/,
    ],
    ['a width for PAMR', ['refine', 'a', 'b', '-o', 'c.npy', '--colour-sigma', '9'], /--colour-sigma goes with --method crf/],
    ['bad dilations', ['refine', 'a', 'b', '-o', 'c.npy', '--dilations', '1,x'], /Expected 1 to 16 whole numbers/],
  ])('refuses %s', async (_, args, pattern) => expectError(await diffcut(args), 2, pattern));

  it('shows a stack where asked', async () => {
    expect((await diffcut(['encode', 'none.png', '-o', 'x.npy', '--verbose'])).err).toMatch(/^\s+at /m);
    expectError(await diffcut(['encode', 'none.png', '-o', 'x.npy']), 1, /"none.png" does not exist/);
  });
});

describe('segment', () => {
  it('writes labels, overlay and JSON of a folder', async () => {
    const { code, out, err } = await executable(['segment', 'pictures', '--size', '64', '-o', 'a b']);
    expect(err).toMatch(/1\/2 .*one\.png: \d+ segments?[\s\S]*2\/2 .*two words é\.jpg[\s\S]*2 pictures/);
    expect(out).toBe('');
    expect(code).toBe(0);
    expect(names('a b')).toEqual(['one', 'two words é'].flatMap((stem) => [`${stem}.json`, `${stem}.overlay.jpg`, `${stem}.png`]).sort());
    const record = jsonOf('a b', 'one.json');
    expect(record).toMatchObject({
      picture: { name: 'one.png', width: 40, height: 30 },
      encoder: 'embedded',
      size: [64, 64],
      refine: 'edges',
      tau: null,
    });
    expect(record).toMatchObject({
      solver: 'merge',
      alpha: null,
      price: expect.any(Number),
      version: expect.any(String),
      timings: { encode: expect.any(Number) },
    });
    const labels = decodeLabelPng(readFileSync(at('a b', 'one.png')));
    expect([labels.width, labels.height]).toEqual([40, 30]);
    for (const { id, area } of record.segments) expect(labels.data.filter((label) => label === id).length).toBe(area);
  });

  it('takes an ONNX file of your own, and says what it lacks', async () => {
    writeFileSync(at('tiny.onnx'), tinyOnnx());
    const args = ['segment', 'pictures/one.png', '--encoder', 'tiny.onnx', '-o', 'own', '--tau', '0.7'];
    expectError(await diffcut(args), 1, /tiny\.onnx needs tiny\.json beside it, .*such as \{ "size": 224/);
    writeFileSync(at('tiny.json'), JSON.stringify({ ...TINY_JSON, alpha: 3 }));
    expect(await diffcut(args)).toMatchObject({ code: 0, out: '', err: expect.stringMatching(/one\.png: \d+ segments?/) });
    expect(jsonOf('own', 'one.json')).toMatchObject({ encoder: 'tiny.onnx', size: [32, 32], alpha: 3, tau: 0.7 });
    expectError(await diffcut([...args, '--overwrite', '--size', '64']), 2, /tiny\.onnx takes pictures of 32x32 pixels only, not 64x64/);
    const two = ['segment', 'pictures', '--encoder', 'tiny.onnx', '-o', 'own2', '--size', '64', '--jobs', '2', '--quiet'];
    expectError(await executable(two), 2, /^diffcut: tiny\.onnx takes pictures of 32x32 pixels only/); // told by another process
  });

  it('writes every other format, and prints JSON alone', async () => {
    const formats = 'npy,rle,masks,cutouts';
    const { code, out } = await diffcut([
      'segment',
      'pictures/one.png',
      '--features',
      'f.npy',
      '--tau',
      '0.5',
      '-o',
      'b',
      '--format',
      formats,
      '--json',
    ]);
    expect(code).toBe(0);
    const printed = JSON.parse(out);
    expect(printed).toMatchObject({
      path: 'pictures/one.png',
      tau: 0.5,
      price: null,
      encoder: null,
      features: 'f.npy',
      segments: [{ id: 0 }, { id: 1 }],
    });
    expect(printed.outputs.map((path: string) => join(path)).sort()).toEqual(names('b').map((name) => join('b', name)));
    expect(names('b')).toEqual(['one.cutouts', 'one.masks', 'one.npy', 'one.rle.json']);
    expect(names('b', 'one.masks')).toEqual(['000.png', '001.png']);
    expect(names('b', 'one.cutouts')).toEqual(['000.png', '001.png']);
    expect(readNpy(readFileSync(at('b', 'one.npy')))).toMatchObject({ shape: [30, 40], dtype: '<i4' });
    const masks = jsonOf('b', 'one.rle.json');
    expect(masks[0]).toMatchObject({ id: 0, segmentation: { size: [30, 40], counts: expect.any(String) } });
    expect(masks.map((m: { area: number }) => m.area)).toEqual(printed.segments.map((s: { area: number }) => s.area));
  });

  it('keeps existing outputs without --overwrite, skips finished ones with --resume', async () => {
    const args = ['segment', 'pictures/one.png', '--features', 'f.npy', '-o', 'c'];
    expect((await diffcut(args)).code).toBe(0);
    expectError(await diffcut(args), 1, /one\.png" exists: --overwrite .*--resume/);
    expect((await diffcut([...args, '--resume'])).err).toMatch(/1 picture skipped/);
    writeFileSync(at('c', 'one.overlay.jpg'), '');
    expect((await diffcut([...args, '--resume'])).code).toBe(0);
    expect(statSync(at('c', 'one.overlay.jpg')).size).toBeGreaterThan(0);
    expectError(await diffcut([...args, '--resume', '--min-area', '9']), 1, /made otherwise \(minArea the default there, 9 asked for\): --overwrite/);
    writeFileSync(at('c', 'one.json'), 'mine');
    expectError(await diffcut([...args, '--resume']), 1, /one\.json" exists: .* --resume does not/);
    expect(readFileSync(at('c', 'one.json'), 'utf8')).toBe('mine');
    expect(await diffcut([...args, '--overwrite', '--quiet'])).toEqual({ code: 0, out: '', err: '' });
    expect(jsonOf('c', 'one.json').picture.width).toBe(40);
  });

  it('refuses two pictures with one output, and outputs over a picture, before any work', async () => {
    expectError(await diffcut(['segment', 'pictures/**/*.png', '-o', 'd']), 1, /one\.png" would be written to .* as ".*one\.png" would: --recursive/);
    expectError(await diffcut(['segment', 'pictures/one.png', '-o', 'pictures', '--overwrite']), 1, /would be written over/);
    expect(existsSync(at('of-damaged'))).toBe(false);
  });

  it('mirrors folders, of a folder and of a glob', async () => {
    for (const [input, output] of [
      ['pictures', 'e1'],
      ['pictures/**/*.{png,jpg}', 'e2'],
    ]) {
      expect(await diffcut(['segment', input, '-o', output, '--recursive', '--size', '64', '--format', 'json', '--quiet'])).toMatchObject({
        code: 0,
        err: '',
      });
      expect(names(output)).toEqual(['more', 'one.json', 'two words é.json']);
      expect(names(output, 'more', 'Tür auf')).toEqual(['one.json']);
    }
  });

  it('reads standard input', async () => {
    const stdin = readFileSync(at('pictures', 'one.png'));
    expect((await executable(['segment', '-', '--features', 'f.npy', '-o', 'g', '--format', 'json'], { stdin })).code).toBe(0);
    expect(jsonOf('g', 'stdin.json').picture).toEqual({ name: 'stdin', modified: expect.any(String), width: 40, height: 30, format: 'PNG' });
    expectError(await executable(['segment', '-', '--features', 'f.npy', '-o', 'g2', '--quiet'], { stdin: new Uint8Array() }), 1, /stdin: .*empty/);
  });

  it('goes on after broken pictures, and lists them last', async () => {
    const { code, out, err } = await diffcut([
      'segment',
      'broken.png',
      'none.jpg',
      'empty.jpg',
      'x*.png',
      'pictures/one.png',
      '--size',
      '64',
      '-o',
      'h',
      '--json',
    ]);
    expect(code).toBe(1);
    expect(names('h')).toHaveLength(3);
    expect(err.trimEnd().split('\n').slice(-4).sort().join('\n')).toMatch(
      /broken\.png[\s\S]*empty\.jpg[\s\S]*none\.jpg[\s\S]*No picture matches "x\*\.png"/,
    );
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.filter(({ error }) => error === undefined).map(({ path }) => path)).toEqual(['pictures/one.png']);
    expect(
      lines
        .filter(({ error }) => error !== undefined)
        .map(({ path }) => path)
        .sort(),
    ).toEqual(['broken.png', 'empty.jpg', 'none.jpg', 'x*.png']);
  });

  it('refuses what cannot be read or written in one sentence', async () => {
    writeFileSync(at('a file'), '');
    expectError(await diffcut(['segment', 'pictures/one.png', '-o', 'a file/x']), 1, /"a file\/x" could not be made: a file is in its place.*-o/);
    expectError(await diffcut(['segment', 'pictures/more', '-o', 'i']), 1, /holds no picture .*--recursive/);
    expectError(
      await diffcut(['segment', 'http://me:secret@[', '-o', 'i']),
      1,
      /^diffcut: Expected an http: or https: URL for the picture but received "http:\/\/\["/,
    );
    const limited = await diffcut(['segment', 'pictures/one.png', '--features', 'f.npy', '-o', 'i', '--max-pixels', '100']);
    expectError(limited, 1, /40 x 30 = 1200 pixels, over the limit of 100/);
    writeFileSync(at('nan.npy'), writeNpy(Float32Array.of(1, Number.NaN), [1, 1, 2]));
    expectError(await diffcut(['segment', 'pictures/one.png', '--features', 'nan.npy', '-o', 'i']), 1, /finite/);
  });

  it.skipIf(!existsSync('/proc/self'))('gives up on a folder that the system will not make', async () => {
    expectError(
      await diffcut(['segment', 'pictures/one.png', '-o', '/proc/no/such']),
      1,
      /"\/proc\/no" could not be made|"\/proc\/no\/such" could not be made/,
    );
  });

  it.skipIf(process.platform === 'win32')('stops at Ctrl-C with whole files only', async () => {
    mkdirSync(at('many'));
    for (let i = 0; i < 8; i++) cpSync(at('pictures', 'one.png'), at('many', `${i}.png`));
    // standard input stays open: the batch cannot end by itself before the signal
    const { child, told, ended } = start(['segment', 'many', '-', '--size', '64', '-o', 'j', '--format', 'labels,masks,json']);
    child.stderr?.on('data', () => /^1\/9 /m.test(told.err) && !child.killed && child.kill('SIGINT'));
    const { code, err } = await ended;
    expect(err).toMatch(/of 9 pictures done.*--resume[\s\S]*diffcut: stopped\n$/);
    expect(code).toBe(130);
    expect(names('j').filter((name) => !/^\d\.(png|json|masks)$/.test(name))).toEqual([]);
    expect(names('j')).toContain('0.json');
    for (const name of names('j')) {
      if (name.endsWith('.png')) expect(decodeLabelPng(readFileSync(at('j', name))).width).toBe(40);
      if (name.endsWith('.json')) expect(names('j', name.replace('json', 'masks'))).toHaveLength(jsonOf('j', name).segments.length);
    }
  });
});

describe('diffusion encoders', () => {
  const model = fileURLToPath(new URL('../../test/golden/pipelines/ssd', import.meta.url));
  beforeEach(() => void vi.stubEnv('DIFFCUT_CACHE', at('cache')));
  afterEach(() => void vi.unstubAllEnvs());

  it('segment with a folder of the user, by the paper in tau, and say what computes', async () => {
    const { code, err } = await diffcut(['segment', 'pictures/one.png', '-o', 'd', '--encoder', model, '--size', '128x64', '--device', 'auto']);
    expect(code).toBe(0);
    expect(err).toMatch(/^ssd runs on \w+$/m);
    expect(jsonOf('d', 'one.json')).toMatchObject({ encoder: 'ssd', tau: 0.5, price: null, alpha: 10, size: [128, 64] });
  });

  it('encode, with the noise from a file', async () => {
    writeFileSync(at('noise.npy'), writeNpy(new Float32Array(4 * 8 * 16).fill(0.25), [1, 4, 8, 16]));
    const features = async (noise: string): Promise<Buffer> => {
      const args = [
        'encode',
        'pictures/one.png',
        '-o',
        'v.npy',
        '--overwrite',
        '--encoder',
        model,
        '--size',
        '128x64',
        '--noise',
        noise,
        '--device',
        'cpu',
      ];
      expect((await diffcut(args)).err).toMatch(/v\.npy: 4 x 2 tokens of 24 channels by ssd on cpu/);
      return readFileSync(at('v.npy'));
    };
    expect(await features('noise.npy')).not.toEqual(await features('zero'));
    const settings = { timestep: 50, noise: 'zero', prompt: '', vae: 'full' };
    expect(jsonOf('v.npy.json')).toMatchObject({ encoder: 'ssd', device: 'cpu', size: [128, 64], settings, cut: { alpha: 10, tau: 0.5 } });
    expect((await diffcut(['partition', 'v.npy', '-o', 'vl.npy'])).err).toMatch(/^vl\.npy: .* \(ncut of ssd's features\)\n$/);
  });

  it('keep features between taus', async () => {
    const args = ['segment', 'pictures/one.png', '--encoder', model, '--size', '64', '--cache-features', '--format', 'json', '--overwrite'];
    expect((await diffcut([...args, '-o', 'k1'])).code).toBe(0);
    expect((await diffcut([...args, '-o', 'k2', '--tau', '0.9'])).code).toBe(0);
    expect(names('cache', 'features')).toHaveLength(1);
  });

  it.each([
    ['a model that is not here', ['--encoder', 'ssd-1b'], 1, /diffcut models pull ssd-1b/],
    ['a misspelt model', ['--encoder', 'ssd1b'], 2, /did you mean "ssd-1b"/],
    ['a folder that is none', ['--encoder', 'pictures'], 1, /no unet\/config\.json/],
    ['a size that does not fit', ['--encoder', model, '--size', '100'], 2, /multiples of 64 pixels, not 100/],
    ['noise of another kind', ['--encoder', model, '--noise', 'seed:x'], 2, /Expected cuda:N, seed:N, zero or a file\.npy/],
    ['noise that is not there', ['--encoder', model, '--noise', 'none.npy'], 1, /"none\.npy" does not exist/],
    ['a device that is not', ['--encoder', model, '--device', 'tpu'], 2, /Expected one of auto, cpu/],
    ['an option of another encoder', ['--timestep', '30'], 2, /The encoder embedded takes no timestep/],
  ])('refuse %s', async (_, args, code, pattern) => {
    expectError(await diffcut(['encode', 'pictures/one.png', '-o', 'x.npy', ...args]), code, pattern);
  });
});

describe('arrays', () => {
  it('encodes, partitions and refines', async () => {
    expect((await diffcut(['encode', 'pictures/one.png', '-o', 'k.npy', '--size', '96x64'])).err).toMatch(/k\.npy: \d+ x \d+ tokens/);
    const { shape, dtype } = readNpy(readFileSync(at('k.npy')));
    expect([shape.length, dtype]).toEqual([3, '<f4']);

    const cut = await diffcut(['partition', 'f.npy', '-o', 'l.npy', '--json', '--no-parity']);
    expect(cut.code).toBe(0);
    const tree = JSON.parse(cut.out);
    expect(tree).toMatchObject({ encoder: null, width: 8, height: 6, alpha: 10, tau: 0.5, parity: false, segments: 2 });
    expect(cut.err).toMatch(/^f\.npy: of unknown origin, so the paper's alpha 10 and tau 0\.5 where nothing else is given\n/);
    expect(tree.nodes[0]).toEqual({ tokens: 48, ncut: expect.any(Number), parent: -1, children: [1, 2] });
    expect(readNpy(readFileSync(at('l.npy')))).toMatchObject({ shape: [6, 8], dtype: '<i4' });

    expect((await diffcut(['partition', 'f.npy', '-o', 'l.png', '--price', '0.05', '--output-size', '40x30'])).err).toMatch(/40 x 30, segments: 2/);
    expect((await diffcut(['refine', 'pictures/one.png', 'l.png', '-o', 'r.npy', '--iterations', '2', '--dilations', '1,2'])).code).toBe(0);
    const { data } = readNpy(readFileSync(at('r.npy')));
    expect([data[0], data[39]].sort()).toEqual([0, 1]);
    expectError(await diffcut(['refine', 'pictures/one.png', 'l.npy', '-o', 'r2.npy']), 1, /8x6 but the picture is 40x30/);
  });

  it('cut features as segment does with the solver ncut, wherever they were encoded', async () => {
    const photo = fileURLToPath(new URL('../../photos/rocket.jpg', import.meta.url));
    expect((await diffcut(['encode', photo, '-o', 'o.npy', '--size', '384'])).code).toBe(0);
    expect(jsonOf('o.npy.json')).toMatchObject({
      encoder: 'embedded',
      size: [expect.any(Number), expect.any(Number)],
      cut: { solver: 'merge', alpha: 3 },
    });

    const cut = await diffcut(['partition', 'o.npy', '-o', 'ol.npy', '--json']);
    const told = /^ol\.npy: \d+ x \d+, segments: (\d+) \(ncut of embedded's features: its own solver, merge, wants the picture\)\n$/.exec(cut.err);
    expect(JSON.parse(cut.out)).toMatchObject({ encoder: 'embedded', alpha: 3, price: 0.025, ease: 0.4, parity: false, segments: Number(told?.[1]) });
    const args = ['segment', photo, '--solver', 'ncut', '--refine', 'none', '--format', 'npy,json', '--quiet'];
    expect((await diffcut([...args, '--size', '384', '-o', 'o1'])).code).toBe(0);
    expect(jsonOf('o1', 'rocket.json').segments).toHaveLength(Number(told?.[1]));

    expect(await diffcut([...args, '--features', 'o.npy', '-o', 'o2'])).toMatchObject({ code: 0, err: '' });
    expect(jsonOf('o2', 'rocket.json')).toMatchObject({ encoder: 'embedded', features: 'o.npy', alpha: 3 });
    expect(readFileSync(at('o2', 'rocket.npy'))).toEqual(readFileSync(at('o1', 'rocket.npy')));

    const edges = ['refine', photo, 'ol.npy', '--features', 'o.npy'];
    for (const method of ['edges', 'vote']) {
      const { code, err } = await diffcut([...edges, '--method', method, '-o', `${method}.npy`]);
      expect({ code, err }).toEqual({ code: 0, err: expect.stringMatching(/^\w+\.npy: \d+ x \d+, segments: \d+\n$/) });
    }
    expectError(await diffcut(['refine', photo, 'ol.npy', '--features', 'f.npy', '--method', 'edges', '-o', 'w.npy']), 1, /features are 8x6/);

    writeFileSync(at('o.npy.json'), '{');
    expectError(await diffcut(['partition', 'o.npy', '-o', 'ol.npy', '--overwrite']), 1, /"o\.npy\.json" is not JSON/);
    writeFileSync(at('o.npy.json'), `{ "encoder": ${'['.repeat(20_000)}${']'.repeat(20_000)} }`);
    expectError(await diffcut(['partition', 'o.npy', '-o', 'ol.npy', '--overwrite']), 1, /is not JSON \(nested more than 100 levels deep\)/);
    writeFileSync(at('o.npy.json'), 'null');
    expectError(await diffcut(['partition', 'o.npy', '-o', 'ol.npy', '--overwrite']), 1, /Expected \{ encoder: its name, .* but received null\n/);
    writeFileSync(at('o.npy.json'), '{ "encoder": "embedded", "cut": { "alpha": 3 } }');
    expectError(await diffcut(['partition', 'o.npy', '-o', 'ol.npy', '--overwrite']), 1, /for "o\.npy\.json"\.cut\.solver/);
  });

  it('refuse features that are not those of their JSON', async () => {
    expect((await diffcut(['encode', 'pictures/one.png', '--size', '64', '-o', 'd.npy'])).code).toBe(0);
    expect(jsonOf('d.npy.json')).toMatchObject({
      shape: [expect.any(Number), expect.any(Number), expect.any(Number)],
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const whole = readFileSync(at('d.npy'));
    const damages = [
      whole.subarray(0, -4),
      whole.map((byte, i) => (i === 500 ? byte ^ 1 : byte)),
      whole.map((byte, i) => (i < 128 ? byte : 0)),
      whole.map((byte, i) => (i === 6 ? 9 : byte)),
      readFileSync(at('f.npy')), // another picture's
    ];
    for (const [i, bytes] of damages.entries()) {
      writeFileSync(at('d.npy'), bytes);
      const args = i === 0 ? ['segment', 'pictures/one.png', '--features', 'd.npy', '-o', 'of-damaged'] : ['partition', 'd.npy', '-o', 'of-damaged'];
      expectError(
        await diffcut(args),
        1,
        /"d\.npy" is not the file that "d\.npy\.json" was written with: encode the picture again, or remove "d\.npy\.json"/,
      );
      expect(existsSync(at('of-damaged'))).toBe(false);
    }
  });

  it.each([
    ['encode', ['encode', 'pictures/one.png', '--size', '64'], 'x1.npy'],
    ['encode, of the origin', ['encode', 'pictures/one.png', '--size', '64', '-o', 'x2.npy'], 'x2.npy.json'],
    ['partition', ['partition', 'f.npy'], 'x3.npy'],
    ['refine', ['refine', 'pictures/one.png', 'x4-labels.png', '--iterations', '1'], 'x4.png'],
  ])('keep an existing output without --overwrite: %s', async (_, command, output) => {
    writeFileSync(at('x4-labels.png'), await encodeIndexedPng({ data: new Int32Array(40 * 30), width: 40, height: 30 }, segmentPalette(256)));
    writeFileSync(at(output), 'mine');
    const args = command.includes('-o') ? command : [...command, '-o', output];
    expectError(await diffcut(args), 1, new RegExp(`"${output}" exists: --overwrite replaces it`));
    expect(readFileSync(at(output), 'utf8')).toBe('mine');
    expect((await diffcut([...args, '--overwrite'])).code).toBe(0);
    expect(readFileSync(at(output), 'utf8')).not.toBe('mine');
  });

  it('partitions features of any float type and order alike', async () => {
    const plain = readNpy(halvesNpy()).data as Float32Array;
    const fortran = Float32Array.from(plain, (_, i) => plain[((i % 6) * 8 + (Math.floor(i / 6) % 8)) * 4 + Math.floor(i / 48)]);
    const files: [string, Float32Array, number, (view: DataView, at: number, value: number) => void][] = [
      ["'<f8', 'fortran_order': False", plain, 8, (view, at, value) => view.setFloat64(at, value, true)],
      ["'>f8', 'fortran_order': False", plain, 8, (view, at, value) => view.setFloat64(at, value)],
      ["'>f4', 'fortran_order': False", plain, 4, (view, at, value) => view.setFloat32(at, value)],
      ["'<f4', 'fortran_order': True", fortran, 4, (view, at, value) => view.setFloat32(at, value, true)],
    ];
    expect((await diffcut(['partition', 'f.npy', '-o', 'n.npy'])).code).toBe(0);
    for (const [kind, values, bytes, set] of files) {
      const head = `{'descr': ${kind}, 'shape': (6, 8, 4), }`.padEnd(117);
      const file = new Uint8Array(128 + values.length * bytes);
      file.set(Buffer.from(`\x93NUMPY\x01\0\x76\0${head}\n`, 'latin1'));
      const view = new DataView(file.buffer, 128);
      values.forEach((value, i) => set(view, i * bytes, value));
      writeFileSync(at('kind.npy'), file);
      expect(await diffcut(['partition', 'kind.npy', '-o', 'm.npy', '--overwrite', '--quiet'])).toEqual({ code: 0, out: '', err: '' });
      expect(readFileSync(at('m.npy'))).toEqual(readFileSync(at('n.npy')));
    }
  });

  it.skipIf(!existsSync('/dev/full'))('says that a device is full', async () => {
    expectError(await diffcut(['partition', 'f.npy', '-o', '/dev/full']), 1, /"\/dev\/full" could not be written: .*full/);
    expectError(await executable(['models'], { stdout: openSync('/dev/full', 'w') }), 1, /standard output could not be written/);
    expect(statSync('/dev/full').isCharacterDevice()).toBe(true);
  });

  it('lists the encoders', async () => {
    const { out } = await diffcut(['models']);
    expect(out).toMatch(/embedded +\d+\.\d MB +- +Apache-2\.0/);
    expect(out).toMatch(/ImageNet/);
    expect(JSON.parse((await diffcut(['models', '--json'])).out)[0]).toMatchObject({
      name: 'embedded',
      licence: 'Apache-2.0',
      bytes: expect.any(Number),
    });
  });
});
