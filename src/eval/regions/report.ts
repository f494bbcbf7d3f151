/** What is told of a set that was scored by annotators: one drawing a picture, or one a price. */

import type { Settings } from '../ledger.ts';
import { BORDER_TOLERANCE } from './borders.ts';
import { type DrawingScore, type Measure, meanScore } from './drawings.ts';
import { type Better, type Optimal, optimal } from './ods.ts';
import { type BorderF, borderF, optimalF, PAIR_DISTANCE, sumBorders } from './one-to-one.ts';

const WHAT = "regions and borders at the picture's own size";
const HOW = `borders within ${BORDER_TOLERANCE} pixels; mean over pictures`;

export const drawingProtocol = ({ predictions, refine }: Settings): string =>
  `${WHAT}, ${predictions === undefined ? `drawn by ${refine}` : 'as predicted'}; ${HOW}`;

/** The same of every drawing. */
export const drawingFrame = `${WHAT}; ${HOW}`;

/** The measures that one setting for all is looked for by, and which way they are better. */
const OPTIMISED = { covering: 'higher', pri: 'higher', vi: 'lower' } as const satisfies Partial<Record<Measure, Better>>;
type Optimised = keyof typeof OPTIMISED;

const fixed = (value: number | null | undefined, digits: number): string => (value === null || value === undefined ? '-' : value.toFixed(digits));

/** Of the measure that stands apart: another one than precision and recall above it. */
const oneToOneLines = (...lines: string[]): string[] => [
  `Borders matched one to one within ${PAIR_DISTANCE} of the diagonal, sums over the set: the benchmark's own measure`,
  ...lines,
];
const fText = ({ precision, recall, f }: BorderF): string => `F ${f.toFixed(3)}  precision ${precision.toFixed(3)}  recall ${recall.toFixed(3)}`;

/** The measures of one drawing a picture, a line each. @param scores of each picture */
export const drawingLines = (scores: readonly DrawingScore[]): string[] => {
  const { covering, pri, vi, precision, recall, pieces, slivers, roughness, borderLength } = meanScore(scores);
  return [
    `covering   ${fixed(covering, 3)}`,
    `PRI        ${fixed(pri, 3)}`,
    `VI         ${fixed(vi, 3)} bits`,
    `precision  ${fixed(precision, 3)}`,
    `recall     ${fixed(recall, 3)}`,
    `pieces     ${fixed(pieces, 2)} a segment`,
    `slivers    ${fixed(slivers, 3)} of the border`,
    `roughness  ${fixed(roughness, 3)} changed pixels a border pixel`,
    `border     ${fixed(borderLength, 2)} of people's length`,
    '',
    ...oneToOneLines(fText(borderF(sumBorders(scores.map(({ oneToOne }) => oneToOne))))),
  ];
};

/** Columns of the table of prices: head, measure, digits. */
const COLUMNS = [
  ['segments', 'segments', 1],
  ['covering', 'covering', 3],
  ['PRI', 'pri', 3],
  ['VI', 'vi', 3],
  ['precision', 'precision', 3],
  ['recall', 'recall', 3],
  ['pieces', 'pieces', 2],
  ['slivers', 'slivers', 3],
  ['rough', 'roughness', 3],
  ['border', 'borderLength', 2],
] as const satisfies readonly (readonly [string, Measure, number])[];

/** Of the first column, letters. */
const NAMES = 6;

/** A line of the table: its name, then what stands in each column, if anything. */
const row = (name: string, cell: (measure: Measure, digits: number, head: string) => string): string =>
  [name.padEnd(NAMES), ...COLUMNS.map(([head, measure, digits]) => cell(measure, digits, head).padStart(Math.max(5, head.length)))]
    .join('  ')
    .trimEnd();

const optima = (drawings: readonly DrawingScore[][], prices: readonly number[]): Record<Optimised, Optimal | null> => {
  const of = (measure: Optimised) =>
    optimal(
      drawings.map((scores) => scores.map((score) => score[measure])),
      prices,
      OPTIMISED[measure],
    );
  return { covering: of('covering'), pri: of('pri'), vi: of('vi') };
};

/** A line a price, then what the best price would give. @param drawings scores of each picture, one a price */
export const priceLines = (drawings: readonly DrawingScore[][], prices: readonly number[]): string[] => {
  const best: Partial<Record<Measure, Optimal | null>> = optima(drawings, prices);
  const means = prices.map((_, at) => meanScore(drawings.map((scores) => scores[at])));
  const summary = (text: (of: Optimal, digits: number) => string) => (measure: Measure, digits: number) => {
    const of = best[measure];
    return of ? text(of, digits) : '';
  };
  return [
    row('price', (_measure, _digits, head) => head),
    ...prices.map((price, at) => row(String(price), (measure, digits) => fixed(means[at][measure], digits))),
    row(
      'ODS',
      summary(({ ods }, digits) => fixed(ods.value, digits)),
    ),
    row(
      '  at',
      summary(({ ods }) => String(ods.setting)),
    ),
    row(
      'OIS',
      summary(({ ois }, digits) => fixed(ois, digits)),
    ),
    'VI in bits, lower is better; ODS: one price for all pictures, OIS: the best of these for each',
    ...oneToOnePrices(drawings, prices),
  ];
};

const countsOf = (drawings: readonly DrawingScore[][]) => drawings.map((scores) => scores.map(({ oneToOne }) => oneToOne));

const oneToOnePrices = (drawings: readonly DrawingScore[][], prices: readonly number[]): string[] => {
  const best = optimalF(countsOf(drawings), prices);
  if (!best) return [];
  const each = prices.map((price, at) => `${String(price).padEnd(NAMES)}  ${fText(borderF(sumBorders(drawings.map((one) => one[at].oneToOne))))}`);
  const { ods, ois } = best;
  return ['', ...oneToOneLines(...each, `${'ODS'.padEnd(NAMES)}  ${fText(ods)}  at ${ods.setting}`, `${'OIS'.padEnd(NAMES)}  ${fText(ois)}`)];
};

/** The means as programs read them: `segmentsPerPicture`, shares 0..1, `vi` in bits; null where undefined. */
export const drawingJson = (scores: readonly DrawingScore[]): Record<string, number | null> => {
  const { segments, ...rest } = meanScore(scores);
  return { ...rest, segmentsPerPicture: segments };
};

/** The benchmark's border measure over the set, apart from the others; null without pictures. */
export const oneToOneJson = (scores: readonly DrawingScore[]): BorderF | null =>
  scores.length > 0 ? borderF(sumBorders(scores.map(({ oneToOne }) => oneToOne))) : null;

const oneToOnePricesJson = (drawings: readonly DrawingScore[][], prices: readonly number[]): Record<string, unknown> => {
  const best = optimalF(countsOf(drawings), prices);
  if (!best) return { prices: [], ods: null, ois: null };
  const { setting, ...ods } = best.ods;
  return {
    prices: prices.map((price, at) => ({ price, ...oneToOneJson(drawings.map((one) => one[at])) })),
    ods: { ...ods, price: setting },
    ois: best.ois,
  };
};

/** Every price's means, and the best over the set and over each picture; null without pictures. */
export const pricesJson = (drawings: readonly DrawingScore[][], prices: readonly number[]): Record<string, unknown> => {
  const best = Object.entries(optima(drawings, prices));
  return {
    prices: prices.map((price, at) => ({ price, ...drawingJson(drawings.map((scores) => scores[at])) })),
    ods: Object.fromEntries(best.map(([measure, of]) => [measure, of === null ? null : { value: of.ods.value, price: of.ods.setting }])),
    ois: Object.fromEntries(best.map(([measure, of]) => [measure, of === null ? null : of.ois])),
    oneToOne: oneToOnePricesJson(drawings, prices),
  };
};
