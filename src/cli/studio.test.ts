/** `diffcut studio` as it is called: the built command line in a child process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../test/run-cli.ts';
import { makePage } from '../../test/studio-page.ts';

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const { folder, page, remove } = makePage();
const at = (...parts: string[]): string => join(folder, ...parts);

/** The two streams come each at their own time. */
const PATIENT = { timeout: 60_000 };

const running = new Set<ReturnType<typeof spawn>>();
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});
beforeAll(() => {
  if (!existsSync(CLI)) throw new Error('dist/cli/main.js is missing: run "npm run build" first ("npm test" does)');
  for (const name of ['in/sub', 'diffcut-output', 'bin']) mkdirSync(at(name), { recursive: true });
  writeFileSync(at('diffcut-output/a.png'), 'ours');
  for (const name of ['b.png', 'a.jpg', 'raw.cr2', 'notes.txt', 'sub/c.png']) writeFileSync(at('in', name), name);
});
afterAll(remove);

/** Starts the command, and waits for its first line. */
const start = async (args: string[], env: Record<string, string> = {}) => {
  const child = spawn(process.execPath, [CLI, 'studio', '--folder', page, ...args], { cwd: folder, env: { ...process.env, ...env } });
  running.add(child);
  const told = { out: '', err: '' };
  child.stderr.on('data', (bytes) => (told.err += bytes));
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child);
    return { code, ...told };
  });
  const printed = new Promise<void>((resolve) => {
    child.stdout.on('data', (bytes) => {
      told.out += bytes;
      if (told.out.includes('\n')) resolve();
    });
  });
  await Promise.race([printed, ended]);
  return { child, told, ended };
};

const json = async (url: string, path: string): Promise<unknown> => (await fetch(new URL(path, url))).json();

it.skipIf(process.platform === 'win32')('serves until Ctrl-C, which is no failure, and ends at once with an encoder open', async () => {
  const { child, told, ended } = await start(['--no-open', '--port', '0', 'in', '--device', 'cpu']);
  expect(told.out).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{22}\/\n$/);
  const url = told.out.trim();
  expect(await (await fetch(url)).text()).toMatch(/^<!doctype html>/);
  expect(await json(url, 'api/about')).toMatchObject({ machine: 'this computer', device: 'cpu' });
  expect(await json(url, 'api/inputs')).toEqual(['a.jpg', 'b.png'].map((name, i) => ({ id: String(i), name, bytes: 5 })));
  const { status } = await fetch(new URL('api/features?encoder=embedded&size=64&width=8&height=8', url), {
    method: 'POST',
    headers: { origin: new URL(url).origin },
    body: new Uint8Array(192),
  });
  expect(status).toBe(200);
  child.kill('SIGINT');
  const { code, out, err } = await ended;
  expect({ code, out, err }).toEqual({ code: 0, out: told.out, err: 'Not read: 1 .cr2\n' });
  await expect(fetch(url)).rejects.toThrow();
});

it('looks into subfolders but that of the outputs where that is wanted, and tells the address as JSON', async () => {
  const { told } = await start(['.', '--recursive', '--no-open', '--port', '0', '--json']);
  const { url, ...rest } = JSON.parse(told.out);
  expect(rest).toEqual({});
  expect(await json(url, 'api/inputs')).toMatchObject([{ name: 'a.jpg' }, { name: 'b.png' }, { name: 'c.png' }]);
});

it('tells of what is not there, and opens the rest', async () => {
  const { told } = await start(['none.jpg', 'in/a.jpg', '--no-open', '--port', '0']);
  await expect.poll(() => told.err, PATIENT).toBe('diffcut: "none.jpg" does not exist: check the path\n');
  expect(await json(told.out.trim(), 'api/inputs')).toMatchObject([{ name: 'a.jpg' }]);
});

it('takes another port where that is taken, and says so', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const taken = String((other.address() as { port: number }).port);
  const { told } = await start(['--no-open', '--port', taken]);
  other.close();
  const { port } = new URL(told.out.trim());
  expect(port).not.toBe(taken);
  await expect
    .poll(() => told.err, PATIENT)
    .toBe(`Port ${taken} is taken: the page is at ${port}, and work that was begun at ${taken} is not in it\n`);
});

describe.skipIf(process.platform !== 'linux')('the browser', () => {
  it('is opened with the address', async () => {
    const opener = at('bin', 'xdg-open');
    writeFileSync(opener, `#!/bin/sh\necho "$@" > '${at('opened')}.tmp'; mv '${at('opened')}.tmp' '${at('opened')}'\n`);
    chmodSync(opener, 0o755);
    const { told } = await start(['--port', '0'], { PATH: at('bin') + delimiter + process.env.PATH });
    await expect.poll(() => existsSync(at('opened')), PATIENT).toBe(true);
    expect(readFileSync(at('opened'), 'utf8')).toBe(told.out);
    writeFileSync(opener, '#!/bin/sh\nexit 3\n');
    const failing = await start(['--port', '0'], { PATH: at('bin') + delimiter + process.env.PATH });
    await expect.poll(() => failing.told.err, PATIENT).toBe('No browser was opened (xdg-open ended with 3): open the address yourself\n');
  });

  it('may be missing, which ends nothing', async () => {
    const { told } = await start(['--port', '0'], { PATH: at('nowhere') });
    await expect.poll(() => told.err, PATIENT).toMatch(/^No browser was opened \(.*ENOENT.*\): open the address yourself\n$/);
    expect((await fetch(told.out.trim())).status).toBe(200);
  });
});

describe('usage', () => {
  it.each<[string, string[], number, RegExp]>([
    ['a page that was not built', ['--folder', 'nowhere'], 1, /^diffcut: The page of the studio is not here: "npm run build" .* makes it\n$/],
    ['only pictures that are not there', ['none.jpg'], 1, /^diffcut: "none\.jpg" does not exist/],
    ['a folder without pictures', ['bin'], 1, /"bin" holds no picture/],
    ['standard input', ['-'], 2, /opens files and folders, not stdin/],
    ['an address', ['https://me:secret@example.org/a.jpg?token=secret'], 2, /not https:\/\/example\.org\/a\.jpg: get it first/],
    ['a port that is none', ['--port', '65536'], 2, /Expected a whole number from 0 to 65535/],
    ['a port in words', ['--port', 'any'], 2, /Expected a whole number from 0 to 65535/],
    ['a device that is none', ['--device', 'gpu'], 2, /Expected one of auto, cpu/],
  ])('refuses %s', async (_, args, code, sentence) => {
    const { ended } = await start(['--no-open', ...args]);
    const told = await ended;
    expect(told.err).toMatch(sentence);
    expect(told.err).not.toContain('secret');
    expect([told.code, told.out]).toEqual([code, '']);
  });

  it('fits a screen and shows an example', async () => {
    const { code, out } = await runCli('studio', '--help');
    const lines = out.trimEnd().split('\n');
    expect(code).toBe(0);
    expect(out).toMatch(/\$ diffcut studio holiday\//);
    expect(lines.length).toBeLessThanOrEqual(36);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(out).not.toContain('--folder');
    expect((await runCli('studio', '--help-all')).out).toContain('--folder');
  });
});
