import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noise } from '../../test/fake-hub.ts';
import type { ByteSource } from '../files/source.ts';
import { HubFailure } from '../hub/answers-node.ts';
import { sha256Of } from '../store/seal-node.ts';
import { type Assembly, type AssemblyWatch, assemble, checkFree, coalesce, discard, finish, freeBytes, partOf, reachedOf } from './download-node.ts';

const MB = 2 ** 20;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'diffcut-download-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A source that counts what is asked of it; `fail` is thrown at that byte. */
const source = (bytes: Uint8Array, fail?: { at: number; error: unknown }) => {
  const asked: [number, number][] = [];
  async function* stream(start: number, end: number): AsyncGenerator<Uint8Array, void> {
    asked.push([start, end]);
    for (let at = start; at < end; at += 1000) {
      if (fail && at + 1000 > fail.at) throw fail.error;
      yield bytes.subarray(at, Math.min(at + 1000, end));
    }
  }
  const read = async (start: number, end: number): Promise<Uint8Array> => bytes.subarray(start, end);
  return { name: 'source', size: bytes.length, read, stream, asked };
};

const HEAD = new TextEncoder().encode('head');
const assembly = (pieces: Assembly['pieces'], identity = 'one'): Assembly => ({ path: join(folder, 'sub', 'file'), identity, head: HEAD, pieces });
const of = (s: ByteSource, ...ranges: [number, number][]) => ranges.map(([start, end]) => ({ source: s, start, end }));
const partNow = (): Buffer => readFileSync(partOf(join(folder, 'sub', 'file')));
const joined = (bytes: Uint8Array, ...ranges: [number, number][]): Buffer => Buffer.concat([HEAD, ...ranges.map(([a, b]) => bytes.subarray(a, b))]);

describe('ranges', () => {
  const a = source(noise(10));
  const b = source(noise(10));
  it.each<[string, Assembly['pieces'], number[]]>([
    ['that touch, or nearly, are one request', of(a, [0, 5], [5, 6], [6 + MB, 9 + MB]), [3]],
    ['that are far apart are not', of(a, [0, 5], [6 + MB, 7 + MB]), [1, 1]],
    ['that go back are not', of(a, [5, 9], [0, 5]), [1, 1]],
    ['that overlap are not', of(a, [0, 9], [5, 9]), [1, 1]],
    ['of two sources are not', [...of(a, [0, 5]), ...of(b, [5, 9]), ...of(a, [5, 9])], [1, 1, 1]],
  ])('%s', (_, pieces, sizes) => expect(coalesce(pieces).map((run) => run.length)).toEqual(sizes));
});

describe('an assembly', () => {
  it('is head and pieces in order, by as few requests as is sensible', async () => {
    const bytes = noise(3 * MB);
    const ranges: [number, number][] = [
      [10, 2500],
      [2500, 2501],
      [2600, 2600],
      [7000, 9000],
      [2 * MB, 2 * MB + 5],
      [0, 3],
    ];
    const from = source(bytes);
    await assemble(assembly(of(from, ...ranges)));
    expect(partNow().equals(joined(bytes, ...ranges))).toBe(true);
    expect(from.asked).toEqual([
      [10, 9000],
      [2 * MB, 2 * MB + 5],
      [0, 3],
    ]);
  });

  it('reads what has no stream, a local file, in steps', async () => {
    const bytes = noise(9 * MB);
    const { stream: _, ...local } = source(bytes);
    await assemble(assembly(of(local, [5, 9 * MB])));
    expect(partNow().equals(joined(bytes, [5, 9 * MB]))).toBe(true);
  });

  it('stopped at any place goes on there, and fetches nothing twice', async () => {
    const bytes = noise(20_000);
    const ranges: [number, number][] = [
      [0, 3000],
      [5000, 8500],
      [9000, 20_000],
    ];
    for (const at of [0, 500, 3000, 4500, 8600, 19_500]) {
      const broken = source(bytes, { at, error: new Error('cut') });
      await expect(assemble(assembly(of(broken, ...ranges)))).rejects.toThrow('cut');
      const reached = await reachedOf(assembly([]));
      const whole = source(bytes);
      const told: number[] = [];
      await assemble(assembly(of(whole, ...ranges)), { onReached: (n) => told.push(n) });
      expect(partNow().equals(joined(bytes, ...ranges))).toBe(true);
      expect(told[0]).toBeGreaterThan(reached);
      expect(told.at(-1)).toBe(HEAD.length + 17_500);
      const before = joined(bytes, ...ranges).length - reached;
      expect(whole.asked.reduce((sum, [a, b]) => sum + b - a, 0)).toBeLessThanOrEqual(before + 2500); // the gaps again at most
      await discard(assembly([]).path);
    }
  });

  it('stops by the signal, and keeps what is there', async () => {
    const bytes = noise(20_000);
    const stop = new AbortController();
    const onReached = (n: number): void => (n > 9000 ? stop.abort(new Error('enough')) : undefined);
    await expect(assemble(assembly(of(source(bytes), [0, 20_000])), { signal: stop.signal, onReached })).rejects.toThrow('enough');
    expect(await reachedOf(assembly([]))).toBe(9004);
    const again = source(bytes);
    await assemble(assembly(of(again, [0, 20_000])));
    expect(again.asked).toEqual([[9000, 20_000]]);
    expect(partNow().equals(joined(bytes, [0, 20_000]))).toBe(true);
  });

  it.each<[string, () => void]>([
    ['of another plan', () => {}],
    ['without its journal', () => rmSync(`${partOf(join(folder, 'sub', 'file'))}.json`)],
    ['with a damaged journal', () => writeFileSync(`${partOf(join(folder, 'sub', 'file'))}.json`, '{"identity":"on')],
    ...['null', '[]', '{"identity":"one","reached":"9"}', '{"identity":"one","reached":-1}', `${'['.repeat(20_000)}`].map(
      (text): [string, () => void] => [
        `with ${text.slice(0, 40)} as its journal`,
        () => writeFileSync(`${partOf(join(folder, 'sub', 'file'))}.json`, text),
      ],
    ),
    ['that is shorter than its journal says', () => truncateSync(partOf(join(folder, 'sub', 'file')), 100)],
  ])('a part %s is started over', async (what, spoil) => {
    const bytes = noise(5000);
    await expect(assemble(assembly(of(source(noise(5000, 9), { at: 3000, error: new Error('cut') }), [0, 5000])))).rejects.toThrow('cut');
    spoil();
    const from = source(bytes);
    await assemble(assembly(of(from, [0, 5000]), what.includes('another') ? 'two' : 'one'));
    expect(from.asked).toEqual([[0, 5000]]);
    expect(partNow().equals(joined(bytes, [0, 5000]))).toBe(true);
  });

  it.skipIf(process.platform === 'win32')('writes through no link that lies in its place', async () => {
    const victim = join(folder, 'victim');
    const part = partOf(join(folder, 'sub', 'file'));
    writeFileSync(victim, 'mine'.repeat(100));
    mkdirSync(join(folder, 'sub'));
    for (const name of [part, `${part}.json.tmp`]) symlinkSync(victim, name);
    writeFileSync(`${part}.json`, '{"identity":"one","reached":10}');
    const bytes = noise(5000);
    await assemble(assembly(of(source(bytes), [0, 5000])));
    expect(readFileSync(victim, 'utf8')).toBe('mine'.repeat(100));
    expect(partNow().equals(joined(bytes, [0, 5000]))).toBe(true);
  });

  it.skipIf(!existsSync('/proc/self'))('ends where no folder can be made', async () => {
    const path = '/proc/none/sub/file';
    await expect(assemble({ ...assembly([]), path })).rejects.toThrow(/could not be written/);
  });

  it('of a file that changed on the hub is thrown away', async () => {
    const error = new HubFailure('changed on the hub', 'changed');
    await expect(assemble(assembly(of(source(noise(5000), { at: 3000, error }), [0, 5000])))).rejects.toThrow('changed on the hub');
    expect(readdirSync(join(folder, 'sub'))).toEqual([]);
  });

  it.each([
    ['ENOSPC', /file" could not be written: its disk is full: free some space and run the same command again, or set DIFFCUT_CACHE/],
    ['EDQUOT', /quota/],
    ['EIO', /its disk or network drive failed/],
    ['EPIPE', /could not be written: EPIPE: broken/],
  ])('%s is a sentence, and the next call goes on', async (code, pattern) => {
    const bytes = noise(20_000);
    const room = 9004;
    const full: AssemblyWatch['write'] = async (file, part, at) => {
      if (at + part.length > room) throw Object.assign(new Error(`${code}: broken`), { code, syscall: 'write' });
      await file.write(part, 0, part.length, at);
    };
    await expect(assemble(assembly(of(source(bytes), [0, 20_000])), { write: full })).rejects.toThrow(pattern);
    expect(await reachedOf(assembly([]))).toBe(room);
    const again = source(bytes);
    await assemble(assembly(of(again, [0, 20_000])));
    expect(again.asked).toEqual([[9000, 20_000]]);
    expect(partNow().equals(joined(bytes, [0, 20_000]))).toBe(true);
  });

  it('names a folder that cannot be one', async () => {
    writeFileSync(join(folder, 'sub'), '');
    await expect(assemble(assembly([]))).rejects.toThrow(/could not be written/);
  });

  it('gets its name by a rename, and leaves nothing beside it', async () => {
    const bytes = noise(5000);
    await assemble(assembly(of(source(bytes), [0, 5000])));
    expect(existsSync(join(folder, 'sub', 'file'))).toBe(false);
    await finish(join(folder, 'sub', 'file'));
    expect(readdirSync(join(folder, 'sub'))).toEqual(['file']);
    expect(statSync(join(folder, 'sub', 'file')).size).toBe(5004);
    expect(await sha256Of(join(folder, 'sub', 'file'))).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('room on the disk', () => {
  it('is asked of the folder, or of what will hold it', async () => {
    expect(await freeBytes(join(folder, 'not', 'yet', 'there'))).toBeGreaterThan(0);
    await expect(checkFree(2e9, folder, async () => 1e9)).rejects.toThrow(/2\.00 GB are needed in ".*" but 1\.00 GB are free: free some space/);
    await checkFree(1e9, folder, async () => 2e9);
    await checkFree(0, folder, async () => 0);
  });
});
