/**
 * Runs side by side: what `diffcut eval report` tells, as plain data that any format is made of.
 *
 *   files ─ runs ─ each drawing of a run ─ figures with intervals ─┬─ tables, published figures beside them
 *                                                                  ├─ differences within a set, and where they are largest
 *                                                                  ├─ class by class
 *                                                                  └─ the worst and best pictures
 */
import { MODELS } from '../../toolkit.ts';
import { VERSION } from '../../version-node.ts';
import type { Figure } from '../bootstrap.ts';
import type { Outcome } from '../each-picture.ts';
import { type ClassTable, classTables } from './classes.ts';
import { type Comparison, comparisonsOf } from './comparisons.ts';
import { type Entry, entriesOf, wholeRuns } from './entries.ts';
import { protocolLine, settingsText } from './evaluation.ts';
import { grouped } from './grouped.ts';
import { MEASURE_TABLES, type Measure, type MeasureTable } from './measures.ts';
import { type Contrast, contrastOf, type Gallery, galleryOf } from './pictures.ts';
import { PUBLISHED, type Published } from './published.ts';
import { evaluationOf, type Run } from './runs.ts';
import type { Method } from './sets.ts';

/** A figure of a run, or one that was published. */
export interface Cell {
  figure: Figure;
  /** Of a run. */
  pictures?: number;
  /** Place among the report's runs. */
  run?: number;
  /** Which pictures one that was published is of. */
  of?: string;
}

export interface Column {
  /** Name of the set. */
  set: string;
  measure: Measure;
  /** What of the protocol is the set's own. */
  protocol: string;
}

export interface Row {
  label: string;
  method: Method | Published;
  /** Place among the report's runs, where all of the row is of one. */
  run?: number;
  /** For each column; several where the same file is given twice. */
  cells: Cell[][];
}

export interface Table {
  title: string;
  /** How its figures were made, but for what a column or a row says. */
  protocol: string;
  columns: Column[];
  rows: Row[];
}

/** What a report says of a run. */
export interface ToldRun {
  label: string;
  method: Method;
  ledger: string;
  set: string;
  version: string;
  protocol: string;
  settings: string;
  pictures: number;
  failed: Outcome['failed'];
}

/** What a report says. */
export interface Report {
  version: string;
  notes: string[];
  tables: Table[];
  comparisons: Comparison[];
  contrasts: Contrast[];
  classes: ClassTable[];
  galleries: Gallery[];
  runs: ToldRun[];
}

const own = <T>(of: Readonly<Record<string, T>>, key: string): T | undefined => (Object.hasOwn(of, key) ? of[key] : undefined);

const publishedCell = ({ figures, pictures }: Published, dataset: string | undefined, { name }: Measure): Cell[] => {
  const value = own(own(figures, dataset ?? '') ?? {}, name);
  return value === undefined ? [] : [{ figure: { value, low: null, high: null }, ...(pictures !== undefined && { of: pictures }) }];
};

type Place = Column & { dataset: string | undefined };

const publishedRows = (all: readonly Published[], columns: readonly Place[]): Row[] =>
  all
    .map((method) => ({
      label: method.method,
      method,
      cells: columns.map(({ dataset, measure }) => publishedCell(method, dataset, measure)),
    }))
    .filter(({ cells }) => cells.some((cell) => cell.length > 0));

/** @param entries with figures of one protocol */
const tableOf = ({ title, acrossSets, measures }: MeasureTable, entries: readonly Entry[]): Table => {
  const places = grouped(entries, ({ place }) => place);
  const held = measures.filter((measure) => entries.some(({ figures }) => figures.has(measure)));
  const columns = places.flatMap(([{ set, dataset, protocol }]) => held.map((measure) => ({ set, dataset, measure, protocol })));
  const rows = grouped(entries, ({ label, method, run }) => JSON.stringify([label, method, acrossSets ? '' : run])).map((ofMethod) => ({
    label: ofMethod[0].label,
    method: ofMethod[0].method,
    ...(!acrossSets && { run: ofMethod[0].run }),
    cells: places.flatMap(([{ place }]) =>
      held.map((measure) =>
        ofMethod
          .filter((entry) => entry.place === place && entry.figures.has(measure))
          .map(({ run, drawing, figures }) => ({ figure: figures.get(measure) as Figure, pictures: drawing.results.length, run })),
      ),
    ),
  }));
  const published = PUBLISHED.filter(({ ours }) => ours);
  return {
    title: acrossSets ? title : `${title}: ${entries[0].set}`,
    protocol: measures[0].protocol ?? entries[0].frame,
    columns,
    rows: [...rows, ...publishedRows(published, columns)],
  };
};

const measuredTables = (entries: readonly Entry[]): Table[] =>
  MEASURE_TABLES.flatMap((table) => {
    const having = entries.filter(({ figures }) => table.measures.some((measure) => figures.has(measure)));
    return grouped(having, ({ frame, place }) => (table.acrossSets ? frame : `${frame} ${place}`)).map((group) => tableOf(table, group));
  });

/** Figures by other protocols of the sets that the tables have, each protocol in a table of its own. */
const otherTables = (entries: readonly Entry[]): Table[] => {
  const [{ measures }] = MEASURE_TABLES;
  const sets = grouped(
    entries.filter(({ figures }) => figures.has(measures[0])),
    ({ place }) => place,
  );
  return grouped(
    PUBLISHED.filter(({ ours }) => !ours),
    ({ protocol }) => protocol,
  ).flatMap((group) => {
    const all = sets.map(([{ set, dataset }]) => ({ set, dataset, measure: measures[0], protocol: '' }));
    const columns = all.filter(({ dataset, measure }) => group.some((method) => publishedCell(method, dataset, measure).length > 0));
    const [{ protocol }] = group;
    return columns.length > 0
      ? [{ title: 'Published by another protocol: not to be compared', protocol, columns, rows: publishedRows(group, columns) }]
      : [];
  });
};

const twinNotes = (runs: readonly Run[]): string[] =>
  grouped(runs, ({ settings }) => JSON.stringify(settings))
    .filter((twins) => twins.length > 1)
    .map((twins) => {
      const same = new Set(twins.map(({ results }) => JSON.stringify(results))).size === 1;
      return `${twins.map(({ ledger }) => ledger).join(' and ')} were made with the same settings, with ${same ? 'the same' : 'different'} results: each is told`;
    });

const idsOf = ({ drawing }: Entry): string =>
  drawing.results
    .map(({ id }) => id)
    .sort()
    .join('\0');

const picturesNotes = (entries: readonly Entry[]): string[] =>
  grouped(entries, ({ place }) => place)
    .filter((group) => new Set(group.map(idsOf)).size > 1)
    .map(([{ set }]) => `The runs on ${set} are not of the same pictures: only the differences are, which are of those that both measured`);

/** What has to be known of an encoder before its figures are quoted. */
const encoderNotes = (runs: readonly Run[]): string[] => {
  const names = new Set(runs.flatMap(({ settings }) => String(settings.encoder).split('+')).map((part) => part.split(':')[0].trim()));
  return MODELS.filter(({ name }) => names.has(name)).map(({ name, note }) => `${name}: ${note}`);
};

const toldRun = ({ set, label, method, drawing }: Entry): ToldRun => {
  const { ledger, settings, failed, results } = drawing;
  const evaluation = evaluationOf(drawing, results);
  return {
    label,
    method,
    ledger,
    set,
    version: String(settings.version),
    protocol: protocolLine(evaluation),
    settings: settingsText(evaluation),
    pictures: results.length,
    failed,
  };
};

/** @param most pictures in each list of the worst and of the best, half of that where two runs differ; 0 for no lists */
export const reportOf = (runs: readonly Run[], most: number): Report => {
  const entries = entriesOf(runs);
  const whole = wholeRuns(entries, runs);
  const { comparisons, notes } = comparisonsOf(whole);
  return {
    version: VERSION,
    notes: [...encoderNotes(runs), ...twinNotes(runs), ...picturesNotes(entries), ...notes],
    tables: [...measuredTables(entries), ...otherTables(entries)],
    comparisons,
    contrasts: most === 0 ? [] : comparisons.map(({ run, from }) => contrastOf(runs, run, from, Math.ceil(most / 2))),
    classes: classTables(whole),
    galleries: most === 0 ? [] : runs.map((run, at) => galleryOf(run, at, most)),
    runs: whole.map(toldRun),
  };
};
