/**
 * How far figures would move with other pictures: pictures are drawn anew with replacement, and the figure is made again of
 * those that were drawn (Efron, 1979: the percentile interval).
 */
import { drawer } from './random.ts';

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

/** How often each picture counts, first as measured (0: left out, 1), then in each round; one at a time, since they may be large. */
export const eachRound = function* (counts: readonly boolean[], seed: number, rounds: number): Generator<Uint16Array> {
  yield Uint16Array.from(counts, Number);
  const taking = counts.flatMap((counted, picture) => (counted ? [picture] : []));
  const draw = drawer(`${seed} rounds`);
  for (let round = 0; round < rounds; round++) {
    const times = new Uint16Array(counts.length);
    for (let i = 0; i < taking.length; i++) times[taking[draw(taking.length)]]++;
    yield times;
  }
};

/** All rounds. */
export const drawRounds = (counts: readonly boolean[], seed: number, rounds: number): Uint16Array[] => [...eachRound(counts, seed, rounds)];

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
