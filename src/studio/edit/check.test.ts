import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkHistory } from './check.ts';
import { newHistory, packSheet, type Step, setMarks, sheetOf, splitByLine, unpackSheet } from './index.ts';
import { merge } from './merge.ts';
import { paint } from './paint.ts';
import { replaceLabels } from './replace.ts';

const SIDE = 8;
const labelsOf = (of: (x: number, y: number) => number) => ({
  data: Int32Array.from({ length: SIDE * SIDE }, (_, i) => of(i % SIDE, Math.floor(i / SIDE))),
  width: SIDE,
  height: SIDE,
});
const start = () => sheetOf(labelsOf((x, y) => (x < 4 ? 0 : 1) + (y < 4 ? 0 : 2)));

type Doing = (sheet: ReturnType<typeof start>, a: number, b: number) => Step | undefined;
const DOINGS: Doing[] = [
  (sheet, a, b) => merge(sheet, [idAt(sheet, a), idAt(sheet, b)]),
  (sheet, a) => setMarks(sheet, [[idAt(sheet, a), { name: `n${a}`, classId: a }]]),
  (sheet, a, b) => paint(sheet, idAt(sheet, a), { box: [b % 7, a % 7, 2, 2], mask: new Uint8Array(4).fill(1) }),
  (sheet, a, b) =>
    replaceLabels(
      sheet,
      labelsOf((x, y) => ((x + a) % 3) + (y > b % 8 ? 3 : 0)),
    ),
  (sheet, a) =>
    splitByLine(sheet, idAt(sheet, a), [
      [0, 3.5],
      [8, 3.5],
    ]),
];
const idAt = ({ marks }: ReturnType<typeof start>, n: number): number => [...marks.keys()][n % marks.size];

const doings = fc.array(fc.tuple(fc.nat(DOINGS.length - 1), fc.nat(50), fc.nat(50)), { minLength: 1, maxLength: 12 });

const made = (given: readonly (readonly [number, number, number])[]) => {
  const sheet = start();
  const base = packSheet(sheet);
  const history = newHistory();
  for (const [kind, a, b] of given) {
    const step = DOINGS[kind](sheet, a, b);
    if (step) history.push(sheet, step);
  }
  return { base, steps: [...history.steps] };
};

describe('a history from elsewhere', () => {
  it('is taken where somebody could have made it', () => {
    fc.assert(
      fc.property(doings, (given) => {
        const { base, steps } = made(given);
        expect(() => checkHistory(structuredClone(base), structuredClone(steps), 100)).not.toThrow();
      }),
    );
  });

  it('is refused with a sentence, or is another one that can be undone: whatever of it was changed', () => {
    const nasty = fc.oneof(
      fc.constant(-1),
      fc.constant(1e9),
      fc.constant(null),
      fc.constant('x'),
      fc.constant(0.5),
      fc.constant(NaN),
      fc.constant({}),
    );
    fc.assert(
      fc.property(doings, fc.nat(), nasty, (given, where, value) => {
        const { base, steps } = structuredClone(made(given));
        const places: [Record<string, unknown>, string][] = [];
        const walk = (node: unknown): void => {
          if (typeof node !== 'object' || node === null) return;
          for (const key of Object.keys(node)) {
            places.push([node as Record<string, unknown>, key]);
            walk((node as Record<string, unknown>)[key]);
          }
        };
        walk({ base, steps });
        const [node, key] = places[where % places.length];
        node[key] = value;
        try {
          checkHistory(base, steps, 100);
        } catch (error) {
          expect(String(error)).toMatch(/^InputError: [A-Z][^\n]*$/);
          return;
        }
        const sheet = unpackSheet(base);
        const history = newHistory(steps);
        while (history.redo(sheet)) expect(sheet.marks.size).toBe(new Set(sheet.data).size);
        while (history.undo(sheet)) expect(sheet.marks.size).toBe(new Set(sheet.data).size);
        expect(sheet.data).toEqual(unpackSheet(base).data);
        expect(sheet.marks).toEqual(unpackSheet(base).marks);
      }),
      { numRuns: 400 },
    );
  });

  it('is refused where the picture is larger than it may be', () => {
    const { base, steps } = made([[0, 0, 1]]);
    expect(() => checkHistory(base, steps, 10)).toThrow(/^Its history is damaged \(its labels have no size\)/);
  });

  it('is refused where its steps do not follow each other', () => {
    const { base, steps } = made([
      [0, 0, 1],
      [2, 1, 3],
      [1, 2, 0],
    ]);
    expect(steps).toHaveLength(3);
    const check = (given: unknown[]) => () => checkHistory(base, given as Step[], 100);
    expect(check([steps[1], steps[0]])).toThrow(/does not follow/);
    expect(check([steps[0], steps[0]])).toThrow(/does not follow/);
    expect(check([{ ...steps[0], marks: [] }])).toThrow(/no pixels, or no mark/);
    expect(check([{ what: 'marks', marks: [{ id: 9, after: {} }] }])).toThrow(/no pixels, or no mark/);
    expect(check([{ what: 'marks', marks: [{ id: 0, before: {}, after: { evil: 1 } }] }])).toThrow(/a mark is none/);
    expect(check([{ what: 1 }])).toThrow(/a step is none/);
    expect(check([steps[0], steps[1], steps[2]])).not.toThrow();
  });
});
