import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from './errors.ts';
import { isFile, isFolder, notRead, notWritten, statIfThere, textIfThere } from './system-errors-node.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'diffcut-system-'));
  writeFileSync(join(folder, 'file'), 'text');
  symlinkSync('loop', join(folder, 'loop'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const failure = (code: string): Error => Object.assign(new Error(`${code}: made up`), { code, syscall: 'x' });

describe('the sentence', () => {
  it.each([
    ['ENOENT', /^"a" does not exist: check the path$/],
    ['ENOTDIR', /^"a" does not exist, since a part of its path is a file/],
    ['EISDIR', /^"a" is a folder: give a picture in it$/],
    ['EACCES', /^"a" may not be read: check its permissions/],
    ['EPERM', /^"a" may not be read: check its permissions/],
    ['ELOOP', /^"a" is a link that leads to itself/],
    ['ENAMETOOLONG', /^"a" has a name that is too long/],
    ['EMFILE', /^"a" .*too many files are open.*ulimit -n/],
    ['ENFILE', /^"a" .*the whole system/],
    ['EBUSY', /^"a" .*another program uses it/],
    ['EIO', /^"a" .*disk or network drive.*try again$/],
    ['EMADEUP', /^"a" could not be read \(EMADEUP: made up\)$/],
  ])('for %s while reading says what to do', (code, sentence) => {
    const error = notRead('a', failure(code), 'a picture');
    expect(error.message).toMatch(sentence);
    expect(error).toMatchObject({ code: 'E_FILE', cause: { code } });
  });

  it.each([
    ['ENOSPC', /disk is full: free some space .*, or go elsewhere$/],
    ['EDQUOT', /quota is used up: free some space .*, or go elsewhere$/],
    ['EACCES', /may not be written: check its permissions, or go elsewhere$/],
    ['EPERM', /may not be written: end what uses it, check its permissions, or go elsewhere$/],
    ['EROFS', /disk is read-only: go elsewhere$/],
    ['ENOENT', /folder does not exist: make it first, or go elsewhere$/],
    ['ENOTDIR', /a part of its path is a file: go elsewhere$/],
    ['EEXIST', /a file is in its place: remove that, or go elsewhere$/],
    ['EISDIR', /a folder is in its place: remove that, or go elsewhere$/],
    ['EBUSY', /another program uses it: end that first$/],
    ['EFBIG', /no file that large: go elsewhere$/],
    ['EXDEV', /two disks.*: go elsewhere$/],
    ['ELOOP', /leads to itself: go elsewhere$/],
    ['ENAMETOOLONG', /too long for the file system: choose a shorter one$/],
    ['EMFILE', /too many files are open/],
    ['ENFILE', /the whole system has too many files open/],
    ['EIO', /drive failed: check that, or go elsewhere$/],
    ['EMADEUP', /could not be written: EMADEUP: made up$/],
  ])('for %s while writing says what to do', (code, sentence) => {
    const error = notWritten('a', failure(code), 'go elsewhere');
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).message).toMatch(/^"a" could not be written: /);
    expect((error as InputError).message).toMatch(sentence);
    expect(error).toMatchObject({ code: 'E_FILE', cause: { code } });
  });

  it('is left as it is where it is one, and so is an error that is not of the system', () => {
    const [sentence, mistake] = [new InputError('said already'), new TypeError('a is not a function')];
    expect(notRead('a', sentence)).toBe(sentence);
    expect(notWritten('a', sentence)).toBe(sentence);
    expect(notWritten('a', mistake)).toBe(mistake);
  });
});

describe('what is there', () => {
  it('is told from what is not', async () => {
    expect((await statIfThere(join(folder, 'file')))?.size).toBe(4);
    expect(await statIfThere(join(folder, 'none'))).toBeUndefined();
    expect(await statIfThere(join(folder, 'file', 'below'))).toBeUndefined();
    expect([await isFile(join(folder, 'file')), await isFile(folder), await isFolder(folder), await isFolder(join(folder, 'none'))]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect(await textIfThere(join(folder, 'file'))).toBe('text');
    expect(await textIfThere(join(folder, 'none'))).toBeUndefined();
  });

  it.skipIf(process.platform === 'win32')('is not taken for absent where it cannot be seen', async () => {
    for (const look of [statIfThere, isFile, isFolder, textIfThere]) {
      await expect(look(join(folder, 'loop'))).rejects.toThrow(/loop" is a link that leads to itself/);
      await expect(look(join(folder, 'n'.repeat(300)))).rejects.toThrow(/too long for the file system/);
    }
    await expect(textIfThere(folder)).rejects.toThrow(/is a folder/);
  });
});
