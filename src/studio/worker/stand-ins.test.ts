import { describe, expect, it } from 'vitest';
import type { Mark, Sheet } from '../edit/index.ts';
import { standIns } from './stand-ins.ts';

const sheetOf = (marks: Record<number, Mark>, ...rows: string[]): Sheet => {
  const data = Int32Array.from(rows.join(''), Number);
  return { width: rows[0].length, height: rows.length, data, nextId: 10, marks: new Map([...new Set(data)].map((id) => [id, marks[id] ?? {}])) };
};
const labelsOf = (...rows: string[]) => ({ width: rows[0].length, height: rows.length, data: Int32Array.from(rows.join(''), Number) });

describe('what labels of a moving slider are seen as', () => {
  it('is the region that they lie on for the most part, once each', () => {
    const sheet = sheetOf({}, '11112222', '11112222');
    expect(standIns(labelsOf('00011133', '00011133'), sheet)).toEqual(
      new Map([
        [0, 1],
        [1, 2],
      ]),
    );
  });

  it('is a class or an own colour wherever most of them was of it, at any size', () => {
    const sheet = sheetOf({ 1: { classId: 5 }, 2: { colour: [1, 2, 3] } }, '11112222', '11112222', '11112222', '11112222');
    expect([...standIns(labelsOf('0123'), sheet)].sort()).toEqual([
      [0, 1],
      [1, 1],
      [2, 2],
      [3, 2],
    ]);
  });
});
