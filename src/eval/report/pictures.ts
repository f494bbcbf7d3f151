/** The pictures that a run did worst and best on, and those that two runs differ most on. */
import { occurringIou } from '../class-protocol/metrics.ts';
import type { Result } from '../ledger.ts';
import { eachDrawing, type Run } from './runs.ts';

/** A picture with its own score, 0..1. */
export interface Ranked {
  id: string;
  score: number;
  thumbnails?: Thumbnails;
}

/** A class as thumbnails show it. */
export interface ClassKey {
  name: string;
  /** #rrggbb. */
  colour: string;
}

/** Data URIs. */
export interface Thumbnails {
  picture: string;
  mask: string;
  prediction?: string;
  /** Of the run that another is compared with. */
  other?: string;
  /** Classes in the mask; none where it has no classes. */
  classes: ClassKey[];
}

export interface Gallery {
  /** Place among the report's runs. */
  run: number;
  /** What pictures are ranked by. */
  score: string;
  /** From the worst on. */
  worst: Ranked[];
  /** From the best on; none that is among the worst. */
  best: Ranked[];
  /** Why there are no thumbnails. */
  notes: string[];
}

/** A picture of two runs, with its score by each, 0..1. */
export interface Contrasted {
  id: string;
  scores: [number, number];
  thumbnails?: Thumbnails;
}

/** Where a run is furthest from the one that it is compared with. */
export interface Contrast {
  /** Places among the report's runs. */
  run: number;
  from: number;
  /** What is compared. */
  score: string;
  /** The largest difference first. */
  better: Contrasted[];
  worse: Contrasted[];
  notes: string[];
}

/** By the kind of a run. */
const SCORES: Readonly<Record<string, { score: string; of(result: Result): number | null }>> = {
  classes: { score: 'mean IoU of the classes in the mask', of: (result) => ('counts' in result ? occurringIou(result.counts) : null) },
  dictionary: {
    score: 'IoU of its objects with their best segments',
    of: (result) => ('overlaps' in result && result.objects.count > 0 ? result.objects.best / result.objects.count : null),
  },
  drawings: { score: 'covering', of: (result) => ('drawings' in result ? result.drawings[0].covering : null) },
};

/** Of several prices the one with the best covering in all. */
const chosenDrawing = (run: Run, of: (result: Result) => number | null): Run => {
  const sum = ({ results }: Run): number => results.reduce((all, result) => all + (of(result) ?? 0), 0);
  const drawings = eachDrawing(run).filter(({ settings }) => settings.prices === undefined);
  return drawings.reduce((best, one) => (sum(one) > sum(best) ? one : best));
};

/** Pictures from the worst on; of several prices those of the best. */
const rankedOf = (run: Run): { score: string; ranked: Ranked[] } => {
  const { score, of } = SCORES[run.settings.kind as string];
  const drawing = chosenDrawing(run, of);
  const ranked = drawing.results
    .map((result) => ({ id: result.id, score: of(result) }))
    .filter((one): one is Ranked => one.score !== null)
    .sort((a, b) => a.score - b.score);
  return { score: run.settings.prices ? `${score} at the price ${drawing.settings.price}` : score, ranked };
};

/** @param most in each list */
export const galleryOf = (run: Run, at: number, most: number): Gallery => {
  const { score, ranked } = rankedOf(run);
  const worst = ranked.slice(0, most);
  return { run: at, score, worst, best: ranked.slice(worst.length).reverse().slice(0, most), notes: [] };
};

const gain = ({ scores: [own, other] }: Contrasted): number => own - other;

/** @param most in each list */
export const contrastOf = (runs: readonly Run[], run: number, from: number, most: number): Contrast => {
  const [own, others] = [run, from].map((at) => rankedOf(runs[at]));
  const scoreOf = new Map(others.ranked.map(({ id, score }) => [id, score]));
  const both = own.ranked.flatMap(({ id, score }): Contrasted[] => {
    const other = scoreOf.get(id);
    return other === undefined ? [] : [{ id, scores: [score, other] }];
  });
  const sorted = both.sort((a, b) => gain(b) - gain(a));
  return {
    run,
    from,
    score: SCORES[runs[run].settings.kind as string].score,
    better: sorted.filter((one) => gain(one) > 0).slice(0, most),
    worse: sorted
      .filter((one) => gain(one) < 0)
      .slice(-most)
      .reverse(),
    notes: [],
  };
};
