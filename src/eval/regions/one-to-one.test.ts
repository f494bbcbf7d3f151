import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goldenJson } from '../../../test/goldens.ts';
import type { LabelMap } from '../../types.ts';
import { type BorderCounts, borderF, matchBorders, optimalF, sumBorders } from './one-to-one.ts';
import { matchOneToOne } from './pairs.ts';
import { cornerPixels, thin } from './thin.ts';

interface Case {
  name: string;
  prediction: string[];
  annotators: string[][];
  thin: string[];
  pairs: number[][];
}

/** The distances of the goldens, pixels. */
const DISTANCES = [0, 1, 2.5, 4.4];

const mapOf = (rows: readonly string[]): LabelMap => ({ data: Int32Array.from(rows.join(''), Number), width: rows[0].length, height: rows.length });
const rowsOf = (marks: Uint8Array, width: number): string[] =>
  Array.from({ length: marks.length / width }, (_, y) => marks.slice(y * width, (y + 1) * width).join(''));
const thinned = (map: LabelMap): Uint8Array => thin(cornerPixels(map), map.width, map.height);
const placesOf = (marks: Uint8Array): Int32Array => Int32Array.from([...marks.keys()].filter((p) => marks[p]));
const count = (pairs: Int32Array): number => pairs.filter((pair) => pair >= 0).length;

/** Two halves of a 12 x 4 map; the right one begins at column `at`. */
const halves = (at: number): LabelMap => ({ data: Int32Array.from({ length: 48 }, (_, p) => (p % 12 < at ? 0 : 1)), width: 12, height: 4 });

describe('borders beside Python', () => {
  it.each(goldenJson<Case[]>('regions/borders.json'))('$name', ({ prediction, annotators, thin: expected, pairs }) => {
    const map = mapOf(prediction);
    const { width, height } = map;
    const border = thinned(map);
    expect(rowsOf(border, width)).toEqual(expected);
    const others = annotators.map((rows) => placesOf(thinned(mapOf(rows))));
    const found = DISTANCES.map((distance) => others.map((one) => count(matchOneToOne(placesOf(border), one, width, height, distance))));
    expect(found).toEqual(pairs);
  });
});

describe('cornerPixels', () => {
  it('marks where the pixels around the lower right corner differ', () => {
    expect(rowsOf(cornerPixels({ data: Int32Array.of(0, 0, 1, 0, 2, 1, 0, 2, 2), width: 3, height: 3 }), 3)).toEqual(['110', '111', '100']);
    expect(cornerPixels({ data: Int32Array.of(4), width: 1, height: 1 })).toEqual(Uint8Array.of(0));
  });
});

describe('thin', () => {
  it('leaves a line of one pixel of a thick one, and what is thin as it is', () => {
    const thick = mapOf(['0000000', '0111110', '0111110', '0111110', '0000000']);
    const once = thin(Uint8Array.from(thick.data), 7, 5);
    expect(rowsOf(once, 7)).toEqual(['0000000', '0000000', '0011100', '0000000', '0000000']);
    expect(thin(once, 7, 5)).toEqual(once);
  });
});

describe('matchOneToOne', () => {
  const line = (xs: readonly number[]) => Int32Array.from([...new Set(xs)].sort((a, b) => a - b));
  const some = fc.array(fc.integer({ min: 0, max: 59 }), { maxLength: 14 }).map(line);

  it('gives everyone a pair where there is a way, though the nearest take it first', () => {
    expect([...matchOneToOne(line([1, 3]), line([2, 5]), 60, 1, 2)]).toEqual([0, 1]);
    expect([...matchOneToOne(line([2, 3]), line([1, 2]), 60, 1, 1)]).toEqual([0, 1]);
    expect([...matchOneToOne(line([5]), line([]), 60, 1, 3)]).toEqual([-1]);
  });

  it('pairs nobody twice, nobody too far, as many as there can be whichever side asks', () => {
    fc.assert(
      fc.property(some, some, fc.double({ min: 0, max: 9, noNaN: true }), (a, b, distance) => {
        const pairs = matchOneToOne(a, b, 10, 6, distance);
        const used = [...pairs].filter((pair) => pair >= 0);
        expect(new Set(used).size).toBe(used.length);
        pairs.forEach((pair, i) => {
          if (pair < 0) return;
          const [dx, dy] = [(a[i] % 10) - (b[pair] % 10), Math.floor(a[i] / 10) - Math.floor(b[pair] / 10)];
          expect(Math.hypot(dx, dy)).toBeLessThanOrEqual(distance + 1e-9);
        });
        expect(count(matchOneToOne(b, a, 10, 6, distance))).toBe(used.length);
      }),
    );
  });
});

describe('matchBorders', () => {
  it('lets a drawn pixel answer for one predicted pixel alone', () => {
    const two = { ...halves(5), data: halves(5).data.map((_, p) => (p % 12 < 5 ? 0 : p % 12 < 8 ? 1 : 2)) };
    expect(matchBorders(two, [halves(5)])).toEqual({ predicted: 8, predictedMatched: 4, drawn: 4, drawnMatched: 4 });
    expect(matchBorders(two, [halves(5), halves(8)])).toEqual({ predicted: 8, predictedMatched: 8, drawn: 8, drawnMatched: 8 });
  });

  it('forgives 0.0075 of the diagonal, and nothing beyond', () => {
    const wide = (at: number): LabelMap => ({ data: Int32Array.from({ length: 1200 }, (_, p) => (p % 400 < at ? 0 : 1)), width: 400, height: 3 });
    expect(matchBorders(wide(200), [wide(203)]).drawnMatched).toBe(3);
    expect(matchBorders(wide(200), [wide(204)]).drawnMatched).toBe(0);
  });

  it('counts nothing of an undivided picture, whose F is 0', () => {
    const counts = matchBorders(halves(0), [halves(0)]);
    expect(counts).toEqual({ predicted: 0, predictedMatched: 0, drawn: 0, drawnMatched: 0 });
    expect(borderF(counts)).toEqual({ precision: 0, recall: 0, f: 0 });
  });

  it('refuses another size, and nobody', () => {
    expect(() => matchBorders(halves(5), [{ ...halves(5), width: 4, height: 12 }])).toThrow(/12 x 4 but received 4 x 12/);
    expect(() => matchBorders(halves(5), [])).toThrow(/at least one annotator/);
    expect(() => borderF({ ...matchBorders(halves(5), [halves(5)]), drawn: -1 })).toThrow(/what matchBorders gives/);
  });
});

describe('F over a set', () => {
  const of = (predicted: number, predictedMatched: number, drawn: number, drawnMatched: number): BorderCounts => ({
    predicted,
    predictedMatched,
    drawn,
    drawnMatched,
  });

  it('is of sums, not a mean', () => {
    const sum = sumBorders([of(10, 5, 10, 10), of(30, 30, 90, 10)]);
    expect(borderF(sum)).toEqual({ precision: 35 / 40, recall: 0.2, f: (2 * 0.875 * 0.2) / 1.075 });
  });

  it('is told at the first best setting, and with the best of each picture', () => {
    const pictures = [
      [of(10, 10, 10, 5), of(10, 5, 10, 5)],
      [of(10, 0, 10, 0), of(10, 10, 10, 10)],
    ];
    expect(optimalF(pictures, [0.02, 0.03])).toEqual({
      ods: { precision: 0.75, recall: 0.75, f: 0.75, setting: 0.03 },
      ois: { precision: 1, recall: 0.75, f: 1.5 / 1.75 },
    });
    expect(optimalF([[of(2, 2, 2, 2), of(2, 2, 2, 2)]], [5, 6])?.ods.setting).toBe(5);
    expect(optimalF([], [0.02])).toBeNull();
  });
});
