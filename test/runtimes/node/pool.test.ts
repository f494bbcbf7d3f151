/** `--jobs N` over the built package: the same outputs in the same order, and an end without a trace however it comes. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { folderOf } from '../../pipelines.ts';
import { loadBuilt, ROOT } from '../built.ts';

const CLI = join(ROOT, 'dist/cli/main.js');
const folder = mkdtempSync(join(tmpdir(), 'diffcut-pool-'));
const at = (...parts: string[]): string => join(folder, ...parts);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A pipe that nobody writes to stands for a picture that takes for ever. */
const PIPES = ['b-endless.png', 'c-endless.png'];

beforeAll(async () => {
  const { encodePng, writeNpy } = await loadBuilt();
  mkdirSync(at('in'));
  for (let n = 0; n < 5; n++) {
    const [width, height] = [60 + 40 * n, 90 - 10 * n];
    const data = Uint8Array.from({ length: width * height * 3 }, (_, i) =>
      (i / 3) % width < (width * (n + 1)) / 7 ? 200 - (i % 3) * 60 : 20 + 30 * n,
    );
    writeFileSync(at('in', `${n}.png`), await encodePng({ data, width, height }));
  }
  writeFileSync(at('in', '2.png'), readFileSync(at('in', '2.png')).subarray(0, 70));
  writeFileSync(
    at('noise.npy'),
    writeNpy(
      Float32Array.from({ length: 4 * 8 * 8 }, (_, i) => Math.sin(i)),
      [4, 8, 8],
    ),
  );
  if (process.platform !== 'win32')
    execFileSync(
      'mkfifo',
      PIPES.map((name) => at(name)),
    );
});

const start = (...args: string[]) => {
  const child = spawn(process.execPath, [CLI, 'segment', ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const told = { out: '', err: '' };
  child.stdout.on('data', (bytes) => (told.out += bytes));
  child.stderr.on('data', (bytes) => (told.err += bytes));
  const ended = new Promise<typeof told & { code: number | null }>((resolve) =>
    child.on('exit', (code) => child.once('close', () => resolve({ code, ...told }))),
  );
  const has = (text: RegExp) => vi.waitFor(() => expect(told.err).toMatch(text), 60_000);
  return { pid: child.pid as number, told, ended, has };
};
const run = (...args: string[]) => start(...args).ended;

/** Those that a process started and that still run. */
const childrenOf = (pid: number): number[] =>
  execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, parent, state = 'Z']) => Number(parent) === pid && !state.startsWith('Z'))
    .map(([child]) => Number(child));

const isRunning = (pid: number): boolean => {
  try {
    return !execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).startsWith('Z');
  } catch {
    return false;
  }
};

/** Files below a folder and their bytes, timings left out, the ledger's lines in whatever order. */
const contentOf = (path: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(path, { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(join(path, name)).isFile())
      .sort()
      .map((name) => [name, plain(name, readFileSync(join(path, name), 'latin1'))]),
  );

const plain = (name: string, text: string): string =>
  name.endsWith('.jsonl')
    ? text
        .split('\n')
        .sort()
        .join('\n')
        .replace(/"\w+\.json":\{[^}]*\}/g, '') // timings are in them
        .replace(/"time":"[^"]*"/g, '')
    : text.replace(/"timings": ?\{[^}]*\}/, '');

const linesOf = (out: string, output: string): string[] =>
  out
    .replace(/"timings":\{[^}]*\}/g, '')
    .replaceAll(`${output}/`, '')
    .trim()
    .split('\n');

describe('--jobs', () => {
  it('gives the same bytes, lines and sentences in the same order as one at a time', async () => {
    const formats = ['--format', 'labels,overlay,npy,rle,masks,cutouts,json', '--json', '--quiet'];
    const [one, three] = await Promise.all(['1', '3'].map((jobs) => run('in', '-o', `out${jobs}`, '--jobs', jobs, ...formats)));
    expect([one.code, three.code]).toEqual([1, 1]);
    expect(three.err).toBe(one.err);
    expect(three.err).toMatch(/^diffcut: "in\/2\.png" is .*\n$/);
    expect(linesOf(three.out, 'out3')).toEqual(linesOf(one.out, 'out1'));
    expect(linesOf(one.out, 'out1')).toHaveLength(5);
    expect(contentOf(at('out3'))).toEqual(contentOf(at('out1')));
  });

  it('opens any encoder with its options, arrays among them', async () => {
    const encoder = ['--encoder', folderOf('sd1'), '--size', '64', '--noise', 'noise.npy', '--device', 'cpu'];
    const [one, two] = await Promise.all(['1', '2'].map((jobs) => run('in/0.png', 'in/1.png', '-o', `sd${jobs}`, '--jobs', jobs, ...encoder)));
    expect([one.code, two.code, one.err, two.err]).toEqual([0, 0, expect.any(String), expect.any(String)]);
    expect(two.err.match(/^sd1 runs on cpu$/gm)).toHaveLength(1);
    expect(contentOf(at('sd2'))).toEqual(contentOf(at('sd1')));
    const usual = await run('in/0.png', 'in/1.png', '-o', 'sd', ...encoder);
    expect(usual.err).toMatch(/^1 at a time, since sd1 takes .*: --jobs N for more$/m);
  });

  it('ends with one sentence where the encoder does not open', async () => {
    writeFileSync(at('bad.onnx'), 'no network');
    const [one, two] = await Promise.all(['1', '2'].map((jobs) => run('in', '-o', 'bad', '--jobs', jobs, '--encoder', 'bad.onnx', '--quiet')));
    expect(two).toEqual(one);
    expect(two.err.match(/^diffcut: /gm)).toHaveLength(1);
  });

  it('is refused where there is one picture at a time, and says how many it takes by itself', async () => {
    expect(await run('in/0.png', '-', '--jobs', '2')).toMatchObject({ code: 2, err: expect.stringMatching(/--jobs is for files/) });
    expect(await run('in/0.png', '--features', 'noise.npy', '--jobs', '2')).toMatchObject({ code: 2 });
    expect(await run('in/0.png', '--jobs', '0')).toMatchObject({ code: 2, err: expect.stringMatching(/Expected a whole number from 1 to 256/) });
    expect((await run('in/0.png', 'in/1.png', '-o', 'usual')).err).toMatch(/^\d+ at a time$/m);
    expect((await run('in/0.png', '-o', 'single')).err).not.toMatch(/at a time/);
  });
});

describe.skipIf(process.platform === 'win32')('a batch with several at a time', () => {
  const [b, c] = PIPES;

  it('fails the picture of a process that dies, and goes on in another', async () => {
    const { pid, ended, has } = start('in/0.png', b, c, 'in/1.png', '-o', 'killed', '--jobs', '2');
    await has(/^1\/4 /m);
    for (const child of childrenOf(pid)) process.kill(child, 'SIGKILL');
    const { code, err } = await ended;
    expect(code).toBe(1);
    expect(err).toMatch(/^1\/4 in\/0\.png: .*\n2\/4 b-endless\.png: failed\n3\/4 c-endless\.png: failed\n4\/4 in\/1\.png: \d/m);
    expect(err.match(/^diffcut: [bc]-endless\.png: The process that worked on it ended \(SIGKILL\).*--jobs/gm)).toHaveLength(2);
  });

  it.each([
    ['stops at Ctrl-C', 0, /^1 of 4 pictures done; the same command with --resume goes on from there\ndiffcut: stopped$/m],
    ['ends at once at a second one, whatever its processes do', 200, /^(?![\s\S]*diffcut: stopped)/],
  ])('%s, without a trace', async (_, again, said) => {
    const output = `stopped${again}`;
    const { pid, ended, has } = start('in/0.png', b, c, 'in/1.png', '-o', output, '--jobs', '2');
    await has(/^1\/4 /m);
    const children = childrenOf(pid);
    expect(children.length).toBeGreaterThan(0);
    if (again) for (const child of children) process.kill(child, 'SIGSTOP'); // these answer nobody
    const stop = () => process.kill(-pid, 'SIGINT'); // as a terminal does: to all of them
    stop();
    const timer = again ? setInterval(stop, again) : undefined;
    const { code, err } = await ended.finally(() => clearInterval(timer));
    expect([code, err]).toEqual([130, expect.stringMatching(said)]);
    await vi.waitFor(() => expect(children.filter(isRunning)).toEqual([]), 5000);
    expect(readdirSync(at(output)).sort()).toEqual(['.diffcut.jsonl', '0.json', '0.overlay.jpg', '0.png']);
  });

  it('leaves no process behind where it is killed itself', async () => {
    const { pid, ended, has } = start('in/0.png', b, c, 'in/1.png', '-o', 'gone', '--jobs', '2');
    await has(/^1\/4 /m);
    const children = childrenOf(pid);
    process.kill(pid, 'SIGKILL');
    await ended;
    await vi.waitFor(() => expect(children.filter(isRunning)).toEqual([]), 5000);
  });
});
