import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goldenJson } from '../../../test/goldens.ts';
import type { LabelMap } from '../../toolkit.ts';
import { contingency } from './contingency.ts';
import { covering, randIndex, scoreRegions, variationOfInformation } from './regions.ts';

interface Case {
  name: string;
  width: number;
  height: number;
  prediction: number[];
  annotators: number[][];
  covering: number;
  pri: number;
  vi: number;
}

const mapOf = (ids: readonly number[], width = ids.length): LabelMap => ({ data: Int32Array.from(ids), width, height: ids.length / width });
const table = (people: readonly number[], own: readonly number[]) => contingency(Int32Array.from(people), Int32Array.from(own));
const all = (people: readonly number[], own: readonly number[]) => {
  const shared = table(people, own);
  return { covering: covering(shared), pri: randIndex(shared), vi: variationOfInformation(shared) };
};

/** Two maps of the same pixels. */
const pairOfMaps = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 })), { minLength: 2, maxLength: 60 })
  .map((pairs) => [pairs.map(([id]) => id), pairs.map(([, id]) => id)]);

/** Pair by pair, as the index is defined. */
const naiveRandIndex = (a: readonly number[], b: readonly number[]): number => {
  let agreeing = 0;
  let pairs = 0;
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < i; j++, pairs++) if ((a[i] === a[j]) === (b[i] === b[j])) agreeing++;
  }
  return agreeing / pairs;
};

describe('region measures', () => {
  it('are those worked out by hand', () => {
    // people: 4 + 4, own: 2 + 6
    const { covering: covered, pri, vi } = all([0, 0, 0, 0, 1, 1, 1, 1], [5, 5, 9, 9, 9, 9, 9, 9]);
    expect(covered).toBeCloseTo((4 * (2 / 4) + 4 * (4 / 6)) / 8, 12);
    expect(pri).toBeCloseTo(1 - (2 * 2 + 2 * 4) / 28, 12); // 2 x 2 pairs that only people hold together, 2 x 4 that only we do
    const conditional = 0.5 * 1 + 0.75 * (Math.log2(3) - 2 / 3); // H(own | people) + H(people | own)
    expect(vi).toBeCloseTo(conditional, 12);
  });

  it.each(goldenJson<Case[]>('regions/cases.json'))('are those of Python: $name', ({ width, prediction, annotators, ...expected }) => {
    const score = scoreRegions(
      mapOf(prediction, width),
      annotators.map((ids) => mapOf(ids, width)),
    );
    for (const key of ['covering', 'pri', 'vi'] as const) expect(score[key]).toBeCloseTo(expected[key], 12);
  });

  it('are 1, 1 and 0 for equal maps, and for one pixel', () => {
    fc.assert(
      fc.property(pairOfMaps, ([ids]) => {
        expect(all(ids, ids)).toEqual({ covering: 1, pri: 1, vi: 0 });
      }),
    );
    expect(all([3], [8])).toEqual({ covering: 1, pri: 1, vi: 0 });
  });

  it('do not depend on the ids', () => {
    fc.assert(
      fc.property(pairOfMaps, ([people, own]) => {
        const renamed = all(
          people.map((id) => 1000 - 7 * id),
          own.map((id) => (id * 5) % 6),
        );
        const before = all(people, own);
        for (const key of ['covering', 'pri', 'vi'] as const) expect(renamed[key]).toBeCloseTo(before[key], 12);
      }),
    );
  });

  it('keep their ranges; Rand index and variation of information are the same both ways round', () => {
    fc.assert(
      fc.property(pairOfMaps, ([people, own]) => {
        const [there, back] = [all(people, own), all(own, people)];
        expect(there.pri).toBeCloseTo(back.pri, 12);
        expect(there.vi).toBeCloseTo(back.vi, 12);
        expect(there.covering).toBeGreaterThan(0);
        expect(there.covering).toBeLessThanOrEqual(1);
        expect(there.vi).toBeLessThanOrEqual(Math.log2(people.length) + 1e-12);
      }),
    );
  });

  it('count every pair of pixels', () => {
    fc.assert(
      fc.property(pairOfMaps, ([people, own]) => {
        expect(randIndex(table(people, own))).toBeCloseTo(naiveRandIndex(people, own), 12);
      }),
    );
  });

  it('are means over the annotators', () => {
    const own = mapOf([0, 0, 1, 1], 2);
    const score = scoreRegions(own, [own, mapOf([0, 0, 0, 0], 2)]);
    expect(score).toEqual({ covering: 0.75, pri: expect.closeTo((1 + 1 / 3) / 2, 12), vi: 0.5 });
  });

  it('refuse another size, and nobody', () => {
    expect(() => scoreRegions(mapOf([0, 1, 2, 3], 2), [mapOf([0, 1, 2, 3], 4)])).toThrow(/2 x 2 but received 4 x 1/);
    expect(() => scoreRegions(mapOf([0]), [])).toThrow(/at least one annotator/);
  });
});
