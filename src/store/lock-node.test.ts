import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLock } from './lock-node.ts';

let folder: string;
let lock: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'diffcut-lock-')), 'not', 'yet');
  lock = join(folder, '.lock');
});
afterEach(() => rmSync(join(folder, '..', '..'), { recursive: true, force: true }));

const leave = async (holder: object | string): Promise<void> => {
  await withLock(folder, 'A pull', async () => {});
  writeFileSync(lock, typeof holder === 'string' ? holder : JSON.stringify(holder));
};
const inside = (): Promise<string> => withLock(folder, 'A pull of x', async () => 'done');
/** No process has such a number. */
const DEAD = 2 ** 30;

describe('a lock', () => {
  it('is there during the work, and gone after it, whatever became of it', async () => {
    await withLock(folder, 'A pull', async () => expect(readdirSync(folder)).toEqual(['.lock']));
    expect(readdirSync(folder)).toEqual([]);
    await expect(withLock(folder, 'A pull', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('keeps out another call of this process, and another process', async () => {
    await withLock(folder, 'A pull', async () => {
      await expect(inside()).rejects.toThrow(new RegExp(`A pull of x is under way in process ${process.pid}: wait for it, or delete ".*lock"`));
    });
    await leave({ pid: process.ppid, host: hostname(), started: 1, id: 'x' });
    await expect(inside()).rejects.toThrow(new RegExp(`process ${process.ppid}: wait`));
    expect(readFileSync(lock, 'utf8')).toContain('"x"');
  });

  it('that cannot be read is told, not waited for', async () => {
    mkdirSync(lock, { recursive: true });
    await expect(inside()).rejects.toThrow(/lock" is a folder/);
  });

  it.each([
    ['of a process that has died', { pid: DEAD, host: hostname(), started: 1 }],
    ['of an earlier process with this number', { pid: process.pid, host: hostname(), started: 1 }],
  ])('%s is taken over', async (_, holder) => {
    await leave(holder);
    expect(await inside()).toBe('done');
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['of another machine', { pid: 1, host: 'elsewhere', started: 1 }, /process 1 on elsewhere/],
    ['that is not readable', '{"pi', /process unknown/],
  ])('%s holds while it is fresh', async (_, holder, pattern) => {
    await leave(holder);
    await expect(inside()).rejects.toThrow(pattern);
    const before = Date.now() / 1000 - 600;
    utimesSync(lock, before, before);
    expect(await inside()).toBe('done');
  });

  it('of a dead process goes to one of many', async () => {
    await leave({ pid: DEAD, host: hostname(), started: 1 });
    let working = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++working);
      await new Promise((resolve) => setImmediate(resolve));
      working--;
    };
    const ends = await Promise.allSettled(Array.from({ length: 8 }, () => withLock(folder, 'A pull', work)));
    expect(ends.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect(most).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  });
});
