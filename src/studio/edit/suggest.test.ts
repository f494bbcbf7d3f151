import { describe, expect, it } from 'vitest';
import { sheetIn } from '../../../test/sheets.ts';
import { applyStep, newHistory } from './history.ts';
import { classify, lock, suggest } from './marks.ts';
import type { Sheet } from './sheet.ts';

const LIVE = [1, 2, 3];
const classesOf = ({ marks }: Sheet) => [...marks.values()].map(({ classId }) => classId);
/** Four regions; the first has a class, the second one that was deleted. */
const sheetNow = (): Sheet => {
  const sheet = sheetIn('0123', '0123');
  applyStep(sheet, classify(sheet, [0], 1) as never);
  applyStep(sheet, classify(sheet, [1], 9) as never);
  return sheet;
};

describe('suggest', () => {
  it('names what has no class that there is, each its own, and nothing else', () => {
    const sheet = sheetNow();
    applyStep(
      sheet,
      suggest(
        sheet,
        [
          [0, 2],
          [1, 2],
          [3, 3],
          [77, 1],
        ],
        LIVE,
      ) as never,
    );
    expect(classesOf(sheet)).toEqual([1, 2, undefined, 3]);
  });

  it('is one step, which undo takes back whole', () => {
    const sheet = sheetNow();
    const history = newHistory();
    const given = [1, 2, 3].map((id) => [id, id] as const);
    const step = suggest(sheet, given, LIVE);
    expect(step?.what).toBe('classify');
    history.push(sheet, step as never);
    expect(classesOf(sheet)).toEqual([1, 1, 2, 3]);
    history.undo(sheet);
    expect(classesOf(sheet)).toEqual([1, 9, undefined, undefined]);
  });

  it('names what a person asked for whatever it has, and locked regions too: their pixels alone stay', () => {
    const sheet = sheetNow();
    applyStep(sheet, lock(sheet, [0, 2]) as never);
    applyStep(
      sheet,
      suggest(
        sheet,
        [
          [0, 3],
          [2, 2],
        ],
        LIVE,
        [0],
      ) as never,
    );
    expect(classesOf(sheet)).toEqual([3, 9, 2, undefined]);
  });

  it('is nothing where all have one', () => {
    const sheet = sheetNow();
    expect(suggest(sheet, [[0, 2]], LIVE)).toBeUndefined();
    expect(suggest(sheet, [], LIVE)).toBeUndefined();
  });
});
