import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { areaIn, at, flawsOf, labelMaps, map, rowsAfter, sheetIn } from '../../../test/sheets.ts';
import { polygonArea, strokeArea } from './area.ts';
import { applyStep } from './history.ts';
import { hide, lock } from './marks.ts';
import { carve, erase, paint } from './paint.ts';
import { type Area, sheetOf } from './sheet.ts';
import { snapArea } from './snap.ts';

const ALL = areaIn(['####', '####', '####']);
const EMPTY: Area = { box: [0, 0, 0, 0], mask: new Uint8Array(0) };

describe('paint', () => {
  it("gives an area's pixels to a region", () => {
    expect(rowsAfter(sheetIn('0011', '0011', '0011'), paint(sheetIn('0011', '0011', '0011'), 1, areaIn(['.#', '##'], 0, 1)))).toEqual([
      '0011',
      '0111',
      '1111',
    ]);
  });

  it('takes nothing from what is locked or hidden, but gives to what is hidden', () => {
    const sheet = sheetIn('0123', '0123', '0123');
    applyStep(sheet, lock(sheet, [0]) as never);
    applyStep(sheet, hide(sheet, [3, 2]) as never);
    expect(rowsAfter(sheet, paint(sheet, 2, ALL))).toEqual(['0223', '0223', '0223']);
    expect(paint(sheet, 0, ALL)).toBeUndefined();
  });

  it('drops the mark of a region that loses its last pixel, wherever in the picture others of it are', () => {
    const sheet = sheetIn('0012', '0010', '3000');
    const step = paint(sheet, 0, areaIn(['##', '##'], 2, 0));
    expect(step?.marks?.map(({ id, after }) => [id, after])).toEqual([
      [1, undefined],
      [2, undefined],
    ]);
    for (const row of ['2000', '0002', '0200']) {
      const other = sheetIn('0002', '0000', row);
      expect(paint(other, 0, areaIn(['#'], 3, 0))?.marks).toBeUndefined();
    }
  });

  it("is no longer the node's region on either side", () => {
    const sheet = sheetOf(map('012'), [7, 8, 9]);
    const step = paint(sheet, 1, areaIn(['#'], 0, 0));
    expect(step?.marks).toEqual([
      { id: 0, before: { node: 7 } },
      { id: 1, before: { node: 8 }, after: {} },
    ]);
  });

  it('holds to superpixels', () => {
    const sheet = sheetIn('0000', '0000', '0001');
    const superpixels = map('aabb', 'aabb', 'aabb');
    expect(rowsAfter(sheet, paint(sheet, 1, areaIn(['#'], 0, 0), { snap: superpixels, share: 0 }))).toEqual(['1100', '1100', '1101']);
    expect(paint(sheet, 1, areaIn(['###'], 1, 0), { snap: superpixels })).toBeUndefined();
    expect(rowsAfter(sheet, paint(sheet, 1, areaIn(['##', '##'], 2, 0), { snap: superpixels }))).toEqual(['1111', '1111', '1111']);
  });

  it.each<[string, number, Area]>([
    ['a region that is not there', 7, ALL],
    ['no number', Number.NaN, ALL],
    ['an empty area', 1, EMPTY],
    ['an area outside', 1, areaIn(['##'], 40, 40)],
    ['an area above', 1, areaIn(['##'], -2, -1)],
    ['an area of its own', 1, areaIn(['#'], 2, 0)],
    ['an area without pixels', 1, areaIn(['..'], 0, 0)],
  ])('does nothing for %s', (_, id, area) => {
    expect(paint(sheetIn('0011', '0011'), id, area)).toBeUndefined();
  });

  it('refuses an area that is none', () => {
    const sheet = sheetIn('01');
    for (const box of [[0, 0, 3, 1], [0, 0, -1, -1], [0, 0, 0.5, 2], [Number.NaN, 0, 1, 1], [0, 0], 'box'])
      expect(() => paint(sheet, 0, { box, mask: new Uint8Array(1) } as never)).toThrow(/Expected a box/);
  });
});

describe('carve', () => {
  it('makes a new region of an area', () => {
    const sheet = sheetIn('0000', '0000');
    const step = carve(sheet, areaIn(['##'], 1, 1), { mark: { classId: 4 } });
    expect(rowsAfter(sheet, step)).toEqual(['0000', '0110']);
    expect([...sheet.marks]).toEqual([
      [0, {}],
      [1, { classId: 4 }],
    ]);
  });

  it('makes none of nothing', () => {
    const sheet = sheetIn('0');
    expect(carve(sheet, EMPTY)).toBeUndefined();
    applyStep(sheet, lock(sheet, [0]) as never);
    expect(carve(sheet, areaIn(['#']))).toBeUndefined();
    expect(() => carve(sheet, ALL, { mark: { classId: -1 } })).toThrow(/classId/);
  });
});

describe('erase', () => {
  it('gives what is erased to the nearest other region', () => {
    const sheet = sheetIn('100002', '100002', '100002');
    expect(rowsAfter(sheet, erase(sheet, 0, areaIn(['.####.'], 0, 1)))).toEqual(['100002', '111222', '100002']);
  });

  it('reaches out of the middle of a region, and over what is locked', () => {
    const row = '0'.repeat(60);
    const sheet = sheetIn(`${row}1`, `${row}1`, `2${'0'.repeat(59)}1`);
    expect(rowsAfter(sheet, erase(sheet, 0, areaIn(['#'], 40, 1)))[1]).toBe(`${'0'.repeat(40)}1${'0'.repeat(19)}1`);
    const walled = sheetIn('033332', '033332');
    applyStep(walled, lock(walled, [3]) as never);
    expect(rowsAfter(walled, erase(walled, 0, areaIn(['#'], 0, 0)))).toEqual(['233332', '033332']);
  });

  it('drops a region that is erased whole', () => {
    const sheet = sheetIn('012');
    expect(rowsAfter(sheet, erase(sheet, 1, areaIn(['###'])))).toEqual(['002']);
    expect(flawsOf(sheet)).toEqual([]);
  });

  it('does nothing where no other region can have them', () => {
    expect(erase(sheetIn('00', '00'), 0, ALL)).toBeUndefined();
    expect(erase(sheetIn('0'), 0, areaIn(['#']))).toBeUndefined();
    const sheet = sheetIn('012');
    applyStep(sheet, lock(sheet, [1, 2]) as never);
    expect(erase(sheet, 0, areaIn(['#']))).toBeUndefined();
    expect(erase(sheet, 1, areaIn(['###']))).toBeUndefined();
    for (const [id, area] of [
      [9, ALL],
      [0, EMPTY],
      [0, areaIn(['#'], -5, -5)],
      [0, areaIn(['#'], 2, 0)],
    ] as const)
      expect(erase(sheetIn('012'), id, area)).toBeUndefined();
  });

  it('leaves nothing of the region in the area, and all else alone', () => {
    const areas = fc.array(fc.boolean(), { minLength: 30, maxLength: 30 });
    fc.assert(
      fc.property(labelMaps(), areas, fc.integer({ min: -3, max: 9 }), fc.integer({ min: -3, max: 9 }), (labels, bits, left, top) => {
        const sheet = sheetOf(labels);
        const area: Area = { box: [left, top, 6, 5], mask: Uint8Array.from(bits, Number) };
        const id = labels.data[0];
        const inside = (i: number) => {
          const [x, y] = [(i % labels.width) - left, Math.floor(i / labels.width) - top];
          return x >= 0 && y >= 0 && x < 6 && y < 5 && bits[y * 6 + x];
        };
        const step = erase(sheet, id, area);
        if (!step) return;
        applyStep(sheet, step);
        expect(flawsOf(sheet)).toEqual([]);
        sheet.data.forEach((now, i) => {
          if (labels.data[i] === id && inside(i)) expect(now).not.toBe(id);
          else expect(now).toBe(labels.data[i]);
        });
      }),
    );
  });
});

describe('snapArea', () => {
  const superpixels = map('0122', '0133');
  const SIZE = { width: 4, height: 2 };

  it('takes superpixels of which enough lies in the area', () => {
    expect(snapArea(areaIn(['####']), superpixels, SIZE)).toEqual(areaIn(['####', '##..']));
    expect(snapArea(areaIn(['####']), superpixels, SIZE, 0.51)).toEqual(areaIn(['##'], 2, 0));
    expect(snapArea(areaIn(['#'], 0, 1), superpixels, SIZE, 0)).toEqual(areaIn(['#', '#']));
  });

  it('stretches superpixels of another size', () => {
    const size = { width: 8, height: 8 };
    expect(snapArea(areaIn(['#'], 7, 0), superpixels, size, 0).box).toEqual([4, 0, 4, 4]);
    expect(snapArea(areaIn(['#'], 7, 0), superpixels, size, 1 / 16).box).toEqual([4, 0, 4, 4]);
    expect(snapArea(areaIn(['#'], 7, 0), superpixels, size, 1 / 15).mask).toHaveLength(0);
    expect(snapArea(areaIn(['#'], 0, 0), superpixels, { width: 2, height: 1 }, 1).box).toEqual([0, 0, 1, 1]);
    expect(snapArea(areaIn(['#'], 7, 0), superpixels, SIZE, 0).mask).toHaveLength(0);
  });

  it('looks at superpixels anew for a picture of another size', () => {
    for (const [width, height] of [
      [4, 2],
      [8, 2],
      [8, 4],
      [4, 4],
    ] as const) {
      const whole: Area = { box: [0, 0, width, height], mask: new Uint8Array(width * height).fill(1) };
      expect(snapArea(whole, superpixels, { width, height }, 1)).toEqual(whole);
    }
  });

  it('is made of whole superpixels of which some lies in the area', () => {
    const size = { width: 12, height: 12 };
    fc.assert(
      fc.property(labelMaps(), fc.double({ min: 0, max: 12, noNaN: true }), fc.double({ min: 0.5, max: 5, noNaN: true }), (labels, at, radius) => {
        const area = strokeArea([[at, 12 - at]], radius, size);
        const { box, mask } = snapArea(area, labels, size, 0);
        const isIn = (part: Area, x: number, y: number) =>
          x >= part.box[0] &&
          y >= part.box[1] &&
          x < part.box[0] + part.box[2] &&
          y < part.box[1] + part.box[3] &&
          part.mask[(y - part.box[1]) * part.box[2] + x - part.box[0]] === 1;
        const touched = new Set<number>();
        const idAt = (x: number, y: number) =>
          labels.data[Math.floor(((y + 0.5) * labels.height) / 12) * labels.width + Math.floor(((x + 0.5) * labels.width) / 12)];
        for (let i = 0; i < 144; i++) if (isIn(area, i % 12, Math.floor(i / 12))) touched.add(idAt(i % 12, Math.floor(i / 12)));
        for (let i = 0; i < 144; i++) expect(isIn({ box, mask }, i % 12, Math.floor(i / 12))).toBe(touched.has(idAt(i % 12, Math.floor(i / 12))));
      }),
    );
  });

  it('refuses what is no share and no map', () => {
    for (const share of [-1, 2, Number.NaN]) expect(() => snapArea(ALL, superpixels, SIZE, share)).toThrow(/share from 0 to 1/);
    expect(() => snapArea(ALL, { data: Int32Array.of(-1), width: 1, height: 1 }, SIZE)).toThrow(/ids from 0/);
    expect(() => snapArea({ box: [0, 0, 9, 9], mask: new Uint8Array(3) }, superpixels, SIZE)).toThrow(/Expected a box/);
  });
});

it('a lasso and a brush make areas that can be painted', () => {
  const sheet = sheetIn('0000', '0000', '0001');
  expect(rowsAfter(sheet, paint(sheet, 1, polygonArea(at('0,0 2,0 2,2 0,2'), sheet)))).toEqual(['1100', '1100', '0001']);
  expect(rowsAfter(sheet, paint(sheet, 0, strokeArea(at('0.5,0.5 9,0.5'), 0.4, sheet)))).toEqual(['0000', '1100', '0001']);
});
