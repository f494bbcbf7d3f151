import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseName, contentOf, findPictures, type Naming, nameOf, type Picture, sourceOf, unreadText } from './inputs-node.ts';
import { appendEntry, printOfNew } from './ledger-node.ts';
import { jobOf } from './plan-node.ts';

let folder: string;
const at = (...parts: string[]): string => join(folder, ...parts);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'diffcut-inputs-'));
  mkdirSync(at('sub'));
  for (const path of ['a.png', 'b.jpg', 'sub/c.png']) writeFileSync(at(path), '');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const find = async (...args: string[]) => {
  const { pictures, failures, unread } = await findPictures(args, { recursive: true, output: at('out') });
  return {
    pictures: pictures.map(({ path }) => resolve(path)),
    failures: failures.map(({ path, error }) => `${path}: ${(error as Error).message}`),
    unread: unreadText(unread),
  };
};

describe.skipIf(process.platform === 'win32')('findPictures', () => {
  it('says why an argument cannot be looked at, and not that it does not exist', async () => {
    symlinkSync('loop.png', at('sub', 'loop.png'));
    const { pictures, failures } = await find(
      at('sub', 'loop.png'),
      at(`${'n'.repeat(300)}.png`),
      at('none.png'),
      at('a.png'),
      'data:image/png;base64,AA',
    );
    expect(pictures).toEqual([at('a.png')]);
    expect(failures).toEqual([
      expect.stringMatching(/loop\.png" is a link that leads to itself/),
      expect.stringMatching(/nnn\.png" has a name that is too long/),
      expect.stringMatching(/none\.png" does not exist: check the path/),
      expect.stringMatching(/A data: URL is no argument/),
    ]);
  });

  it.each(['folder', 'glob'])('finds the other pictures where some cannot be looked at: %s', async (kind) => {
    const more = Buffer.concat([Buffer.from(at('caf')), Buffer.from([0xe9]), Buffer.from('.jpg')]);
    writeFileSync(more, '');
    symlinkSync('/gone/x.jpg', at('gone.jpg'));
    try {
      const { pictures, failures } = await find(kind === 'folder' ? folder : `${folder}/**/*`);
      expect(pictures).toEqual([at('a.png'), at('b.jpg'), at('sub', 'c.png')]);
      expect(failures).toEqual([
        expect.stringMatching(/caf\ufffd\.jpg" has a name that is no UTF-8/),
        expect.stringMatching(/gone\.jpg" is a link to a file that is gone/),
        expect.stringMatching(/loop\.png: ".*loop\.png" is a link that leads to itself/),
      ]);
    } finally {
      rmSync(more);
      rmSync(at('gone.jpg'));
    }
  });

  // root reads what it likes
  it.skipIf(process.getuid?.() === 0).each(['folder', 'glob'])('tells of a folder that may not be read: %s', async (kind) => {
    mkdirSync(at('sub', 'closed'));
    chmodSync(at('sub', 'closed'), 0);
    const { pictures, failures } = await find(kind === 'folder' ? at('sub') : `${at('sub')}/**/*.png`);
    chmodSync(at('sub', 'closed'), 0o700);
    rmSync(at('sub', 'closed'), { recursive: true });
    expect(pictures).toEqual([at('sub', 'c.png')]);
    expect(failures).toContainEqual(expect.stringMatching(/closed" may not be read/));
  });

  it.each(['folder', 'glob'])('follows links to folders, but none twice and none in circles: %s', async (kind) => {
    const other = mkdtempSync(join(tmpdir(), 'diffcut-other-'));
    mkdirSync(at('links'));
    writeFileSync(at('links', 'd.png'), '');
    writeFileSync(join(other, 'e.png'), '');
    for (const [target, path] of [
      [other, at('links', 'first')],
      [other, at('links', 'second')],
      [at('links'), at('links', 'self')],
      [at('links'), join(other, 'back')],
      [folder, at('links', 'up')],
    ])
      symlinkSync(target, path);
    const { pictures, failures } = await find(kind === 'folder' ? at('links') : `${at('links')}/**/*.png`);
    rmSync(at('links'), { recursive: true });
    rmSync(other, { recursive: true });
    expect(pictures).toEqual([at('links', 'd.png'), expect.stringMatching(/links\/(first|second)\/e\.png$/)]);
    expect(failures).toEqual([]);
  });

  it('takes a pattern that is longer than any name', async () => {
    const names = Array.from({ length: 60 }, (_, i) => `x${i}.png`);
    expect(await find(`${folder}/{${['a.png', ...names, 'b.jpg'].join(',')}}`)).toMatchObject({ pictures: [at('a.png'), at('b.jpg')], failures: [] });
  });

  it('takes every ending of pictures, and counts those that are not read', async () => {
    mkdirSync(at('kinds'));
    const read = ['avif', 'bmp', 'gif', 'heic', 'heif', 'jfif', 'jpe', 'JPEG', 'pjp', 'pjpeg', 'tiff', 'webp'].map((end) => `x.${end}`);
    for (const name of [...read, 'x.cr2', 'y.CR2', 'x.mp4', 'x.txt', '.x.jpg']) writeFileSync(at('kinds', name), '');
    const { pictures, unread } = await find(at('kinds'));
    expect(pictures.sort()).toEqual(read.map((name) => at('kinds', name)).sort());
    expect(unread).toBe('2 .cr2, 1 .mp4');
    for (const name of read) rmSync(at('kinds', name));
    expect((await find(at('kinds'))).failures).toEqual([expect.stringMatching(/holds no picture .*; not read: 2 \.cr2, 1 \.mp4/)]);
  });

  it('leaves the folder of the outputs out, however it is found', async () => {
    mkdirSync(at('out'));
    writeFileSync(at('out', 'x.png'), '');
    for (const argument of [folder, `${folder}/**/*.png`]) expect((await find(argument)).pictures).not.toContain(at('out', 'x.png'));
  });

  it('reads no folder that we wrote, nor one within; only its files where they are named', async () => {
    mkdirSync(at('before', 'labels', 'sub'), { recursive: true });
    for (const path of ['labels/x.png', 'labels/sub/y.png']) writeFileSync(at('before', path), '');
    const outputs = { labels: await printOfNew(at('before', 'labels'), new Map()) };
    await appendEntry(at('before'), { stem: './labels', picture: { name: '2 pictures' }, asked: {}, outputs });
    for (const argument of ['labels', 'labels/sub', 'labels/*.png']) {
      const { pictures, failures } = await find(at('before', argument));
      expect([pictures, failures]).toEqual([[], [expect.stringMatching(/" was written by diffcut, so what it holds is not read/)]]);
    }
    expect(await find(at('before', 'labels', 'x.png'))).toMatchObject({ pictures: [at('before', 'labels', 'x.png')], failures: [] });
    expect((await find(at('before'))).pictures).toEqual([]);
    writeFileSync(at('before', 'labels', 'mine.png'), ''); // it is somebody else's now
    expect((await find(at('before', 'labels'))).pictures).toContain(at('before', 'labels', 'mine.png'));
  });
});

describe.skipIf(process.platform === 'win32')('names on the disk that look like addresses', () => {
  it('stay paths, however they are found', async () => {
    const before = process.cwd();
    process.chdir(folder);
    try {
      for (const inside of ['http:/127.0.0.1:1', 'file:/etc']) {
        mkdirSync(inside, { recursive: true });
        writeFileSync(join(inside, 'x.png'), '');
      }
      writeFileSync('data:image.png', '');
      const args = ['http:', 'file:/', 'http:/*/x.png', 'file:/**/*.png', '{http,file}:/*/*.png', './http://127.0.0.1:1/x.png', 'data:image.png'];
      for (const argument of args) {
        const { pictures, failures } = await findPictures([argument], { recursive: true, output: 'out' });
        expect(failures).toEqual([]);
        for (const picture of pictures) {
          expect(picture.from, argument).toBe('file');
          expect(await contentOf(picture, {}), argument).toMatch(/^\.\/(http:\/127|file:\/etc|data:image|http:\/\/127)/);
        }
        expect(pictures.length).toBeGreaterThan(0);
      }
    } finally {
      process.chdir(before);
    }
  });
});

describe('arguments that are no paths', () => {
  const named = async (argument: string, name: Naming = 'stem') =>
    (await findPictures([argument], { output: 'out', name })).pictures.map(({ path, stem, folder: below }) => [path, stem, below]);

  it('are addresses, named by their path', async () => {
    const address = 'https://example.org/a/b%20c.jpg?w=100&token=x';
    expect(await named(address)).toEqual([[address, 'b c', '']]);
    expect(await named(address, 'path')).toEqual([[address, 'b c.jpg', 'example.org/a']]);
    expect(await named('http://example.org/')).toEqual([['http://example.org/', 'example', '']]);
    expect((await named('http://example.org/..%2f..%2fx.png'))[0][1]).toBe('..-..-x');
    expect([address, 'http://h/%zz', '-', 'in/x.png'].map(baseName)).toEqual(['b c.jpg', '%zz', 'stdin', 'x.png']);
  });

  it('are files whose names are told as they are: who prints them escapes them', async () => {
    const path = 'in/a\x1b[31m\n"x.png';
    expect(nameOf(path)).toBe(path);
    const picture: Picture = { path, from: 'file', stem: 'a', folder: '', below: '' };
    expect((await jobOf(picture, { folder: 'out' }, ['labels'])).mark.picture.name).toBe('a\x1b[31m\n"x.png');
  });

  it('are file: URLs, and not names that only start like one', async () => {
    expect(await named(pathToFileURL(at('a.png')).href)).toEqual([[at('a.png'), 'a', '']]);
    expect(['file:a.jpg', 'data:x.png', 'a.jpg', '/a:b.jpg', 'http://h/x'].map(sourceOf)).toEqual([
      './file:a.jpg',
      './data:x.png',
      'a.jpg',
      '/a:b.jpg',
      'http://h/x',
    ]);
  });
});
