/** What is no JSON object of a model, wherever one is expected: one sentence each. */
import { describe, expect, it } from 'vitest';
import { openEncoder } from './encode/open.ts';
import { blobFiles } from './files/source.ts';
import { jsonObject } from './json.ts';
import { writeHeader } from './weights/safetensors.ts';

const DEEP = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
const LISTS = `{"model_args":{"img_size":${'['.repeat(20_000)}${']'.repeat(20_000)}},"architecture":"vit_base_patch16_224"}`;

const BAD: [string, string, RegExp][] = [
  ['cut', '{', /is not JSON \(.*\): get the file again$/],
  ['null', 'null', /holds no JSON object: get the file again$/],
  ['a list', '[]', /holds no JSON object/],
  ['20,000 objects deep', DEEP, /is not JSON \(nested more than 100 levels deep\): get the file again$/],
  ['20,000 lists deep', LISTS, /is not JSON \(nested more than 100 levels deep/],
];

describe.each(BAD)('JSON that is %s', (_, text, sentence) => {
  it('is told in one sentence', () => {
    expect(() => jsonObject(text, 'It')).toThrow(sentence);
  });

  it.each(['config.json', 'unet/config.json'])('as %s', async (path) => {
    const opened = openEncoder(blobFiles('mine', { [path]: new Blob([text]) }));
    await expect(opened).rejects.toMatchObject({ code: 'E_MODEL', message: expect.stringMatching(sentence) });
  });

  it.each(['vit', 'unet'])('as the config "%s" of a pulled model', async (key) => {
    const header = writeHeader([['t', { dtype: 'U8', shape: [1], bytes: 1 }]], { [key]: text });
    const files = blobFiles('mine', { 'weights.safetensors': new Blob([header as Uint8Array<ArrayBuffer>, new Uint8Array(1)]) });
    await expect(openEncoder(files)).rejects.toMatchObject({ code: 'E_MODEL', message: expect.stringMatching(sentence) });
  });
});

it('takes what is nested as files are', () => {
  expect(jsonObject('{"a":{"b":[{"c":[1]}]}}', 'It')).toEqual({ a: { b: [{ c: [1] }] } });
});
