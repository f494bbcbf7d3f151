import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { keep, kept as keptBytes } from './keep-node.ts';

const temporary = mkdtempSync(join(tmpdir(), 'diffcut-keep-'));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

const BYTES = Uint8Array.from({ length: 300 }, (_, i) => i);
const kept = async (...of: Parameters<typeof keptBytes>): Promise<Uint8Array | undefined> => {
  const bytes = await keptBytes(...of);
  return bytes && Uint8Array.from(bytes);
};
let folder: string;
const at = (name: string): string => join(folder, name);
beforeEach(() => {
  process.env.DIFFCUT_CACHE = mkdtempSync(join(temporary, 'cache-'));
  folder = join(process.env.DIFFCUT_CACHE, 'features');
});

describe('what is kept', () => {
  beforeEach(() => keep('features', 'a', BYTES));

  it('is read again as it was, and nothing else is left', async () => {
    expect(await kept('features', 'a')).toEqual(BYTES);
    expect(await kept('features', 'b')).toBeUndefined();
    expect(await kept('prompts', 'a')).toBeUndefined();
    expect(readdirSync(folder)).toEqual(['a']);
  });

  it('may be nothing, or begin as a line does', async () => {
    for (const bytes of [new Uint8Array(), Uint8Array.of(10, 10, 123)]) {
      await keep('features', 'a', bytes);
      expect(await kept('features', 'a')).toEqual(bytes);
    }
  });

  const DAMAGES: Record<string, (file: Buffer) => Uint8Array> = {
    'cut short by a byte': (file) => file.subarray(0, -1),
    'cut short within its line': (file) => file.subarray(0, 20),
    empty: () => new Uint8Array(),
    'longer by a byte': (file) => Buffer.concat([file, Buffer.of(0)]),
    'filled with zeros': (file) => new Uint8Array(file.length),
    'filled with zeros from a page on': (file) => file.fill(0, 200),
    'of another version': (file) => Buffer.from(file.toString('latin1').replace('"format":1', '"format":2'), 'latin1'),
    'without its line': () => BYTES,
  };

  it.each(Object.entries(DAMAGES))('counts as nothing where it is %s', async (_, damage) => {
    writeFileSync(at('a'), damage(readFileSync(at('a'))));
    expect(await kept('features', 'a')).toBeUndefined();
    await keep('features', 'a', BYTES);
    expect(await kept('features', 'a')).toEqual(BYTES);
  });

  it('counts as nothing where any of its bits is another', async () => {
    const file = readFileSync(at('a'));
    for (let bit = 0; bit < file.length * 8; bit++) {
      file[bit >> 3] ^= 1 << (bit & 7);
      writeFileSync(at('a'), file);
      expect(await kept('features', 'a')).toBeUndefined();
      file[bit >> 3] ^= 1 << (bit & 7);
    }
  });

  it('counts as nothing where it has the name of what was made from another picture', async () => {
    renameSync(at('a'), at('b'));
    expect(await kept('features', 'b')).toBeUndefined();
  });

  it('counts as nothing where a folder is in its place, which stays', async () => {
    rmSync(at('a'));
    mkdirSync(at('a'));
    expect(await kept('features', 'a')).toBeUndefined();
    await keep('features', 'a', BYTES);
    expect(readdirSync(folder)).toEqual(['a']);
  });

  it.skipIf(process.platform === 'win32')('is not written through a link', async () => {
    writeFileSync(at('theirs'), 'theirs');
    rmSync(at('a'));
    symlinkSync('theirs', at('a'));
    await keep('features', 'a', BYTES);
    expect(readFileSync(at('theirs'), 'utf8')).toBe('theirs');
    expect(await kept('features', 'a')).toEqual(BYTES);
  });
});
