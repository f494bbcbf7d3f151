import { describe, expect, it } from 'vitest';
import { classForm, dictionaryForm, drawingForm, headLine, keyOf, lineOf, readLedger, type Settings } from './ledger.ts';

const settings = { dataset: 'folder', alpha: 3, size: [640, 480], tau: null };
const counts = { tp: Float64Array.of(5, 0, 1), fp: Float64Array.of(1, 0, 0), fn: Float64Array.of(0, 0, 2), pixels: 9 };
const result = { id: 'ä "b"', at: 0, segments: 4, counts, objects: { count: 2, best: 1.25, union: 1 } };
const other = { ...result, id: 'x', at: 1 };
const form = classForm(3);
const text = headLine({ settings, save: '/p' }) + lineOf(result, form) + lineOf(other, form);
const read = (content: string, now: Settings = settings) => readLedger(content, { settings: now, save: '/p' }, form, 'f.jsonl');

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
  oneToOne: { predicted: 9, predictedMatched: 5, drawn: 12, drawnMatched: 6 },
};
const drawn = { id: 'y', at: 2, drawings: [score, { ...score, borderLength: null }] };

describe('the resume file', () => {
  it('gives back what was written', () => {
    const { lines, whole } = read(text);
    expect(whole).toBe(text.length);
    expect(lines.get(keyOf(result))).toEqual(result);
    expect(lines.get(keyOf(other))).toEqual(other);
  });

  it('survives a cut anywhere', () => {
    for (let cut = 0; cut <= text.length; cut++) {
      const { lines, whole } = read(text.slice(0, cut));
      expect(whole).toBeLessThanOrEqual(cut);
      expect(lines.size).toBe(Math.max(0, text.slice(0, whole).split('\n').length - 2));
    }
  });

  it('refuses another run, naming what differs', () => {
    expect(() => read(text, { ...settings, alpha: 10 })).toThrow(/f\.jsonl was made with other settings \(alpha 3, now 10\)/);
    expect(() => read(text, { ...settings, price: 0.04 })).toThrow(/price null, now 0\.04/);
  });

  it('refuses what is no such file', () => {
    expect(() => read('somebody’s notes')).toThrow(/not the file of an evaluation/);
    expect(() => read('{"a":1}\n')).toThrow(/Line 1 of f\.jsonl/);
    expect(() => read(`${headLine({ settings })}nonsense\n${lineOf(other, form)}`)).toThrow(/Line 2 of f\.jsonl/);
    expect(() => read(`${headLine({ settings })}{"id":"a","at":0,"segments":1,"pixels":1,"classes":[[9,1,0,0]]}\n`)).toThrow(/Line 2/);
  });

  it('refuses what another version measured', () => {
    const older = text.replace(/"diffcutEval":\d+/, '"diffcutEval":1');
    expect(() => read(older)).toThrow(/f\.jsonl was made by another version of diffcut/);
    expect(() => read(`${headLine({ settings })}{"id":"a","at":0,"segments":1,"pixels":1,"classes":[]}\n`)).toThrow(/Line 2/);
  });

  it('keeps the drawings of a picture, and refuses other numbers of them and lines that lack a measure', () => {
    const line = JSON.parse(lineOf(drawn, drawingForm(2)));
    expect(drawingForm(2).read(line)).toEqual(drawn);
    expect(() => drawingForm(1).read(line)).toThrow();
    expect(() => drawingForm(2).read({ ...line, drawings: [score, { ...score, vi: null }] })).toThrow();
    const { slivers: _, ...rest } = score;
    expect(() => drawingForm(2).read({ ...line, drawings: [rest, score] })).toThrow();
    expect(() => drawingForm(2).read({ ...line, drawings: [{ ...score, oneToOne: { ...score.oneToOne, drawn: -1 } }, score] })).toThrow();
    expect(() => form.read(line)).toThrow();
  });

  it('keeps what classes and ids share, and refuses what is nobody’s', () => {
    const { counts: _, ...rest } = result;
    const shared = {
      ...rest,
      overlaps: [
        [0, 7, 12],
        [2, 90_000, 1],
      ] as [number, number, number][],
    };
    const of = dictionaryForm(3);
    const line = JSON.parse(lineOf(shared, of));
    expect(of.read(line)).toEqual(shared);
    for (const overlap of [[3, 1, 1], [0, -1, 1], [0, 1, 0], [0, 1], [0.5, 1, 1], null])
      expect(() => of.read({ ...line, overlaps: [overlap] })).toThrow();
    expect(() => of.read({ ...line, objects: undefined })).toThrow();
  });

  it('keeps why a picture was left out, until there is a result; each line has an id and a place', () => {
    const lost = { id: 'x', at: 1, problem: 'not a picture' };
    expect(read(text + lineOf(lost, form)).lines.get(keyOf(lost))).toEqual(lost);
    expect(read(headLine({ settings }) + lineOf(lost, form) + lineOf(other, form)).lines.get(keyOf(lost))).toEqual(other);
    for (const line of [
      { ...lost, id: 1 },
      { ...lost, at: -1 },
      { id: 'x', problem: '' },
      { ...lost, encoder: 2 },
    ])
      expect(() => read(`${text}${JSON.stringify(line)}\n`)).toThrow(/Line 4 of f\.jsonl/);
  });
});
