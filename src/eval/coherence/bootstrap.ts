/**
 * How far the figures would move with other pictures: pictures are drawn anew with replacement, and a pair counts as
 * often as its pictures do. Pairs of one picture depend on each other, so drawing pairs would make the intervals too small.
 */
import { drawer } from '../random.ts';
import { type Areas, areasOf, rankScores } from './roc.ts';

/** Rounds of drawing. */
export const ROUNDS = 1000;
/** Share of the rounds inside an interval. */
export const CONFIDENCE = 0.95;
/** With fewer pictures there are too few different draws for an interval to mean anything. */
export const LEAST_PICTURES = 5;

/** A figure and the bounds of its interval; null where there is none. */
export interface Figure {
  value: number | null;
  low: number | null;
  high: number | null;
}

/** How often each picture counts, first as measured (0: left out, 1), then in each round. */
export const drawRounds = (counts: readonly boolean[], seed: number, rounds: number): Uint16Array[] => {
  const taking = counts.flatMap((counted, picture) => (counted ? [picture] : []));
  const draw = drawer(`${seed} rounds`);
  const round = (): Uint16Array => {
    const times = new Uint16Array(counts.length);
    for (let i = 0; i < taking.length; i++) times[taking[draw(taking.length)]]++;
    return times;
  };
  return [Uint16Array.from(counts, Number), ...Array.from({ length: rounds }, round)];
};

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

/** Between the two nearest of ascending values, linearly. */
const quantile = (sorted: Float64Array, share: number): number => {
  const place = share * (sorted.length - 1);
  const low = Math.floor(place);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (place - low);
};

/** The value as measured with its percentile interval. @param pictures it rests on */
export const figureOf = (series: Float64Array, pictures: number): Figure => {
  if (Number.isNaN(series[0])) return { value: null, low: null, high: null };
  const rounds = series
    .subarray(1)
    .filter((value) => !Number.isNaN(value))
    .sort();
  if (pictures < LEAST_PICTURES || rounds.length === 0) return { value: series[0], low: null, high: null };
  const tail = (1 - CONFIDENCE) / 2;
  return { value: series[0], low: quantile(rounds, tail), high: quantile(rounds, 1 - tail) };
};
