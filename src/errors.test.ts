import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openEncoder } from './encode/open.ts';
import { badModel, ERROR_CODES, errorFrom, expected, InputError, noneIfBad, printable, tellError, unknown } from './errors.ts';
import { blobSource, readJson } from './files/source.ts';
import { fileSource } from './files/source-node.ts';
import { urlFiles } from './files/url.ts';
import { HubFailure } from './hub/answers-node.ts';
import { decodeImage } from './image/decode-node.ts';
import { checkMemory } from './runtime/memory.ts';
import { onDevice } from './runtime/session.ts';
import { segment } from './segment.ts';
import { modelPath } from './store/models-node.ts';

const rejection = (work: Promise<unknown>): Promise<InputError> =>
  work.then(
    () => Promise.reject(new Error('nothing was thrown')),
    (error) => error,
  );

describe('what is thrown', () => {
  const down = async (): Promise<never> => {
    throw new TypeError('fetch failed');
  };
  const broken = { name: 'broken', open: async () => blobSource('config.json', new Blob(['{'])) };
  const refused = (): Promise<never> => Promise.reject(new Error('no such device'));

  it.each([
    ['E_INPUT', 'Error', () => decodeImage(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 1))],
    ['E_FILE', 'Error', () => fileSource('nowhere')],
    ['E_FILE', 'Error', () => decodeImage('nowhere.jpg')],
    ['E_NETWORK', 'TypeError', () => urlFiles('https://x.test', { fetch: down }).open('a')],
    ['E_MODEL', 'SyntaxError', () => readJson(broken, 'config.json')],
    ['E_DEVICE', 'Error', () => onDevice('auto', async () => ['cpu'], refused)],
  ] as const)('has the code %s and its cause, a %s', async (code, cause, work) => {
    const error = await rejection(work());
    expect(error).toBeInstanceOf(InputError);
    expect([error.code, (error.cause as Error).name]).toEqual([code, cause]);
  });

  it('has a code where nothing led to it', async () => {
    expect((await rejection(openEncoder('nope'))).code).toBe('E_OPTION');
    expect((await rejection(segment('a.jpg', { tau: 3 }))).code).toBe('E_OPTION');
    expect((await rejection(modelPath('ssd-1b', 'nowhere'))).code).toBe('E_MODEL');
    expect((await rejection((async () => checkMemory('a', 2, 1, 'less'))())).code).toBe('E_MEMORY');
  });
});

describe('InputError', () => {
  it('has a code, and the error that led to it where there is one', () => {
    const cause = new Error('why');
    expect(new InputError('a')).toMatchObject({ name: 'InputError', message: 'a', code: 'E_INPUT' });
    expect('cause' in new InputError('a')).toBe(false);
    expect(new InputError('a', { code: 'E_FILE', cause })).toMatchObject({ code: 'E_FILE', cause });
    expect(badModel('a', cause)).toMatchObject({ code: 'E_MODEL', cause });
    expect(expected('a number', 'tau', 'x').code).toBe('E_OPTION');
    expect(unknown('option', 'taw', ['tau']).code).toBe('E_OPTION');
    expect(new HubFailure('a', 'transient', { cause })).toMatchObject({ code: 'E_NETWORK', cause });
  });

  it('has the codes that docs/errors.md tells, in its order', () => {
    const docs = readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8');
    expect([...docs.matchAll(/^\| `(E_\w+)` \|/gm)].map(([, code]) => code)).toEqual(ERROR_CODES);
  });

  it('counts as none where what is kept can be made anew', async () => {
    expect(await Promise.reject(new InputError('damaged')).catch(noneIfBad)).toBeUndefined();
    await expect(Promise.reject(new TypeError('mistake')).catch(noneIfBad)).rejects.toThrow('mistake');
  });
});

describe('a sentence', () => {
  const HOSTILE = ['\x1b[31m', 'a\nb', 'a\rb', '\x00', '\x7f', '\x9b2J', '\u061c', '\u200e', '\u202e', '\u2066', '\u2028', '\ud83d', '\udc00'];

  it.each(HOSTILE.map((name) => [JSON.stringify(name), name]))('is on one line, and steers no terminal: %#', (_, name) => {
    const { message } = new InputError(`${name} is no picture`);
    expect(message).toMatch(/^[\x20-\x7e]+ is no picture$/);
    expect(errorFrom(tellError(new InputError(name))).message).toBe(new InputError(name).message); // once is enough
  });

  it('leaves letters, and whole pairs, as they are', () => {
    for (const name of ['Über 100 % ok', '日本.jpg', '😀 👩‍👧', 'עברית']) expect(printable(name)).toBe(name);
    const value = { [HOSTILE.join('')]: HOSTILE };
    expect(JSON.parse(printable(JSON.stringify(value)))).toEqual(value);
  });

  it.each<[unknown, string]>([
    [5, '5 of type number'],
    ['5', '"5" of type string'],
    [undefined, 'undefined'],
    [null, 'null'],
    [{ a: 1 }, 'an object with a'],
    [[1, [2]], '[1, a list of 1]'],
    [Uint8Array.of(1, 2, 3), 'Uint8Array of 3 bytes'],
    [new Map(), 'an object with no keys of type Map'],
    [() => 'secret', 'a function'],
  ])('says once what %s is', (value, words) => {
    expect(expected('a number', 'tau', value).message).toBe(`Expected a number for tau but received ${words}`);
  });

  it('is short, however large or deep the value is', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 20_000; i++) deep = [deep];
    expect(expected('a number', 'tau', deep).message).toBe('Expected a number for tau but received [a list of 1]');
    for (const value of ['x'.repeat(1e6), new Array(1e6), { ['x'.repeat(1e6)]: 1 }])
      expect(expected('a number', 'tau', value).message.length).toBeLessThan(200);
    expect(unknown('option', 'x'.repeat(1e6), ['tau']).message).toMatch(/^Unknown option "x{60}\.\.\.x{37}"\. Known: tau$/);
  });
});
