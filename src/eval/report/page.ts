/** A report as a page: one file without scripts, with nothing from elsewhere. */
import { escapedXml, printable } from '../../toolkit.ts';
import type { Gallery, Ranked } from './pictures.ts';
import type { Cell, Comparison, Report, Row, Table, ToldRun } from './report.ts';
import { STYLE } from './style.ts';
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
  isPublished,
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

/** Every text that stands in the page comes by here, in elements and attributes alike. */
const text = (plain: string): string => escapedXml(printable(plain));

const paragraph = (plain: string): string => `<p class="soft">${text(plain)}</p>`;

const list = (items: readonly string[]): string => (items.length === 0 ? '' : `<ul>${items.map((item) => `<li>${text(item)}</li>`).join('')}</ul>`);

const head = (words: string, kind = ''): string => `<th scope="col"${kind && ` class="${kind}"`}>${text(words)}</th>`;

/** @param name what a screen reader calls it; wider than the page, it is moved by itself, with keys too */
const table = (name: string, heads: readonly string[], rows: readonly string[]): string =>
  `<div class="wide" role="region" tabindex="0" aria-label="${text(name)}"><table><thead><tr>${heads.join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`;

const runLink = (run: number): string => `<a href="#run-${run + 1}">${text(runMark(run))}</a>`;

const small = (html: string): string => (html === '' ? '' : `<span class="interval">${html}</span>`);

const restsOn = (run: number, pictures: number | undefined): string => `${runLink(run)}${small(text(picturesText(pictures)))}`;

const cellHtml = (cell: Cell, told: Table, at: number): string => {
  const { measure } = told.columns[at];
  const { figure, pictures, run } = cell;
  const about = isByRun(told) || run === undefined ? '' : small(`${text(picturesText(pictures))}, ${runLink(run)}`);
  return `<span class="cell">${text(cellText(measure, cell))}${small(text(intervalText(measure, figure)))}${about}</span>`;
};

const rowHtml = (row: Row, told: Table, runs: readonly ToldRun[]): string => {
  const { run, method, cells } = row;
  const [name, solver, borders] = methodTexts(row);
  return [
    `<tr${isPublished(method) ? ' class="published"' : ''}><th scope="row" class="name">${text(name)}</th>`,
    `<td>${text(solver)}</td><td>${text(borders)}</td>`,
    isByRun(told) ? `<td class="number">${run === undefined ? '' : restsOn(run, runs[run].pictures)}</td>` : '',
    ...cells.map((all, at) => `<td class="number">${all.map((cell) => cellHtml(cell, told, at)).join('')}</td>`),
    `<td class="long">${text(restText(row))}</td></tr>`,
  ].join('');
};

const tableHtml = (told: Table, runs: readonly ToldRun[]): string => {
  const heads = [
    ...METHOD_HEADS.map((words) => head(words)),
    ...(isByRun(told) ? [head('run', 'number')] : []),
    ...told.columns.map((_, at) => head(columnText(told, at), 'number')),
    head(REST_HEAD),
  ];
  const rows = told.rows.map((row) => rowHtml(row, told, runs));
  return [`<h2>${text(told.title)}</h2>`, paragraph(told.protocol), list(furtherProtocols(told)), table(told.title, heads, rows)].join('\n');
};

const comparisonRows = (comparison: Comparison): string[] =>
  comparison.differences.map(({ measure, figure, pictures }) => {
    const says = verdict(measure, figure);
    const number = `${text(differenceText(measure, figure.value))}${small(text(intervalText(measure, figure)))}`;
    return `<tr><th scope="row" class="name">${text(comparison.set)}</th><td class="long">${text(comparisonText(comparison))}</td><td>${text(headText(measure))}</td><td class="number">${number}</td><td class="says ${says === 'better' || says === 'worse' ? says : ''}">${text(says)}</td><td class="number">${pictures}</td></tr>`;
  });

const differencesHtml = ({ comparisons }: Report): string => {
  if (comparisons.length === 0) return '';
  const heads = [
    ...['set', 'what less what', 'measure'].map((words) => head(words)),
    ...[head('difference', 'number'), head('is'), head('pictures', 'number')],
  ];
  return `<h2>${text(DIFFERENCES)}</h2>\n${table(DIFFERENCES, heads, comparisons.flatMap(comparisonRows))}`;
};

/** What the pictures of a figure are, in their order. */
const SHOWN = [
  ['picture', 'Picture'],
  ['prediction', 'Prediction over the picture'],
  ['mask', 'Mask'],
] as const;

const rankedHtml = ({ id, score, thumbnails }: Ranked): string => {
  const images = SHOWN.flatMap(([key, words]) => {
    const uri = thumbnails?.[key];
    return uri === undefined ? [] : [`<img src="${text(uri)}" alt="${text(`${words}: ${id}`)}">`];
  });
  return `<li><figure><div>${images.join('')}</div><figcaption>${text(id)}: ${percentOf(score)}</figcaption></figure></li>`;
};

const galleryHtml = ({ run, score, worst, best, notes }: Gallery, runs: readonly ToldRun[]): string => {
  const lists = [
    ['Worst', worst],
    ['Best', best],
  ] as const;
  return [
    `<h3>${runLink(run)}: ${text(`${runs[run].set}, by ${score}, %`)}</h3>`,
    list(notes),
    ...lists
      .filter(([, ranked]) => ranked.length > 0)
      .map(([words, ranked]) => `<p class="soft">${words}</p><ul class="gallery">${ranked.map(rankedHtml).join('\n')}</ul>`),
  ].join('\n');
};

const ABOUT_PICTURES =
  'Of class sets the centre square that is scored; the prediction, where the run kept it with --save, is the one that enters the matching, before PAMR. Grey in a mask: no label; black: background. Of several annotators the first.';

const galleriesHtml = ({ galleries, runs }: Report): string =>
  galleries.length === 0
    ? ''
    : ['<h2>Worst and best pictures</h2>', paragraph(ABOUT_PICTURES), ...galleries.map((gallery) => galleryHtml(gallery, runs))].join('\n');

const runHtml = (run: ToldRun, at: number): string => {
  const lost = run.failed.map(({ id, problem }) => `${id}: ${problem}`);
  return [
    `<h3 id="run-${at + 1}">${text(runMark(at))}</h3>`,
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
    galleriesHtml(report),
    '<h2>Runs</h2>',
    ...report.runs.map(runHtml),
    '<h2>How to read this</h2>',
    list(READING),
    '</main>\n</body>\n</html>',
  ]
    .filter((part) => part !== '')
    .join('\n')}\n`;
