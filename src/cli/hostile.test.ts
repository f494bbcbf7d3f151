/** The built command line on names and contents that would steer a terminal: whatever it prints is letters, and ends of lines. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { tiff } from '../../test/picture-files.ts';
import { TINY_JSON, tinyOnnx } from '../../test/tiny-onnx.ts';
import { encodeIndexedPng, encodePng, writeNpy } from '../toolkit.ts';
import { createReporter } from './progress.ts';

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
/** Colour, clearing in one letter, a line of its own, a turned direction, and other ends of lines. */
const EVIL = 'a\x1b[31m\u009b2J\r\nb\x07\x7f\u202ec\u2066\u200f\u061c\u2028';
const RAW = /[^\n\P{Cc}]|[\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

let folder = '';
let server: Server;
const at = (...parts: string[]): string => join(folder, ...parts);

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

const diffcut = (...args: string[]): Promise<Ended> => {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DIFFCUT_CACHE: at('cache') },
  });
  const told = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => (told.out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (told.err += text));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...told })));
};

/** A PNG with a chunk of this kind after its head. */
const withChunk = (png: Uint8Array, kind: string): Uint8Array => {
  const body = Buffer.from(`${kind}${EVIL}`, 'latin1');
  const chunk = Buffer.alloc(8 + body.length);
  chunk.writeUInt32BE(body.length - 4);
  chunk.set(body, 4);
  chunk.writeUInt32BE(crc32(body), 4 + body.length);
  return Buffer.concat([png.subarray(0, 33), chunk, png.subarray(33)]);
};

/** Windows has no such names. */
const onPosix = describe.skipIf(process.platform === 'win32');

const makeFiles = async (): Promise<void> => {
  folder = mkdtempSync(join(tmpdir(), 'diffcut-hostile-'));
  const picture = { data: Uint8Array.from({ length: 48 * 32 * 3 }, (_, i) => (i % 144 < 72 ? 40 : 220)), width: 48, height: 32 };
  const png = await encodePng(picture);
  for (const name of ['pictures', 'masks', 'model', 'cache', join('cache', 'models'), join('cache', 'models', EVIL)]) mkdirSync(at(name));
  for (const name of ['one.png', `${EVIL}.png`, join('pictures', `${EVIL}.png`)]) writeFileSync(at(name), png);
  writeFileSync(at('masks', `${EVIL}.png`), await encodeIndexedPng({ data: new Int32Array(48 * 32), width: 48, height: 32 }, new Uint8Array(768)));
  writeFileSync(at(`${EVIL}.xyz`), EVIL);
  writeFileSync(at('ancillary.png'), withChunk(png, 'e\x1b\x9b\n'));
  writeFileSync(at('critical.png'), withChunk(png, 'E\x1b\x9b\n'));
  const grey = { data: Uint16Array.from({ length: 12 }, (_, i) => i), width: 4, height: 3 };
  writeFileSync(
    at('tags.tif'),
    tiff({ ...grey, tags: { 270: [2, EVIL], 700: [2, `<x:xmpmeta>${EVIL}`], 42113: [2, EVIL], 42112: [2, `<GDALMetadata>${EVIL}`] } }),
  );
  writeFileSync(
    at(`${EVIL}.npy`),
    writeNpy(
      Float32Array.from({ length: 6 * 4 * 3 }, (_, i) => Math.sin(i)),
      [4, 6, 3],
    ),
  );
  writeFileSync(at(`${EVIL}.npy.json`), JSON.stringify({ encoder: EVIL }));
  writeFileSync(at('bad.npy'), Buffer.concat([Buffer.from('\x93NUMPY\x01\x00\x30\x00', 'latin1'), Buffer.from(EVIL.padEnd(48))]));
  writeFileSync(at('model', `${EVIL}.onnx`), tinyOnnx({ input: { name: EVIL, element: 'int64' as never }, output: { name: EVIL } }));
  writeFileSync(at('model', `${EVIL}.json`), JSON.stringify({ ...TINY_JSON, input: EVIL }));
  const header = Buffer.from(JSON.stringify({ [EVIL]: { dtype: EVIL, shape: [1], data_offsets: [0, 4] } }));
  const size = Buffer.alloc(8);
  size.writeUInt32LE(header.length);
  writeFileSync(at('cache', 'models', EVIL, 'weights.safetensors'), Buffer.concat([size, header, Buffer.alloc(4)]));
  mkdirSync(at('theirs'));
  writeFileSync(at('theirs', 'one.png'), png);
  const asked = { encoder: EVIL, [EVIL]: EVIL };
  writeFileSync(
    at('theirs', '.diffcut.jsonl'),
    `${JSON.stringify({ stem: 'one', picture: { name: EVIL }, asked, outputs: { 'one.png': png.length, [EVIL]: 1 } })}\n`,
  );
  server = createServer((socket) => {
    socket.on('error', () => {});
    socket.end(Buffer.from(`HTTP/1.1 404 ${EVIL.replace(/[\r\n]/g, '')}\r\nX-Error-Message: \x9b2J\x1b[31m\r\nContent-Length: 0\r\n\r\n`, 'latin1'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
};
const address = (): string => `http://127.0.0.1:${(server.address() as { port: number }).port}`;
const SET = ['--dataset', 'folder', '--images', 'pictures', '--masks', 'masks', '--classes', '2', '--size', '64'];

/** Command lines, and what each comes to. */
const LINES: readonly (readonly [code: number, args: () => string[]])[] = [
  [0, () => ['segment', `${EVIL}.png`, '--size', '64', '-o', `${EVIL}o`]],
  [0, () => ['segment', 'pictures', '--size', '64', '-o', 'json', '--json', '--verbose']],
  [1, () => ['segment', `${EVIL}.png`, `${EVIL}.xyz`, `${EVIL}none.png`, 'pictures', '--json', '--verbose', '-o', 'both', '--size', '64']],
  [1, () => ['segment', 'ancillary.png', 'tags.tif', '--size', '64', '-o', 'parts', '--json']],
  [1, () => ['segment', 'critical.png', '--size', '64', '-o', 'parts', '--json']],
  [1, () => ['segment', 'one.png', '--resume', '-o', 'theirs', '--format', 'labels', '--size', '64']],
  [1, () => ['segment', `${address()}/${encodeURIComponent(EVIL)}.png`, '-o', 'web']],
  [2, () => ['segment', 'one.png', '--encoder', EVIL]],
  [2, () => ['segment', 'one.png', `--${EVIL}`, EVIL]],
  [2, () => ['segment', 'one.png', '--format', EVIL]],
  [2, () => [EVIL]],
  [2, () => ['help', EVIL]],
  [2, () => [`${EVIL}.png`]],
  [1, () => ['encode', 'one.png', '--encoder', join('model', `${EVIL}.onnx`), '-o', 'e.npy']],
  [0, () => ['encode', `${EVIL}.png`, '--size', '64', '-o', `${EVIL}e.npy`]],
  [0, () => ['partition', `${EVIL}.npy`, '-o', `${EVIL}l.npy`, '--json']],
  [1, () => ['partition', 'bad.npy', '-o', `${EVIL}2.npy`, '--verbose']],
  [1, () => ['refine', `${EVIL}.png`, `${EVIL}.npy`, '-o', `${EVIL}r.npy`]],
  [0, () => ['coherence', `${EVIL}.png`, join('pictures', `${EVIL}.png`), '--point', '3,3', '--size', '64', '-o', `${EVIL}c.png`, '--json']],
  [1, () => ['coherence', 'one.png', `${EVIL}.xyz`, '--point', '3,3', '--size', '64', '-o', `${EVIL}d.png`, '--verbose']],
  [0, () => ['eval', ...SET, '--resume', `${EVIL}.jsonl`]],
  [1, () => ['eval', ...SET, '--list', `${EVIL}.xyz`, '--json']],
  [0, () => ['tune', ...SET, '--json']],
  [0, () => ['models']],
  [0, () => ['models', '--json']],
  [0, () => ['models', 'info', EVIL]],
  [2, () => ['models', 'info', `${EVIL}?`]],
  [2, () => ['models', 'pull', `${EVIL}?`]],
  [2, () => ['models', EVIL]],
];

onPosix('nothing that steers a terminal is printed', () => {
  beforeAll(makeFiles);
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(LINES.map(([code, args], i) => [i, code, args] as const))('by command line %#', async (_, code, args) => {
    const ended = await diffcut(...args());
    for (const text of [ended.out, ended.err]) expect(RAW.exec(text)?.[0], text).toBeUndefined();
    expect(ended.code, ended.err).toBe(code);
    if (args().includes('--json')) for (const line of ended.out.trimEnd().split('\n').filter(Boolean)) JSON.parse(line);
  });

  it('in JSON, where names are read as they are', async () => {
    const { out } = await diffcut('segment', `${EVIL}.png`, '--size', '64', '-o', 'named', '--json', '--quiet');
    expect(JSON.parse(out)).toMatchObject({ path: `${EVIL}.png`, outputs: [join('named', `${EVIL}.png`), expect.any(String), expect.any(String)] });
  });

  it('in the bar of a terminal but its own', async () => {
    vi.useFakeTimers();
    const isTTY = process.stderr.isTTY;
    let told = '';
    const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      told += text;
      return true;
    });
    try {
      process.stderr.isTTY = true;
      const reporter = await createReporter(2, false);
      reporter.begin(EVIL);
      vi.advanceTimersByTime(1000);
      reporter.note(EVIL);
      reporter.close();
    } finally {
      write.mockRestore();
      process.stderr.isTTY = isTTY;
      vi.useRealTimers();
    }
    expect(told).toContain('2J'); // the name was shown
    expect(told).not.toContain(EVIL.slice(0, 5));
    expect(told).not.toMatch(/[\u0080-\u009f\u202e\u2066]/);
  });
});

it('is one place that prints', () => {
  const own = fileURLToPath(new URL('.', import.meta.url));
  const prints = readdirSync(own).filter(
    (name) => /^(?!.*test)\w.*\.ts$/.test(name) && /process\.std(out|err)\.write|console\./.test(readFileSync(join(own, name), 'utf8')),
  );
  expect(prints).toEqual(['main.ts', 'terminal.ts']);
});
