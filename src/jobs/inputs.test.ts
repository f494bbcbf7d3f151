import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPictures } from './inputs-node.ts';

let folder: string;
const at = (...parts: string[]): string => join(folder, ...parts);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'diffcut-inputs-'));
  mkdirSync(at('sub'));
  for (const path of ['a.png', 'b.jpg', 'sub/c.png']) writeFileSync(at(path), '');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const find = async (...args: string[]) => {
  const { pictures, failures } = await findPictures(args, true, at('out'));
  return { pictures: pictures.map(({ path }) => resolve(path)), failures: failures.map(({ path, error }) => `${path}: ${(error as Error).message}`) };
};

describe.skipIf(process.platform === 'win32')('findPictures', () => {
  it('says why an argument cannot be looked at, and not that it does not exist', async () => {
    symlinkSync('loop.png', at('sub', 'loop.png'));
    const { pictures, failures } = await find(at('sub', 'loop.png'), at(`${'n'.repeat(300)}.png`), at('none.png'), at('a.png'));
    expect(pictures).toEqual([at('a.png')]);
    expect(failures).toEqual([
      expect.stringMatching(/loop\.png" is a link that leads to itself/),
      expect.stringMatching(/nnn\.png" has a name that is too long/),
      expect.stringMatching(/none\.png" does not exist: check the path/),
    ]);
  });

  it('finds the other pictures of a folder where one cannot be looked at', async () => {
    const { pictures, failures } = await find(folder);
    expect(pictures).toEqual([at('a.png'), at('b.jpg'), at('sub', 'c.png')]);
    expect(failures).toEqual([expect.stringMatching(/loop\.png: ".*loop\.png" is a link that leads to itself/)]);
  });

  it('takes a pattern that is longer than any name', async () => {
    const names = Array.from({ length: 60 }, (_, i) => `x${i}.png`);
    expect(await find(`${folder}/{${['a.png', ...names, 'b.jpg'].join(',')}}`)).toEqual({ pictures: [at('a.png'), at('b.jpg')], failures: [] });
  });
});
