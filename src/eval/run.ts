/** The evaluation of a data set. */
import { resolve } from 'node:path';
import { isWhole } from '../options/spec.ts';
import { countDictionary } from './class-protocol/dictionary.ts';
import { addCounts, type Counts, noCounts } from './class-protocol/metrics.ts';
import { type ClassRows, classRows } from './class-protocol/protocol.ts';
import { DATASETS, type Item, ownClasses, resolveItems } from './datasets.ts';
import { checkPredictions, filesOf, hasPrediction, openLedger, savePrediction } from './disk.ts';
import { eachPicture, type Outcome } from './each-picture.ts';
import { type Measurers, openMeasurers } from './lanes.ts';
import {
  type ClassResult,
  classForm,
  type DictionaryResult,
  type DrawingResult,
  dictionaryForm,
  drawingForm,
  type Form,
  type Result,
  type Settings,
} from './ledger.ts';
import type { Measured, Stages } from './measure.ts';
import { withPredictions } from './predictions.ts';
import type { DrawingScore } from './regions/drawings.ts';
import { addObjects, type ObjectSums } from './regions/objects.ts';
import type { ClassTable } from './sets/row.ts';
import { checkEvaluation, cuttingOf, datasetOptions, type EvaluateOptions, settingsOf } from './settings.ts';
import { partOf } from './shard.ts';

/** What came out. */
export interface Evaluation extends Outcome {
  dataset: string;
  /** None where predictions were scored. */
  encoder?: string;
  settings: Settings;
  /** Under the class protocol. */
  classes?: ClassScores;
  /** Against annotators: scores of each picture, one a price, or one where there is no list of prices. */
  drawings?: DrawingScore[][];
}

/** Sums over a set. */
export interface ClassScores {
  counts: Counts;
  objects: ObjectSums;
  /** Mean number of segments of a prediction; null without pictures. */
  segments: number | null;
  rows: ClassRows;
  names?: readonly string[];
  /** Different ids in the set, where they were matched once for all pictures. */
  ids?: number;
}

/** Pictures that are begun for each one that is worked on, so that none waits for a slow one before it. */
const AHEAD = 2;

/** All that a run goes by. */
interface Run {
  options: EvaluateOptions;
  stages: Stages;
  settings: Settings;
  measurers: Measurers;
  table: ClassTable | undefined;
}

/** One result an item; finished ones come from the resume file. */
const measureAll = async <T extends Result>(
  items: readonly Item[],
  { options, stages, settings, measurers, table }: Run,
  form: Form<T>,
): Promise<Outcome & { results: T[] }> => {
  const { save, resume, signal, onPicture, refine, parity } = options;
  const ledger = await openLedger(resume, { settings, ...(save !== undefined && { save: resolve(save) }) }, form, options.durable);
  const results: T[] = [];
  const outcome = await eachPicture<Measured & { result: T }, T>(items, {
    known: async (item) => (save === undefined || (await hasPrediction(save, item.id)) ? ledger.known(item) : undefined),
    measure: (item) => measurers.measure(item, { settings, table, refine, parity }) as Promise<Measured & { result: T }>,
    ahead: AHEAD * measurers.count - 1,
    keep: async ({ prediction, result }) => {
      if (save !== undefined && prediction) await savePrediction(stages, save, result.id, prediction, options);
      await ledger.add(result);
      return result;
    },
    lose: ledger.add,
    take: (result) => results.push(result),
    signal,
    onPicture,
  });
  return { ...outcome, results };
};

/** The set's classes, as the settings tell them. */
export const rowsOf = ({ classes, ignore, background }: Settings): ClassRows => {
  if (!isWhole(classes, 1, 65_535)) throw new Error('no classes');
  return classRows(classes as number, ignore as number, (background as number | null) ?? undefined);
};

const aboutOf = (settings: Settings): Pick<Evaluation, 'dataset' | 'encoder' | 'settings'> => ({
  dataset: settings.dataset as string,
  ...(settings.encoder !== undefined && { encoder: settings.encoder as string }),
  settings,
});

/** What results by classes have in common: their objects, and the mean number of segments. */
const classScores = (settings: Settings, results: readonly Pick<ClassResult, 'objects' | 'segments'>[]): Omit<ClassScores, 'counts'> => {
  const objects: ObjectSums = { count: 0, best: 0, union: 0 };
  let sum = 0;
  for (const result of results) {
    addObjects(objects, result.objects);
    sum += result.segments;
  }
  const names = ownClasses(DATASETS[settings.dataset as string], settings)?.names;
  return { objects, segments: results.length > 0 ? sum / results.length : null, rows: rowsOf(settings), ...(names && { names }) };
};

/** What the results of a set come to that is scored by classes. */
export const classEvaluation = (settings: Settings, { results, ...outcome }: Outcome & { results: readonly ClassResult[] }): Evaluation => {
  const counts = noCounts(rowsOf(settings).rows);
  for (const result of results) addCounts(counts, result.counts);
  return { ...aboutOf(settings), ...outcome, classes: { counts, ...classScores(settings, results) } };
};

/** Likewise with one matching for all pictures. @throws InputError for more ids than can mean anything */
export const dictionaryEvaluation = (settings: Settings, { results, ...outcome }: Outcome & { results: readonly DictionaryResult[] }): Evaluation => {
  const found = countDictionary(
    results.flatMap(({ overlaps }) => overlaps),
    rowsOf(settings).rows,
  );
  return { ...aboutOf(settings), ...outcome, classes: { ...found, ...classScores(settings, results) } };
};

/** Likewise of a set that is scored by annotators. */
export const drawingEvaluation = (settings: Settings, { results, ...outcome }: Outcome & { results: readonly DrawingResult[] }): Evaluation => ({
  ...aboutOf(settings),
  ...outcome,
  drawings: results.map((result) => result.drawings),
});

/** How many drawings a picture has. */
export const placesIn = (settings: Settings): number => cuttingOf(settings).granularities.length;

/**
 * Segments every picture of a data set, or reads what was predicted of it, and scores it. A picture that cannot be read or scored is reported, left out
 * and listed in `failed`.
 * @param stages the library's own functions
 * @throws InputError for options out of range, a set that is not whole, a resume file of another run, or output that
 *   cannot be written
 */
export const evaluate = async (options: EvaluateOptions, stages: Stages): Promise<Evaluation> => {
  const { row, table } = checkEvaluation(options);
  const rows = table && classRows(table.classes, table.ignore, table.background);
  const { predictions, signal } = options;
  const { items: found, told } = partOf(await resolveItems(row, datasetOptions(options), filesOf(signal)), options);
  const items = predictions === undefined ? found : await withPredictions(found, predictions, filesOf(signal));
  if (options.save !== undefined && options.resume === undefined && !options.overwrite) await checkPredictions(options.save, items);
  const measurers = await openMeasurers(options, stages, items.length);
  try {
    const settings: Settings = { ...settingsOf(options, measurers.encoder, rows), ...told };
    const run: Run = { options, stages, settings, measurers, table };
    if (!rows) return drawingEvaluation(settings, await measureAll(items, run, drawingForm(placesIn(settings))));
    if (settings.kind === 'dictionary') return dictionaryEvaluation(settings, await measureAll(items, run, dictionaryForm(rows.rows)));
    return classEvaluation(settings, await measureAll(items, run, classForm(rows.rows)));
  } finally {
    await measurers.close();
  }
};
