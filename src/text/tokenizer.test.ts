import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderOf, PIPELINES } from '../../test/pipelines.ts';
import { readNpy } from '../tensor/npy.ts';
import { createTokenizer, END, START } from './tokenizer.ts';

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
    ['', /^The tokenizer's vocab\.json is not JSON \(.*\): get it again$/],
    ['{', /is not JSON/],
    ['null', /is not CLIP's/],
    ['[]', /is not CLIP's/],
    ['{"a": 1}', /^The tokenizer's vocab\.json is not CLIP's \(<\|endoftext\|> is not 49407 in it\): get the tokenizer of this model$/],
  ])('refuses the vocabulary %j', (json, message) => {
    expect(() => createTokenizer(json, '#version: 0.2\n')).toThrow(message);
  });
});
