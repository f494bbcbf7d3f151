/**
 * Areas under the curve in each round of the bootstrap: a pair counts as often as its pictures do. Pairs of one picture depend on
 * each other, so drawing pairs would make the intervals too small.
 */
import { type Areas, areasOf, rankScores } from './roc.ts';

/** Scored pairs, and the two pictures of each (the same one, where the pair lies in one picture). */
export interface ScoredPairs {
  scores: Float64Array;
  positive: Uint8Array;
  first: Int32Array;
  second: Int32Array;
}

/** A figure's value as measured and in each round; NaN where a round has no positive or no negative pair. */
export interface Series {
  auc: Float64Array;
  ap: Float64Array;
}

/** Sorts once; a round is two passes over the pairs. Positives and negatives weigh the same in all, in every round. */
export const areasByRound = ({ scores, positive, first, second }: ScoredPairs, rounds: readonly Uint16Array[]): Series => {
  const ranking = rankScores(scores, positive);
  const [a, b] = [first, second].map((pictures) => Int32Array.from(ranking.order, (pair) => pictures[pair]));
  const same = Uint8Array.from(a, (picture, at) => (picture === b[at] ? 1 : 0));
  const weights = new Float64Array(a.length);
  const out: Series = { auc: new Float64Array(rounds.length), ap: new Float64Array(rounds.length) };
  for (const [round, times] of rounds.entries()) {
    let positives = 0;
    let all = 0;
    for (let at = 0; at < weights.length; at++) {
      weights[at] = times[a[at]] * (same[at] === 1 ? 1 : times[b[at]]);
      positives += weights[at] * ranking.positive[at];
      all += weights[at];
    }
    const areas: Areas = areasOf(ranking, weights, [positives, all - positives], true);
    out.auc[round] = areas.auc;
    out.ap[round] = areas.ap;
  }
  return out;
};

/** Round by round the mean over those that have a value there. */
export const meanSeries = (all: readonly Float64Array[], rounds: number): Float64Array =>
  Float64Array.from({ length: rounds }, (_, round) => {
    const known = all.map((series) => series[round]).filter((value) => !Number.isNaN(value));
    return known.reduce((sum, value) => sum + value, 0) / known.length;
  });
