/** Stages: nobody else's are harmed, dead ones go. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ASIDE, openStage, PROCESSES } from './temporary-node.ts';

let folder: string;
const at = (...parts: string[]): string => join(folder, ...parts);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'diffcut-stages-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ELSEWHERE = '0123456789ab';
const nameOf = (here: string, pid: number, n = 0): string => `.diffcut.${here}.${pid}.${String(n).padStart(16, '0')}.tmp`;
/** @param age seconds without a sign of life */
const makeStage = (name: string, age = 0): void => {
  mkdirSync(at(name, ASIDE), { recursive: true });
  writeFileSync(at(name, '0'), 'half');
  const then = Date.now() / 1000 - age;
  utimesSync(at(name), then, then);
};
const deadPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;

it('has a name that is used once and says nothing of the next', async () => {
  const names = await Promise.all(Array.from({ length: 20 }, async () => (await openStage(folder)).path));
  expect(new Set(names).size).toBe(20);
  expect(readdirSync(folder)).toHaveLength(20);
});

it('clears away what stood still for long, and nothing that may live: neither elsewhere nor here', async () => {
  const living = [nameOf(ELSEWHERE, deadPid()), nameOf(ELSEWHERE, 1, 1), nameOf(PROCESSES, process.pid)];
  const dead = [nameOf(ELSEWHERE, process.pid, 2), nameOf(PROCESSES, process.pid, 3)];
  for (const name of living) makeStage(name, 300);
  for (const name of dead) makeStage(name, 3600);
  makeStage('.diffcut.other.tmp', 3600);
  const archived = nameOf(ELSEWHERE, 7); // with what no stage holds
  mkdirSync(at(archived));
  writeFileSync(at(archived, 'notes.txt'), 'mine');
  utimesSync(at(archived), 1, 1);
  (await openStage(folder)).end();
  expect(readdirSync(folder).sort()).toEqual([...living, archived, '.diffcut.other.tmp'].sort());
});

it("goes by the clock of the drive, not by this machine's", async () => {
  makeStage(nameOf(ELSEWHERE, 1), 300);
  const ahead = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_600_000);
  try {
    const stage = await openStage(folder);
    expect(readdirSync(folder)).toHaveLength(2);
    stage.end();
  } finally {
    ahead.mockRestore();
  }
});

it("shows its signs of life by the clock of the drive, not by this machine's", async () => {
  vi.useFakeTimers({ now: Date.now() - 3_600_000, toFake: ['Date', 'setInterval', 'clearInterval'] });
  try {
    const stage = await openStage(folder);
    utimesSync(stage.path, 1, 1);
    vi.advanceTimersByTime(10_000);
    await vi.waitFor(() => expect(statSync(stage.path).mtimeMs).toBeGreaterThan(1000));
    vi.useRealTimers();
    expect(Math.abs(statSync(stage.path).mtimeMs - Date.now())).toBeLessThan(60_000);
    stage.end();
  } finally {
    vi.useRealTimers();
  }
});

it.skipIf(process.platform !== 'linux')('clears away at once what a process of this machine left that has ended', async () => {
  makeStage(nameOf(PROCESSES, deadPid()));
  (await openStage(folder)).end();
  expect(readdirSync(folder)).toEqual([]);
});

it('puts back what a dead run had taken from its place, unless something new is there', async () => {
  const name = nameOf(ELSEWHERE, 7);
  mkdirSync(at(name, ASIDE, 'a.masks'), { recursive: true });
  writeFileSync(at(name, ASIDE, 'a.masks', '000.png'), 'old');
  writeFileSync(at(name, ASIDE, 'b.png'), 'old');
  writeFileSync(at('b.png'), 'new');
  utimesSync(at(name), 1, 1);
  (await openStage(folder)).end();
  expect(readFileSync(at('a.masks', '000.png'), 'utf8')).toBe('old');
  expect(readFileSync(at('b.png'), 'utf8')).toBe('new');
  expect(readdirSync(folder).sort()).toEqual(['a.masks', 'b.png']);
});

it.skipIf(process.platform === 'win32')('follows no link that lies in the place of a stage or within one', async () => {
  mkdirSync(at('victim'));
  writeFileSync(at('victim', 'x.png'), 'mine');
  mkdirSync(at('in'));
  symlinkSync(at('victim'), at('in', nameOf(ELSEWHERE, 7)));
  mkdirSync(at('in', nameOf(ELSEWHERE, 8)));
  symlinkSync(at('victim'), at('in', nameOf(ELSEWHERE, 8), ASIDE));
  utimesSync(at('in', nameOf(ELSEWHERE, 8)), 1, 1);
  (await openStage(at('in'))).end();
  expect(readdirSync(at('victim'))).toEqual(['x.png']);
  expect(existsSync(at('in', 'x.png'))).toBe(false);
});
