import { describe, expect, it } from 'vitest';
import { readClassResult, readDrawingResult, readLedger, resultLine, settingsLine } from './ledger.ts';

const settings = { dataset: 'folder', alpha: 3, size: [640, 480], tau: null };
const counts = { tp: Float64Array.of(5, 0, 1), fp: Float64Array.of(1, 0, 0), fn: Float64Array.of(0, 0, 2), pixels: 9 };
const result = { id: 'ä "b"', segments: 4, counts, objects: { count: 2, best: 1.25, union: 1 } };
const other = { ...result, id: 'x' };
const text = settingsLine(settings) + resultLine(result) + resultLine(other);
const read = (content: string, now: Parameters<typeof readLedger>[1] = settings) =>
  readLedger(content, now, (line) => readClassResult(line, 3), 'f.jsonl');

const score = {
  segments: 2,
  covering: 0.5,
  pri: 0.75,
  vi: 1.5,
  precision: 0.5,
  recall: 0.25,
  pieces: 1,
  slivers: 0.125,
  roughness: 0.25,
  borderLength: 1,
};
const drawn = { id: 'y', drawings: [score, { ...score, borderLength: null }] };

describe('the resume file', () => {
  it('gives back what was written', () => {
    const { results, whole } = read(text);
    expect(whole).toBe(text.length);
    expect(results.get(result.id)).toEqual(result);
    expect(results.get('x')).toEqual(other);
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
    expect(() => read(`${settingsLine(settings)}nonsense\n${resultLine(other)}`)).toThrow(/Line 2 of f\.jsonl/);
    expect(() => read(`${settingsLine(settings)}{"id":"a","segments":1,"pixels":1,"classes":[[9,1,0,0]]}\n`)).toThrow(/Line 2/);
  });

  it('refuses what another version measured', () => {
    const older = text.replace(/"diffcutEval":\d+/, '"diffcutEval":1');
    expect(() => read(older)).toThrow(/f\.jsonl was made by another version of diffcut/);
    expect(() => read(`${settingsLine(settings)}{"id":"a","segments":1,"pixels":1,"classes":[]}\n`)).toThrow(/Line 2/);
  });

  it('keeps the drawings of a picture, and refuses other numbers of them and lines that lack a measure', () => {
    const line = JSON.parse(resultLine(drawn));
    expect(readDrawingResult(line, 2)).toEqual(drawn);
    expect(() => readDrawingResult(line, 1)).toThrow();
    expect(() => readDrawingResult({ id: 'y', drawings: [score, { ...score, vi: null }] }, 2)).toThrow();
    const { slivers: _, ...rest } = score;
    expect(() => readDrawingResult({ id: 'y', drawings: [rest, score] }, 2)).toThrow();
    expect(() => readDrawingResult({ drawings: [score] }, 1)).toThrow();
    expect(() => readClassResult(line, 3)).toThrow();
  });
});
