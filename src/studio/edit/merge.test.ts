import { describe, expect, it } from 'vitest';
import { map, rowsAfter, sheetIn } from '../../../test/sheets.ts';
import { applyStep, type Step } from './history.ts';
import { classify, hide, lock, recolour, rename, setMarks } from './marks.ts';
import { merge } from './merge.ts';
import { maskOf, neighboursOf } from './neighbours.ts';
import { sheetOf } from './sheet.ts';

describe('merge', () => {
  it('joins regions to the largest, which keeps its id and what is said of it', () => {
    const sheet = sheetOf(
      map('0112', '0112', '3312'),
      [5, 6, 7, 8],
      new Map([
        [1, { name: 'wall', hidden: true }],
        [2, { name: 'sky', classId: 3 }],
      ]),
    );
    expect(rowsAfter(sheet, merge(sheet, [2, 1, 3]))).toEqual(['0111', '0111', '1111']);
    expect([...sheet.marks]).toEqual([
      [0, { node: 5 }],
      [1, { name: 'wall', hidden: true, classId: 3 }],
    ]);
  });

  it('joins what does not touch, and of several as large to the one with the lowest id', () => {
    const sheet = sheetIn('2010', '2010');
    expect(rowsAfter(sheet, merge(sheet, [2, 1]))).toEqual(['1010', '1010']);
  });

  it('passes over what is not there, and what is locked', () => {
    const sheet = sheetIn('012');
    applyStep(sheet, lock(sheet, [2]) as never);
    for (const ids of [[], [0], [0, 0], [0, 7], [0, Number.NaN, -1, 1e99], [0, 2]]) expect(merge(sheet, ids)).toBeUndefined();
    expect(rowsAfter(sheet, merge(sheet, new Set([0, 1, 2, 9])))).toEqual(['002']);
  });
});

describe('what is said of regions', () => {
  it('changes by one step, for all at once', () => {
    const sheet = sheetIn('012');
    const step = classify(sheet, [0, 2, 7], 4);
    expect(step).toEqual({
      what: 'classify',
      marks: [
        { id: 0, before: {}, after: { classId: 4 } },
        { id: 2, before: {}, after: { classId: 4 } },
      ],
    });
    expect(sheet.marks.get(0)).toEqual({});
  });

  it('is named by what was done', () => {
    const sheet = sheetIn('01');
    const named = (...operations: (() => Step | undefined)[]) =>
      operations.map((operate) => {
        const step = operate();
        rowsAfter(sheet, step);
        return step?.what;
      });
    const on = [() => rename(sheet, [0], 'cat'), () => recolour(sheet, [0], [1, 2, 3]), () => hide(sheet, [0]), () => lock(sheet, [0])];
    expect(named(...on)).toEqual(['rename', 'recolour', 'hide', 'lock']);
    expect(sheet.marks.get(0)).toEqual({ name: 'cat', colour: [1, 2, 3], hidden: true, locked: true });
    const off = [() => rename(sheet, [0], ''), () => recolour(sheet, [0], undefined), () => hide(sheet, [0], false), () => lock(sheet, [0], false)];
    expect(named(...off)).toEqual(['rename', 'recolour', 'show', 'unlock']);
    expect(sheet.marks.get(0)).toEqual({});
  });

  it('is no step where nothing changes', () => {
    const sheet = sheetIn('01');
    for (const step of [
      classify(sheet, [], 1),
      classify(sheet, [0], undefined),
      classify(sheet, [5], 1),
      hide(sheet, [0, 1], false),
      setMarks(sheet, []),
    ])
      expect(step).toBeUndefined();
  });

  it('adds up where a region is named twice', () => {
    const sheet = sheetIn('01');
    expect(
      setMarks(sheet, [
        [1, { name: 'a' }],
        [1, { classId: 2 }],
      ])?.marks,
    ).toEqual([{ id: 1, before: {}, after: { name: 'a', classId: 2 } }]);
  });

  it('refuses what cannot be said', () => {
    const sheet = sheetIn('01');
    expect(() => classify(sheet, [0], 1.5)).toThrow(/whole number from 0 on for a region's classId/);
    expect(() => rename(sheet, [0], 'x'.repeat(1001))).toThrow(/a text of up to 1000/);
    expect(() => recolour(sheet, [0], [0, 0, Number.NaN])).toThrow(/three whole numbers/);
  });
});

describe('neighboursOf', () => {
  it('knows the lengths of borders', () => {
    const sheet = sheetIn('0011', '0211', '3333');
    expect(neighboursOf(sheet, 0)).toEqual([
      { id: 2, border: 2 },
      { id: 1, border: 1 },
      { id: 3, border: 1 },
    ]);
    expect(neighboursOf(sheet, 3)).toEqual([
      { id: 1, border: 2 },
      { id: 0, border: 1 },
      { id: 2, border: 1 },
    ]);
  });

  it('knows none of a region that is alone, or is not there', () => {
    expect([neighboursOf(sheetIn('0'), 0), neighboursOf(sheetIn('01'), 5), neighboursOf(sheetIn('01'), Number.NaN)]).toEqual([[], [], []]);
  });
});

it('maskOf holds the pixels of regions', () => {
  expect(maskOf(sheetIn('012', '210'), [0, 2, 99, -1])).toEqual({ data: Uint8Array.of(1, 0, 1, 1, 0, 1), width: 3, height: 2 });
});
