import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VOCABULARIES } from './lists.ts';
import { sentencesOf } from './templates.ts';
import { listedVocabulary, namedVocabulary, parseVocabulary } from './vocabulary.ts';

describe('a vocabulary file', () => {
  it('has a class a line, synonyms between commas, comments behind #', () => {
    const text = '\ufeff# animals\r\ncat, kitty , cat\n\n  dog # a hound\rdining\ttable,\n';
    expect(parseVocabulary(text)).toEqual([['cat', 'kitty'], ['dog'], ['dining table']]);
  });

  it.each([
    ['', /^pets\.txt has no names: give at least one$/],
    ['# cat\n,,\n', /has no names/],
    ['cat\ndog\ncat, kitty', /^pets\.txt has the class "cat" twice/],
    ['x'.repeat(301), /has a name of 301 letters/],
    [Array.from({ length: 20_001 }, (_, i) => `class ${i}`).join('\n'), /more than 20000 names/],
  ])('is refused: %#', (text, message) => {
    expect(() => parseVocabulary(text, 'pets.txt')).toThrow(message);
  });

  it('is read or refused in a sentence, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'b', ' ', ',', '#', '\n', '\r', '\t', '\u2028', '\ufeff') }), (text) => {
        try {
          const all = parseVocabulary(text).flat();
          expect(all.length).toBeGreaterThan(0);
          expect(all.every((name) => name !== '' && !/[,#\n\r]/.test(name))).toBe(true);
        } catch (error) {
          expect((error as Error).name).toBe('InputError');
        }
      }),
    );
  });
});

describe('the lists of data sets', () => {
  it('have as many classes as the published ones, each name first once', () => {
    const counts = Object.fromEntries(Object.entries(VOCABULARIES).map(([name, list]) => [name, list.length]));
    expect(counts).toEqual({ voc: 21, context: 60, coco: 81, ade20k: 150, cityscapes: 27 });
    for (const list of Object.values(VOCABULARIES)) {
      expect(new Set(list.map(([name]) => name)).size).toBe(list.length);
      expect(list.flat().every((name) => /^[a-z][a-z -]*$/.test(name))).toBe(true);
    }
    expect(VOCABULARIES.voc[0]).toHaveLength(72); // of 74 words, two of which stand there twice
    expect([VOCABULARIES.context[0], VOCABULARIES.coco[0]]).toEqual([['background'], ['background']]);
  });

  it('are known by name, with a guess for another', () => {
    expect(namedVocabulary('voc')).toBe(VOCABULARIES.voc);
    expect(() => namedVocabulary('vok')).toThrow(/^Unknown vocabulary "vok": did you mean "voc"/);
  });
});

it('names in a list may have synonyms', () => {
  expect(listedVocabulary(['cat', 'sofa, couch'])).toEqual([['cat'], ['sofa', 'couch']]);
  expect(() => listedVocabulary([' '])).toThrow(/^The list of classes has no names/);
  for (const bad of ['cat\u0001', '\ufffdJFIF'])
    expect(() => listedVocabulary(['sofa', bad])).toThrow(/^The list of classes has characters that are no text: give names in UTF-8$/);
});

it('a name is put into 14 sentences, whatever is in it', () => {
  expect(sentencesOf('$& cat')).toHaveLength(14);
  expect(sentencesOf('$& cat')[0]).toBe('a photo of a $& cat.');
});
