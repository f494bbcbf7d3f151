import { InputError } from 'diffcut';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyOf, flawsOf, labelMaps, rowsOf, sheetIn } from '../../../test/sheets.ts';
import { applyStep, newHistory, revertStep, type Step } from './history.ts';
import * as edit from './index.ts';
import { rewrite } from './patch.ts';
import type { Sheet } from './sheet.ts';
import { stepOf } from './step.ts';

/** Some operation with some arguments, sensible or not. */
type Operation = (sheet: Sheet) => Step | undefined;

const id = fc.integer({ min: -1, max: 12 });
const ids = fc.array(id, { maxLength: 4 });
const coordinate = fc.integer({ min: -20, max: 150 }).map((tenths) => tenths / 10);
const points = fc.array(fc.tuple(coordinate, coordinate), { maxLength: 5 });
const area = fc.tuple(points, fc.integer({ min: 1, max: 4 }), fc.boolean()).map(
  ([at, radius, isLasso]) =>
    (sheet: Sheet) =>
      isLasso ? edit.polygonArea(at, sheet) : edit.strokeArea(at, radius, sheet),
);
const snap = fc.option(labelMaps(), { nil: undefined });
const mark = fc.record({ classId: fc.nat(3), name: fc.constantFrom('', 'cat', 'dog'), hidden: fc.constant(true as const) }, { requiredKeys: [] });

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.tuple(ids).map(
    ([a]): Operation =>
      (sheet) =>
        edit.merge(sheet, a),
  ),
  fc.tuple(id).map(
    ([a]): Operation =>
      (sheet) =>
        edit.splitParts(sheet, a),
  ),
  fc.tuple(id, labelMaps(), fc.array(fc.integer({ min: -1, max: 9 }))).map(
    ([a, { data, width, height }, nodes]): Operation =>
      (sheet) =>
        edit.splitByLabels(sheet, a, { box: [1, -1, width, height], data, nodes }),
  ),
  fc.tuple(id, points, fc.integer({ min: 1, max: 3 })).map(
    ([a, at, width]): Operation =>
      (sheet) =>
        edit.splitByLine(sheet, a, at, width),
  ),
  fc.tuple(id, area, snap).map(
    ([a, of, by]): Operation =>
      (sheet) =>
        edit.paint(sheet, a, of(sheet), { snap: by }),
  ),
  fc.tuple(area, mark).map(
    ([of, said]): Operation =>
      (sheet) =>
        edit.carve(sheet, of(sheet), { mark: said }),
  ),
  fc.tuple(id, area, snap).map(
    ([a, of, by]): Operation =>
      (sheet) =>
        edit.erase(sheet, a, of(sheet), { snap: by, share: 0 }),
  ),
  fc.tuple(ids, mark).map(
    ([a, said]): Operation =>
      (sheet) =>
        edit.setMarks(
          sheet,
          a.map((one) => [one, said] as const),
        ),
  ),
  fc.tuple(ids, fc.boolean()).map(
    ([a, isOn]): Operation =>
      (sheet) =>
        edit.lock(sheet, a.slice(0, 1), isOn),
  ),
  fc.tuple(ids, fc.boolean()).map(
    ([a, isOn]): Operation =>
      (sheet) =>
        edit.hide(sheet, a.slice(0, 1), isOn),
  ),
  fc.tuple(labelMaps(12, 12), fc.array(fc.integer({ min: -1, max: 9 }))).map(
    ([{ data }, nodes]): Operation =>
      ({ width, height, ...sheet }) =>
        edit.replaceLabels({ width, height, ...sheet }, { data: data.slice(0, width * height), width, height }, nodes),
  ),
);

/** What steps may not touch. */
const lockedPixels = ({ data, marks }: Sheet): string => JSON.stringify(Array.from(data, (of) => (marks.get(of)?.locked ? of : -1)));
const changesLocks = ({ what }: Step): boolean => what === 'lock' || what === 'unlock';

describe('any sequence of operations', () => {
  const given = [labelMaps(), fc.array(operation, { minLength: 1, maxLength: 12 })] as const;

  it('leaves a whole sheet after each, is undone to the same start and redone to the same end', () => {
    let done = 0;
    fc.assert(
      fc.property(...given, (labels, operations) => {
        const sheet = edit.sheetOf(labels, [...Array(5).keys()]);
        const history = newHistory();
        const states = [copyOf(sheet)];
        for (const operate of operations) {
          const before = copyOf(sheet);
          const step = operate(sheet);
          expect(sheet).toEqual(before); // computed, not done
          if (!step) continue;
          history.push(sheet, structuredClone(step));
          done++;
          expect(flawsOf(sheet)).toEqual([]);
          expect(sheet, step.what).not.toEqual(before);
          if (!changesLocks(step)) expect(lockedPixels(sheet)).toBe(lockedPixels(before));
          states.push(copyOf(sheet));
        }
        for (let at = states.length - 2; at >= 0; at--) {
          history.undo(sheet);
          expect(sheet).toEqual(states[at]);
        }
        expect(history.undo(sheet)).toBeUndefined();
        for (let at = 1; at < states.length; at++) {
          history.redo(sheet);
          expect(sheet).toEqual(states[at]);
        }
        expect(history.redo(sheet)).toBeUndefined();
      }),
      { numRuns: 400 },
    );
    expect(done).toBeGreaterThan(400);
  });

  it('leaves a region its node only while its pixels are the same', () => {
    fc.assert(
      fc.property(...given, (labels, operations) => {
        const sheet = edit.sheetOf(labels, [...Array(5).keys()]);
        for (const operate of operations) {
          const before = copyOf(sheet);
          const step = operate(sheet);
          if (!step || step.what === 'granularity' || step.what === 'splitByLabels') continue;
          applyStep(sheet, step);
          for (const [of, { node }] of sheet.marks) {
            if (node === undefined) continue;
            expect(before.marks.get(of)?.node).toBe(node);
            expect(sheet.data.map((now) => Number(now === of))).toEqual(before.data.map((was) => Number(was === of)));
          }
        }
      }),
    );
  });
});

it('a step leaves a region its mark where it loses all of its pixels and gains others', () => {
  const sheet = sheetIn('01');
  const swap = rewrite(sheet, [0, 0, 2, 1], (row) => row.reverse());
  expect(stepOf(sheet, 'marks', swap)?.marks).toBeUndefined();
});

describe('a history', () => {
  const rename = (sheet: Sheet, name: string) => edit.rename(sheet, [0], name) as Step;

  it('drops what could have been redone once there is a new step', () => {
    const sheet = sheetIn('01');
    const history = newHistory();
    for (const name of ['a', 'b', 'c']) history.push(sheet, rename(sheet, name));
    history.undo(sheet);
    expect(history.undo(sheet)?.marks?.[0].after).toEqual({ name: 'b' });
    expect([history.at, history.steps.length]).toEqual([1, 3]);
    history.push(sheet, rename(sheet, 'd'));
    expect([history.at, history.steps.length]).toEqual([2, 2]);
    expect(history.redo(sheet)).toBeUndefined();
    expect(sheet.marks.get(0)).toEqual({ name: 'd' });
  });

  it('goes on from the steps of an earlier visit', () => {
    const sheet = sheetIn('0122');
    const first = newHistory();
    first.push(sheet, edit.merge(sheet, [0, 1]) as Step);
    first.push(sheet, edit.merge(sheet, [0, 2]) as Step);
    const again = sheetIn('0122');
    const second = newHistory(structuredClone(first.steps));
    expect([second.at, second.undo(again)]).toEqual([0, undefined]);
    second.redo(again);
    second.redo(again);
    expect(rowsOf(again)).toEqual(rowsOf(sheet));
    expect(again.marks).toEqual(sheet.marks);
  });

  it('stands still where a step is damaged', () => {
    const sheet = sheetIn('0122');
    const step = edit.merge(sheet, [0, 1]) as Step;
    const before = copyOf(sheet);
    const damaged = { ...step, patch: { ...step.patch, runs: Uint8Array.of(9, 9, 9) } } as Step;
    const history = newHistory();
    expect(() => history.push(sheet, damaged)).toThrow(InputError);
    expect(() => revertStep(sheet, damaged)).toThrow(InputError);
    expect([history.at, history.steps.length, sheet]).toEqual([0, 0, before]);
  });

  it('gives no id twice, also where the highest one came back', () => {
    const sheet = sheetIn('0012');
    const history = newHistory();
    history.push(sheet, edit.merge(sheet, [0, 2]) as Step);
    const reopened = edit.sheetOf(sheet); // knows nothing of id 2
    expect(reopened.nextId).toBe(2);
    history.undo(reopened);
    expect(reopened.nextId).toBe(3);
  });
});
