import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  openAsBlob,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../errors.ts';
import { sourceCases } from './source.cases.ts';
import { blobSource } from './source.ts';
import { fileSource, folderFiles } from './source-node.ts';

const windows = process.platform === 'win32';
let folder: string;

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'diffcut-source-')));
  mkdirSync(join(folder, 'blobs'));
  mkdirSync(join(folder, 'model', 'unet'), { recursive: true });
  writeFileSync(join(folder, 'blobs', 'abc'), 'weights');
  writeFileSync(join(folder, 'model', 'plain.json'), '{}');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a file on disk', () => {
  let count = 0;
  sourceCases(async (bytes) => {
    const path = join(folder, `case-${count++}`);
    writeFileSync(path, bytes);
    const replace = (others: Uint8Array): void => {
      writeFileSync(`${path}.new`, others);
      renameSync(`${path}.new`, path);
    };
    return { source: await fileSource(path), replace };
  });
});

describe('a Blob of a file on disk', () => {
  let count = 0;
  sourceCases(async (bytes) => {
    const path = join(folder, `blob-${count++}`);
    writeFileSync(path, bytes);
    utimesSync(path, new Date(1e12), new Date(1e12)); // what comes later is of another time
    return { source: blobSource('a Blob', await openAsBlob(path)), replace: (others) => writeFileSync(path, others) };
  });
});

describe('fileSource', () => {
  it('reads ranges', async () => {
    const source = await fileSource(join(folder, 'blobs', 'abc'));
    expect(source).toMatchObject({ size: 7, path: join(folder, 'blobs', 'abc') });
    expect(new TextDecoder().decode(await source.read(1, 4))).toBe('eig');
    expect((await source.read(7, 7)).length).toBe(0);
    await expect(source.read(0, 8)).rejects.toThrow(/has 7 bytes: there is no range from 0 to 8/);
    await expect(source.read(0, 1, AbortSignal.abort(new Error('enough')))).rejects.toThrow(/^enough$/);
  });

  it.each([
    ['missing', /missing" does not exist: check the path/],
    ['blobs/abc/x', /does not exist, since a part of its path is a file: check the path/],
    ['blobs', /blobs" is a folder: give a file in it/],
  ])('says what is wrong with %s', async (path, message) => {
    await expect(fileSource(join(folder, path))).rejects.toThrow(message);
    await expect(fileSource(join(folder, path))).rejects.toThrow(InputError);
  });

  it.skipIf(windows || process.getuid?.() === 0)('says that a file may not be read', async () => {
    const path = join(folder, 'locked');
    writeFileSync(path, 'x');
    chmodSync(path, 0);
    await expect(fileSource(path)).rejects.toThrow(/may not be read: check its permissions/);
  });

  it.skipIf(windows)('refuses what is no plain file', async () => {
    await expect(fileSource('/dev/null')).rejects.toThrow(/"\/dev\/null" is no plain file/);
  });

  it('notices a file that changes or goes', async () => {
    const path = join(folder, 'changing');
    writeFileSync(path, 'before');
    const source = await fileSource(path);
    appendFileSync(path, ' and after');
    await expect(source.read(0, 3)).rejects.toThrow(/changed while it was read: start again/);
    const again = await fileSource(path);
    utimesSync(path, 1, 1);
    await expect(again.read(0, 3)).rejects.toThrow(/changed while it was read/);
    rmSync(path);
    await expect(again.read(0, 3)).rejects.toThrow(/does not exist/);
  });
});

describe('folderFiles', () => {
  it('opens and lists', async () => {
    const files = folderFiles(join(folder, 'model'));
    expect((await files.open('plain.json'))?.size).toBe(2);
    expect(await files.open('unet/absent')).toBeUndefined();
    expect(await files.open('vae/absent')).toBeUndefined();
    expect(await files.list?.('')).toContain('plain.json');
    expect(await files.list?.('')).not.toContain('unet');
    expect(await files.list?.('vae')).toEqual([]);
    await expect(files.open('unet')).rejects.toThrow(/is a folder/);
    await expect(files.open('../blobs/abc')).rejects.toThrow(/is not a path inside/);
    await expect(files.open(join(folder, 'blobs', 'abc'))).rejects.toThrow(/is not a path inside/);
    await expect(files.list?.('../blobs')).rejects.toThrow(/is not a path inside/);
    expect(await folderFiles(join(folder, 'none')).open('x')).toBeUndefined();
  });

  it.skipIf(windows)('follows links, as a hub cache has them', async () => {
    const files = folderFiles(join(folder, 'model'));
    symlinkSync(join('..', '..', 'blobs', 'abc'), join(folder, 'model', 'unet', 'w.safetensors'));
    const source = await files.open('unet/w.safetensors');
    expect(source?.path).toBe(join(folder, 'blobs', 'abc'));
    expect(source?.name).toBe(join(folder, 'model', 'unet', 'w.safetensors'));
    expect(await files.list?.('unet')).toEqual(['w.safetensors']);
  });

  it.skipIf(windows)('tells a link to nothing from nothing', async () => {
    symlinkSync('gone', join(folder, 'model', 'dead'));
    symlinkSync('loop', join(folder, 'model', 'loop'));
    await expect(folderFiles(join(folder, 'model')).open('dead')).rejects.toThrow(/is a link to a file that is gone/);
    await expect(folderFiles(join(folder, 'model')).open('loop')).rejects.toThrow(/leads to itself/);
  });
});
