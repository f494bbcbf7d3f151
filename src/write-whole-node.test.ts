/** Files are whole or not there, whatever the system says. */
import type * as Promises from 'node:fs/promises';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeWhole } from './write-whole-node.ts';

/** What a write fails with, half done; not where it is empty. */
const fault = vi.hoisted(() => ({ code: '' }));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof Promises>();
  const open = async (...args: Parameters<typeof real.open>): Promise<Promises.FileHandle> => {
    const file = await real.open(...args);
    const write = file.writeFile.bind(file);
    file.writeFile = async (data) => {
      if (fault.code === '') return write(data);
      await write((data as Uint8Array).subarray(0, 1));
      throw Object.assign(new Error(`${fault.code}: made up`), { code: fault.code, syscall: 'write' });
    };
    return file;
  };
  return { ...real, open };
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'diffcut-'));
});
afterEach(() => {
  fault.code = '';
  return rm(folder, { recursive: true });
});
const bytes = Uint8Array.of(1, 2, 3);
describe('writeWhole', () => {
  it.each(['a.png', 'mit Leerzeichen und Ümläut 画.json', `${'n'.repeat(250)}.x`])(
    'writes %s and nothing else, over what was there',
    async (name) => {
      await writeFile(join(folder, name), 'longer than before');
      await writeWhole(join(folder, name), bytes, { replace: true });
      expect(new Uint8Array(await readFile(join(folder, name)))).toEqual(bytes);
      expect(await readdir(folder)).toEqual([name]);
    },
  );

  it('writes many at once, one name among them twice', async () => {
    await Promise.all(['a', 'b', 'a', 'c', 'a'].map((name) => writeWhole(join(folder, name), bytes, { replace: true })));
    expect((await readdir(folder)).sort()).toEqual(['a', 'b', 'c']);
  });

  it('leaves the old file and no temporary one when the device is full', async () => {
    await writeFile(join(folder, 'a'), 'old');
    fault.code = 'ENOSPC';
    await expect(writeWhole(join(folder, 'a'), bytes, { replace: true })).rejects.toThrow(
      /a" could not be written: its disk is full: free some space/,
    );
    expect(await readdir(folder)).toEqual(['a']);
    expect(await readFile(join(folder, 'a'), 'utf8')).toBe('old');
  });

  it.each([
    ['EACCES', /its folder may not be written: check its permissions/],
    ['EROFS', /its disk is read-only/],
    ['EIO', /could not be written: its disk or network drive failed/],
    ['EPIPE', /could not be written: EPIPE: made up/],
  ])('tells %s in one sentence', async (code, message) => {
    fault.code = code;
    await expect(writeWhole(join(folder, 'a'), bytes)).rejects.toThrow(message);
    expect(await readdir(folder)).toEqual([]);
  });

  it('tells a missing folder, a file for a folder, a folder for a file', async () => {
    await mkdir(join(folder, 'sub'));
    await writeFile(join(folder, 'file'), '');
    await expect(writeWhole(join(folder, 'none', 'a'), bytes)).rejects.toThrow(/its folder does not exist: make it first/);
    await expect(writeWhole(join(folder, 'file', 'a'), bytes)).rejects.toThrow(/a part of its path is a file: choose another|does not exist/);
    await expect(writeWhole(join(folder, 'sub'), bytes)).rejects.toThrow(/a folder is in its place: remove that, or choose another/);
    expect((await readdir(folder)).sort()).toEqual(['file', 'sub']);
  });

  it.skipIf(process.platform !== 'linux')('writes straight to what is no file, such as a full device', async () => {
    await expect(writeWhole('/dev/full', bytes)).rejects.toThrow(/"\/dev\/full" could not be written: its disk is full/);
    await writeWhole('/dev/null', bytes);
  });
});
