/** Agreement of label maps: the same is 1, and what is what to whom. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agreementOf, matchOf, overlapOf } from './agreement.ts';

const labels = (width: number, ...data: number[]) => ({ data: Int32Array.from(data), width, height: data.length / width });
const agreement = (a: ReturnType<typeof labels>, b: ReturnType<typeof labels>): number => agreementOf(overlapOf(a, b));

const maps = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }))
  .chain(([width, height]) =>
    fc.tuple(
      ...[0, 1].map(() => fc.array(fc.nat(4), { minLength: width * height, maxLength: width * height }).map((data) => labels(width, ...data))),
    ),
  );

describe('agreement', () => {
  it('is 1 with the same regions, whatever their ids', () => {
    const a = labels(4, 0, 0, 1, 1, 0, 0, 2, 2);
    expect(agreement(a, a)).toBe(1);
    expect(agreement(a, labels(4, 7, 7, 3, 3, 7, 7, 2 ** 25, 2 ** 25))).toBe(1);
  });

  it('is the best intersection over union of each region of A, by its area', () => {
    const a = labels(4, 0, 0, 0, 1);
    expect(agreement(a, labels(4, 0, 0, 0, 0))).toBeCloseTo((3 * (3 / 4) + 1 * (1 / 4)) / 4);
    expect(agreement(a, labels(4, 0, 0, 1, 1))).toBeCloseTo((3 * (2 / 3) + 1 * (1 / 2)) / 4);
  });

  it('is above 0 and at most 1', () => {
    fc.assert(
      fc.property(maps, ([a, b]) => {
        expect(agreement(a, b)).toBeGreaterThan(0);
        expect(agreement(a, b)).toBeLessThanOrEqual(1);
        expect(agreement(a, a)).toBe(1);
      }),
    );
  });

  it('looks at a larger map where the smaller one has its pixels', () => {
    expect(agreement(labels(4, 0, 0, 1, 1, 0, 0, 1, 1), labels(2, 5, 6))).toBe(1);
  });

  it('matches those that are most alike, each once', () => {
    const match = matchOf(overlapOf(labels(6, 0, 0, 0, 1, 1, 2), labels(6, 8, 8, 9, 9, 9, 9)));
    expect([...match].sort()).toEqual([
      [8, 0],
      [9, 1],
    ]);
    fc.assert(
      fc.property(maps, ([a, b]) => {
        const all = matchOf(overlapOf(a, b));
        expect(new Set(all.values()).size).toBe(all.size);
        expect(all.size).toBeGreaterThan(0);
      }),
    );
  });
});
