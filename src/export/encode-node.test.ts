import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeJpeg, encodePng, type Writer, writeWhole } from './encode-node.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'diffcut-'));
});
afterEach(() => rm(folder, { recursive: true }));
const bytes = Uint8Array.of(1, 2, 3);
const failing =
  (code: string): Writer =>
  async (path, b) => {
    await writeFile(path, (b as Uint8Array).subarray(0, 1));
    throw Object.assign(new Error(`${code}: made up`), { code, syscall: 'write' });
  };

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
    await expect(writeWhole(join(folder, 'a'), bytes, { replace: true }, failing('ENOSPC'))).rejects.toThrow(
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
    await expect(writeWhole(join(folder, 'a'), bytes, {}, failing(code))).rejects.toThrow(message);
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

describe('encodeJpeg and encodePng', () => {
  const rgb = { width: 16, height: 8, data: new Uint8Array(16 * 8 * 3).fill(200) };

  it('write a JPEG close to the picture', async () => {
    const { data, info } = await sharp(await encodeJpeg(rgb))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels]).toEqual([16, 8, 3]);
    expect(Math.max(...data.map((v) => Math.abs(v - 200)))).toBeLessThan(3);
  });

  it.each([1, 3, 4])('write a PNG of %i channels exactly', async (channels) => {
    const data = Uint8Array.from({ length: 20 * channels }, (_, i) => (i * 37) % 256);
    const png = await encodePng({ width: 5, height: 4, data });
    expect((await sharp(png).metadata()).channels).toBe(channels);
    expect(
      new Uint8Array(
        await sharp(png)
          .toColourspace(channels === 1 ? 'b-w' : 'srgb')
          .raw()
          .toBuffer(),
      ),
    ).toEqual(data);
  });

  it('refuse what does not fit', async () => {
    await expect(encodePng({ width: 2, height: 2, data: new Uint8Array(7) })).rejects.toThrow(/Expected 1, 3 or 4 bytes for each of 2 x 2 pixels/);
    await expect(encodeJpeg({ width: 70_000, height: 1, data: new Uint8Array(210_000) })).rejects.toThrow(/A JPEG is at most 65535 pixels a side/);
  });
});
