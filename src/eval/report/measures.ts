/** The measures that a report tells, as data: a measure is a row, and stands in the table of those that it may be compared with. */
import { type BorderF, PAIR_DISTANCE } from '../regions/one-to-one.ts';
import type { Evaluation } from '../run.ts';
import { scoreJson } from './evaluation.ts';

/** What `eval --json` says of the measures; which there are hangs on the set and on whether prices were walked. */
export interface Scores {
  mIoU?: number | null;
  pixelAccuracy?: number | null;
  objects?: { bestSegment: number | null; union: number | null };
  segmentsPerPicture?: number | null;
  covering?: number | null;
  pri?: number | null;
  vi?: number | null;
  precision?: number | null;
  recall?: number | null;
  pieces?: number | null;
  slivers?: number | null;
  roughness?: number | null;
  borderLength?: number | null;
  ods?: Record<'covering' | 'pri' | 'vi', { value: number } | null>;
  ois?: Record<'covering' | 'pri' | 'vi', number | null>;
  /** Of borders matched one to one: of one drawing, or of the best prices. */
  oneToOne?: (Partial<BorderF> & { ods?: BorderF | null; ois?: BorderF | null }) | null;
}

/** A measure: `of` is undefined for a run that does not have it, null where it cannot be told. */
export interface Measure {
  /** As programs know it. */
  name: string;
  head: string;
  unit: '%' | 'bits' | '';
  digits: number;
  /** Which way it is better; neither for what only describes. */
  better?: 'higher' | 'lower';
  /** How it is made, where the protocol line of its run tells of others. */
  protocol?: string;
  /** Differences between two runs are told of it. */
  compared?: boolean;
  of(scores: Scores): number | null | undefined;
}

/** Measures side by side. */
export interface MeasureTable {
  title: string;
  /** The one measure, with a column a set; else a table a set, with a column a measure. */
  acrossSets?: boolean;
  measures: readonly Measure[];
}

const percent = { unit: '%', digits: 1, better: 'higher' } as const;
const share = { unit: '', digits: 3, better: 'higher' } as const;
const bits = { unit: 'bits', digits: 3, better: 'lower' } as const;
const plain = { unit: '', digits: 2 } as const;

const paired = {
  ...share,
  protocol: `borders at the picture's own size, matched one to one within ${PAIR_DISTANCE} of the diagonal; sums over the set`,
} as const;
const SEGMENTS = { name: 'segments', head: 'segments a picture', unit: '', digits: 1 } as const;

/** Of borders that were matched in a single drawing. */
const ofOne =
  (of: (borders: Partial<BorderF>) => number | undefined): Measure['of'] =>
  ({ oneToOne, ods }) =>
    ods ? undefined : oneToOne && of(oneToOne);

export const MEASURE_TABLES: readonly MeasureTable[] = [
  { title: 'Mean IoU', acrossSets: true, measures: [{ name: 'mIoU', head: 'mIoU', ...percent, compared: true, of: ({ mIoU }) => mIoU }] },
  {
    title: 'Objects and pixels',
    measures: [
      { name: 'bestSegment', head: 'best segment', ...percent, compared: true, of: ({ objects }) => objects?.bestSegment },
      { name: 'objectSegments', head: 'its segments', ...percent, of: ({ objects }) => objects?.union },
      { name: 'pixelAccuracy', head: 'pixel accuracy', ...percent, of: ({ pixelAccuracy }) => pixelAccuracy },
      { ...SEGMENTS, of: ({ segmentsPerPicture, objects }) => objects && segmentsPerPicture },
    ],
  },
  {
    title: 'Regions',
    measures: [
      { name: 'covering', head: 'covering', ...share, compared: true, of: ({ covering }) => covering },
      { name: 'pri', head: 'PRI', ...share, compared: true, of: ({ pri }) => pri },
      { name: 'vi', head: 'VI', ...bits, compared: true, of: ({ vi }) => vi },
      { ...SEGMENTS, of: ({ segmentsPerPicture, covering }) => (covering !== undefined ? segmentsPerPicture : undefined) },
    ],
  },
  {
    title: 'Borders near those of any annotator, and how clean they are',
    measures: [
      { name: 'precision', head: 'precision', ...share, of: ({ precision }) => precision },
      { name: 'recall', head: 'recall', ...share, of: ({ recall }) => recall },
      { name: 'pieces', head: 'pieces a segment', ...plain, better: 'lower', of: ({ pieces }) => pieces },
      { name: 'slivers', head: 'slivers', ...share, better: 'lower', of: ({ slivers }) => slivers },
      { name: 'roughness', head: 'roughness', ...share, better: 'lower', of: ({ roughness }) => roughness },
      { name: 'borderLength', head: "border, of people's", ...plain, of: ({ borderLength }) => borderLength },
    ],
  },
  {
    title: 'Borders matched one to one, as the Berkeley benchmark does',
    measures: [
      { name: 'borderF', head: 'F', ...paired, compared: true, of: ofOne(({ f }) => f) },
      { name: 'borderPrecision', head: 'precision', ...paired, of: ofOne(({ precision }) => precision) },
      { name: 'borderRecall', head: 'recall', ...paired, of: ofOne(({ recall }) => recall) },
    ],
  },
  {
    title: 'Regions, with the price that is best for all pictures (ODS) or for each (OIS)',
    measures: [
      { name: 'odsCovering', head: 'covering ODS', ...share, compared: true, of: ({ ods }) => ods && (ods.covering?.value ?? null) },
      { name: 'oisCovering', head: 'covering OIS', ...share, of: ({ ois }) => ois?.covering },
      { name: 'odsPri', head: 'PRI ODS', ...share, of: ({ ods }) => ods && (ods.pri?.value ?? null) },
      { name: 'odsVi', head: 'VI ODS', ...bits, of: ({ ods }) => ods && (ods.vi?.value ?? null) },
    ],
  },
  {
    title: 'Borders matched one to one, with the price that is best for all pictures (ODS) or for each (OIS)',
    measures: [
      { name: 'odsBorderF', head: 'F ODS', ...paired, compared: true, of: ({ ods, oneToOne }) => ods && (oneToOne?.ods?.f ?? null) },
      { name: 'oisBorderF', head: 'F OIS', ...paired, of: ({ ods, oneToOne }) => ods && (oneToOne?.ois?.f ?? null) },
    ],
  },
];

export const MEASURES: readonly Measure[] = MEASURE_TABLES.flatMap(({ measures }) => measures);

export const scoresOf = (evaluation: Evaluation): Scores => scoreJson(evaluation) as Scores;
