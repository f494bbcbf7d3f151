/** Every input that once failed, through its reader again: a result, or one clear sentence. `npm run fuzz` writes them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { inputOf } from '../scripts/fuzz/mutate.ts';
import { TARGETS } from '../scripts/fuzz/targets.ts';
import { faultOf, judge } from '../scripts/fuzz/verdict.ts';

const CORPUS = fileURLToPath(new URL('corpus', import.meta.url));
const filesOf = (name: string): string[] => {
  const folder = join(CORPUS, name);
  return existsSync(folder) ? readdirSync(folder).sort() : [];
};

describe('what once failed', () => {
  it('is of a reader', () => {
    const names = TARGETS.map(({ name }) => name);
    expect(readdirSync(CORPUS).filter((name) => name !== 'README.md' && !names.includes(name))).toEqual([]);
  });

  describe.each(TARGETS)('$name', (target) => {
    it('takes its seeds, or says what is wrong with them', async () => {
      for (const seed of await target.seeds()) expect(await judge(target, seed)).toBeUndefined();
    });

    it.each(filesOf(target.name))('%s', async (file) => {
      expect(await judge(target, new Uint8Array(readFileSync(join(CORPUS, target.name, file))))).toBeUndefined();
    });
  });
});

describe('the fuzzer', () => {
  it.each(['bytes', 'png', 'text', 'json', 'safetensors'] as const)('makes the same inputs of %s for the same seed', (kind) => {
    const seeds = [Buffer.from('{"a": [1, 2, {"b": "c"}]}'), Buffer.from('0123456789'.repeat(20))];
    const run = (seed: string) => Array.from({ length: 300 }, (_, number) => Buffer.from(inputOf(seed, number, kind, seeds)).toString('base64'));
    expect(run('1')).toEqual(run('1'));
    expect(run('1')).not.toEqual(run('2'));
    expect(new Set(run('1')).size).toBeGreaterThan(150);
  });

  it.each([
    ['', 'an empty sentence'],
    ['x'.repeat(3000), 'a sentence of 3000 characters'],
    ['Give undefined', 'a sentence that says "undefined"'],
    ['It is [object Object]', 'a sentence that says "[object Object]"'],
  ])('sees what is wrong with a sentence: %#', (sentence, fault) => expect(faultOf(sentence)).toContain(fault));

  it('sees errors that are none of ours', async () => {
    const fails = { ...TARGETS[0], run: () => (undefined as unknown as string).length };
    expect(await judge(fails, new Uint8Array(1))).toMatch(/^TypeError/);
    expect(faultOf('Expected a number for tau but received undefined')).toBeUndefined();
  });
});
