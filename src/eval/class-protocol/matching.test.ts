import fc from 'fast-check';
import { linearSumAssignment } from 'linear-sum-assignment';
import { describe, expect, it } from 'vitest';
import { assignMaximum } from './matching.ts';

/** Gains, rows parted by a stroke, a digit each, and the columns that scipy 1.17.1 gives with maximize=True. */
const SCIPY: [gains: string, columns: string][] = [
  ['000/000/000', '012'],
  ['111/111', '01'],
  ['0050/0050/0000', '210'],
  ['40000/40000/00000', '012'],
  ['3', '0'],
  ['320000/110000/300000/110000/110000', '12034'],
  ['2213103/0320010/0231333/2121110/3000323', '31204'],
  ['1012/1010', '30'],
  ['1100000/0000000/1100000/1000000/1000000', '02134'],
  ['1122/0111/0012', '213'],
  ['300/201', '02'],
  ['11000/01000/10000', '012'],
  ['1000111/1100100/0101110/1100010/0101010', '41305'],
  ['11001/01100/10110', '012'],
  ['220000/200000/210000/220000/220000', '10234'],
  ['10/00', '01'],
  ['1111/0000/1000', '210'],
  ['21000/21000/22000/20000/01000', '02134'],
  ['22120/23311/21200', '012'],
  ['011/110', '10'],
];

const solve = (rows: number[][]): number[] => Array.from(assignMaximum(rows.flat(), rows.length, rows[0].length));
const sum = (rows: number[][], columns: ArrayLike<number>): number => rows.reduce((total, row, i) => total + row[columns[i]], 0);

describe('assignMaximum', () => {
  it.each(SCIPY)('breaks the ties of %s as scipy does', (gains, columns) => {
    const rows = gains.split('/').map((row) => Array.from(row, Number));
    expect(solve(rows).join('')).toBe(columns);
  });

  it('finds the same sum as an independent solver, with every column once', () => {
    const matrix = fc
      .tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 0, max: 4 }))
      .chain(([n, more]) =>
        fc.array(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: n + more, maxLength: n + more }), { minLength: n, maxLength: n }),
      );
    fc.assert(
      fc.property(matrix, (rows) => {
        const columns = solve(rows);
        expect(new Set(columns).size).toBe(rows.length);
        expect(sum(rows, columns)).toBe(sum(rows, linearSumAssignment(rows, { maximaze: true }).rowAssignments));
      }),
    );
  });

  it('is needed: the package breaks ties otherwise', () => {
    const rows = [
      [0, 1, 0, 1, 1, 1],
      [0, 1, 0, 0, 1, 1],
    ];
    expect(solve(rows)).toEqual([1, 4]);
    expect(Array.from(linearSumAssignment(rows, { maximaze: true }).rowAssignments)).toEqual([3, 1]);
  });

  it('refuses what it cannot assign', () => {
    expect(() => assignMaximum([1, 2], 2, 1)).toThrow(/at least as many columns as rows.*2 rows and 1 columns/);
    expect(() => assignMaximum([1, 2, 3], 1, 2)).toThrow(/Expected 1 x 2 gains but received 3/);
    expect(() => assignMaximum([1, Number.NaN], 1, 2)).toThrow(/finite gains/);
  });
});
