/** The evaluation of a data set, a picture at a time. */
import { isWhole } from '../options/spec.ts';
import type * as Library from '../toolkit.ts';
import { type Encoder, type FeatureMap, isOfTokens, type LabelMap, type RgbImage, treeTauOf, type Watch } from '../toolkit.ts';
import { addCounts, type Counts, noCounts } from './class-protocol/metrics.ts';
import { type ClassRows, classRows, EVAL_SIDE, reducedPrediction } from './class-protocol/protocol.ts';
import { DATASETS, type Item, ownClasses, resolveItems } from './datasets.ts';
import { checkPredictions, filesOf, hasPrediction, openLedger, readPair, reason, savePrediction } from './disk.ts';
import { isDrawnWhole, openExam } from './exam.ts';
import { type ClassResult, classForm, type DrawingResult, drawingForm, type Failure, type Form, type Result, type Settings } from './ledger.ts';
import { type DrawingScore, scoreDrawing, segmentCount } from './regions/drawings.ts';
import { addObjects, type ObjectSums, sumObjects } from './regions/objects.ts';
import { checkEvaluation, cuttingOf, datasetOptions, type EvaluateOptions, encoderOptions, settingsOf } from './settings.ts';
import { partOf } from './shard.ts';

/** The library's functions that the evaluation runs; a test may give its own. */
export type Stages = Pick<
  typeof Library,
  'analyse' | 'assign' | 'decodeImage' | 'decodeLabelPng' | 'DEFAULT_ENCODER' | 'draw' | 'openEncoder' | 'partition' | 'cut' | 'refine' | 'writeNpy'
>;

/** How far a set was gone through. */
export interface Outcome {
  /** Pictures that were scored. */
  pictures: number;
  /** Of these, the ones taken from the `resume` file. */
  resumed: number;
  failed: { id: string; problem: string }[];
}

/** What came out. */
export interface Evaluation extends Outcome {
  dataset: string;
  encoder: string;
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
}

/** Coarse segments as the class protocol compares them: drawn at 128 x 128. */
export const drawForExam = ({ assign }: Pick<Stages, 'assign'>, coarse: LabelMap, features: FeatureMap): Promise<LabelMap> =>
  assign(coarse, features, { width: EVAL_SIDE, height: EVAL_SIDE });

/** The coarse segments of a picture at the encoder's or the caller's granularity, drawn at 128 x 128. */
const predict = async (stages: Stages, encoder: Encoder, image: RgbImage, settings: Settings, watch: Watch): Promise<LabelMap> => {
  const { solver, alpha, parity, granularities } = cuttingOf(settings);
  const [granularity] = granularities;
  if (solver !== 'ncut') {
    const { tree, features } = await stages.analyse(image, { encoder, solver, signal: watch.signal });
    const coarse = await stages.cut(tree, features, granularity);
    return isOfTokens(tree) ? drawForExam(stages, coarse, features) : reducedPrediction(coarse);
  }
  const features: FeatureMap = await encoder.encode(image, watch);
  const { tree } = await stages.partition(features, {
    alpha: alpha ?? undefined,
    tau: treeTauOf(granularity),
    parity: parity ?? undefined,
    signal: watch.signal,
  });
  return drawForExam(stages, await stages.cut(tree, features, granularity), features);
};

interface Job {
  stages: Stages;
  encoder: Encoder;
  options: EvaluateOptions;
  settings: Settings;
}

interface Measured {
  result: Result;
  /** At 128 x 128, as it enters the matching. */
  prediction?: LabelMap;
}

/** What `segment` writes of a picture, at the picture's own size, at each granularity: encoded and cut once. */
const drawings = async ({ stages, encoder, options, settings }: Job, image: RgbImage): Promise<LabelMap[]> => {
  const { solver, alpha, granularities } = cuttingOf(settings);
  const { refine, signal } = options;
  const analysis = await stages.analyse(image, { encoder, solver, alpha: alpha ?? undefined, ...granularities[0], signal });
  const out: LabelMap[] = [];
  for (const granularity of granularities) out.push(await stages.draw(analysis, granularity, { refine, signal }));
  return out;
};

const measureClasses = async (item: Item, job: Job, rows: ClassRows): Promise<Measured & { result: ClassResult }> => {
  const { stages, encoder, options, settings } = job;
  const { image, score, objects } = await openExam(stages, item, rows, options);
  const drawing = isDrawnWhole(options.refine)
    ? (await drawings(job, image))[0]
    : await predict(stages, encoder, image, settings, { signal: options.signal });
  const prediction = reducedPrediction(drawing);
  const [counts, sums] = [await score(prediction), sumObjects(await objects(drawing))];
  return { prediction, result: { id: item.id, at: item.at, segments: segmentCount(prediction), counts, objects: sums } };
};

const measureDrawings = async (item: Item, job: Job): Promise<Measured & { result: DrawingResult }> => {
  const { image, masks } = await readPair(job.stages, item);
  const scores = await Promise.all((await drawings(job, image)).map((drawing) => scoreDrawing(drawing, masks)));
  return { result: { id: item.id, at: item.at, drawings: scores } };
};

/** What is done with each picture of a set. */
export interface Pass<M, T> extends Pick<EvaluateOptions, 'signal' | 'onPicture'> {
  /** The result of a picture that is finished already. */
  known?(item: Item): T | undefined | Promise<T | undefined>;
  /** May fail: the picture is left out then. */
  measure(item: Item): Promise<M>;
  /** Writes down what was measured; a failure ends the run. */
  keep(measured: M): T | Promise<T>;
  /** Writes down why a picture is left out. */
  lose?(failure: Failure): void | Promise<void>;
  /** Told of each result in the set's order. */
  take(result: T): void;
}

/** Goes through a set: every picture is taken once, or reported with the reason why there is nothing to take. */
export const eachPicture = async <M, T>(items: readonly Item[], pass: Pass<M, T>): Promise<Outcome> => {
  const { known, measure, keep, lose, take, signal, onPicture } = pass;
  const out: Outcome = { pictures: 0, resumed: 0, failed: [] };
  for (const [index, item] of items.entries()) {
    signal?.throwIfAborted();
    let result = await known?.(item);
    if (result !== undefined) out.resumed++;
    else {
      let measured: M;
      try {
        measured = await measure(item);
      } catch (error) {
        signal?.throwIfAborted();
        const { id, at } = item;
        const problem = reason(error);
        await lose?.({ id, at, problem });
        out.failed.push({ id, problem });
        onPicture?.(index + 1, items.length, id, problem);
        continue;
      }
      result = await keep(measured);
      onPicture?.(index + 1, items.length, item.id);
    }
    out.pictures++;
    take(result);
  }
  return out;
};

/** One result an item; finished ones come from the resume file. */
const measureAll = async <T extends Result>(
  items: readonly Item[],
  { stages, options, settings }: Job,
  form: Form<T>,
  measure: (item: Item) => Promise<Measured & { result: T }>,
): Promise<Outcome & { results: T[] }> => {
  const { save, resume, signal, onPicture } = options;
  const ledger = await openLedger(resume, settings, form, options.durable);
  if (save !== undefined && resume === undefined && !options.overwrite) await checkPredictions(save, items);
  const results: T[] = [];
  const outcome = await eachPicture<Measured & { result: T }, T>(items, {
    known: async (item) => (save === undefined || (await hasPrediction(save, item.id)) ? ledger.known(item) : undefined),
    measure,
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
  encoder: settings.encoder as string,
  settings,
});

/** What the results of a set come to that is scored by classes. */
export const classEvaluation = (settings: Settings, { results, ...outcome }: Outcome & { results: readonly ClassResult[] }): Evaluation => {
  const rows = rowsOf(settings);
  const counts = noCounts(rows.rows);
  const objects: ObjectSums = { count: 0, best: 0, union: 0 };
  let sum = 0;
  for (const result of results) {
    addCounts(counts, result.counts);
    addObjects(objects, result.objects);
    sum += result.segments;
  }
  const segments = results.length > 0 ? sum / results.length : null;
  const about = aboutOf(settings);
  return { ...about, ...outcome, classes: { counts, objects, segments, rows, names: ownClasses(DATASETS[about.dataset], settings)?.names } };
};

/** Likewise of a set that is scored by annotators. */
export const drawingEvaluation = (settings: Settings, { results, ...outcome }: Outcome & { results: readonly DrawingResult[] }): Evaluation => ({
  ...aboutOf(settings),
  ...outcome,
  drawings: results.map((result) => result.drawings),
});

/** How many drawings a picture has. */
export const placesIn = (settings: Settings): number => cuttingOf(settings).granularities.length;

/** The encoder with the caller's rule for exact zeros: `analyse` takes it from the encoder's row. */
const ruledBy = (encoder: Encoder, parity = encoder.row.parity): Encoder => ({ ...encoder, row: { ...encoder.row, parity } });

/**
 * Segments every picture of a data set and scores it. A picture that cannot be read or scored is reported, left out
 * and listed in `failed`.
 * @param stages the library's own functions
 * @throws InputError for options out of range, a set that is not whole, a resume file of another run, or output that
 *   cannot be written
 */
export const evaluate = async (options: EvaluateOptions, stages: Stages): Promise<Evaluation> => {
  const { row, table } = checkEvaluation(options);
  const rows = table && classRows(table.classes, table.ignore, table.background);
  const { items, told } = partOf(await resolveItems(row, datasetOptions(options), filesOf(options.signal)), options);
  const opened = await stages.openEncoder(options.encoder ?? stages.DEFAULT_ENCODER, { ...encoderOptions(options), signal: options.signal });
  try {
    const encoder = ruledBy(opened, options.parity);
    const settings: Settings = { ...settingsOf(options, encoder, rows), ...told };
    const job: Job = { stages, encoder, options, settings };
    if (!rows)
      return drawingEvaluation(settings, await measureAll(items, job, drawingForm(placesIn(settings)), (item) => measureDrawings(item, job)));
    return classEvaluation(settings, await measureAll(items, job, classForm(rows.rows), (item) => measureClasses(item, job, rows)));
  } finally {
    await opened.dispose();
  }
};
