/** Figures of runs with their intervals, and the differences between two runs on the same pictures. */
import { eachRound, type Figure, figureOf, ROUNDS } from '../bootstrap.ts';
import type { Result } from '../ledger.ts';
import { MEASURES, type Measure, type Scores, scoresOf } from './measures.ts';
import { evaluationOf, type Run } from './runs.ts';

/** Of the draws: a report says the same whenever it is made. */
const SEED = 0;

/** A measure's value as measured and in each round; NaN where it cannot be told. */
type Series = Map<Measure, Float64Array>;

const drawn = (results: readonly Result[], times: Uint16Array): Result[] => {
  const out: Result[] = [];
  results.forEach((result, i) => {
    for (let time = 0; time < times[i]; time++) out.push(result);
  });
  return out;
};

/** What `eval` would tell of the pictures of each round. */
const redraw = (run: Run, results: readonly Result[]): Series => {
  const scores = (of: readonly Result[]): Scores => scoresOf(evaluationOf(run, of));
  const whole = scores(results);
  const series: Series = new Map();
  for (const measure of MEASURES) if (measure.of(whole) !== undefined) series.set(measure, new Float64Array(ROUNDS + 1));
  let round = 0;
  for (const times of eachRound(new Array<boolean>(results.length).fill(true), SEED, ROUNDS)) {
    const told = scores(drawn(results, times));
    for (const [measure, values] of series) values[round] = measure.of(told) ?? Number.NaN;
    round++;
  }
  return series;
};

const known = new WeakMap<Run, Series>();

/** The same of all pictures of a run: once, since figures and differences want it. */
const seriesOf = (run: Run): Series => {
  const series = known.get(run) ?? redraw(run, run.results);
  known.set(run, series);
  return series;
};

/** Each measure that a run has. */
export const figuresOf = (run: Run): Map<Measure, Figure> =>
  new Map([...seriesOf(run)].map(([measure, values]) => [measure, figureOf(values, run.results.length)]));

/** What a run has more than another. */
export interface Difference {
  measure: Measure;
  figure: Figure;
  /** That both measured. */
  pictures: number;
}

/** The pictures that both measured, in the second one's order. Pictures are the same by their ids. */
const inCommon = (run: Run, from: Run): [Result[], Result[]] => {
  const own = new Map(run.results.map((result) => [result.id, result]));
  const others = from.results.filter(({ id }) => own.has(id));
  return [others.map(({ id }) => own.get(id) as Result), others];
};

const seriesOn = (run: Run, results: readonly Result[]): Series =>
  results.length === run.results.length && results.every((result, at) => result === run.results[at]) ? seriesOf(run) : redraw(run, results);

/** Round by round, so that what pictures have in common falls out: the paired bootstrap. */
export const differences = (run: Run, from: Run): Difference[] => {
  const [own, others] = inCommon(run, from);
  if (own.length === 0) return [];
  const [more, less] = [seriesOn(run, own), seriesOn(from, others)];
  return [...more].flatMap(([measure, values]) => {
    const those = less.get(measure);
    if (!measure.compared || !those) return [];
    const figure = figureOf(
      values.map((value, round) => value - those[round]),
      own.length,
    );
    return [{ measure, figure, pictures: own.length }];
  });
};
