import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goldenJson } from '../../../test/goldens.ts';
import { type ObjectScore, scoreObjects } from './objects.ts';

interface Case {
  name: string;
  truth: number[];
  prediction: number[];
  objects: (ObjectScore & { class: number })[];
}

const score = (truth: readonly number[], segments: readonly number[], isObject: (row: number) => boolean = () => true) =>
  scoreObjects(Int32Array.from(truth), Int32Array.from(segments), isObject);

/** In an order that does not depend on where the objects lie. */
const ordered = (objects: readonly ObjectScore[]): number[] => objects.flatMap(({ best, union }) => [best, union]).sort((a, b) => a - b);

describe('one segment an object', () => {
  it('takes the best one, and the union of those that lie in the object', () => {
    // segment 0 whole in class 0, segment 1 by two thirds, segment 2 by half
    expect(score([0, 0, 0, 0, 0, 1, 0, 1], [0, 0, 0, 1, 1, 1, 2, 2])).toEqual([
      { best: 3 / 6, union: 5 / 7 },
      { best: 1 / 3, union: 0 },
    ]);
  });

  it('leaves pixels without a class out of everything, and the background out of the objects', () => {
    expect(score([-1, -1, 2, 2, 0, -1], [0, 0, 0, 0, 1, 1])).toEqual([
      { best: 1, union: 1 },
      { best: 1, union: 1 },
    ]);
    expect(score([5, 0, 0, 0], [0, 0, 1, 1], (row) => row !== 5)).toEqual([{ best: 2 / 3, union: 2 / 3 }]);
    expect(score([-1, -1], [0, 1])).toEqual([]);
  });

  it('counts a class once, in however many places it lies', () => {
    expect(score([3, 0, 3], [0, 1, 2])).toEqual([
      { best: 0.5, union: 1 },
      { best: 1, union: 1 },
    ]);
  });

  it.each(goldenJson<Case[]>('regions/cases.json'))('is that of Python: $name', ({ truth, prediction, objects }) => {
    const own = ordered(score(truth, prediction));
    ordered(objects).forEach((value, at) => expect(own[at]).toBeCloseTo(value, 12));
    expect(own).toHaveLength(2 * objects.length);
  });

  it('is 1 for the truth itself; splitting a segment hurts the best one, never the union', () => {
    const pixels = fc.array(fc.record({ row: fc.integer({ min: -1, max: 3 }), part: fc.integer({ min: 0, max: 2 }) }), { minLength: 1 });
    fc.assert(
      fc.property(pixels, (all) => {
        const truth = all.map(({ row }) => row);
        for (const one of score(truth, truth)) expect(one).toEqual({ best: 1, union: 1 });
        const parts = score(
          truth,
          all.map(({ row, part }) => 3 * row + part),
        );
        for (const { best, union } of parts) {
          expect(best).toBeLessThanOrEqual(1);
          expect(union).toBe(1);
        }
      }),
    );
  });
});
