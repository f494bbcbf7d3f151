import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderOf, PIPELINES } from '../../test/pipelines.ts';
import { readNpy } from '../tensor/npy.ts';
import { createTokenizer, END, START } from './tokenizer.ts';

/** A JSON that no walk by recursion survives. */
const DEEP = `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
const read = (kind: string, file: string): string => readFileSync(join(folderOf(kind), file), 'utf8');
const tokenizerOf = (kind: string, folder: string) => createTokenizer(read(kind, `${folder}/vocab.json`), read(kind, `${folder}/merges.txt`));

describe("CLIP's tokenizer", () => {
  it.each([
    ['ssd', 'tokenizer', 0],
    ['ssd', 'tokenizer_2', 1],
    ['sd1', 'tokenizer', 0],
  ] as const)('gives the ids of transformers: %s, %s', (kind, folder, row) => {
    const { data, shape } = readNpy(readFileSync(join(PIPELINES, kind, 'golden/prompt_ids.npy')), 'prompt_ids');
    const wanted = Array.from(data as Int32Array).slice(row * shape[1], (row + 1) * shape[1]);
    const ids = [START, ...tokenizerOf(kind, folder)(read(kind, 'golden/prompt.txt').replace(/\n$/, '')), END];
    expect(ids).toEqual(wanted.slice(0, ids.length));
    expect(new Set(wanted.slice(ids.length)).size).toBe(1); // padding
  });

  it('takes case and spaces as nothing, and letters of any script', () => {
    const encode = tokenizerOf('ssd', 'tokenizer');
    expect(encode('  A   PHOTO\n of ')).toEqual(encode('a photo of'));
    expect(encode('')).toEqual([]);
    expect(encode('cafe\u0301')).toEqual(encode('caf\u00e9'));
    expect(encode('日本').length).toBeGreaterThan(0);
  });

  it.each([
    ['', /^The tokenizer's vocab\.json is not JSON \(.*\): get the file again$/],
    ['{', /is not JSON/],
    ['null', /^The tokenizer's vocab\.json holds no JSON object: get the file again$/],
    ['[]', /holds no JSON object/],
    [DEEP, /is not JSON \(nested more than 100 levels deep\)/],
    ['{"a": 1}', /^The tokenizer's vocab\.json is not CLIP's \(<\|endoftext\|> is not 49407 in it\): get the tokenizer of this model$/],
  ])('refuses a vocabulary that is none: %#', (json, message) => {
    expect(() => createTokenizer(json, '#version: 0.2\n')).toThrow(message);
  });

  const wordsWith = (words: object): string =>
    JSON.stringify({ '<|startoftext|>': START, '<|endoftext|>': END, h: 0, 'e</w>': 1, 'he</w>': 2, ...words });

  it.each([
    [49_408, 'wrong'],
    [-1, 'wrong'],
    [0.5, 'wrong'],
    [null, 'wrong'],
    ['3', 'wrong'],
    [[[3]], 'wrong'],
    [2, 'twice'],
    [END, 'twice'],
  ])('refuses the id %j', (id, kind) => {
    const message =
      kind === 'twice'
        ? /^The tokenizer's vocab\.json gives "[^"]+" and "x" the same id, \d+: /
        : /gives "x" the id .*, and ids are whole numbers from 0 to 49407: /;
    expect(() => createTokenizer(wordsWith({ x: id }), '')).toThrow(
      expect.objectContaining({ code: 'E_MODEL', message: expect.stringMatching(message) }),
    );
  });

  it('takes ids up to the size of the embedding, and no further', () => {
    const more = wordsWith({ mine: END + 1 });
    expect(createTokenizer(more, '', END + 2)('he')).toHaveLength(2);
    expect(() => createTokenizer(more, '')).toThrow(/gives "mine" the id 49408/);
  });

  it.each(['h', 'h e</w> h', 'h  e</w>', 'h x', ' he</w>', 'h e</w>\u0000', '#version: 0.2'])('refuses the merge %j', (line) => {
    expect(() => createTokenizer(wordsWith({}), `#version: 0.2\nh e</w>\n${line}\n`)).toThrow(
      /^Line 3 of the tokenizer's merges\.txt, ".*", does not join two words/,
    );
    expect(createTokenizer(wordsWith({}), '#version: 0.2\r\nh e</w>\r\n')('he')).toEqual([2]);
  });
});
