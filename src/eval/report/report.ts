/**
 * Runs side by side: what `diffcut eval report` tells, as plain data that any format is made of.
 *
 *   files ─ runs ─ each drawing of a run ─ figures with intervals ─┬─ tables, published figures beside them
 *                                                                  ├─ differences within a set
 *                                                                  └─ the worst and best pictures
 */
import { MODELS } from '../../toolkit.ts';
import { VERSION } from '../../version-node.ts';
import type { Figure } from '../bootstrap.ts';
import type { Outcome } from '../each-picture.ts';
import { protocolFrame, protocolLine, setProtocol, settingsText } from './evaluation.ts';
import { type Difference, differences, figuresOf } from './figures.ts';
import { MEASURE_TABLES, type Measure, type MeasureTable } from './measures.ts';
import { type Gallery, galleryOf } from './pictures.ts';
import { PUBLISHED, type Published } from './published.ts';
import { eachDrawing, evaluationOf, type Run } from './runs.ts';
import { isAsPublished, type Method, methodOf, setKey, setNames } from './sets.ts';

/** A figure of a run, or one that was published. */
export interface Cell {
  figure: Figure;
  /** Of a run. */
  pictures?: number;
  /** Place among the report's runs. */
  run?: number;
}

export interface Column {
  /** Name of the set. */
  set: string;
  measure: Measure;
  /** What of the protocol is the set's own. */
  protocol: string;
}

export interface Row {
  method: Method | Published;
  /** Place among the report's runs, where all of the row is of one. */
  run?: number;
  /** For each column; several where runs have the same settings. */
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
  ledger: string;
  set: string;
  version: string;
  protocol: string;
  settings: string;
  pictures: number;
  failed: Outcome['failed'];
}

/** Of two drawings of one set: what the first has more than the second. */
export interface Comparison {
  set: string;
  run: number;
  from: number;
  methods: [Method, Method];
  differences: Difference[];
}

/** What a report says. */
export interface Report {
  version: string;
  notes: string[];
  tables: Table[];
  comparisons: Comparison[];
  galleries: Gallery[];
  runs: ToldRun[];
}

/** A drawing of a run's pictures, with its figures. */
interface Entry {
  run: number;
  drawing: Run;
  frame: string;
  /** Equal for those that may stand in one column. */
  place: string;
  set: string;
  /** Of `DATASETS`, where published figures may stand beside this. */
  dataset: string | undefined;
  protocol: string;
  method: Method;
  figures: Map<Measure, Figure>;
}

const entriesOf = (runs: readonly Run[]): Entry[] => {
  const names = setNames(runs.map(({ settings }) => settings));
  const severalVersions = new Set(runs.map(({ settings }) => settings.version)).size > 1;
  return runs.flatMap((run, at) =>
    eachDrawing(run).map((drawing) => {
      const { settings } = drawing;
      const evaluation = evaluationOf(drawing, []);
      const protocol = setProtocol(evaluation).join(', ');
      return {
        run: at,
        drawing,
        frame: protocolFrame(evaluation),
        place: `${setKey(settings)} ${protocol}`,
        set: names.get(setKey(settings)) as string,
        dataset: isAsPublished(settings) ? (settings.dataset as string) : undefined,
        protocol,
        method: methodOf(settings, severalVersions),
        figures: figuresOf(drawing),
      };
    }),
  );
};

/** In groups by a key, in the order of their first members. */
const grouped = <T>(all: readonly T[], keyOf: (one: T) => string): T[][] => {
  const groups = new Map<string, T[]>();
  for (const one of all) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return [...groups.values()];
};

const own = <T>(of: Readonly<Record<string, T>>, key: string): T | undefined => (Object.hasOwn(of, key) ? of[key] : undefined);

const publishedCell = ({ figures }: Published, dataset: string | undefined, { name }: Measure): Cell[] => {
  const value = own(own(figures, dataset ?? '') ?? {}, name);
  return value === undefined ? [] : [{ figure: { value, low: null, high: null } }];
};

type Place = Column & { dataset: string | undefined };

const publishedRows = (all: readonly Published[], columns: readonly Place[]): Row[] =>
  all
    .map((method) => ({ method, cells: columns.map(({ dataset, measure }) => publishedCell(method, dataset, measure)) }))
    .filter(({ cells }) => cells.some((cell) => cell.length > 0));

/** @param entries with figures of one protocol */
const tableOf = ({ title, acrossSets, measures }: MeasureTable, entries: readonly Entry[]): Table => {
  const places = grouped(entries, ({ place }) => place);
  const held = measures.filter((measure) => entries.some(({ figures }) => figures.has(measure)));
  const columns = places.flatMap(([{ set, dataset, protocol }]) => held.map((measure) => ({ set, dataset, measure, protocol })));
  const rows = grouped(entries, ({ method, run }) => JSON.stringify([method, acrossSets ? '' : run])).map((ofMethod) => ({
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

/** Comparisons of a set, at most: each with the first drawing that was given. */
const MOST_COMPARED = 24;

const comparisonsOf = (entries: readonly Entry[]): { comparisons: Comparison[]; notes: string[] } => {
  const comparisons: Comparison[] = [];
  const notes: string[] = [];
  const walked = new Set(entries.filter(({ drawing }) => drawing.settings.prices !== undefined).map(({ run }) => run));
  const compared = ({ figures }: Entry): string =>
    [...figures.keys()]
      .filter((measure) => measure.compared)
      .map(({ name }) => name)
      .join();
  const single = entries.filter(({ run, drawing }) => drawing.settings.prices !== undefined || !walked.has(run)); // not price against price
  for (const [first, ...others] of grouped(single, (entry) => `${entry.frame} ${entry.place} ${compared(entry)}`)) {
    if (others.length > MOST_COMPARED)
      notes.push(`Of ${first.set} the first ${MOST_COMPARED} of ${others.length} differences are told: give fewer files for the others`);
    for (const { run, method, drawing, set } of others.slice(0, MOST_COMPARED)) {
      const found = differences(drawing, first.drawing);
      if (found.length > 0) comparisons.push({ set, run, from: first.run, methods: [method, first.method], differences: found });
    }
  }
  return { comparisons, notes };
};

const twinNotes = (runs: readonly Run[]): string[] =>
  grouped(runs, ({ settings }) => JSON.stringify(settings))
    .filter((twins) => twins.length > 1)
    .map((twins) => {
      const same = new Set(twins.map(({ results }) => JSON.stringify(results))).size === 1;
      return `${twins.map(({ ledger }) => ledger).join(' and ')} were made with the same settings, with ${same ? 'the same' : 'different'} results: each is told`;
    });

const picturesNotes = (entries: readonly Entry[]): string[] =>
  grouped(entries, ({ place }) => place)
    .filter(
      (group) =>
        new Set(
          group.map(({ drawing }) =>
            drawing.results
              .map(({ id }) => id)
              .sort()
              .join('\0'),
          ),
        ).size > 1,
    )
    .map(([{ set }]) => `The runs on ${set} are not of the same pictures: only the differences are, which are of those that both measured`);

/** What has to be known of an encoder before its figures are quoted. */
const encoderNotes = (runs: readonly Run[]): string[] => {
  const names = new Set(runs.flatMap(({ settings }) => String(settings.encoder).split('+')).map((part) => part.split(':')[0].trim()));
  return MODELS.filter(({ name }) => names.has(name)).map(({ name, note }) => `${name}: ${note}`);
};

const toldRun = (run: Run, names: Map<string, string>): ToldRun => {
  const { ledger, settings, failed, results } = run;
  const evaluation = evaluationOf(run, results);
  return {
    ledger,
    set: names.get(setKey(settings)) as string,
    version: String(settings.version),
    protocol: protocolLine(evaluation),
    settings: settingsText(evaluation),
    pictures: results.length,
    failed,
  };
};

/** @param most pictures in each list of the worst and of the best; 0 for no lists */
export const reportOf = (runs: readonly Run[], most: number): Report => {
  const entries = entriesOf(runs);
  const { comparisons, notes } = comparisonsOf(entries);
  const names = setNames(runs.map(({ settings }) => settings));
  return {
    version: VERSION,
    notes: [...encoderNotes(runs), ...twinNotes(runs), ...picturesNotes(entries), ...notes],
    tables: [...measuredTables(entries), ...otherTables(entries)],
    comparisons,
    galleries: most === 0 ? [] : runs.map((run, at) => galleryOf(run, at, most)),
    runs: runs.map((run) => toldRun(run, names)),
  };
};
