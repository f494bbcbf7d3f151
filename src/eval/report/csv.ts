/** A report for programs: a line a figure. */
import { csvLine, harmless } from '../../toolkit.ts';
import type { Figure } from '../bootstrap.ts';
import type { Measure } from './measures.ts';
import type { Cell, Column, Comparison, Report, Row } from './report.ts';
import type { Method } from './sets.ts';
import { isPublished, methodText } from './words.ts';

const COLUMNS = [
  ...['kind', 'set', 'encoder', 'solver', 'refine', 'measure', 'unit', 'value', 'low', 'high', 'pictures'],
  ...['protocol', 'settings', 'version', 'ledger', 'from'],
];

const methodFields = ({ encoder, solver, refine }: Method): string[] => [encoder, solver, refine];
const figureFields = ({ name, unit }: Measure, { value, low, high }: Figure): (string | number)[] => [name, unit, value ?? '', low ?? '', high ?? ''];

const line = (fields: readonly (string | number)[]): string => csvLine(fields.map((field) => (typeof field === 'string' ? harmless(field) : field)));

const cellLine = ({ runs }: Report, { set, measure }: Column, { method }: Row, { figure, pictures, run }: Cell): string => {
  const figures = figureFields(measure, figure);
  if (isPublished(method)) return line(['published', set, method.method, '', '', ...figures, '', method.protocol, '', '', method.source, '']);
  const { protocol, version, ledger } = runs[run as number];
  return line([
    'measured',
    set,
    ...methodFields(method),
    ...figures,
    pictures as number,
    measure.protocol ?? protocol,
    method.rest.join(', '),
    version,
    ledger,
    '',
  ]);
};

const comparisonLines = ({ runs }: Report, { set, run, from, methods: [method, first], differences }: Comparison): string[] => {
  const { protocol, version, ledger } = runs[run];
  const against = `${runs[from].ledger}: ${methodText(first)}`;
  return differences.map(({ measure, figure, pictures }) =>
    line([
      ...['difference', set],
      ...methodFields(method),
      ...figureFields(measure, figure),
      pictures,
      measure.protocol ?? protocol,
      method.rest.join(', '),
      version,
      ledger,
      against,
    ]),
  );
};

/**
 * RFC 4180, UTF-8, a line of headings. `kind` is measured, published (`ledger` is the source then) or difference (from the run
 * that `from` names, on the pictures of both). Figures are those of `eval --json`; empty where there is none. In front of a text
 * that a spreadsheet would take for a formula stands a `'`.
 */
export const reportCsv = (report: Report): string =>
  [
    csvLine(COLUMNS),
    ...report.tables.flatMap(({ columns, rows }) =>
      rows.flatMap((row) => columns.flatMap((column, at) => row.cells[at].map((cell) => cellLine(report, column, row, cell)))),
    ),
    ...report.comparisons.flatMap((comparison) => comparisonLines(report, comparison)),
  ].join('');
