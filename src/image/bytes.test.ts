import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bmp } from '../../test/picture-files.ts';
import { resolveOptions } from '../options/spec.ts';
import { checkFeatures } from '../tensor/features.ts';
import { bytesInText, MOST_HELD, nameOf, readPipe } from './bytes.ts';
import { decodeImage } from './decode-node.ts';
import { checkImage } from './image.ts';

const FILE = bmp(24, 1, 1, [[30, 20, 10]]);
const base64 = Buffer.from(FILE).toString('base64');

describe('texts that hold a picture', () => {
  it.each([
    ['a data: URL', `data:image/bmp;base64,${base64}`],
    ['a data: URL without base64', `data:,${Array.from(FILE, (b) => `%${b.toString(16).padStart(2, '0')}`).join('')}`],
    ['base64', base64],
    ['base64 of URLs', base64.replaceAll('+', '-').replaceAll('/', '_')],
    ['base64 in lines', base64.replace(/.{20}/g, '$&\n')],
  ])('%s', async (_, text) => {
    expect((await decodeImage(text)).data).toEqual(Uint8Array.of(10, 20, 30));
  });

  it('are not paths that look alike', () => {
    for (const text of ['photo.jpg', 'a'.repeat(80), '/9j/'.repeat(5), `${base64.slice(0, 60)}.jpg`]) expect(bytesInText(text, 'x')).toBeUndefined();
  });

  it('never stand in a message', async () => {
    const long = 'Q'.repeat(5000);
    for (const text of [
      `data:image/png;base64,${long}`,
      `data:image/png;base64,${'*'.repeat(5000)}`,
      `iVBORw0KGgo${long}A`,
      `${long}`,
      `\xff\xd8\0${long}`,
    ]) {
      const { name, message } = await decodeImage(text).catch((e) => e);
      expect(name).toBe('InputError');
      expect(message.length).toBeLessThan(400);
      expect(message).not.toContain('Q'.repeat(101));
    }
    expect(nameOf(`data:image/png;base64,${long}`)).toBe('The picture of the data: URL');
  });
});

describe('what is held in memory', () => {
  it('has a limit', async () => {
    const blob = Object.defineProperty(new Blob([FILE]), 'size', { value: MOST_HELD + 1 });
    await expect(decodeImage(blob)).rejects.toThrow(/The picture has 1073741825 bytes, over the limit of 1073741824 .*: give the path of a file/);
  });
});

describe('a pipe', () => {
  it('is read up to a limit, and no further', async () => {
    let read = 0;
    const endless = async function* () {
      for (;;) {
        read++;
        yield new Uint8Array(100);
      }
    };
    await expect(readPipe(endless(), 'stdin', 950)).rejects.toThrow(
      /^stdin is larger than 950 bytes, the limit of a pipe: raise maxBytes \(--max-bytes\)/,
    );
    expect(read).toBe(10);
  });
});

describe('a file that is named like a URL', () => {
  let folder: string;
  const before = process.cwd();
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'diffcut-'));
    process.chdir(folder);
  });
  afterAll(async () => {
    process.chdir(before);
    await rm(folder, { recursive: true });
  });

  it.skipIf(process.platform === 'win32')('is read where it is there', async () => {
    await writeFile('file:a.bmp', FILE);
    expect((await decodeImage('file:a.bmp')).width).toBe(1);
    await expect(decodeImage('file:b.bmp')).rejects.toThrow(/does not exist: check the path/);
    await expect(decodeImage('file://host/b.bmp')).rejects.toThrow(/is no file: URL of this machine/);
  });
});

describe('what was made in another realm', () => {
  const context = createContext({ numbers: Array.from(FILE), Blob, URL });
  const foreign = (code: string) => runInContext(code, context);

  it('is taken as what it is', async () => {
    for (const code of ['Uint8Array.from(numbers)', 'Uint8Array.from(numbers).buffer'])
      expect((await decodeImage(foreign(code))).data, code).toEqual(Uint8Array.of(10, 20, 30));
    expect((await decodeImage(foreign('({ width: 1, height: 1, data: Uint8ClampedArray.of(0, 0, 0, 51) })'))).data).toEqual(
      Uint8Array.of(204, 204, 204),
    );
    expect(checkImage(foreign('({ width: 1, height: 1, data: new Uint8Array(3) })')).width).toBe(1);
    expect(checkFeatures(foreign('({ width: 1, height: 1, channels: 2, data: new Float32Array(2) })')).channels).toBe(2);
  });

  it('is refused all the same where it is of another kind', async () => {
    await expect(decodeImage(foreign('new Float32Array(3)'))).rejects.toThrow(/Expected a path, URL/);
    expect(() => checkFeatures(foreign('({ width: 1, height: 1, channels: 2, data: [1, 2] })'))).toThrow(/Expected \{ data: Float32Array/);
    const signal = Object.create({ [Symbol.toStringTag]: 'AbortSignal' }); // as of a page's frame
    expect(resolveOptions('x', {}, { signal }).signal).toBe(signal);
    expect(() => resolveOptions('x', {}, { signal: {} as never })).toThrow(/Expected an AbortSignal for signal/);
  });
});
