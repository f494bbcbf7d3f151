/** One drawing of a picture against what people drew of it: regions, borders, cleanliness. No classes. */
import type { LabelMap } from '../../toolkit.ts';
import { type BorderScore, scoreBorders } from './borders.ts';
import { type Cleanliness, scoreCleanliness } from './cleanliness.ts';
import { type BorderCounts, matchBorders } from './one-to-one.ts';
import { type RegionScore, scoreRegions } from './regions.ts';

/** Every measure of one drawing. */
export interface DrawingScore extends RegionScore, BorderScore, Cleanliness {
  segments: number;
  /** The benchmark's border measure, which is of sums over the set and has no mean. */
  oneToOne: BorderCounts;
}

/** The names of the measures that have a mean, in the order in which they are told. */
export const MEASURES = [
  'segments',
  'covering',
  'pri',
  'vi',
  'precision',
  'recall',
  'pieces',
  'slivers',
  'roughness',
  'borderLength',
] as const satisfies readonly (keyof DrawingScore)[];

export type Measure = (typeof MEASURES)[number];

/** How many segments a drawing has. */
export const segmentCount = ({ data }: LabelMap): number => new Set(data).size;

/** @throws InputError where a map's size is not that of the drawing, or there is no annotator */
export const scoreDrawing = async (drawing: LabelMap, annotators: readonly LabelMap[]): Promise<DrawingScore> => ({
  segments: segmentCount(drawing),
  ...scoreRegions(drawing, annotators),
  ...scoreBorders(drawing, annotators),
  ...(await scoreCleanliness(drawing, annotators)),
  oneToOne: matchBorders(drawing, annotators),
});

/** Each measure's mean over the pictures that have it; null where none does. */
export type MeanScore = Record<Measure, number | null>;

export const meanScore = (scores: readonly DrawingScore[]): MeanScore => {
  const mean = (measure: Measure): number | null => {
    const known = scores.map((score) => score[measure]).filter((value) => value !== null);
    return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) / known.length : null;
  };
  return Object.fromEntries(MEASURES.map((measure) => [measure, mean(measure)])) as MeanScore;
};
