import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flawsOf, labelMaps, map, rowsAfter, rowsOf, sheetIn } from '../../../test/sheets.ts';
import { applyStep } from './history.ts';
import { lock } from './marks.ts';
import { replaceLabels } from './replace.ts';
import { type Mark, sheetOf } from './sheet.ts';

const marked = (...marks: (Mark | undefined)[]) => new Map(marks.map((mark, id) => [id, mark ?? {}] as const));

describe('replaceLabels', () => {
  it('gives new regions new ids, and leaves those that are the same theirs', () => {
    const sheet = sheetOf(map('0012', '0012'), [4, 5, 6]);
    const step = replaceLabels(sheet, map('7788', '7799'), [0, 0, 0, 0, 0, 0, 0, 1, 2, 3]);
    expect(rowsAfter(sheet, step)).toEqual(['0033', '0044']);
    expect([...sheet.marks].sort()).toEqual([
      [0, { node: 1 }],
      [3, { node: 2 }],
      [4, { node: 3 }],
    ]);
    expect(step?.what).toBe('granularity');
  });

  it('keeps locked regions to the pixel', () => {
    const sheet = sheetIn('0112', '0112');
    applyStep(sheet, lock(sheet, [1]) as never);
    expect(rowsAfter(sheet, replaceLabels(sheet, map('0000', '1111')))).toEqual(['3113', '4114']);
    expect(sheet.marks.get(1)).toEqual({ locked: true });
    const all = sheetIn('01');
    applyStep(all, lock(all, [0, 1]) as never);
    expect(replaceLabels(all, map('55'))).toBeUndefined();
  });

  it('carries over what is said of more than half of a new region', () => {
    const cat: Mark = { classId: 1, name: 'Tom', colour: [1, 2, 3], hidden: true };
    const sheet = sheetOf(map('0001112233'), undefined, marked(cat, { classId: 1, name: 'Kitty' }, { name: 'wall' }, { name: 'wall', node: 3 }));
    applyStep(sheet, replaceLabels(sheet, map('0000001111')) as never);
    expect([...sheet.marks.values()]).toEqual([{ classId: 1 }, { name: 'wall' }]);
    const halves = sheetOf(map('0011'), undefined, marked(cat, {}));
    applyStep(halves, replaceLabels(halves, map('0122')) as never);
    expect([...halves.marks.values()]).toEqual([{}, cat, cat].map((mark, k) => (k === 0 ? {} : mark)));
    applyStep(halves, replaceLabels(halves, map('0000')) as never);
    expect([...halves.marks.values()]).toEqual([{}]);
  });

  it('does not count what lies under locked regions', () => {
    const sheet = sheetOf(map('001111'), undefined, marked({ name: 'small' }, { locked: true }));
    applyStep(sheet, replaceLabels(sheet, map('011111')) as never);
    expect([...sheet.marks]).toEqual([
      [1, { locked: true }],
      [2, { name: 'small' }],
      [3, { name: 'small' }],
    ]);
  });

  it('takes over what a file says', () => {
    const sheet = sheetOf(map('0011'), [1, 2], marked({ name: 'a', classId: 7 }));
    const step = replaceLabels(
      sheet,
      map('0022'),
      undefined,
      new Map([
        [0, { name: 'b' }],
        [2, { name: 'c' }],
      ]),
    );
    expect(step?.what).toBe('labels');
    applyStep(sheet, step as never);
    expect([...sheet.marks]).toEqual([
      [0, { name: 'b', classId: 7 }],
      [1, { name: 'c' }],
    ]);
  });

  it('is the new map where nothing is locked', () => {
    const pairs = labelMaps().chain((from) => labelMaps(from.width, from.height).map((to) => [from, to] as const));
    fc.assert(
      fc.property(pairs, ([from, to]) => {
        const sheet = sheetOf(from);
        const step = replaceLabels(sheet, to);
        if (step) applyStep(sheet, step);
        expect(flawsOf(sheet)).toEqual([]);
        const idOf = new Map([...to.data].map((label, i) => [label, sheet.data[i]]));
        expect(sheet.data).toEqual(to.data.map((label) => idOf.get(label) as number));
        expect(new Set(idOf.values()).size).toBe(idOf.size);
      }),
    );
  });

  it('does nothing where nothing changes', () => {
    const sheet = sheetIn('0011');
    expect(replaceLabels(sheet, map('5522'))).toBeUndefined();
    expect(replaceLabels(sheetIn('0'), map('3'))).toBeUndefined();
  });

  it('refuses labels of another size, and what is no map', () => {
    const sheet = sheetIn('0011');
    expect(() => replaceLabels(sheet, map('00', '11'))).toThrow('Expected labels of 4 x 1 pixels but these are of 2 x 2');
    expect(() => replaceLabels(sheet, { data: Int32Array.of(0, -2, 0, 0), width: 4, height: 1 })).toThrow(/one is -2/);
    expect(() => replaceLabels(sheet, undefined as never)).toThrow(/Expected labels/);
    expect(rowsOf(sheet)).toEqual(['0011']);
  });
});
