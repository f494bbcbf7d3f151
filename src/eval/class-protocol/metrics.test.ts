import { describe, expect, it } from 'vitest';
import { confusion } from './confusion.ts';
import { addCounts, classIou, countMatched, meanIou, noCounts, occurringIou, pixelAccuracy } from './metrics.ts';

const maps = (...rows: number[][]): Int32Array[] => rows.map((row) => Int32Array.from(row));

describe('metrics', () => {
  it("gives the figures of the example of Hugging Face evaluate's mean_iou", () => {
    const predicted = maps([1, 2, 3, 4, 5, 255], [2, 7, 9, 2, 3, 6], [2, 2, 3, 8, 2, 4, 3, 255, 2]);
    const actual = maps([0, 3, 5, 4, 6, 255], [1, 7, 9, 2, 3, 6], [1, 2, 2, 8, 2, 1, 3, 255, 1]);
    const itself = Array.from({ length: 10 }, (_, value) => value);
    const counts = noCounts(10);
    predicted.forEach((prediction, at) => {
      addCounts(counts, countMatched(confusion(actual[at], prediction, 10), itself));
    });
    expect(meanIou(counts)).toBeCloseTo(0.4775, 12);
    expect(pixelAccuracy(counts)).toBeCloseTo(0.5263157894736842, 12);
    expect(classIou(counts)).toEqual([0, 0, 0.375, 0.4, 0.5, 0, 0.5, 1, 1, 1]);
  });

  it('leaves classes that neither occur nor were predicted out of the mean', () => {
    const counts = countMatched(confusion(Int32Array.of(0, 0, 0, 2), Int32Array.of(0, 0, 1, 2), 4), [0, 1, 2, 3]);
    expect(classIou(counts)).toEqual([2 / 3, 0, 1, null]);
    expect(meanIou(counts)).toBeCloseTo(5 / 9, 12);
    expect(occurringIou(counts)).toBeCloseTo(5 / 6, 12);
    expect(occurringIou(noCounts(4))).toBeNull();
  });

  it('counts a segment given to an absent class as its false positive, a left-over one as nobody’s', () => {
    const [truth, segments] = maps([0, 0, 0, 0], [0, 1, 2, 2]);
    const counts = countMatched(confusion(truth, segments, 2), [2, 1]);
    expect([...counts.tp, ...counts.fp, ...counts.fn]).toEqual([2, 0, 0, 1, 2, 0]);
  });

  it('is undefined, not zero, where everything was ignored', () => {
    const counts = countMatched(confusion(Int32Array.of(-1, -1), Int32Array.of(0, 1), 2), [0, 1]);
    expect([meanIou(counts), pixelAccuracy(counts)]).toEqual([null, null]);
  });
});

describe('confusion', () => {
  it('fills up to the number of classes, and grows with the segments', () => {
    expect(confusion(Int32Array.of(0), Int32Array.of(0), 3).columns).toBe(3);
    expect(confusion(Int32Array.of(0), Int32Array.of(6), 3).columns).toBe(7);
  });

  it('refuses negative segments and unequal lengths', () => {
    expect(() => confusion(Int32Array.of(0), Int32Array.of(-1), 2)).toThrow(/segment ids of 0 and up.*-1/);
    expect(() => confusion(Int32Array.of(0), Int32Array.of(0, 0), 2)).toThrow(/received 1 and 2/);
  });
});
