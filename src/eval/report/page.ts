/** A report as a page: one file without scripts, with nothing from elsewhere. */
import type { ClassTable } from './classes.ts';
import type { Comparison } from './comparisons.ts';
import { list, paragraph, runLink, small, text } from './page-parts.ts';
import { contrastsHtml, galleriesHtml } from './page-pictures.ts';
import type { Cell, Report, Row, Table, ToldRun } from './report.ts';
import { STYLE } from './style.ts';
import {
  basisText,
  cellText,
  classesTitle,
  classHeads,
  classTexts,
  columnText,
  comparisonText,
  DIFFERENCES,
  differenceText,
  furtherProtocols,
  headText,
  intervalText,
  isByRun,
  isPublished,
  METHOD_HEAD,
  picturesText,
  READING,
  REST_HEAD,
  restText,
  runText,
  runTexts,
  TITLE,
  verdict,
} from './words.ts';

const head = (words: string, kind = ''): string => `<th scope="col"${kind && ` class="${kind}"`}>${text(words)}</th>`;

/** @param name what a screen reader calls it; wider than the page, it is moved by itself, with keys too */
const table = (name: string, heads: readonly string[], rows: readonly string[]): string =>
  `<div class="wide" role="region" tabindex="0" aria-label="${text(name)}"><table><thead><tr>${heads.join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`;

const restsOn = (run: number, pictures: number | undefined): string => `${runLink(run)}${small(text(picturesText(pictures)))}`;

const cellHtml = (cell: Cell, told: Table, at: number): string => {
  const { measure } = told.columns[at];
  const basis = [text(basisText(told, cell)), ...(isByRun(told) || cell.run === undefined ? [] : [runLink(cell.run)])];
  const about = small(basis.filter((part) => part !== '').join(', '));
  return `<span class="cell">${text(cellText(measure, cell))}${small(text(intervalText(measure, cell.figure)))}${about}</span>`;
};

const rowHtml = (row: Row, told: Table, runs: readonly ToldRun[]): string => {
  const { run, label, method, cells } = row;
  return [
    `<tr${isPublished(method) ? ' class="published"' : ''}><th scope="row" class="name">${text(label)}</th>`,
    isByRun(told) ? `<td class="number">${run === undefined ? '' : restsOn(run, runs[run].pictures)}</td>` : '',
    ...cells.map((all, at) => `<td class="number">${all.map((cell) => cellHtml(cell, told, at)).join('')}</td>`),
    `<td class="long">${text(restText(row))}</td></tr>`,
  ].join('');
};

const tableHtml = (told: Table, runs: readonly ToldRun[]): string => {
  const heads = [
    head(METHOD_HEAD),
    ...(isByRun(told) ? [head('run', 'number')] : []),
    ...told.columns.map((_, at) => head(columnText(told, at), 'number')),
    head(REST_HEAD),
  ];
  const rows = told.rows.map((row) => rowHtml(row, told, runs));
  return [`<h2>${text(told.title)}</h2>`, paragraph(told.protocol), list(furtherProtocols(told)), table(told.title, heads, rows)].join('\n');
};

const comparisonRows = (runs: readonly ToldRun[], comparison: Comparison): string[] =>
  comparison.differences.map(({ measure, figure, pictures }) => {
    const says = verdict(measure, figure);
    const number = `${text(differenceText(measure, figure.value))}${small(text(intervalText(measure, figure)))}`;
    return `<tr><th scope="row" class="name">${text(comparison.set)}</th><td class="long">${text(comparisonText(runs, comparison))}</td><td>${text(headText(measure))}</td><td class="number">${number}</td><td class="says ${says === 'better' || says === 'worse' ? says : ''}">${text(says)}</td><td class="number">${pictures}</td></tr>`;
  });

const differencesHtml = ({ comparisons, runs }: Report): string => {
  if (comparisons.length === 0) return '';
  const heads = [
    ...['set', 'what less what', 'measure'].map((words) => head(words)),
    ...[head('difference', 'number'), head('is'), head('pictures', 'number')],
  ];
  return `<h2>${text(DIFFERENCES)}</h2>\n${table(
    DIFFERENCES,
    heads,
    comparisons.flatMap((one) => comparisonRows(runs, one)),
  )}`;
};

const classesHtml = (runs: readonly ToldRun[], told: ClassTable): string => {
  const heads = classHeads(runs, told).map((words, at) => head(words, at > 0 ? 'number' : ''));
  const rows = told.rows.map((row) => {
    const [name, ...numbers] = classTexts(row).map(text);
    return `<tr><th scope="row" class="name">${name}</th>${numbers.map((number) => `<td class="number">${number}</td>`).join('')}</tr>`;
  });
  return [`<h2>${text(classesTitle(told))}</h2>`, paragraph(told.protocol), table(classesTitle(told), heads, rows)].join('\n');
};

const runHtml = (run: ToldRun, at: number, all: readonly ToldRun[]): string => {
  const lost = run.failed.map(({ id, problem }) => `${id}: ${problem}`);
  return [
    `<h3 id="run-${at + 1}">${text(runText(all, at))}</h3>`,
    `<dl>${runTexts(run)
      .map(([name, words]) => `<dt>${text(name)}</dt><dd>${text(words)}</dd>`)
      .join('')}</dl>`,
    list(lost),
  ].join('');
};

/** HTML, with a line end at its end. */
export const reportPage = (report: Report): string =>
  `${[
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">`,
    `<title>${TITLE}</title>\n<style>${STYLE}</style>\n</head>\n<body>\n<main>`,
    `<h1>${TITLE}</h1>`,
    paragraph(`${report.runs.length} runs, told by diffcut ${report.version}`),
    list(report.notes),
    ...report.tables.map((told) => tableHtml(told, report.runs)),
    differencesHtml(report),
    contrastsHtml(report),
    ...report.classes.map((told) => classesHtml(report.runs, told)),
    galleriesHtml(report),
    '<h2>Runs</h2>',
    ...report.runs.map(runHtml),
    '<h2>How to read this</h2>',
    list(READING),
    '</main>\n</body>\n</html>',
  ]
    .filter((part) => part !== '')
    .join('\n')}\n`;
