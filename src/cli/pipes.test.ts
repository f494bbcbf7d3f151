/** Inputs and outputs that nobody serves: the built command line ends at the first Ctrl-C, with a sentence. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeLabelPng, encodePng, readNpy, writeNpy } from '../toolkit.ts';

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'diffcut-cli-pipes-'));
const at = (...parts: string[]): string => join(folder, ...parts);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Once the command line listens for Ctrl-C it gets one: an open that waits in a thread would keep it from ending. */
const CTRL_C = `process.on('newListener', (name) => name === 'SIGINT' && setTimeout(() => process.kill(process.pid, 'SIGINT'), 1500))`;

const start = (command: string, args: readonly string[]) => {
  const child = spawn(command, args, { cwd: folder, env: { ...process.env, DIFFCUT: CLI, NODE: process.execPath } });
  let err = '';
  child.stderr.on('data', (bytes) => (err += bytes));
  return new Promise<{ code: number | null; signal: string | null; err: string }>((resolve) =>
    child.on('close', (code, signal) => resolve({ code, signal, err })),
  );
};

/** With a Ctrl-C when it has come as far as it can. */
const interrupted = (args: string[]) =>
  start(process.execPath, [
    '--input-type=module',
    '-e',
    `${CTRL_C}; process.argv.splice(1, 0, ${JSON.stringify(CLI)}); await import(${JSON.stringify(CLI)})`,
    '--',
    ...args,
  ]);

const SMALL = ['--size', '64', '--quiet'];

beforeAll(async () => {
  if (!existsSync(CLI)) throw new Error('dist/cli/main.js is missing: run "npm run build" first ("npm test" does)');
  writeFileSync(at('a.png'), await encodePng({ data: new Uint8Array(40 * 30 * 3).map((_, i) => (i % 120 < 60 ? 30 : 200)), width: 40, height: 30 }));
  writeFileSync(
    at('f.npy'),
    writeNpy(
      new Float32Array(32).map((_, i) => i % 3),
      [4, 4, 2],
    ),
  );
  if (process.platform !== 'win32')
    execFileSync(
      'mkfifo',
      ['pipe', 'pipe.npy', 'pipe.png'].map((name) => at(name)),
    );
});

describe.skipIf(process.platform === 'win32')('a pipe that nobody serves', () => {
  it.each<[string, string[]]>([
    ['picture', ['segment', 'pipe', '-o', 'o', ...SMALL]],
    ['features', ['segment', 'a.png', '--features', 'pipe.npy', '-o', 'o', '--quiet']],
    ['features alone', ['partition', 'pipe.npy', '-o', 'o.npy']],
    ['labels', ['refine', 'a.png', 'pipe.png', '-o', 'o.png']],
    ['mask', ['coherence', 'a.png', '--mask', 'pipe.png', '--label', '1', '-o', 'o.png']],
    ['list', ['eval', '--dataset', 'folder', '--images', '.', '--masks', '.', '--classes', '2', '--list', 'pipe']],
    ['output', ['segment', 'a.png', '--features', 'f.npy', '-o', 'pipe', '--format', 'labels', '--quiet']],
    ['output of labels', ['partition', 'f.npy', '-o', 'pipe.npy', '--quiet']],
  ])('is waited for until Ctrl-C: %s', async (_, args) => {
    const { code, signal, err } = await interrupted(args);
    expect({ code, signal, err }).toEqual({ code: 130, signal: null, err: expect.stringMatching(/^(0 of 1 picture done.*\n)?diffcut: stopped\n$/) });
    expect(readdirSync(folder).filter((name) => name.startsWith('o') || name.endsWith('.tmp'))).toEqual([]);
  });
});

describe.skipIf(!existsSync('/dev/fd'))('what is no file', () => {
  const shell = (line: string) => start('bash', ['-c', line]);

  it('is read and written as a shell gives it', async () => {
    const piped = await shell(
      `"$NODE" "$DIFFCUT" segment <(cat a.png) --size 64 -o in && cat a.png | "$NODE" "$DIFFCUT" encode /dev/stdin --size 64 -o g.npy --quiet && "$NODE" "$DIFFCUT" partition <(cat f.npy) -o l.npy --quiet && "$NODE" "$DIFFCUT" partition f.npy -o >(cat > m.npy) --quiet`,
    );
    expect(piped.code, piped.err).toBe(0);
    const [png] = readdirSync(at('in')).filter((name) => name.endsWith('.png'));
    expect(decodeLabelPng(readFileSync(at('in', png))).width).toBe(40);
    expect(readNpy(readFileSync(at('g.npy'))).shape).toHaveLength(3);
    expect(readNpy(readFileSync(at('l.npy'))).shape).toEqual([4, 4]);
  });

  it.skipIf(process.platform !== 'linux').each<[string, string[]]>([
    ['picture', ['segment', '/dev/zero', '-o', 'o', ...SMALL]],
    ['features', ['segment', 'a.png', '--features', '/dev/zero', '-o', 'o', '--quiet']],
    ['labels', ['refine', 'a.png', 'zero.png', '-o', 'z.png']],
    ['list', ['eval', '--dataset', 'folder', '--images', '.', '--masks', '.', '--classes', '2', '--list', '/dev/zero']],
    ['resume', ['tune', '--dataset', 'folder', '--images', 'i', '--masks', 'm', '--classes', '2', '--resume', '/dev/zero', '--quiet']],
  ])('is refused where it may have no end: %s', async (_, args) => {
    if (!existsSync(at('zero.png'))) execFileSync('ln', ['-s', '/dev/zero', at('zero.png')]);
    for (const name of ['i', 'm']) {
      execFileSync('mkdir', ['-p', at(name)]);
      execFileSync('cp', [at('a.png'), at(name, 'a.png')]);
    }
    const { code, err } = await start(process.execPath, [CLI, ...args]);
    expect(err).toMatch(/^diffcut: [^\n]*" is a device or a socket: give a [^\n]*\n$/);
    expect(code).toBe(1);
    expect(statSync('/dev/zero').isCharacterDevice()).toBe(true);
  });

  it.skipIf(!existsSync('/proc/self'))('has no folders made in it', async () => {
    for (const args of [
      ['segment', 'a.png', ...SMALL, '-o', '/proc/none/x'],
      ['encode', 'a.png', '--size', '64', '-o', '/proc/none/x.npy'],
    ]) {
      const { code, err } = await start(process.execPath, [CLI, ...args]);
      expect(err).toMatch(/^diffcut: "\/proc\/none[^\n]*its folder does not exist[^\n]*\n$/);
      expect(code).toBe(1);
    }
  });
});
