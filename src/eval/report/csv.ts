/** A report for programs: a line a figure. */
import { csvLine, harmless } from '../../toolkit.ts';
import type { Figure } from '../bootstrap.ts';
import type { ClassTable } from './classes.ts';
import type { Comparison } from './comparisons.ts';
import type { Measure } from './measures.ts';
import type { Cell, Column, Report, Row } from './report.ts';
import type { Method } from './sets.ts';
import { isPublished } from './words.ts';

const COLUMNS = [
  ...['kind', 'set', 'encoder', 'solver', 'refine', 'measure', 'unit', 'value', 'low', 'high', 'pictures'],
  ...['protocol', 'settings', 'version', 'ledger', 'from', 'class'],
];

type Fields = Record<string, string | number | null | undefined>;

const line = (fields: Fields): string =>
  csvLine(
    COLUMNS.map((name) => {
      const field = fields[name] ?? '';
      return typeof field === 'string' ? harmless(field) : field;
    }),
  );

const methodFields = ({ encoder, solver, refine, rest }: Method): Fields => ({ encoder, solver, refine, settings: rest.join(', ') });

const figureFields = ({ name, unit }: Measure, { value, low, high }: Figure): Fields => ({ measure: name, unit, value, low, high });

const cellFields = ({ runs }: Report, { set, measure }: Column, { method }: Row, { figure, pictures, run, of }: Cell): Fields => {
  const figures = { set, ...figureFields(measure, figure) };
  if (isPublished(method)) {
    const protocol = [method.protocol, ...(of === undefined ? [] : [of])].join(', ');
    return { kind: 'published', encoder: method.method, ...figures, protocol, ledger: method.source };
  }
  const { protocol, version, ledger } = runs[run as number];
  return { kind: 'measured', ...methodFields(method), ...figures, pictures, protocol: measure.protocol ?? protocol, version, ledger };
};

const comparisonFields = ({ runs }: Report, { set, run, from, differences }: Comparison): Fields[] => {
  const { protocol, version, ledger, method } = runs[run];
  return differences.map(({ measure, figure, pictures }) => ({
    ...{ kind: 'difference', set, ...methodFields(method), ...figureFields(measure, figure), pictures },
    ...{ protocol: measure.protocol ?? protocol, version, ledger, from: `${runs[from].ledger}: ${runs[from].label}` },
  }));
};

const classFields = ({ runs }: Report, { set, rows, runs: all }: ClassTable): Fields[] =>
  all.flatMap((run, at) => {
    const { protocol, version, ledger, method } = runs[run];
    const shared = { kind: 'class', set, ...methodFields(method), measure: 'IoU', unit: '%', protocol, version, ledger };
    return rows.map(({ name, pictures, iou }) => ({ ...shared, value: iou[at], pictures, class: name }));
  });

/**
 * RFC 4180, UTF-8, a line of headings. `kind` is measured, published (`ledger` is the source then), difference (from the run
 * that `from` names, on the pictures of both) or class (the IoU of `class`, `pictures` those that hold it). Figures are those of
 * `eval --json`; empty where there is none. In front of a text that a spreadsheet would take for a formula stands a `'`.
 */
export const reportCsv = (report: Report): string =>
  [
    csvLine(COLUMNS),
    ...[
      ...report.tables.flatMap(({ columns, rows }) =>
        rows.flatMap((row) => columns.flatMap((column, at) => row.cells[at].map((cell) => cellFields(report, column, row, cell)))),
      ),
      ...report.comparisons.flatMap((comparison) => comparisonFields(report, comparison)),
      ...report.classes.flatMap((table) => classFields(report, table)),
    ].map(line),
  ].join('');
