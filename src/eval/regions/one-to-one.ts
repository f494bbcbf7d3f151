/**
 * Borders matched one to one: the border measure of the Berkeley benchmark (Martin, Fowlkes, Malik: Learning to Detect Natural
 * Image Boundaries, PAMI 2004, section 3). Another, harder measure than `scoreBorders`: a drawn pixel answers for one predicted
 * pixel alone.
 *
 * The benchmark looks for the cheapest matching by distance, where a pixel that stays alone costs more than any distance saves:
 * as many pairs as there can be, and of such matchings the nearest. Here pairs are made from the nearest on, then as many more
 * as there can be (augmenting paths, which leave no matched pixel alone). So the number of pairs is exact; which pixels have
 * one may differ, and with it, slightly, how many have one with any annotator (docs/datasets.md).
 */
import { expected } from '../../errors.ts';
import { isWhole } from '../../options/spec.ts';
import type { LabelMap } from '../../types.ts';
import { checkMaps } from '../check.ts';
import { matchOneToOne } from './pairs.ts';
import { cornerPixels, thin } from './thin.ts';

/** How far from each other the pixels of a pair may be, as a share of the picture's diagonal. */
export const PAIR_DISTANCE = 0.0075;

/** Border pixels of one picture, or summed over several. */
export interface BorderCounts {
  /** Predicted, and those of them that have a pair with any annotator. */
  predicted: number;
  predictedMatched: number;
  /** Drawn, and those of them that have a pair, summed over the annotators. */
  drawn: number;
  drawnMatched: number;
}

/** Shares 0..1, 0 where there is no border. */
export interface BorderF {
  precision: number;
  recall: number;
  /** Their harmonic mean. */
  f: number;
}

const placesOf = (marks: Uint8Array): Int32Array => {
  const out: number[] = [];
  for (let p = 0; p < marks.length; p++) if (marks[p]) out.push(p);
  return Int32Array.from(out);
};

/** Thinned borders of a map, as places of pixels. */
const bordersOf = (map: LabelMap): Int32Array => placesOf(thin(cornerPixels(map), map.width, map.height));

/**
 * Border pixels of a prediction that have a pair within 0.0075 of the picture's diagonal, and those of its annotators.
 * @throws InputError where a map's size is not that of the prediction, or there is no annotator
 */
export const matchBorders = (prediction: LabelMap, annotators: readonly LabelMap[]): BorderCounts => {
  checkMaps(prediction, annotators);
  const { width, height } = prediction;
  const predicted = bordersOf(prediction);
  const isMatched = new Uint8Array(predicted.length);
  const counts: BorderCounts = { predicted: predicted.length, predictedMatched: 0, drawn: 0, drawnMatched: 0 };
  for (const map of annotators) {
    const drawn = bordersOf(map);
    counts.drawn += drawn.length;
    matchOneToOne(predicted, drawn, width, height, PAIR_DISTANCE * Math.hypot(width, height)).forEach((pair, i) => {
      if (pair < 0) return;
      counts.drawnMatched++;
      isMatched[i] = 1;
    });
  }
  counts.predictedMatched = isMatched.reduce((sum, one) => sum + one, 0);
  return counts;
};

const COUNTS = ['predicted', 'predictedMatched', 'drawn', 'drawnMatched'] as const satisfies readonly (keyof BorderCounts)[];

/** Those of several pictures together. */
export const sumBorders = (pictures: readonly BorderCounts[]): BorderCounts => {
  const sum: BorderCounts = { predicted: 0, predictedMatched: 0, drawn: 0, drawnMatched: 0 };
  for (const picture of pictures) for (const count of COUNTS) sum[count] += picture[count];
  return sum;
};

export const areBorderCounts = (value: unknown): value is BorderCounts =>
  typeof value === 'object' && value !== null && COUNTS.every((count) => isWhole((value as BorderCounts)[count], 0, Number.MAX_SAFE_INTEGER));

/** Precision, recall and F of a picture, or of a set's sums. @throws InputError for counts that are none */
export const borderF = (counts: BorderCounts): BorderF => {
  if (!areBorderCounts(counts)) throw expected('what matchBorders gives', 'the counts', counts);
  const { predicted, predictedMatched, drawn, drawnMatched } = counts;
  const precision = predicted > 0 ? predictedMatched / predicted : 0;
  const recall = drawn > 0 ? drawnMatched / drawn : 0;
  return { precision, recall, f: precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0 };
};

/** F over a set at several settings: with one setting for all pictures (ODS), and with each one's own best (OIS). */
export interface OptimalF {
  ods: BorderF & { setting: number };
  ois: BorderF;
}

/**
 * Sums over the set before F is taken, as the benchmark does; it also looks between its settings, and this does not.
 * @param pictures `[picture][setting]`
 * @returns null without pictures
 */
export const optimalF = (pictures: readonly (readonly BorderCounts[])[], settings: readonly number[]): OptimalF | null => {
  if (pictures.length === 0) return null;
  const first = (of: readonly BorderCounts[]): number => {
    const all = of.map((counts) => borderF(counts).f);
    return all.indexOf(Math.max(...all));
  };
  const sums = settings.map((_, at) => sumBorders(pictures.map((one) => one[at])));
  const best = first(sums);
  return { ods: { ...borderF(sums[best]), setting: settings[best] }, ois: borderF(sumBorders(pictures.map((one) => one[first(one)]))) };
};
