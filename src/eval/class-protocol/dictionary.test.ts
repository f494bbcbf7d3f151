import { describe, expect, it } from 'vitest';
import { countDictionary, type Overlap, overlapsOf } from './dictionary.ts';
import { classIou, meanIou, pixelAccuracy } from './metrics.ts';

describe('overlapsOf', () => {
  it('counts by class and id, in order, pixels without a class left out', () => {
    expect(overlapsOf(Int32Array.of(1, 0, -1, 1, 1, 0), Int32Array.of(90, 4, 4, 90, 4, 4))).toEqual([
      [0, 4, 2],
      [1, 4, 1],
      [1, 90, 2],
    ]);
  });
});

describe('one dictionary for a set', () => {
  it('matches once: what is best in a picture may be wrong in the set', () => {
    const first: Overlap[] = [[0, 5, 10]];
    const second: Overlap[] = [
      [0, 6, 4],
      [1, 5, 30],
    ];
    const { counts, ids } = countDictionary([...first, ...second], 2);
    expect(ids).toBe(2);
    expect([...counts.tp]).toEqual([4, 30]); // 5 is the second class, though the first picture knows it as the first
    expect([...counts.fp]).toEqual([0, 10]);
    expect([...counts.fn]).toEqual([10, 0]);
    expect(pixelAccuracy(counts)).toBeCloseTo(34 / 44, 12);
  });

  it('leaves ids beyond the classes to nobody: they are missing pixels, not wrong ones', () => {
    const { counts, ids } = countDictionary(
      [
        [0, 1, 10],
        [0, 2, 6],
        [1, 3, 8],
        [1, 4, 1],
      ],
      2,
    );
    expect(ids).toBe(4);
    expect([...counts.fp]).toEqual([0, 0]);
    expect(classIou(counts)).toEqual([10 / 16, 8 / 9]);
  });

  it('leaves classes beyond the ids without any', () => {
    const { counts } = countDictionary(
      [
        [0, 7, 5],
        [1, 7, 9],
      ],
      3,
    );
    expect(classIou(counts)).toEqual([0, 9 / 14, null]);
    expect(meanIou(countDictionary([], 3).counts)).toBeNull();
  });

  it('does not depend on the order of the pictures or on what the ids are called', () => {
    const all: Overlap[] = [
      [0, 3, 5],
      [1, 8, 5],
      [1, 3, 5],
      [0, 8, 5],
      [2, 9, 1],
    ];
    const { counts } = countDictionary(all, 3);
    expect(countDictionary([...all].reverse(), 3).counts).toEqual(counts);
    expect(
      countDictionary(
        all.map(([row, id, pixels]): Overlap => [row, 1000 + 7 * id, pixels]),
        3,
      ).counts,
    ).toEqual(counts);
  });

  it('refuses ids that are made anew in each picture', () => {
    const many = function* (): Generator<Overlap> {
      for (let id = 0; ; id++) yield [0, id, 1];
    };
    expect(() => countDictionary(many(), 65_535)).toThrow(/more than 256 different ids/);
  });
});
