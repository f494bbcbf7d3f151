/** The pictures that a run did worst and best on. */
import { occurringIou } from '../class-protocol/metrics.ts';
import type { Result } from '../ledger.ts';
import { eachDrawing, type Run } from './runs.ts';

/** A picture with its own score, 0..1. */
export interface Ranked {
  id: string;
  score: number;
  thumbnails?: Thumbnails;
}

/** Data URIs. */
export interface Thumbnails {
  picture: string;
  mask: string;
  prediction?: string;
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

/** @param most in each list */
export const galleryOf = (run: Run, at: number, most: number): Gallery => {
  const { score, of } = SCORES[run.settings.kind as string];
  const drawing = chosenDrawing(run, of);
  const { price } = drawing.settings;
  const ranked = drawing.results
    .map((result) => ({ id: result.id, score: of(result) }))
    .filter((one): one is Ranked => one.score !== null)
    .sort((a, b) => a.score - b.score);
  const worst = ranked.slice(0, most);
  return {
    run: at,
    score: run.settings.prices ? `${score} at the price ${price}` : score,
    worst,
    best: ranked.slice(worst.length).reverse().slice(0, most),
    notes: [],
  };
};
