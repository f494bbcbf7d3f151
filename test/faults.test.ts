/**
 * Every write, rename, link, mkdir, fsync, removal and lookup of a run is made to fail, one after the other; and the process is as good as
 * killed there, so that nothing after it happens. What was there before is there still, nothing is half written, and the same
 * command mends it.
 */
import * as disk from 'node:fs';
import type * as Promises from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { run } from '../src/cli/program.ts';
import { PROCESSES, removeStages } from '../src/temporary-node.ts';
import { encodePng, writeNpy } from '../src/toolkit.ts';

/** Which call fails, how, and whether all after it do. */
const fault = vi.hoisted(() => ({ at: -1, code: 'EIO', isEnd: false, calls: [] as string[] }));

const step = vi.hoisted(() => (name: string): void => {
  const at = fault.calls.push(name) - 1;
  const fails = fault.at >= 0 && (at === fault.at || (fault.isEnd && at > fault.at));
  if (fails) throw Object.assign(new Error(`${fault.code}: made up, ${name}`), { code: fault.code, syscall: name });
});

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof Promises>();
  const names = ['mkdir', 'rename', 'link', 'unlink', 'rm', 'rmdir', 'writeFile', 'appendFile', 'stat', 'lstat', 'readdir'] as const;
  const faulty =
    (name: (typeof names)[number]) =>
    async (...args: unknown[]): Promise<unknown> => {
      step(name);
      return (real[name] as (...args: unknown[]) => unknown)(...args);
    };
  const open = async (path: string, flags?: string | number, mode?: number): Promise<Promises.FileHandle> => {
    if (flags === undefined || flags === 'r') return watched(await real.open(path, flags));
    step('open');
    return watched(await real.open(path, flags, mode));
  };
  const watched = (file: Promises.FileHandle): Promises.FileHandle => {
    const [write, sync] = [file.writeFile.bind(file), file.sync.bind(file)];
    file.writeFile = async (data) => {
      try {
        step('write');
      } catch (error) {
        if (fault.calls.length - 1 === fault.at) await write((data as Uint8Array).slice(0, data.toString().length >> 1)); // a disk takes what fits
        throw error;
      }
      return write(data);
    };
    file.sync = async () => {
      step('fsync');
      return sync();
    };
    return file;
  };
  return { ...real, ...Object.fromEntries(names.map((name) => [name, faulty(name)])), open };
});

vi.mock('node:fs', async (original) => {
  const real = await original<typeof disk>();
  const rmSync: typeof disk.rmSync = (...args) => {
    step('remove');
    real.rmSync(...args);
  };
  const renameSync: typeof disk.renameSync = (...args) => {
    step('restore');
    real.renameSync(...args);
  };
  return { ...real, rmSync, renameSync };
});

const folder = disk.mkdtempSync(join(tmpdir(), 'diffcut-faults-'));
const at = (...parts: string[]): string => join(folder, ...parts);
afterAll(() => disk.rmSync(folder, { recursive: true, force: true }));
afterEach(() => Object.assign(fault, { at: -1, isEnd: false }));

const told: string[] = [];
/** @returns the exit code */
const diffcut = async (args: readonly string[]): Promise<number> => {
  told.length = 0;
  fault.calls.length = 0;
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text) => told.push(String(text)) > 0);
  try {
    process.stdout.setMaxListeners(0); // each run listens
    return await run([...args]);
  } finally {
    spy.mockRestore();
    process.exitCode = undefined;
  }
};

const isStage = (name: string): boolean => name.includes(`.diffcut.${PROCESSES}.`);

/** Files by path, but for the ledger and what is not in its place yet. A JSON's timings differ: it counts by its options. */
const filesIn = (path: string): Map<string, string> => {
  const names = disk.existsSync(path) ? disk.readdirSync(path, { recursive: true, encoding: 'utf8' }) : [];
  const files = names.filter((name) => !isStage(name) && !name.endsWith('.jsonl') && disk.statSync(join(path, name)).isFile());
  const contentOf = (name: string): string => {
    const bytes = disk.readFileSync(join(path, name));
    return name.endsWith('.json') ? JSON.stringify(JSON.parse(bytes.toString()).asked) : bytes.toString('latin1');
  };
  return new Map(files.sort().map((name) => [name, contentOf(name)]));
};

const stagesIn = (path: string): string[] => (disk.existsSync(path) ? disk.readdirSync(path).filter(isStage) : []);

beforeAll(async () => {
  disk.writeFileSync(
    at('a.png'),
    await encodePng({ data: new Uint8Array(16 * 12 * 3).map((_, i) => (i % 48 < 24 ? 30 : 200)), width: 16, height: 12 }),
  );
  const parted = (shift: number): Float32Array => Float32Array.from({ length: 32 }, (_, i) => Number((i >> shift) % 4 < 2 === (i % 2 === 0)));
  disk.writeFileSync(at('f.npy'), writeNpy(parted(1), [4, 4, 2])); // the left half unlike the right one
  disk.writeFileSync(at('g.npy'), writeNpy(parted(3), [4, 4, 2])); // the upper one
});

const segmentBy = (features: string, output: string, ...args: string[]): string[] => [
  'segment',
  at('a.png'),
  '--features',
  at(features),
  '--quiet',
  '-o',
  at(output),
  ...args,
];
const segment = (...args: string[]): string[] => segmentBy('f.npy', 'out', ...args);
const before = (...args: string[]): string[] => segmentBy('g.npy', 'out', ...args);
const ALL = ['--format', 'labels,masks,json'];

/** What is there before, and the command. */
const SCENES: Record<string, [prepare: () => Promise<unknown>, args: () => string[]]> = {
  'one file': [async () => {}, () => segment('--format', 'labels')],
  'a file by its name': [() => diffcut(segmentBy('g.npy', 'out/x.png')), () => segmentBy('f.npy', 'out/x.png', '--overwrite')],
  'files and a folder': [async () => {}, () => segment(...ALL)],
  'files and a folder, durable': [async () => {}, () => segment(...ALL, '--durable')],
  'overwrite, with what was made otherwise': [() => diffcut(before(...ALL)), () => segment('--format', 'labels,masks', '--overwrite')],
  'overwrite, durable': [() => diffcut(before(...ALL)), () => segment(...ALL, '--overwrite', '--durable')],
  'resume, with an empty file': [
    async () => {
      await diffcut(segment(...ALL));
      disk.writeFileSync(at('out', 'a.png'), '');
      disk.rmSync(at('out', 'a.masks'), { recursive: true });
    },
    () => segment(...ALL, '--resume'),
  ],
  'labels of features': [async () => {}, () => ['partition', at('f.npy'), '-o', at('out', 'l.npy'), '--durable', '--quiet']],
  'labels of features, over others': [
    () => diffcut(['partition', at('g.npy'), '-o', at('out', 'l.npy'), '--quiet']),
    () => ['partition', at('f.npy'), '-o', at('out', 'l.npy'), '--overwrite', '--quiet'],
  ],
};

/** Faults after which all is well nevertheless: a fallback, or what the next run clears away. */
const HARMLESS = ['link', 'unlink', 'remove', 'rmdir'];
/** What only looks: no disk is too full for it. */
const LOOKS = ['stat', 'lstat', 'readdir'];

describe.skipIf(process.platform === 'win32').each(Object.entries(SCENES))('%s', (_, [prepare, args]) => {
  let calls: string[];
  let old: Map<string, string>;
  let made: Map<string, string>;
  const reset = (): void => {
    disk.rmSync(at('out'), { recursive: true, force: true });
    disk.cpSync(at('before'), at('out'), { recursive: true, preserveTimestamps: true });
  };

  beforeAll(async () => {
    for (const name of ['out', 'before']) disk.rmSync(at(name), { recursive: true, force: true });
    disk.mkdirSync(at('out'));
    await prepare();
    disk.writeFileSync(at('out', 'notes.txt'), 'mine');
    disk.cpSync(at('out'), at('before'), { recursive: true, preserveTimestamps: true });
    reset();
    old = filesIn(at('out'));
    expect(await diffcut(args()), told.join('')).toBe(0);
    calls = [...fault.calls];
    made = filesIn(at('out'));
    expect(made).not.toEqual(old);
    expect(stagesIn(at('out'))).toEqual([]);
  });

  // What is left hangs on the call, what is told on the code too: a full disk is tried once for each kind of call.
  it.each([
    ['EIO', 'every call'],
    ['ENOSPC', 'the first call of each kind'],
  ])('fails with %s at %s, and leaves all as it was', async (code) => {
    for (let i = 0; i < calls.length; i++) {
      if (code === 'ENOSPC' && (LOOKS.includes(calls[i]) || calls.indexOf(calls[i]) < i)) continue;
      reset();
      Object.assign(fault, { at: i, code });
      const exit = await diffcut(args());
      fault.at = -1;
      const where = `call ${i} (${calls[i]}): ${told.join('')}`;
      if (exit === 0) expect(HARMLESS, where).toContain(calls[i]);
      else
        expect(told.join(''), where).toMatch(
          code === 'EIO' ? /^diffcut: .*disk or network drive(, which)? failed: [^\n]*\n$/ : /^diffcut: .*disk is full: [^\n]*\n$/,
        );
      expect(filesIn(at('out')), where).toEqual(exit === 0 ? made : old);
      if (calls[i] !== 'remove') expect(stagesIn(at('out')), where).toEqual([]);
      if (exit === 0 || calls.indexOf(calls[i]) < i) continue; // the next run begins with what there was, as the first did
      expect(await diffcut(args()), where).toBe(0);
      expect(filesIn(at('out')), where).toEqual(made);
    }
  });

  it('is killed at every call, and the next run mends it', async () => {
    for (let i = 0; i < calls.length; i++) {
      if (LOOKS.includes(calls[i])) continue; // as at the next call that changes something
      reset();
      Object.assign(fault, { at: i, code: 'EIO', isEnd: true });
      await diffcut(args());
      Object.assign(fault, { at: -1, isEnd: false });
      removeStages(at('out'), process.pid); // as the next run does, which sees that this one is dead
      const where = `killed at call ${i} (${calls[i]})`;
      const now = filesIn(at('out'));
      for (const [name, content] of now) expect([old.get(name), made.get(name)], `${where}: ${name}`).toContain(content);
      for (const name of old.keys()) if (made.has(name)) expect(now.has(name), `${where}: ${name}`).toBe(true);
      expect(stagesIn(at('out')), where).toEqual([]);
      const exit = await diffcut(args());
      if (exit !== 0) expect(told.join(''), where).toMatch(/exists: --overwrite/); // it was finished
      expect(filesIn(at('out')), where).toEqual(made);
    }
  });
});
