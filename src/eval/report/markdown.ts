/** A report as GitHub shows it, and as a terminal can. */
import { printable } from '../../toolkit.ts';
import type { Gallery, Ranked } from './pictures.ts';
import type { Cell, Comparison, Report, Row, Table } from './report.ts';
import {
  cellText,
  columnText,
  comparisonText,
  DIFFERENCES,
  differenceText,
  furtherProtocols,
  headText,
  intervalText,
  isByRun,
  METHOD_HEADS,
  methodTexts,
  percentOf,
  picturesText,
  READING,
  REST_HEAD,
  restText,
  runMark,
  runTexts,
  TITLE,
  verdict,
} from './words.ts';

/** What has a meaning in Markdown, and is no part of a plain name. */
const MARKS = /[\\`*[\]<>|&~#!]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu;

const escaped = (text: string): string => printable(text).replace(MARKS, (mark) => `\\${mark}`);

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** @param right which columns are numbers */
const table = (heads: readonly string[], rows: readonly (readonly string[])[], right: (column: number) => boolean): string =>
  [line(heads.map(escaped)), line(heads.map((_, column) => (right(column) ? '---:' : '---'))), ...rows.map((cells) => line(cells.map(escaped)))].join(
    '\n',
  );

const cellMarkdown = (cell: Cell, told: Table, at: number): string => {
  const { measure } = told.columns[at];
  const interval = intervalText(measure, cell.figure);
  const figure = `${cellText(measure, cell)}${interval && ` (${interval})`}`;
  return isByRun(told) || cell.run === undefined ? figure : `${figure}, ${picturesText(cell.pictures)}, ${runMark(cell.run)}`;
};

const tableText = (told: Table, { runs }: Report): string => {
  const { title, protocol, columns, rows } = told;
  const heads = [...METHOD_HEADS, ...(isByRun(told) ? ['run'] : [])];
  const ofRun = ({ run }: Row): string => (run === undefined ? '' : `${runMark(run)}, ${picturesText(runs[run].pictures)}`);
  const cells = rows.map((row) => [
    ...methodTexts(row),
    ...(isByRun(told) ? [ofRun(row)] : []),
    ...row.cells.map((all, at) => all.map((cell) => cellMarkdown(cell, told, at)).join('; ')),
    restText(row),
  ]);
  return [
    `## ${escaped(title)}`,
    escaped([protocol, ...furtherProtocols(told)].join('; ')),
    table(
      [...heads, ...columns.map((_, at) => columnText(told, at)), REST_HEAD],
      cells,
      (column) => column >= heads.length && column < heads.length + columns.length,
    ),
  ].join('\n\n');
};

const comparisonRows = (comparison: Comparison): string[][] =>
  comparison.differences.map(({ measure, figure, pictures }) => [
    comparison.set,
    comparisonText(comparison),
    headText(measure),
    differenceText(measure, figure.value),
    intervalText(measure, figure),
    verdict(measure, figure),
    String(pictures),
  ]);

const DIFFERENCE_HEADS = ['set', 'what less what', 'measure', 'difference', '95 %', 'is', 'pictures'];

const differencesText = ({ comparisons }: Report): string[] =>
  comparisons.length === 0
    ? []
    : [`## ${DIFFERENCES}`, table(DIFFERENCE_HEADS, comparisons.flatMap(comparisonRows), (column) => column === 3 || column === 6)];

const ranked = (all: readonly Ranked[]): string => all.map(({ id, score }) => `${escaped(id)} ${percentOf(score)}`).join(', ');

const galleriesText = ({ galleries, runs }: Report): string[] =>
  galleries.length === 0
    ? []
    : [
        '## Worst and best pictures',
        galleries
          .map(({ run, score, worst, best }: Gallery) =>
            [`- ${escaped(`${runMark(run)} ${runs[run].set}, by ${score}, %`)}`, `  - worst: ${ranked(worst)}`, `  - best: ${ranked(best)}`].join(
              '\n',
            ),
          )
          .join('\n'),
      ];

const runsText = ({ runs }: Report): string =>
  table(
    ['run', ...runTexts(runs[0]).map(([name]) => name)],
    runs.map((run, at) => [runMark(at), ...runTexts(run).map(([, text]) => text)]),
    () => false,
  );

/** GitHub's Markdown, with a line end at its end. */
export const reportMarkdown = (report: Report): string =>
  `${[
    `# ${TITLE}`,
    ...(report.notes.length > 0 ? [report.notes.map((note) => `- ${escaped(note)}`).join('\n')] : []),
    ...report.tables.map((told) => tableText(told, report)),
    ...differencesText(report),
    ...galleriesText(report),
    '## Runs',
    runsText(report),
    READING.map(escaped).join(' '),
  ].join('\n\n')}\n`;
