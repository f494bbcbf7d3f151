import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at, flawsOf, labelMaps, map, rowsAfter, rowsOf, sheetIn } from '../../../test/sheets.ts';
import type { Point } from './area.ts';
import { applyStep } from './history.ts';
import { lock } from './marks.ts';
import { piecesOf } from './pieces.ts';
import { boxOf, type Sheet, sheetOf } from './sheet.ts';
import { splitByLabels, splitParts } from './split.ts';
import { splitByLine } from './split-line.ts';

const locked = (sheet: Sheet, id: number): Sheet => {
  applyStep(sheet, lock(sheet, [id]) as never);
  return sheet;
};

describe('splitParts', () => {
  it('makes a region of each piece, of which the largest keeps the id', () => {
    const sheet = sheetOf(map('01011', '11011', '00100'), [3, 4], new Map([[0, { classId: 2 }]]));
    expect(rowsAfter(sheet, splitParts(sheet, 0))).toEqual(['21011', '11011', '33144']);
    expect(sheet.marks.get(3)).toEqual({ classId: 2 });
    expect(flawsOf(sheet)).toEqual([]);
  });

  it('does nothing for one piece, for what is not there, and for what is locked', () => {
    expect(splitParts(sheetIn('00', '01'), 0)).toBeUndefined();
    expect(splitParts(sheetIn('0'), 0)).toBeUndefined();
    for (const id of [5, -1, Number.NaN, 0.5]) expect(splitParts(sheetIn('010'), id)).toBeUndefined();
    expect(splitParts(locked(sheetIn('010'), 0), 0)).toBeUndefined();
  });

  it('leaves each region in one piece', () => {
    fc.assert(
      fc.property(labelMaps(), (labels) => {
        const sheet = sheetOf(labels);
        for (const id of [...sheet.marks.keys()]) {
          const step = splitParts(sheet, id);
          if (step) applyStep(sheet, step);
        }
        expect(flawsOf(sheet)).toEqual([]);
        for (const id of sheet.marks.keys()) expect(piecesOf(sheet, id, boxOf(sheet, id) as never).area).toHaveLength(1);
      }),
    );
  });
});

describe('splitByLabels', () => {
  const parts = (left: number, top: number, ...rows: string[]) => ({
    box: [left, top, rows[0].length, rows.length] as [number, number, number, number],
    data: Int32Array.from(rows.join(''), (letter) => (letter === '.' ? -1 : Number(letter))),
  });

  it('gives parts ids of their own, of which the largest keeps the id', () => {
    const sheet = sheetOf(map('00001', '00001'), [3, 4], new Map([[0, { name: 'cat' }]]));
    const step = splitByLabels(sheet, 0, { ...parts(0, 0, '52555', '52255'), nodes: [0, 0, 12, 0, 0, 15] });
    expect(rowsAfter(sheet, step)).toEqual(['02001', '02201']);
    expect([...sheet.marks]).toEqual([
      [0, { name: 'cat', node: 15 }],
      [1, { node: 4 }],
      [2, { name: 'cat', node: 12 }],
    ]);
  });

  it('leaves what is in no part with the largest, which is then not its node', () => {
    const sheet = sheetOf(map('000000', '000000'), [3]);
    const step = splitByLabels(sheet, 0, { ...parts(-1, -1, '000', '.11', '.12'), nodes: [7, 8, 9] });
    expect(rowsAfter(sheet, step)).toEqual(['000000', '010000']);
    expect([...sheet.marks]).toEqual([
      [0, {}],
      [1, { node: 9 }],
    ]);
  });

  it('does nothing where there are not two parts of the region', () => {
    const sheet = sheetIn('0011');
    for (const given of [parts(0, 0, '1122'), parts(0, 0, '....'), parts(0, 0, '1.22'), parts(50, 50, '12'), parts(-9, 0, '12')])
      expect(splitByLabels(sheet, 0, given)).toBeUndefined();
    expect(splitByLabels(sheet, 9, parts(0, 0, '12'))).toBeUndefined();
    expect(splitByLabels(locked(sheet, 0), 0, parts(0, 0, '12'))).toBeUndefined();
  });

  it('refuses a map that is none', () => {
    expect(() => splitByLabels(sheetIn('00'), 0, { box: [0, 0, 2, 2], data: new Int32Array(2) })).toThrow(/Expected a box/);
    expect(() => splitByLabels(sheetIn('00'), 0, { box: [0, 0, 2, 1], data: [0, 1] as never })).toThrow(/as Int32Array/);
    expect(() => splitByLabels(sheetIn('00'), 0, { ...parts(0, 0, '01'), nodes: [0.5, 1] })).toThrow(/node/);
  });
});

describe('splitByLine', () => {
  const square = (size: number): Sheet => sheetOf({ data: new Int32Array(size * size), width: size, height: size });
  const areas = (sheet: Sheet) => [...sheet.marks.keys()].map((id) => sheet.data.filter((of) => of === id).length);

  it('cuts a region in two, and gives the line to both sides', () => {
    const sheet = sheetOf(map('000001', '000001', '000001'), [3, 4], new Map([[0, { name: 'cat' }]]));
    expect(rowsAfter(sheet, splitByLine(sheet, 0, at('1.5,-1 1.5,9')))).toEqual(['220001', '220001', '220001']);
    expect([...sheet.marks.values()]).toEqual([{ name: 'cat' }, { node: 4 }, { name: 'cat' }]);
  });

  it('leaves two connected halves, whatever the slope, the width and the way', () => {
    const coordinate = fc.double({ min: 0, max: 40, noNaN: true });
    fc.assert(
      fc.property(coordinate, coordinate, coordinate, fc.double({ min: 0.1, max: 4, noNaN: true }), (a, b, c, width) => {
        const sheet = square(40);
        const step = splitByLine(
          sheet,
          0,
          [
            [-2, a],
            [b, c],
            [42, 40 - a],
          ],
          width,
        );
        if (!step) return;
        applyStep(sheet, step);
        expect(flawsOf(sheet)).toEqual([]);
        for (const id of sheet.marks.keys()) expect(piecesOf(sheet, id, boxOf(sheet, id) as never).area).toHaveLength(1);
        const [kept, ...others] = areas(sheet);
        for (const area of others) expect(area).toBeLessThanOrEqual(kept);
      }),
    );
  });

  it('does not cut where the line ends within the region, or misses it', () => {
    const lines: Point[][] = [at('5,-1 5,15'), at('5,5 15,15'), at('-5,-5 -5,50'), at('9,9'), []];
    for (const points of lines) expect(splitByLine(square(20), 0, points)).toBeUndefined();
    expect(splitByLine(sheetIn('0'), 0, at('-1,0.5 2,0.5'))).toBeUndefined();
    expect(splitByLine(sheetIn('00', '00'), 7, at('0,0 2,2'))).toBeUndefined();
    expect(splitByLine(locked(square(20), 0), 0, at('-1,9 21,9'))).toBeUndefined();
  });

  it('cuts nothing off other regions, nor pieces that it does not cut', () => {
    const sheet = sheetIn('0000100', '0000100', '0000100');
    expect(rowsAfter(sheet, splitByLine(sheet, 0, at('1.5,-1 1.5,4')))).toEqual(['2200100', '2200100', '2200100']);
  });

  it('does not take two pieces that it only touches for a cut', () => {
    expect(splitByLine(sheetIn('00100', '00100', '00100'), 0, at('1.5,1.5 3.5,1.5'), 0.5)).toBeUndefined();
  });

  it('cuts off a corner, a ring and several at once', () => {
    const corner = square(40);
    applyStep(corner, splitByLine(corner, 0, at('-1,6 6,-1')) as never);
    expect(areas(corner)).toHaveLength(2);
    const ring = square(40);
    applyStep(ring, splitByLine(ring, 0, at('10,10 20,10 20,20 10,20 10,10')) as never);
    expect(areas(ring)).toHaveLength(2);
    expect(areas(ring)[1]).toBeGreaterThan(80);
    const comb = sheetIn('0101010', '0101010', '0101010', '0101010', '0000000', '0000000');
    applyStep(comb, splitByLine(comb, 0, at('-1,2.5 8,2.5'), 0.5) as never);
    expect(rowsOf(comb).slice(0, 2)).toEqual(['2131415', '2131415']);
  });

  it('leaves crumbs with what is beside them', () => {
    // a region with teeth on its left border, cut from top to bottom through them
    const [width, height] = [200, 200];
    const data = Int32Array.from({ length: width * height }, (_, i) => (i % width < 20 + (Math.floor(i / width) % 10 < 3 ? 0 : 6) ? 1 : 0));
    const along = sheetOf({ data, width, height });
    expect(splitByLine(along, 0, at('24,-1 24,201'))).toBeUndefined();
    const through = sheetOf({ data, width, height });
    applyStep(through, splitByLine(through, 0, at('24,-1 24,180 120,201')) as never);
    expect(areas(through)).toHaveLength(3);
    expect(flawsOf(through)).toEqual([]);
  });

  it('leaves a film along a border that the line runs beside', () => {
    const [width, height] = [200, 400];
    const strip = (depth: number): Sheet =>
      sheetOf({ data: Int32Array.from({ length: width * height }, (_, i) => (i < width * (10 - depth) ? 1 : 0)), width, height });
    expect(splitByLine(strip(2), 0, at('-1,10.5 201,10.5'), 0.5)).toBeUndefined();
    expect(splitByLine(strip(4), 0, at('-1,10.5 201,10.5'), 0.5)).toBeDefined();
  });

  it('refuses points and widths that are no numbers', () => {
    expect(() => splitByLine(square(9), 0, [[0, Number.NaN]])).toThrow(/Expected points/);
    expect(() => splitByLine(square(9), 9, [[0, Number.NaN]])).toThrow(/Expected points/);
    for (const width of [0, -1, Number.NaN]) expect(() => splitByLine(square(9), 0, at('0,4 9,4'), width)).toThrow(/Expected a size of the stroke/);
  });
});
