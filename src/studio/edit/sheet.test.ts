import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labelMaps, map, sheetIn } from '../../../test/sheets.ts';
import { type Box, boxOf, changedMark, clipped, joined, regionAt, sheetOf, tableOf } from './sheet.ts';

describe('sheetOf', () => {
  it('keeps ids, copies labels and gives each region that occurs a mark', () => {
    const labels = map('0055', '0077');
    const sheet = sheetOf(
      labels,
      [9, 9, 9, 9, 9, 12, 9, -1],
      new Map([
        [5, { name: 'sky' }],
        [6, { name: 'nowhere' }],
      ]),
    );
    labels.data[0] = 7;
    expect(sheet.data[0]).toBe(0);
    expect([...sheet.marks]).toEqual([
      [0, { node: 9 }],
      [5, { name: 'sky', node: 12 }],
      [7, {}],
    ]);
    expect(sheet.nextId).toBe(8);
  });

  it.each([
    ['no labels', undefined, /Expected labels as/],
    ['other arrays', { data: [0], width: 1, height: 1 }, /Expected labels as/],
    ['a wrong length', { data: new Int32Array(5), width: 2, height: 2 }, /Expected 4 labels for 2 x 2 pixels but there are 5/],
    ['no pixel', { data: new Int32Array(0), width: 0, height: 0 }, /of 0 x 0/],
    ['sides that are none', { data: new Int32Array(4), width: 1.5, height: Number.NaN }, /of 1.5 x NaN/],
    ['huge sides', { data: new Int32Array(4), width: 2 ** 26, height: 2 ** 26 }, /pixels but these are of 67108864/],
    ['a negative id', { data: Int32Array.of(3, -1), width: 2, height: 1 }, /ids from 0 to 16777215 but one is -1/],
    ['an id that is too high', { data: Int32Array.of(2 ** 24), width: 1, height: 1 }, /but one is 16777216/],
  ])('refuses %s', (_, labels, sentence) => {
    expect(() => sheetOf(labels as never)).toThrow(sentence);
  });

  it('refuses marks that cannot be', () => {
    expect(() => sheetOf(map('0'), undefined, new Map([[0, { colour: [0, 0, 300] }]]) as never)).toThrow(/three whole numbers from 0 to 255/);
    expect(() => sheetOf(map('0'), undefined, new Map([[0, { name: { length: 3 } }]]) as never)).toThrow(/a text of up to/);
    expect(() => sheetOf(map('0'), undefined, new Map([[0, { locked: 1 }]]) as never)).toThrow(/true or nothing for a region's locked/);
  });
});

describe('changedMark', () => {
  const mark = { classId: 3, name: 'cat', colour: [1, 2, 3] as const };

  it('takes away what is undefined or an empty name, and knows no other keys', () => {
    expect(changedMark(mark, { classId: undefined, name: '', evil: 1 } as never)).toEqual({ colour: [1, 2, 3] });
    expect(mark.classId).toBe(3);
  });

  it('is the same object where nothing changes', () => {
    expect(changedMark(mark, { name: 'cat', colour: [1, 2, 3], hidden: undefined })).toBe(mark);
    expect(changedMark({}, { name: 'undefined' })).toEqual({ name: 'undefined' });
  });
});

describe('boxes', () => {
  it('are the smallest around a region', () => {
    fc.assert(
      fc.property(labelMaps(), (labels) => {
        const sheet = sheetOf(labels);
        for (let id = 0; id < 6; id++) {
          const places = [...labels.data.keys()].filter((i) => labels.data[i] === id);
          const columns = places.map((i) => i % labels.width);
          const rows = places.map((i) => Math.floor(i / labels.width));
          const [left, top] = [Math.min(...columns), Math.min(...rows)];
          const box = [left, top, Math.max(...columns) - left + 1, Math.max(...rows) - top + 1];
          expect(boxOf(sheet, id)).toEqual(places.length ? box : undefined);
        }
      }),
    );
  });

  it('are clipped to a picture', () => {
    const size = { width: 10, height: 6 };
    expect(clipped([-3, 2, 5, 90], size)).toEqual([0, 2, 2, 4]);
    expect(clipped([4, 4, 1, 1], size, 2)).toEqual([2, 2, 5, 4]);
    expect(clipped([20, 20, 5, 5], size).slice(2)).toEqual([0, 0]);
    expect(clipped([-20, -20, 5, 5], size).slice(2)).toEqual([0, 0]);
  });

  it('are joined', () => {
    expect(joined([1, 2, 3, 4], [0, 5, 2, 6])).toEqual([0, 2, 4, 9]);
    const none: Box = [7, 7, 0, 0];
    expect([joined(none, [1, 2, 3, 4]), joined([1, 2, 3, 4], none)]).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ]);
  });
});

it('regionAt knows the region of a place, and none outside', () => {
  const sheet = sheetIn('012', '345');
  expect(regionAt(sheet, 1.9, 1)).toBe(4);
  const outside: [number, number][] = [
    [3, 0],
    [0, 2],
    [-0.1, 0],
    [0, -1],
    [Number.NaN, 0],
    [0, Number.POSITIVE_INFINITY],
  ];
  for (const [x, y] of outside) expect(regionAt(sheet, x, y)).toBeUndefined();
});

it('tableOf has a number for each id, and -1 for others', () => {
  expect([...tableOf(sheetIn('02'), (_, id) => 10 * id)]).toEqual([0, -1, 20]);
});
