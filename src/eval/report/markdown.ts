/** A report as GitHub shows it, and as a terminal can. */
import { printable } from '../../toolkit.ts';
import type { ClassTable } from './classes.ts';
import type { Comparison } from './comparisons.ts';
import type { Contrast, Contrasted, Gallery, Ranked } from './pictures.ts';
import type { Cell, Report, Row, Table, ToldRun } from './report.ts';
import {
  basisText,
  CONTRASTS,
  cellText,
  classesTitle,
  classHeads,
  classTexts,
  columnText,
  comparisonText,
  contrastedText,
  contrastLists,
  contrastsOf,
  contrastText,
  DIFFERENCES,
  differenceText,
  furtherProtocols,
  GALLERIES,
  galleryText,
  headText,
  intervalText,
  isByRun,
  METHOD_HEAD,
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
  const [basis, run] = [basisText(told, cell), isByRun(told) || cell.run === undefined ? '' : runMark(cell.run)];
  return [`${cellText(measure, cell)}${interval && ` (${interval})`}`, basis, run].filter((part) => part !== '').join(', ');
};

const tableText = (told: Table, { runs }: Report): string => {
  const { title, protocol, columns, rows } = told;
  const heads = [METHOD_HEAD, ...(isByRun(told) ? ['run'] : [])];
  const ofRun = ({ run }: Row): string => (run === undefined ? '' : `${runMark(run)}, ${picturesText(runs[run].pictures)}`);
  const cells = rows.map((row) => [
    row.label,
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

const comparisonRows = (runs: readonly ToldRun[], comparison: Comparison): string[][] =>
  comparison.differences.map(({ measure, figure, pictures }) => [
    comparison.set,
    comparisonText(runs, comparison),
    headText(measure),
    differenceText(measure, figure.value),
    intervalText(measure, figure),
    verdict(measure, figure),
    String(pictures),
  ]);

const DIFFERENCE_HEADS = ['set', 'what less what', 'measure', 'difference', '95 %', 'is', 'pictures'];

const differencesText = ({ comparisons, runs }: Report): string[] =>
  comparisons.length === 0
    ? []
    : [
        `## ${DIFFERENCES}`,
        table(
          DIFFERENCE_HEADS,
          comparisons.flatMap((one) => comparisonRows(runs, one)),
          (column) => column === 3 || column === 6,
        ),
      ];

const contrasted = (all: readonly Contrasted[]): string => all.map((one) => `${escaped(one.id)} ${escaped(contrastedText(one))}`).join('; ');

const contrastLines = (runs: readonly ToldRun[], contrast: Contrast): string =>
  [
    `- ${escaped(contrastText(runs, contrast))}`,
    ...contrastLists(runs, contrast).flatMap(([words, all]) => (all.length > 0 ? [`  - ${escaped(words)}: ${contrasted(all)}`] : [])),
  ].join('\n');

const contrastsText = (report: Report): string[] => {
  const all = contrastsOf(report);
  return all.length === 0 ? [] : [`## ${CONTRASTS}`, all.map((contrast) => contrastLines(report.runs, contrast)).join('\n')];
};

const classesText = (runs: readonly ToldRun[], told: ClassTable): string[] => [
  `## ${escaped(classesTitle(told))}`,
  escaped(told.protocol),
  table(classHeads(runs, told), told.rows.map(classTexts), (column) => column > 0),
];

const ranked = (all: readonly Ranked[]): string => all.map(({ id, score }) => `${escaped(id)} ${percentOf(score)}`).join(', ');

const galleryLines = (runs: readonly ToldRun[], gallery: Gallery): string =>
  [
    `- ${escaped(`${runMark(gallery.run)}, ${galleryText(runs, gallery)}`)}`,
    `  - worst: ${ranked(gallery.worst)}`,
    `  - best: ${ranked(gallery.best)}`,
  ].join('\n');

const galleriesText = ({ galleries, runs }: Report): string[] =>
  galleries.length === 0 ? [] : [`## ${GALLERIES}`, galleries.map((gallery) => galleryLines(runs, gallery)).join('\n')];

const runsText = ({ runs }: Report): string =>
  table(
    ['run', ...runTexts(runs[0]).map(([name]) => name)],
    runs.map((run, at) => [`${runMark(at)}, ${run.label}`, ...runTexts(run).map(([, text]) => text)]),
    () => false,
  );

/** GitHub's Markdown, with a line end at its end. */
export const reportMarkdown = (report: Report): string =>
  `${[
    `# ${TITLE}`,
    ...(report.notes.length > 0 ? [report.notes.map((note) => `- ${escaped(note)}`).join('\n')] : []),
    ...report.tables.map((told) => tableText(told, report)),
    ...differencesText(report),
    ...contrastsText(report),
    ...report.classes.flatMap((told) => classesText(report.runs, told)),
    ...galleriesText(report),
    '## Runs',
    runsText(report),
    READING.map(escaped).join(' '),
  ].join('\n\n')}\n`;
