/** Rows of concepts: every region is in one at most, by its class, by hand or by likeness; and what moving some does. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClassRow } from '../types.ts';
import {
  type Alike,
  type ByHand,
  byPicture,
  freeNumbers,
  freeOf,
  isAmiss,
  type Known,
  keyOf,
  moveOf,
  newNumber,
  type Part,
  rowsOf,
} from './concept-rows.ts';

const SKY: ClassRow = { id: 3, name: 'sky', colour: [1, 2, 3] };
const HORSE: ClassRow = { id: 7, name: 'horse', colour: [4, 5, 6] };
const part = (picture: string, id: number, classId?: number): Part => ({
  key: keyOf(picture, id),
  picture,
  id,
  classId,
  share: 0.1,
  image: `${picture}-1-${id}`,
});
const told = (known: Known): string[] => rowsOf(known).map(({ key, parts }) => `${key}: ${parts.map((one) => one.key).join(' ')}`);

/** Three pictures of two regions: one is the sky, two were put together, three are alike or not. */
const KNOWN: Known = {
  parts: [part('a', 0, 3), part('a', 1), part('b', 0), part('b', 1), part('c', 0), part('c', 1)],
  classes: [SKY, HORSE],
  byHand: new Map([
    ['b-0', 1],
    ['c-0', 1],
  ]),
  alike: new Map<string, Alike>([
    ['a-1', { row: 0, cosine: 0.2 }],
    ['b-1', { row: 0, cosine: 0.9 }],
    ['c-1', { row: 0, cosine: 0.5 }],
    ['a-0', { row: 0, cosine: 0.7 }], // before it was named
  ]),
};

describe('rows of concepts', () => {
  it('are by class, by hand and by likeness, the largest first and in each the likest', () => {
    expect(told(KNOWN)).toEqual(['row-0: b-1 c-1 a-1', 'row-1: b-0 c-0', 'class-3: a-0']);
    expect(rowsOf(KNOWN).map(({ of, isFixed, pictures }) => [of?.name, isFixed, pictures])).toEqual([
      [undefined, false, 3],
      [undefined, true, 2],
      ['sky', true, 1],
    ]);
    expect(freeOf(KNOWN).map(({ key }) => key)).toEqual(['a-1', 'b-1', 'c-1']);
  });

  it('take a region back where its class is gone', () => {
    expect(told({ ...KNOWN, classes: [] })).toEqual(['row-0: b-1 a-0 c-1 a-1', 'row-1: b-0 c-0']);
  });

  it('leave out what was not grouped yet, and what is not there any more', () => {
    const alike = new Map([...KNOWN.alike, ['gone-9', { row: 4, cosine: 1 }] as const]);
    expect(told({ ...KNOWN, parts: [...KNOWN.parts, part('d', 0)], alike })).toEqual(told(KNOWN));
  });

  it('have each region once, however they are made', () => {
    const key = fc.constantFrom(...KNOWN.parts.map((one) => one.key));
    const known = fc.record({
      parts: fc.constant(KNOWN.parts),
      classes: fc.subarray([SKY, HORSE]),
      byHand: fc.array(fc.tuple(key, fc.constantFrom(1, 2))).map((all): ByHand => new Map(all)),
      alike: fc.array(fc.tuple(key, fc.record({ row: fc.nat(3), cosine: fc.double({ min: -1, max: 1, noNaN: true }) }))).map((all) => new Map(all)),
    });
    fc.assert(
      fc.property(known, (one) => {
        const rows = rowsOf(one);
        const keys = rows.flatMap(({ parts }) => parts.map((each) => each.key));
        expect(new Set(keys).size).toBe(keys.length);
        const lost = freeOf(one).filter((each) => !one.alike.has(each.key));
        expect(keys.length + lost.length).toBe(one.parts.length);
        expect(rows.every(({ parts }, i) => parts.length > 0 && (i === 0 || parts.length <= rows[i - 1].parts.length))).toBe(true);
      }),
    );
  });
});

describe('numbers of rows', () => {
  it('are those that the command gives, past what rows by hand have', () => {
    expect(freeNumbers(3, new Map())).toEqual([0, 1, 2]);
    expect(freeNumbers(3, KNOWN.byHand)).toEqual([0, 2, 3]);
    expect(freeNumbers(0, KNOWN.byHand)).toEqual([]);
    expect(newNumber(KNOWN)).toBe(2);
    expect(newNumber({ byHand: new Map(), alike: new Map() })).toBe(0);
  });

  it('are given anew where two rows would have the same', () => {
    expect(isAmiss(KNOWN)).toBe(false);
    expect(isAmiss({ ...KNOWN, parts: [...KNOWN.parts, part('d', 0)] })).toBe(true);
    // a merge was taken back after others were found: their number is the row's by hand again
    const byHand = new Map([...KNOWN.byHand.keys()].map((key) => [key, 0]));
    expect(isAmiss({ ...KNOWN, byHand })).toBe(true);
    expect(isAmiss({ ...KNOWN, parts: [], byHand })).toBe(false);
  });
});

describe('a move', () => {
  const [alike, hand, sky] = rowsOf(KNOWN);
  const rowsAfter = ({ byHand, named, classId }: ReturnType<typeof moveOf>): string[] =>
    told({ ...KNOWN, byHand, parts: KNOWN.parts.map((one) => (named.includes(one) ? { ...one, classId } : one)) });

  it('into a row with a name names what has another one or none', () => {
    const move = moveOf([KNOWN.parts[0], KNOWN.parts[1]], sky, KNOWN.byHand, 2);
    expect(move).toEqual({ byHand: KNOWN.byHand, named: [KNOWN.parts[1]], classId: 3, row: 'class-3' });
    expect(rowsAfter(move)).toEqual(['class-3: a-0 a-1', 'row-1: b-0 c-0', 'row-0: b-1 c-1']);
  });

  it('into a row that was only found makes it one that stays, and takes names away', () => {
    const move = moveOf([KNOWN.parts[0]], alike, KNOWN.byHand, 2);
    expect(move).toMatchObject({ named: [KNOWN.parts[0]], classId: undefined, row: 'row-0' });
    expect(rowsAfter(move)).toEqual(['row-0: b-1 a-0 c-1 a-1', 'row-1: b-0 c-0']);
    expect([...move.byHand.keys()].sort()).toEqual(['a-0', 'a-1', 'b-0', 'b-1', 'c-0', 'c-1']);
  });

  it('goes into a row by hand, and into a new one', () => {
    expect(rowsAfter(moveOf([KNOWN.parts[1]], hand, KNOWN.byHand, 2))).toEqual(['row-1: a-1 b-0 c-0', 'row-0: b-1 c-1', 'class-3: a-0']);
    const move = moveOf([KNOWN.parts[1], KNOWN.parts[2]], 'new', KNOWN.byHand, 2);
    expect(move.row).toBe('row-2');
    expect(rowsAfter(move)).toEqual(['row-2: a-1 b-0', 'row-0: b-1 c-1', 'class-3: a-0', 'row-1: c-0']);
  });

  it('leaves every other row its number, and its own where it has one', () => {
    const rows = rowsOf(KNOWN);
    const some = fc.subarray([...KNOWN.parts], { minLength: 1 });
    fc.assert(
      fc.property(some, fc.constantFrom(...rows, 'new' as const), (parts, to) => {
        const { byHand, named, classId, row } = moveOf(parts, to, KNOWN.byHand, newNumber(KNOWN));
        const after = rowsOf({ ...KNOWN, byHand, parts: KNOWN.parts.map((one) => (named.includes(one) ? { ...one, classId } : one)) });
        expect(rows.some(({ key }) => key === row)).toBe(to !== 'new');
        const moved = new Set(parts.map(({ key }) => key));
        for (const { key, parts: left } of after.filter((one) => one.key !== row))
          expect(
            rows
              .find((one) => one.key === key)
              ?.parts.filter((one) => !moved.has(one.key))
              .map((one) => one.key),
          ).toEqual(left.map((one) => one.key));
      }),
    );
  });

  it('is told by picture', () => {
    expect([...byPicture([part('a', 2), part('b', 0), part('a', 5)])]).toEqual([
      ['a', [2, 5]],
      ['b', [0]],
    ]);
  });
});
