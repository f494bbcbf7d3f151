/** `diffcut segment` with pictures and outputs on S3-compatible storage: the built command line in child processes, refusals in this one; and the SDK. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type FakeS3, startS3 } from '../../test/fake-s3.ts';
import { gif } from '../../test/picture-files.ts';
import { runCli } from '../../test/run-cli.ts';
import { encodePng } from '../toolkit.ts';

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const picture = await encodePng({ data: new Uint8Array(40 * 30 * 3).map((_, i) => (i % 120 < 60 ? 30 : 200)), width: 40, height: 30 });

let s3: FakeS3;
let folder = '';
beforeAll(async () => {
  if (!existsSync(CLI)) throw new Error('dist/cli/main.js is missing: run "npm run build" first ("npm test" does)');
  folder = mkdtempSync(join(tmpdir(), 'diffcut-s3-'));
  s3 = await startS3(['shelf'], 2);
  for (const [name, value] of Object.entries(s3.env)) vi.stubEnv(name, value);
});
afterEach(() => {
  s3.objects.clear();
  s3.seen.length = 0;
});
afterAll(async () => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
  await s3.close();
});

const start = (args: string[], env: Record<string, string> = {}) => {
  const child = spawn(process.execPath, [CLI, ...args], { cwd: folder, env: { ...process.env, ...env } });
  const told = { out: '', err: '' };
  child.stdout.on('data', (bytes) => (told.out += bytes));
  child.stderr.on('data', (bytes) => (told.err += bytes));
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) => child.on('close', (code) => resolve({ code, ...told })));
  return { child, ended };
};
const segment = (...args: string[]) => start(['segment', '--size', '64', ...args]).ended;

it('does a prefix in several processes; a broken picture is told at the end, with exit code 1, and the others are there', async () => {
  for (const name of ['a', 'b', 'c', 'd']) s3.put(`shelf/in/${name}.jpg`, name === 'b' ? picture.subarray(0, 60) : picture);
  const args = ['s3://shelf/in/', '-o', 's3://shelf/out/', '--format', 'labels,masks,json', '--jobs', '2', '--json'];
  const { code, out, err } = await segment(...args);
  expect(code).toBe(1);
  expect(err).toMatch(/3 pictures, \d+ segments? in .*: s3:\/\/shelf\/out\/; 1 failed\ndiffcut: s3:\/\/shelf\/in\/b\.jpg: .*truncated/);
  expect(err).not.toMatch(/Warning|\n {4}at /);
  const lines = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map(({ path }) => path)).toEqual(['a', 'c', 'd', 'b'].map((name) => `s3://shelf/in/${name}.jpg`));
  expect(lines[0]).toMatchObject({ picture: { name: 'a.jpg', bytes: picture.length }, outputs: expect.arrayContaining(['s3://shelf/out/a.json']) });
  const made = [...s3.objects.keys()].filter((key) => key.startsWith('shelf/out/') && !key.includes('masks')).sort();
  expect(made).toEqual(['a', 'c', 'd'].flatMap((name) => [`shelf/out/${name}.json`, `shelf/out/${name}.png`]));

  s3.put('shelf/in/b.jpg', picture);
  const again = await segment(...args, '--resume');
  expect([again.code, again.err]).toEqual([0, expect.stringMatching(/3 pictures skipped: finished before\n1 picture, /)]);
});

it('gets a file of several pages for all of them once where they go one at a time', async () => {
  const frame = { left: 0, top: 0, width: 40, height: 30, colour: 1 };
  s3.put('shelf/z.gif', gif(40, 30, [frame, { ...frame, colour: 2 }]));
  const { code, err } = await segment('s3://shelf/z.gif', '-o', 's3://shelf/out', '--format', 'json', '--page', 'all');
  expect(err).toMatch(/s3:\/\/shelf\/z\.gif, page 2: /);
  expect(code).toBe(0);
  expect(s3.seen.filter((request) => request === 'GET shelf/z.gif')).toHaveLength(1);
  expect([...s3.objects.keys()].sort()).toEqual(['shelf/out/z.p001.json', 'shelf/out/z.p002.json', 'shelf/z.gif']);
});

it.skipIf(process.platform === 'win32')('stops at Ctrl-C while it puts; what is put is whole, and --resume makes the rest', async () => {
  for (const name of ['a', 'b']) s3.put(`shelf/in/${name}.jpg`, picture);
  const args = ['segment', '--size', '64', 's3://shelf/in/', '-o', 's3://shelf/out/', '--jobs', '1'];
  const { child, ended } = start(args);
  const isLast = ({ method, key }: { method: string; key: string }): boolean => method === 'PUT' && key === 'out/a.json';
  s3.order(isLast, { isSilent: true, first: () => void child.kill('SIGINT') });
  expect(await ended).toMatchObject({ code: 130, err: expect.stringMatching(/0 of 2 pictures done; the same command with --resume/) });
  expect([...s3.objects.keys()].filter((key) => key.startsWith('shelf/out/'))).toEqual(['shelf/out/a.png', 'shelf/out/a.overlay.jpg']);
  expect((await start([...args, '--resume']).ended).code).toBe(0);
  expect([...s3.objects.keys()].filter((key) => key.startsWith('shelf/out/'))).toHaveLength(6);
});

describe('a run that nothing comes of', () => {
  it.each<[string, string[], number, RegExp]>([
    ['no bucket', ['x.jpg', '-o', 's3://none/'], 1, /^diffcut: "s3:\/\/none\/" is in a bucket that does not exist/],
    ['no such object', ['s3://shelf/x.jpg', '-o', 's3://shelf/'], 1, /^diffcut: "s3:\/\/shelf\/x\.jpg" does not exist: check bucket and key/],
    [
      'sets',
      ['x.jpg', '-o', 's3://shelf/', '--format', 'coco'],
      2,
      /The format coco is made from label maps on a disk: give a folder of this machine/,
    ],
    ['a prefix that is watched', ['s3://shelf/in/', '--watch'], 2, /--watch goes with folders, and s3:\/\/shelf\/in\/ is none/],
  ])('%s', async (_, args, exit, pattern) => {
    const { code, err } = await runCli('segment', ...args);
    expect(err).toMatch(pattern);
    expect(code).toBe(exit);
  });

  it('no credentials, told once for all pictures', async () => {
    const { code, err } = await start(['segment', 'a.jpg', 'b.jpg', '-o', 's3://shelf/'], { AWS_ACCESS_KEY_ID: '' }).ended;
    expect(err).toMatch(
      /^diffcut: "s3:\/\/shelf\/" wants credentials, and there are none: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY\n$/,
    );
    expect(code).toBe(1);
  });
});

it('is read by the other commands that take a picture', async () => {
  s3.put('shelf/a.jpg', picture);
  expect(await runCli('encode', 's3://shelf/a.jpg', '-o', join(folder, 'a.npy'), '--size', '64')).toMatchObject({ code: 0 });
  expect(existsSync(join(folder, 'a.npy'))).toBe(true);
});
