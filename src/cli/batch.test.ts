/** Where outputs of `diffcut segment` go, and how a run ends: in this process, and where streams and signals matter in a child process. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gif } from '../../test/picture-files.ts';
import { runCli } from '../../test/run-cli.ts';
import { decodeLabelPng, encodePng, readNpy } from '../toolkit.ts';

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const SMALL = ['--size', '64'];
let folder = '';
const at = (...parts: string[]): string => join(folder, ...parts);

const start = (...args: string[]) => {
  const child = spawn(process.execPath, [CLI, ...args], { cwd: folder });
  const told = { out: Buffer.alloc(0), err: '' };
  child.stdout.on('data', (bytes) => (told.out = Buffer.concat([told.out, bytes])));
  child.stderr.on('data', (bytes) => (told.err += bytes));
  const ended = new Promise<{ code: number | null; out: Buffer; err: string }>((resolve) => child.on('close', (code) => resolve({ code, ...told })));
  /** Resolves when standard error matches. */
  const says = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): unknown => pattern.test(told.err) && resolve();
      child.stderr.on('data', look);
      child.on('close', () => reject(new Error(`ended without ${pattern}: ${told.err}`)));
      look();
    });
  return { child, told, ended, says };
};

const diffcut = (...args: string[]) => runCli(...args);

let picture: Uint8Array;
beforeAll(async () => {
  if (!existsSync(CLI)) throw new Error('dist/cli/main.js is missing: run "npm run build" first ("npm test" does)');
  folder = mkdtempSync(join(tmpdir(), 'diffcut batch ä '));
  picture = await encodePng({ data: new Uint8Array(40 * 30 * 3).map((_, i) => (i % 120 < 60 ? 30 : 200)), width: 40, height: 30 });
  mkdirSync(at('in'));
  for (const name of ['a.png', 'in/b.png', 'in/c.png']) writeFileSync(at(name), picture);
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(tmpdir());
  rmSync(folder, { recursive: true, force: true });
});

describe('--shard', () => {
  it('parts the work: all shards together are one run, failures included', async () => {
    mkdirSync(at('parted'));
    for (const name of ['a', 'b', 'c', 'd', 'e']) writeFileSync(at('parted', `${name}.png`), picture);
    writeFileSync(at('parted', 'c.jpg'), picture); // would be written to c.json, too, by another shard
    writeFileSync(at('parted', 'b.jpg'), 'broken');
    const run = (output: string, ...args: string[]) =>
      diffcut('segment', 'parted', 'nowhere.png', ...SMALL, '--format', 'json', '--quiet', '-o', output, ...args);
    const told = ({ err }: { err: string }): string[] =>
      err
        .replaceAll(/\b(whole|parts)\b/g, 'out')
        .trimEnd()
        .split('\n');
    const whole = await run('whole');
    const parts: string[] = [];
    for (const shard of ['1/3', '2/3', '3/3']) parts.push(...told(await run('parts', '--shard', shard)));
    expect(parts.filter((line) => line !== '').sort()).toEqual(told(whole).sort());
    const outputs = (folder: string): string[] => readdirSync(at(folder)).filter((name) => !name.startsWith('.'));
    expect(outputs('parts')).toEqual(outputs('whole'));
    expect(outputs('parts')).toEqual(['a.json', 'd.json', 'e.json']);
    expect(await run('parts', '--shard', '8/8')).toMatchObject({ code: 0, err: '' }); // nothing is left for it
  });

  it.each<[string, string[], RegExp]>([
    ['a shard that is none', ['in', '--shard', '9/8'], /Expected i\/n, the i-th of n parts, as in 2\/8/],
    ['a set', ['in', '--shard', '1/2', '--format', 'coco'], /--shard has its part .* format coco is of all together: .*"diffcut convert"/],
    ['folders that are watched', ['in', '--shard', '1/2', '--watch'], /--shard <i\/n>' cannot be used with option '--watch'/],
  ])('refuses %s', async (_, args, pattern) => {
    const { code, err } = await diffcut('segment', ...args);
    expect(err).toMatch(pattern);
    expect(code).toBe(2);
  });
});

describe('outputs that are there already', () => {
  it('are told of once, with their number, and each to a program', async () => {
    mkdirSync(at('way'));
    for (const name of ['a', 'b', 'c']) writeFileSync(at('way', `${name}.json`), 'mine');
    const { code, out, err } = await diffcut('segment', 'nowhere.png', 'in', 'a.png', '-o', 'way', ...SMALL, '--format', 'json', '--json', '--quiet');
    expect([code, err.trimEnd().split('\n')]).toEqual([
      1,
      [
        expect.stringMatching(/nowhere\.png/),
        expect.stringMatching(/b\.png: "[^"]*b\.json" exists: --overwrite replaces it; so it is with the outputs of 2 more pictures$/),
      ],
    ]);
    expect(out.trimEnd().split('\n')).toHaveLength(4);
    expect(readFileSync(at('way', 'a.json'), 'utf8')).toBe('mine');
  });
});

describe('-o', () => {
  it('may be one file, of the format that its ending tells or --format names', async () => {
    expect(await diffcut('segment', 'a.png', ...SMALL, '-o', 'x.png')).toMatchObject({ code: 0, err: expect.stringMatching(/: x\.png\n$/) });
    expect(decodeLabelPng(readFileSync(at('x.png'))).width).toBe(40);
    expect((await diffcut('segment', 'a.png', ...SMALL, '-o', 'x.png')).err).toMatch(/"x\.png" exists: --overwrite/);
    expect((await diffcut('segment', 'a.png', ...SMALL, '-o', 'x.rle.json')).code).toBe(0);
    expect(JSON.parse(readFileSync(at('x.rle.json'), 'utf8'))[0].segmentation.size).toEqual([30, 40]);
    expect((await diffcut('segment', '.', ...SMALL, '-o', 'out', '--format', 'json', '--quiet')).code).toBe(0);
    expect(readdirSync(at('out')).filter((name) => !name.startsWith('.'))).toEqual(['a.json']); // x.png is no input
  });

  it('may be standard output', async () => {
    const { code, out, err } = await start('segment', 'a.png', ...SMALL, '-o', '-', '--format', 'npy', '--quiet').ended;
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(readNpy(out).shape).toEqual([30, 40]);
    const { child, ended } = start('segment', '-', ...SMALL, '-o', '-', '--quiet');
    child.stdin.end(picture);
    const piped = await ended;
    expect([piped.code, piped.err, decodeLabelPng(piped.out).width]).toEqual([0, '', 40]);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp') || name === '-')).toEqual([]);
  });

  it.each<[string, string[], RegExp]>([
    ['several pictures in a file', ['in', '-o', 'y.png'], /-o y\.png takes exactly one picture, not 2/],
    ['several pictures on standard output', ['in', '-o', '-'], /-o - takes exactly one picture, not 2/],
    ['several formats in a file', ['a.png', '-o', 'y.png', '--format', 'labels,json'], /"y\.png" takes one format, not 2/],
    ['a format of another ending', ['a.png', '-o', 'y.png', '--format', 'npy'], /"y\.png" cannot be of the format npy: give one of labels/],
    ['a folder on standard output', ['a.png', '-o', '-', '--format', 'masks'], /cannot be of the format masks/],
    ['a name for a file', ['a.png', '-o', 'y.png', '--name', 'full'], /--name is for a folder of outputs/],
    ['JSON and a picture on standard output', ['a.png', '-o', '-', '--json'], /Both --json and -o -/],
    ['a file that is watched', ['a.png', '--watch'], /--watch goes with folders, and a\.png is none/],
  ])('refuses %s', async (_, args, pattern) => {
    const { code, err } = await diffcut('segment', ...args);
    expect(err).toMatch(pattern);
    expect(code).toBe(2);
  });
});

it('takes an address, whose path names the outputs', async () => {
  const server = createServer((_, response) => response.end(picture)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/some/z.png?token=secret`;
  const { code } = await diffcut('segment', address, ...SMALL, '-o', 'net', '--format', 'json');
  server.close();
  expect(code).toBe(0);
  const text = readFileSync(at('net', 'z.json'), 'utf8');
  expect(JSON.parse(text).picture).toMatchObject({ name: 'z.png', width: 40 });
  expect(text + readFileSync(at('net', '.diffcut.jsonl'), 'utf8')).not.toContain('secret');
});

it('never tells the login of an address, and downloads a file of several pages once', async () => {
  const frame = { left: 0, top: 0, width: 40, height: 30, colour: 1 };
  const frames = gif(40, 30, [frame, { ...frame, colour: 2 }, { ...frame, width: 20, colour: 3 }]);
  const logins: (string | undefined)[] = [];
  const server = createServer(({ headers }, response) => {
    logins.push(headers.authorization);
    response.end(frames);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = `http://me:secret@127.0.0.1:${(server.address() as AddressInfo).port}/some/z.gif`;
  const { code, out, err } = await diffcut('segment', address, ...SMALL, '-o', 'paged', '--format', 'json', '--page', 'all', '--json');
  server.close();
  expect(err).toMatch(/127\.0\.0\.1:\d+\/some\/z\.gif, page 3: /);
  expect(code).toBe(0);
  expect(readdirSync(at('paged')).filter((name) => name.endsWith('.json'))).toEqual(['z.p001.json', 'z.p002.json', 'z.p003.json']);
  expect(logins).toEqual([`Basic ${Buffer.from('me:secret').toString('base64')}`]);
  expect(out + err + readFileSync(at('paged', '.diffcut.jsonl'), 'utf8')).not.toMatch(/secret/);
});

it('reads no more of a pipe or an address than --max-bytes allows', async () => {
  const server = createServer((_, response) => response.end(picture)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/z.png`;
  const { err } = await diffcut('segment', address, ...SMALL, '-o', 'few', '--max-bytes', '20');
  server.close();
  expect(err).toMatch(/z\.png is larger than 20 bytes, the limit of a download: raise maxBytes \(--max-bytes\)/);
  const { child, ended } = start('segment', '-', ...SMALL, '-o', 'few', '--max-bytes', '20');
  child.stdin.on('error', () => {}).end(picture);
  expect((await ended).err).toMatch(/stdin is larger than 20 bytes, the limit of a pipe/);
});

it.skipIf(process.platform === 'win32')('ends with 141 where its reader goes away, and says how much is done', async () => {
  const { child, ended } = start('segment', 'in', ...SMALL, '-o', 'piped', '--format', 'json', '--json', '--jobs', '1');
  child.stdout.destroy();
  const { code, err } = await ended;
  expect(err).toMatch(/1 of 2 pictures done; .*--resume[\s\S]*standard output was closed\n$/);
  expect(code).toBe(141);
});

it('counts the failures', async () => {
  writeFileSync(at('bad.png'), picture.subarray(0, 60));
  const { code, err } = await diffcut('segment', 'bad.png', 'a.png', 'none.png', ...SMALL, '-o', 'counted', '--format', 'json');
  expect(err).toMatch(/^1 picture, \d+ segments? in .*: counted; 2 failed$/m);
  expect(code).toBe(1);
});

it.skipIf(process.platform === 'win32')('watches a folder, or a link to it: what is there, then what comes, its own outputs never', async () => {
  mkdirSync(at('live'));
  symlinkSync(at('live'), at('linked'));
  writeFileSync(at('live', 'first.jpe'), picture);
  const { child, ended, says } = start('segment', 'linked', '--watch', '-o', 'live', '--format', 'labels', ...SMALL);
  await says(/first\.jpe: [\s\S]*Waiting/);
  writeFileSync(at('live', 'second.jpe'), picture);
  await says(/second\.jpe: \d+ segment/);
  writeFileSync(at('live', 'third.jpe'), picture.subarray(0, 60));
  await says(/third\.jpe" is truncated/);
  child.kill('SIGINT');
  const { code, err } = await ended;
  expect(err).not.toMatch(/stopped|at .*\.js/);
  expect(code).toBe(1); // one failed
  const files = readdirSync(at('live')).filter((name) => !name.startsWith('.'));
  expect(files).toEqual(['first.jpe', 'first.png', 'second.jpe', 'second.png', 'third.jpe']);
});

it('keeps what was worked on since, whatever replaces the rest', async () => {
  const args = ['segment', 'a.png', ...SMALL, '-o', 'kept', '--quiet'];
  expect((await diffcut(...args, '--format', 'masks,labels')).code).toBe(0);
  const mask = at('kept', 'a.masks', '000.png');
  writeFileSync(mask, 'drawn by hand');
  expect((await diffcut(...args, '--format', 'labels', '--price', '0.5', '--overwrite')).code).toBe(0);
  expect(readFileSync(mask, 'utf8')).toBe('drawn by hand');
  expect(await diffcut(...args, '--format', 'masks', '--price', '0.5', '--resume')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/a\.masks" was not written here, or was changed since/),
  });
});

it('leaves no empty folder where no picture was done, and one that was there before', async () => {
  writeFileSync(at('broken.png'), picture.subarray(0, 60));
  expect((await diffcut('segment', 'broken.png', ...SMALL, '-o', 'never')).code).toBe(1);
  expect(existsSync(at('never'))).toBe(false);
  mkdirSync(at('mine'));
  expect((await diffcut('segment', 'broken.png', ...SMALL, '-o', 'mine')).code).toBe(1);
  expect(existsSync(at('mine'))).toBe(true);
});
