/** What a report says, in words that every format has. */
import { CONFIDENCE, type Figure, LEAST_PICTURES, ROUNDS } from '../bootstrap.ts';
import type { ClassRow, ClassTable } from './classes.ts';
import type { Comparison } from './comparisons.ts';
import { restOf } from './labels.ts';
import type { Measure } from './measures.ts';
import type { Contrast, Contrasted, Gallery } from './pictures.ts';
import type { Published } from './published.ts';
import type { Cell, Report, Row, Table, ToldRun } from './report.ts';
import type { Method } from './sets.ts';

const MINUS = '\u2212';

const fixed = (value: number, digits: number): string => value.toFixed(digits).replace('-', MINUS);

export const valueText = ({ digits }: Measure, value: number | null): string => (value === null ? '-' : fixed(value, digits));

/** A figure in a table; one that was published as precisely as it was. */
export const cellText = (measure: Measure, { figure: { value }, run }: Cell): string =>
  valueText(run === undefined ? { ...measure, digits: Math.min(2, measure.digits) } : measure, value);

/** The bounds; empty where there are none. */
export const intervalText = ({ digits }: Measure, { low, high }: Figure): string =>
  low === null || high === null ? '' : `${fixed(low, digits)} to ${fixed(high, digits)}`;

export const differenceText = (measure: Measure, value: number | null): string =>
  `${value !== null && value > 0 ? '+' : ''}${valueText(measure, value)}`;

/** Which of two is better, where the interval tells. */
export const verdict = ({ better }: Measure, { low, high }: Figure): string => {
  if (low === null || high === null || better === undefined) return '';
  if (low <= 0 && high >= 0) return 'not told apart';
  return low > 0 === (better === 'higher') ? 'better' : 'worse';
};

export const headText = ({ head, unit }: Measure): string => (unit === '' ? head : `${head}, ${unit}`);

/** What a column holds: the set, where the table has several, or the measure. */
export const columnText = ({ columns }: Table, at: number): string => {
  const { set, measure } = columns[at];
  return columns.every((column) => column.measure === measure) ? `${set}: ${headText(measure)}` : headText(measure);
};

/** Head of the column of labels. */
export const METHOD_HEAD = 'method';

/** And of the last one. */
export const REST_HEAD = 'settings or source';

export const isPublished = (method: Method | Published): method is Published => 'source' in method;

/** What stands behind the figures: all that was set, or the source. */
export const restText = ({ method }: Row): string => (isPublished(method) ? `published: ${method.source}` : restOf(method).join(', '));

/** Whether each row of a table is of one run, which is told once and not in each cell. */
export const isByRun = ({ rows }: Table): boolean => rows.some(({ run }) => run !== undefined);

/** A run as tables refer to it. */
export const runMark = (run: number): string => `run ${run + 1}`;

/** What of the protocol hangs on a set or on who published, for each that a table has. */
export const furtherProtocols = ({ protocol: frame, columns, rows }: Table): string[] => {
  const ofSets = columns.filter(({ protocol }) => protocol !== '').map(({ set, protocol }) => `${set}: ${protocol}`);
  const published = rows.flatMap(({ method }) => (isPublished(method) && method.protocol !== frame ? [`published: ${method.protocol}`] : []));
  return [...new Set([...ofSets, ...published])];
};

/** A run, and what it is called. */
export const runText = (runs: readonly ToldRun[], run: number): string => `${runMark(run)}, ${runs[run].label}`;

export const comparisonText = (runs: readonly ToldRun[], { run, from }: Pick<Comparison, 'run' | 'from'>): string =>
  `${runText(runs, run)}, less ${runText(runs, from)}`;

/** What a figure rests on. */
export const picturesText = (pictures = 0): string => `${pictures} ${pictures === 1 ? 'picture' : 'pictures'}`;

/** What a cell rests on; empty where its row says so. */
export const basisText = (told: Table, { run, pictures, of = '' }: Cell): string => {
  if (run === undefined) return of;
  return isByRun(told) ? '' : picturesText(pictures);
};

export const percentOf = (score: number): string => fixed(100 * score, 1);

/** Comparisons in which a picture differs. */
export const contrastsOf = ({ contrasts }: Report): Contrast[] => contrasts.filter(({ better, worse }) => better.length + worse.length > 0);

/** What a contrast is of. */
export const contrastText = (runs: readonly ToldRun[], { score, ...pair }: Contrast): string =>
  `${runs[pair.run].set}, by ${score}, %: ${comparisonText(runs, pair)}`;

export const contrastedText = ({ scores: [own, other] }: Contrasted): string =>
  `${percentOf(own)} less ${percentOf(other)}: ${own > other ? '+' : ''}${percentOf(own - other)}`;

/** Both lists with their names. */
export const contrastLists = (runs: readonly ToldRun[], { run, better, worse }: Contrast) =>
  [
    [`${runText(runs, run)}, is better`, better],
    ['It is worse', worse],
  ] as const;

export const galleryText = (runs: readonly ToldRun[], { run, score }: Gallery): string => `${runs[run].label}: ${runs[run].set}, by ${score}, %`;

export const classesTitle = ({ set }: ClassTable): string => `IoU of each class, %: ${set}`;

export const classHeads = (all: readonly ToldRun[], { runs }: ClassTable): string[] => ['class', 'pictures', ...runs.map((run) => runText(all, run))];

export const classTexts = ({ name, pictures, iou }: ClassRow): string[] => [
  name,
  String(pictures),
  ...iou.map((value) => (value === null ? '-' : fixed(value, 1))),
];

export const runTexts = ({ ledger, set, version, protocol, settings, pictures, failed }: ToldRun): [name: string, text: string][] => [
  ['file', ledger],
  ['set', set],
  ['pictures', failed.length > 0 ? `${pictures}; left out: ${failed.length}` : String(pictures)],
  ['protocol', protocol],
  ['settings', settings],
  ['version', version],
];

export const TITLE = 'diffcut eval report';

/** How to read it. */
export const READING = [
  `Intervals hold ${CONFIDENCE * 100} % of ${ROUNDS} draws of as many pictures, with replacement, each figure made anew of those that were drawn; none below ${LEAST_PICTURES} pictures.`,
  'They say how far a figure hangs on which pictures there are, not how it would be on pictures of another kind.',
  'Differences draw the same pictures for both. Each is told by itself: of twenty that are none, one is told as one.',
  'Figures by different protocols are never in one column. Published figures are of all pictures of their set, and stand beside those of the same part of it alone.',
  'A class has the pictures that hold it in their masks, as these are scored. One in no mask has an IoU of 0 where a segment was given to it for want of another class.',
];

export const DIFFERENCES = 'Differences, on the pictures that both measured';

export const CONTRASTS = 'Where two runs differ most';

export const GALLERIES = 'Worst and best pictures';
