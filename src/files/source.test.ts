import { describe, expect, it } from 'vitest';
import { InputError } from '../errors.ts';
import { blobFiles, blobSource, partsOf, readJson } from './source.ts';
import { fileSource, folderFiles } from './source-web.ts';

/** A JSON that no walk by recursion survives. */
const DEEP = `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
const BYTES = Uint8Array.from({ length: 100 }, (_, i) => i);
const text = (value: string) => new Blob([value]);

describe('blobSource', () => {
  const source = blobSource('b', new Blob([BYTES]));

  it('reads ranges', async () => {
    expect(source.size).toBe(100);
    expect(await source.read(10, 13)).toEqual(Uint8Array.of(10, 11, 12));
    expect(await source.read(100, 100)).toEqual(new Uint8Array());
  });

  it.each([
    [-1, 2],
    [5, 4],
    [90, 101],
    [0.5, 2],
    [0, Number.NaN],
  ])('refuses the range %d to %d', async (start, end) => {
    await expect(source.read(start, end)).rejects.toThrow(/"b" has 100 bytes: there is no range from/);
  });

  it('stops when aborted', async () => {
    await expect(source.read(0, 1, AbortSignal.abort())).rejects.toThrow(/abort/i);
  });

  it('says why a Blob cannot be read', async () => {
    const gone = new Blob([BYTES]);
    gone.slice = () => ({ arrayBuffer: () => Promise.reject(new Error('the file changed')) }) as Blob;
    await expect(blobSource('b', gone).read(0, 1)).rejects.toThrow(/"b" could not be read \(the file changed\)/);
  });
});

describe('paths inside a model', () => {
  it.each(['', '/etc/passwd', '../x', 'a/../../x', './x', 'a//b', 'a/', 'C:/x', 'c:x', 'a\\b', '..\\x', 'a\0b'])('refuse %j', (path) => {
    expect(() => partsOf(path)).toThrow(/is not a path inside the model's folder/);
  });

  it('may have dots in their names', () => expect(partsOf('a/..b/c..json')).toEqual(['a', '..b', 'c..json']));
});

describe('blobFiles', () => {
  const files = blobFiles('picked', { 'a.json': text('{}'), 'unet/config.json': text('{}'), 'unet/x': text('x'), 'unet/deep/y': text('y') });

  it('opens by path', async () => {
    expect((await files.open('unet/x'))?.name).toBe('picked/unet/x');
    expect(await files.open('x')).toBeUndefined();
    expect(await files.open('toString')).toBeUndefined();
    await expect(files.open('../x')).rejects.toThrow(InputError);
  });

  it('lists a folder, not what lies deeper', async () => {
    expect(await files.list?.('')).toEqual(['a.json']);
    expect(await files.list?.('unet')).toEqual(['config.json', 'x']);
    expect(await files.list?.('vae')).toEqual([]);
  });
});

describe('readJson', () => {
  const read = (content: string | Blob) => readJson(blobFiles('m', { 'c.json': typeof content === 'string' ? text(content) : content }), 'c.json');

  it('gives the object', async () => {
    expect(await read('\ufeff{"a": 1}')).toEqual({ a: 1 });
    expect(await readJson(blobFiles('m', {}), 'c.json')).toBeUndefined();
  });

  it.each([
    ['', /"m\/c.json" is not JSON/],
    ['{', /"m\/c.json" is not JSON/],
    ['null', /"m\/c.json" holds no JSON object/],
    [DEEP, /^"m\/c.json" is not JSON \(nested more than 100 levels deep\): get the file again$/],
    ['{"a": NaN}', /"m\/c.json" is not JSON \(.*\): get the file again/],
    ['[1]', /"m\/c.json" holds no JSON object/],
    ['"x"', /holds no JSON object/],
  ])('refuses what is none: %#', async (content, message) => {
    await expect(read(content)).rejects.toThrow(message);
    await expect(read(content)).rejects.toThrow(InputError);
  });

  it('refuses what is not UTF-8 or too large', async () => {
    await expect(read(new Blob([Uint8Array.of(0x7b, 0xff, 0x7d)]))).rejects.toThrow(/is not JSON/);
    const large = new Blob();
    Object.defineProperty(large, 'size', { value: 2 ** 30 });
    await expect(read(large)).rejects.toThrow(/has 1073741824 bytes: a JSON or text file of a model is at most/);
  });
});

describe('in a page', () => {
  it('there are no folders', async () => {
    await expect(fileSource('x')).rejects.toThrow(/"x" could not be read: .* blobFiles or urlFiles/);
    expect(() => folderFiles('y')).toThrow(InputError);
  });
});
