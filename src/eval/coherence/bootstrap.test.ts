import { describe, expect, it } from 'vitest';
import { drawer } from '../random.ts';
import { areasByRound, meanSeries, type ScoredPairs } from './bootstrap.ts';

/** Two pairs of each kind between pictures 0, 1 and 2. */
const pairs: ScoredPairs = {
  scores: Float64Array.of(0.9, 0.2, 0.5, 0.1),
  positive: Uint8Array.of(1, 1, 0, 0),
  first: Int32Array.of(0, 1, 0, 2),
  second: Int32Array.of(0, 1, 1, 2),
};
const times = (...counts: number[]): Uint16Array => Uint16Array.from(counts);

describe('areasByRound', () => {
  it('counts a pair as often as its pictures were drawn', () => {
    const { auc } = areasByRound(pairs, [times(1, 1, 1), times(2, 1, 0), times(2, 0, 1), times(0, 0, 3)]);
    expect(auc[0]).toBeCloseTo(3 / 4, 12);
    // positives: 0.9 twice, 0.2 once; negatives: 0.5 twice times once
    expect(auc[1]).toBeCloseTo(2 / 3, 12);
    // the pair of pictures 0 and 1 is gone; within picture 0 a pair counts twice, not four times
    expect(auc[2]).toBe(1);
    expect(auc[3]).toBeNaN();
  });

  it('is what copies of the pairs give', () => {
    const draw = drawer('copies');
    const count = 40;
    const numbers = (below: number): Int32Array => Int32Array.from({ length: count }, () => draw(below));
    const some: ScoredPairs = { scores: Float64Array.from(numbers(9)), positive: Uint8Array.from(numbers(2)), first: numbers(4), second: numbers(4) };
    const round = times(2, 0, 3, 1);
    const copies = Array.from({ length: count }, (_, i) => {
      const [a, b] = [some.first[i], some.second[i]];
      return new Array<number>(a === b ? round[a] : round[a] * round[b]).fill(i);
    }).flat();
    const copied: ScoredPairs = {
      scores: Float64Array.from(copies, (i) => some.scores[i]),
      positive: Uint8Array.from(copies, (i) => some.positive[i]),
      first: new Int32Array(copies.length),
      second: new Int32Array(copies.length),
    };
    const weighted = areasByRound(some, [round]);
    const plain = areasByRound(copied, [times(1)]);
    expect(weighted.auc[0]).toBeCloseTo(plain.auc[0], 12);
    expect(weighted.ap[0]).toBeCloseTo(plain.ap[0], 12);
  });
});

describe('meanSeries', () => {
  it('is the mean over what is known in a round', () => {
    const mean = meanSeries([Float64Array.of(1, Number.NaN, Number.NaN), Float64Array.of(0, 0.5, Number.NaN)], 3);
    expect([...mean]).toEqual([0.5, 0.5, Number.NaN]);
    expect(meanSeries([], 2)[1]).toBeNaN();
  });
});
