import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../errors.ts';
import { type Lock, type LockOptions, withLock } from './lock-node.ts';

let folder: string;
let lock: string;
let endBeat = (): void => {};
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'diffcut-lock-')), 'not', 'yet');
  lock = join(folder, '.lock');
});
afterEach(() => {
  endBeat();
  endBeat = () => {};
  rmSync(join(folder, '..', '..'), { recursive: true, force: true });
});

const FAST = { beat: 20, silence: 200 };
/** A holder that never shows life. */
const STILL = { beat: 1e9, silence: 200 };

const leave = (holder: object | string): void => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(lock, typeof holder === 'string' ? holder : JSON.stringify(holder));
};
/** As another process that is at work. */
const leaveBeating = (holder: object): void => {
  let beat = 0;
  leave(holder);
  const file = openSync(lock, 'r+'); // in place: never empty in between
  const timer = setInterval(() => writeSync(file, JSON.stringify({ ...holder, beat: ++beat }), 0), 10);
  endBeat = () => {
    clearInterval(timer);
    closeSync(file);
  };
};
const inside = (options: LockOptions = {}): Promise<string> => withLock(folder, 'A pull of x', async () => 'done', { rhythm: FAST, ...options });

/** The same folder by another name, so that this process takes it for another's. */
const alias = (): string => {
  const other = join(folder, '..', 'alias');
  if (!existsSync(other)) symlinkSync(folder, other, 'junction');
  return other;
};

describe('a lock', () => {
  it('is there during the work, and gone after it, whatever became of it', async () => {
    await withLock(folder, 'A pull', async () => expect(readdirSync(folder)).toEqual(['.lock']));
    expect(readdirSync(folder)).toEqual([]);
    await expect(withLock(folder, 'A pull', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('keeps out another call of this process at once', async () => {
    await withLock(folder, 'A pull', async () => {
      await expect(inside()).rejects.toThrow(new RegExp(`^A pull of x is under way in process ${process.pid}: wait for it$`));
    });
  });

  it('shows life, and so keeps out who does not know its process', async () => {
    const work = async (): Promise<void> => {
      await expect(withLock(alias(), 'A pull', async () => {}, { rhythm: FAST })).rejects.toThrow(/under way/);
    };
    await withLock(folder, 'A pull', work, { rhythm: FAST });
  });

  it.each([
    ['of the same number in another container', { pid: process.pid, host: hostname(), started: 1, id: 'x' }, `process ${process.pid}:`],
    ['whose number nobody has here', { pid: 2 ** 30, host: hostname(), id: 'x' }, `process ${2 ** 30}:`],
    ['of another machine', { pid: 1, host: 'elsewhere', id: 'x' }, 'process 1 on elsewhere:'],
    ['that says nothing of itself', { pid: { a: 1 }, host: 'x'.repeat(1000) }, 'an unknown process:'],
  ])('of a process %s holds while it shows life', async (_, holder, named) => {
    leaveBeating(holder);
    await expect(inside()).rejects.toThrow(`A pull of x is under way in ${named}`);
    expect(existsSync(lock)).toBe(true);
  });

  it.each([
    ['of a process that has died', { pid: 2 ** 30, host: hostname(), started: 1 }],
    ['whose number another process has by now', { pid: process.ppid, host: hostname(), started: 1 }],
    ['of another machine', { pid: 1, host: 'elsewhere', id: 'x' }],
    ['that was cut', '{"pi'],
    ['that is empty', ''],
    ['that is null', 'null'],
    ['that is 20,000 deep', '['.repeat(20_000) + ']'.repeat(20_000)],
  ])('%s is taken over once it was still for long enough', async (_, holder) => {
    leave(holder);
    const said: string[] = [];
    expect(await inside({ say: (line) => said.push(line) })).toBe('done');
    expect(said).toEqual([expect.stringMatching(/^A pull of x in .* shows no sign of life: taken over in 1 s$/)]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('that is given back meanwhile is taken', async () => {
    leave({ pid: 1, host: 'elsewhere', id: 'x' });
    setTimeout(() => unlinkSync(lock), 30);
    const said: string[] = [];
    expect(await inside({ rhythm: { beat: 20, silence: 1e6 }, say: (line) => said.push(line) })).toBe('done');
  });

  it('of a dead process goes to one of many', async () => {
    leave({ pid: 1, host: 'elsewhere', id: 'x' });
    let working = 0;
    let most = 0;
    const work = async ({ check }: Lock): Promise<void> => {
      most = Math.max(most, ++working);
      await new Promise((resolve) => setTimeout(resolve, 100));
      await check();
      working--;
    };
    const names = Array.from({ length: 8 }, (_, i) => join(folder, '..', `alias ${i}`));
    for (const name of names) symlinkSync(folder, name, 'junction');
    const ends = await Promise.allSettled(names.map((name) => withLock(name, 'A pull', work, { rhythm: FAST })));
    expect(ends.some(({ status }) => status === 'fulfilled')).toBe(true);
    for (const end of ends) if (end.status === 'rejected') expect(String(end.reason)).toMatch(/under way/);
    expect(most).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('stays whole and its own, however often it is looked at while it beats', async () => {
    const many = async ({ check }: Lock): Promise<void> => {
      await Promise.all(Array.from({ length: 150 }, check)); // past each number of digits
      expect(JSON.parse(readFileSync(lock, 'utf8')).beat).toBeGreaterThan(100);
    };
    await withLock(folder, 'A pull', many, { rhythm: { beat: 1, silence: 200 } });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('that was lost to another stops the work, before what is for good, and leaves the other its own', async () => {
    const held = withLock(
      folder,
      'A pull of x',
      async (mine) => {
        await withLock(
          alias(),
          'A pull',
          async () => {
            await expect(mine.check()).rejects.toThrow(
              /^A pull of x was stopped, as another process took it over, since this one stood still for 0\.2 s/,
            );
            expect(readdirSync(folder)).toEqual(['.lock']);
          },
          { rhythm: FAST },
        );
        await mine.check();
      },
      { rhythm: STILL },
    );
    await expect(held).rejects.toThrow(InputError);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('that is lost is found out by the next beat', async () => {
    const work = async ({ signal }: Lock): Promise<void> => {
      leave({ pid: 1, host: 'elsewhere', id: 'y' });
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      expect(signal.reason).toBeInstanceOf(InputError);
    };
    await withLock(folder, 'A pull', work, { rhythm: FAST });
    expect(readFileSync(lock, 'utf8')).toContain('"y"');
  });

  it('stops by the signal, also while it waits', async () => {
    leave({ pid: 1, host: 'elsewhere', id: 'x' });
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('enough')), 50);
    await expect(inside({ signal: stop.signal, rhythm: { beat: 20, silence: 1e6 } })).rejects.toThrow('enough');
    expect(readFileSync(lock, 'utf8')).toContain('elsewhere');
  });

  it('leaves nothing of those who were killed while they took one over', async () => {
    leave('');
    writeFileSync(`${lock}.6f9619ff-8b86-4d01-b42d-00cf4fc964ff`, '');
    await inside();
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('what is no lock', () => {
  it('a folder', async () => {
    mkdirSync(lock, { recursive: true });
    await expect(inside()).rejects.toThrow(/lock" is a folder, in the place of a lock: remove it/);
  });

  it.skipIf(process.platform === 'win32')('a pipe, a link that leads nowhere', async () => {
    mkdirSync(folder, { recursive: true });
    execFileSync('mkfifo', [lock]);
    await expect(inside()).rejects.toThrow(/lock" is no plain file, in the place of a lock: remove it/);
    unlinkSync(lock);
    symlinkSync('nowhere', lock);
    await expect(inside()).rejects.toThrow(/lock" is no plain file/);
  });
});
