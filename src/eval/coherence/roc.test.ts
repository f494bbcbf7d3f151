import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goldenJson } from '../../../test/goldens.ts';
import { areasOf, rankScores } from './roc.ts';

interface Case {
  name: string;
  scores: number[];
  positive: number[];
  weights: number[] | null;
  auc: number;
  ap: number;
}

const areas = (scores: readonly number[], positive: readonly number[], weights: readonly number[] = scores.map(() => 1), balanced = false) => {
  const ranking = rankScores(Float64Array.from(scores), Uint8Array.from(positive));
  const total = (kind: number): number => weights.reduce((sum, weight, i) => sum + (positive[i] === kind ? weight : 0), 0);
  const inOrder = Float64Array.from(ranking.order, (item) => weights[item]);
  return areasOf(ranking, inOrder, [total(1), total(0)], balanced);
};

/** Scores with ties, of which one is positive and one is not. */
const scored = fc
  .array(fc.record({ score: fc.integer({ min: -9, max: 9 }), positive: fc.integer({ min: 0, max: 1 }), weight: fc.integer({ min: 0, max: 3 }) }))
  .map((items) => [...items, { score: 2, positive: 1, weight: 1 }, { score: 1, positive: 0, weight: 2 }])
  .map((items) => ({
    scores: items.map(({ score }) => score),
    positive: items.map(({ positive }) => positive),
    weights: items.map(({ weight }) => weight),
  }));

describe('areas', () => {
  it.each(goldenJson<Case[]>('roc/cases.json'))('are those of scikit-learn: $name', ({ scores, positive, weights, auc, ap }) => {
    const own = areas(scores, positive, weights ?? undefined);
    expect(Math.abs(own.auc - auc)).toBeLessThanOrEqual(1e-12);
    expect(Math.abs(own.ap - ap)).toBeLessThanOrEqual(1e-12);
  });

  it('do not depend on what the scores are, only on their order', () => {
    fc.assert(
      fc.property(scored, ({ scores, positive, weights }) => {
        const bent = scores.map((score) => score ** 3 / 7 + 100);
        expect(areas(bent, positive, weights)).toEqual(areas(scores, positive, weights));
      }),
    );
  });

  it('turn round with the scores and with the kinds', () => {
    fc.assert(
      fc.property(scored, ({ scores, positive, weights }) => {
        const { auc } = areas(scores, positive, weights);
        const down = scores.map((score) => -score);
        const kinds = positive.map((kind) => 1 - kind);
        expect(areas(down, positive, weights).auc).toBeCloseTo(1 - auc, 12);
        expect(areas(scores, kinds, weights).auc).toBeCloseTo(1 - auc, 12);
      }),
    );
  });

  it('take a weight of n for n equal items', () => {
    fc.assert(
      fc.property(scored, ({ scores, positive, weights }) => {
        const repeat = (values: number[]): number[] => values.flatMap((value, i) => Array.from({ length: weights[i] }, () => value));
        const repeated = areas(repeat(scores), repeat(positive));
        const weighted = areas(scores, positive, weights);
        expect(weighted.auc).toBeCloseTo(repeated.auc, 12);
        expect(weighted.ap).toBeCloseTo(repeated.ap, 12);
      }),
    );
  });

  it('are balanced as if negatives were as many as positives', () => {
    const [scores, positive] = [
      [4, 3, 3, 2, 1],
      [1, 0, 1, 0, 0],
    ];
    const weights = positive.map((kind) => (kind ? 1 : 2 / 3));
    expect(areas(scores, positive, undefined, true).ap).toBeCloseTo(areas(scores, positive, weights).ap, 12);
    expect(areas([0, 0, 0], [1, 0, 0], undefined, true)).toEqual({ auc: 0.5, ap: 0.5 });
  });

  it('are undefined where a kind is missing', () => {
    expect(areas([1, 2], [1, 1])).toEqual({ auc: Number.NaN, ap: Number.NaN });
    expect(areas([], [])).toEqual({ auc: Number.NaN, ap: Number.NaN });
    expect(areas([1, 2], [1, 0], [0, 1])).toEqual({ auc: Number.NaN, ap: Number.NaN });
  });
});
