import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contingency, overlapIou } from './contingency.ts';

const of = (...ids: number[]): Int32Array => Int32Array.from(ids);

describe('contingency', () => {
  it('counts regions and the pixels they share', () => {
    const table = contingency(of(7, 7, 7, 2, 2, 7), of(0, 0, 5, 5, 5, 0));
    expect(table).toEqual({
      ids: { first: [7, 2], second: [0, 5] },
      areas: { first: [4, 2], second: [3, 3] },
      overlaps: [
        { first: 0, second: 0, pixels: 3 },
        { first: 0, second: 1, pixels: 1 },
        { first: 1, second: 1, pixels: 2 },
      ],
      pixels: 6,
    });
    expect(table.overlaps.map((overlap) => overlapIou(table, overlap))).toEqual([3 / 4, 1 / 6, 2 / 3]);
  });

  it('leaves out pixels of a negative first id, for the areas of the second too', () => {
    const table = contingency(of(-1, 0, 0, -1), of(3, 3, 4, 4));
    expect(table.areas).toEqual({ first: [2], second: [1, 1] });
    expect(table.pixels).toBe(2);
    expect(contingency(of(-1), of(0))).toMatchObject({ overlaps: [], pixels: 0 });
  });

  it('adds up, whatever the maps', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: -1, max: 4 }), fc.integer({ min: -2, max: 4 }))), (pairs) => {
        const [a, b] = [pairs.map(([id]) => id), pairs.map(([, id]) => id)];
        const { ids, areas, overlaps, pixels } = contingency(of(...a), of(...b));
        expect(pixels).toBe(a.filter((id) => id >= 0).length);
        for (const side of ['first', 'second'] as const) expect(areas[side].reduce((sum, area) => sum + area, 0)).toBe(pixels);
        for (const overlap of overlaps) {
          const [first, second] = [ids.first[overlap.first], ids.second[overlap.second]];
          expect(overlap.pixels).toBe(pairs.filter((pair) => pair[0] === first && pair[1] === second).length);
        }
      }),
    );
  });

  it('refuses maps of two lengths', () => {
    expect(() => contingency(of(1), of(1, 2))).toThrow(/as many labels as pixels but received 1 and 2/);
  });
});
