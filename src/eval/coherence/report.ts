/** What a coherence run tells: a table for people, an object for programs. */
import { CONFIDENCE, type Figure } from '../bootstrap.ts';
import type { Coherence, EncoderCoherence } from './figures.ts';
import { SCOPES, type Scope } from './pairs.ts';
import type { Measure, Scores } from './score.ts';

/** What pairs are compared, in words. */
export const SCOPE_NAMES: Record<Scope, string> = { within: 'within a picture', across: 'across pictures' };

/** What the row without an encoder is. */
export const PLACE = { name: 'place alone', note: 'no encoder: the nearer two pixels, the more alike; what features have to beat' };

/** How the figures were made. */
export const coherenceLine = ({ background, pointsPerClass, seed, rounds, shard }: Coherence): string =>
  [
    `cosine between features at pixels, up to ${pointsPerClass} of a class and picture, seed ${seed}`,
    'as many pairs of one class as of two',
    background === null ? '' : `background ${background} is what classes are told from, no class of its own`,
    'overall: mean over classes, each counting the same',
    `intervals: ${CONFIDENCE * 100} % of ${rounds} draws of pictures`,
    'chance: 0.5 throughout',
    shard === undefined ? '' : `shard ${shard} of the set`,
  ]
    .filter((part) => part !== '')
    .join('; ');

const fixed = (value: number | null): string => (value === null ? '-' : value.toFixed(3));
const figureText = ({ value, low, high }: Figure): string => (low === null ? fixed(value) : `${fixed(value)} (${fixed(low)}-${fixed(high)})`);
const measureCells = ({ auc, ap }: Measure): string[] => [figureText(auc), figureText(ap)];
const scopeCells = (scores: Record<Scope, Measure>): string[] => SCOPES.flatMap((scope) => measureCells(scores[scope]));

const HEAD = ['within: AUC', 'AP', 'across: AUC', 'AP'];

/** Columns as wide as their widest cell; a row of one cell, a note, may be wider. */
const table = (rows: readonly string[][]): string[] => {
  const whole = rows.filter((row) => row.length > 1);
  const widths = whole[0].map((_, column) => Math.max(...whole.map((row) => row[column].length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd(),
  );
};

type Named = Scores & { name: string; note: string };

const withPlace = ({ encoders, place }: Coherence): Named[] => [...encoders, { ...PLACE, ...place }];

const overallLines = (coherence: Coherence): string[] =>
  table([['encoder', ...HEAD], ...withPlace(coherence).flatMap((row) => [[row.name, ...scopeCells(row)], [`  ${row.note}`]])]);

const classLines = ({ name, note, classes }: EncoderCoherence, names: Coherence['names']): string[] => [
  '',
  `${name}, class by class (${note})`,
  ...table([
    ['class', 'pictures', ...HEAD],
    ...classes.map((row) => [names?.[row.class] ?? String(row.class), String(row.across.pictures || row.within.pictures), ...scopeCells(row)]),
  ]),
];

/** The result for people, without a line end at its end. */
export const coherenceText = (coherence: Coherence): string => {
  const { encoders, dataset, pictures, failed, points, place, names } = coherence;
  return [
    ...overallLines(coherence),
    ...encoders.flatMap((encoder) => classLines(encoder, names)),
    '',
    `pictures: ${pictures}${failed.length > 0 ? `, left out: ${failed.length}` : ''}; points: ${points}; pairs: ${place.within.pairs} within, ${place.across.pairs} across`,
    `${dataset}: ${coherenceLine(coherence)}`,
  ].join('\n');
};

const scoresJson = ({ within, across, classes }: Scores, names: Coherence['names']) => ({
  within,
  across,
  classes: classes.map((row) => ({ ...row, name: names?.[row.class] ?? String(row.class) })),
});

/** The result for programs: figures 0..1 with `low` and `high`, null where undefined. */
export const coherenceJson = (coherence: Coherence): Record<string, unknown> => {
  const { encoders, place, names, given, ...rest } = coherence;
  return {
    ...rest,
    protocol: coherenceLine(coherence),
    chance: 0.5,
    options: given,
    encoders: encoders.map(({ name, note, ...scores }) => ({ name, note, ...scoresJson(scores, names) })),
    place: { note: PLACE.note, ...scoresJson(place, names) },
  };
};
