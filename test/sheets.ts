/** Label maps as rows of digits, and sheets of them. */
import fc from 'fast-check';
import type { Point } from '../src/studio/edit/area.ts';
import type { Step } from '../src/studio/edit/history.ts';
import { applyStep } from '../src/studio/edit/history.ts';
import { type Area, type Sheet, sheetOf } from '../src/studio/edit/sheet.ts';
import type { LabelMap } from '../src/types.ts';

/** Digits 0 to 9 and letters from a = 10 on. */
export const map = (...rows: string[]): LabelMap => ({
  data: Int32Array.from(rows.join(''), (letter) => Number.parseInt(letter, 36)),
  width: rows[0].length,
  height: rows.length,
});

export const sheetIn = (...rows: string[]): Sheet => sheetOf(map(...rows));

export const rowsOf = ({ data, width, height }: LabelMap | Sheet): string[] =>
  Array.from({ length: height }, (_, y) => Array.from(data.subarray(y * width, (y + 1) * width), (id) => id.toString(36)).join(''));

/** Rows after a step, which must be one. */
export const rowsAfter = (sheet: Sheet, step: Step | undefined): string[] => {
  if (!step) throw new Error('there is no step');
  applyStep(sheet, step);
  return rowsOf(sheet);
};

/** `0,0 2.5,1` */
export const at = (points: string): Point[] => points.split(' ').map((point) => point.split(',').map(Number) as unknown as Point);

/** An area where rows have a `#`. @param left, top of its box */
export const areaIn = (rows: string[], left = 0, top = 0): Area => ({
  box: [left, top, rows[0].length, rows.length],
  mask: Uint8Array.from(rows.join(''), (letter) => (letter === '#' ? 1 : 0)),
});

export const copyOf = (sheet: Sheet): Sheet => ({ ...sheet, data: sheet.data.slice(), marks: new Map(sheet.marks) });

/** What must hold of any sheet: a mark for each id that occurs and for no other, and new ids above all. */
export const flawsOf = (sheet: Sheet): string[] => {
  const occurs = new Set(sheet.data);
  return [
    ...[...occurs].filter((id) => !sheet.marks.has(id)).map((id) => `${id} has no mark`),
    ...[...sheet.marks.keys()].filter((id) => !occurs.has(id)).map((id) => `${id} has no pixel`),
    ...[...occurs].filter((id) => id >= sheet.nextId).map((id) => `${id} is above the next id`),
  ];
};

/** Label maps up to 12 x 12 with wide regions and lone pixels. */
export const labelMaps = (width?: number, height?: number): fc.Arbitrary<LabelMap> =>
  fc
    .tuple(
      width ? fc.constant(width) : fc.integer({ min: 1, max: 12 }),
      height ? fc.constant(height) : fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 3 }),
    )
    .chain(([w, h, cell]) =>
      fc.array(fc.integer({ min: 0, max: 4 }), { minLength: w * h, maxLength: w * h }).map((ids) => ({
        data: Int32Array.from(ids, (_, i) => ids[Math.floor(Math.floor(i / w) / cell) * w + Math.floor((i % w) / cell)]),
        width: w,
        height: h,
      })),
    );
