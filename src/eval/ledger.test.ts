import { describe, expect, it } from 'vitest';
import { readLedger, readResult, resultLine, settingsLine } from './ledger.ts';

const settings = { dataset: 'folder', alpha: 3, size: [640, 480], tau: null };
const counts = { tp: Float64Array.of(5, 0, 1), fp: Float64Array.of(1, 0, 0), fn: Float64Array.of(0, 0, 2), pixels: 9 };
const result = { id: 'ä "b"', segments: 4, counts };
const borders = { id: 'x', segments: 2, precision: 0.5, recall: 0.25 };
const text = settingsLine(settings) + resultLine(result) + resultLine(borders);
const read = (content: string, now: Parameters<typeof readLedger>[1] = settings) =>
  readLedger(content, now, (line) => readResult(line, 3), 'f.jsonl');

describe('the resume file', () => {
  it('gives back what was written', () => {
    const { results, whole } = read(text);
    expect(whole).toBe(text.length);
    expect(results.get(result.id)).toEqual(result);
    expect(results.get('x')).toEqual(borders);
  });

  it('survives a cut anywhere', () => {
    for (let cut = 0; cut <= text.length; cut++) {
      const { results, whole } = read(text.slice(0, cut));
      expect(whole).toBeLessThanOrEqual(cut);
      expect(results.size).toBe(Math.max(0, text.slice(0, whole).split('\n').length - 2));
    }
  });

  it('refuses another run, naming what differs', () => {
    expect(() => read(text, { ...settings, alpha: 10 })).toThrow(/f\.jsonl was made with other settings \(alpha 3, now 10\)/);
    expect(() => read(text, { ...settings, price: 0.04 })).toThrow(/price null, now 0\.04/);
  });

  it('refuses what is no such file', () => {
    expect(() => read('somebody’s notes')).toThrow(/not the file of an evaluation/);
    expect(() => read('{"a":1}\n')).toThrow(/Line 1 of f\.jsonl/);
    expect(() => read(`${settingsLine(settings)}nonsense\n${resultLine(borders)}`)).toThrow(/Line 2 of f\.jsonl/);
    expect(() => read(`${settingsLine(settings)}{"id":"a","segments":1,"pixels":1,"classes":[[9,1,0,0]]}\n`)).toThrow(/Line 2/);
  });
});
