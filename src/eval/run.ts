/** The evaluation of a data set, a picture at a time. */
import type * as Library from '../index.ts';
import { type Encoder, type FeatureMap, type LabelMap, PRUNE_TREE_TAU, type RgbImage, type Watch } from '../index.ts';
import { scoreBorders } from './borders.ts';
import { type Item, resolveItems } from './datasets.ts';
import { appendLine, FILES, hasPrediction, openLedger, readPair, reason, savePrediction } from './disk.ts';
import { type Result, readResult, resultLine, type Settings } from './ledger.ts';
import { addCounts, type Counts, noCounts } from './metrics.ts';
import {
  type ClassRows,
  centreSquare,
  classRows,
  cropPicture,
  EVAL_PAMR,
  EVAL_SIDE,
  evaluationLabels,
  reducedPrediction,
  refinementPicture,
  toRows,
} from './protocol.ts';
import { scorePicture } from './score.ts';
import { checkEvaluation, datasetOptions, type EvaluateOptions, encoderOptions, settingsOf } from './settings.ts';

/** The library's functions that the evaluation runs; a test may give its own. */
export type Stages = Pick<
  typeof Library,
  | 'analyse'
  | 'assign'
  | 'decodeImage'
  | 'decodeLabelPng'
  | 'DEFAULT_ENCODER'
  | 'openEncoder'
  | 'partition'
  | 'pruneAt'
  | 'refine'
  | 'segment'
  | 'writeNpy'
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
  /** Mean number of segments of a prediction; null without pictures. */
  segments: number | null;
  /** Under the class protocol. */
  classes?: { counts: Counts; rows: ClassRows; names?: readonly string[] };
  /** Mean precision and recall, 0..1; null without pictures. */
  borders?: { precision: number | null; recall: number | null };
}

/** What the class protocol compares a picture's predictions with. */
export interface Exam {
  /** The square that is encoded. */
  image: RgbImage;
  /** @param prediction segments at 128 x 128 */
  score(prediction: LabelMap): Promise<Counts>;
}

/**
 * Reads a picture and its mask for the class protocol.
 * @throws InputError for files that cannot be read, sizes that differ, or a mask value that is no class
 */
export const openExam = async (
  stages: Pick<Stages, 'decodeImage' | 'decodeLabelPng' | 'refine'>,
  item: Item,
  rows: ClassRows,
  { refine, signal }: Pick<EvaluateOptions, 'refine' | 'signal'>,
): Promise<Exam> => {
  const { image, masks } = await readPair(stages, item);
  const square = centreSquare(image.width, image.height);
  const truth = toRows(evaluationLabels(masks[0], square), rows);
  if (refine === 'none') return { image: cropPicture(image, square), score: (prediction) => scorePicture(prediction, truth, rows) };
  const edges = refinementPicture(image, square);
  const drawn = (labels: LabelMap): Promise<LabelMap> => stages.refine(labels, edges, { method: 'pamr', ...EVAL_PAMR, signal });
  return { image: cropPicture(image, square), score: (prediction) => scorePicture(prediction, truth, rows, drawn) };
};

/** Coarse segments as the class protocol compares them: drawn at 128 x 128. */
export const drawForExam = ({ assign }: Pick<Stages, 'assign'>, coarse: LabelMap, features: FeatureMap): Promise<LabelMap> =>
  assign(coarse, features, { width: EVAL_SIDE, height: EVAL_SIDE });

export const segmentCount = ({ data }: LabelMap): number => new Set(data).size;

/** What of the settings cuts; tau or price is null. */
interface Granularity {
  solver: 'ncut' | 'merge';
  alpha: number;
  tau: number | null;
  price: number | null;
  ease: number | null;
  join: number | null;
  parity: boolean;
}

/** The coarse segments of a picture at the encoder's or the caller's granularity, drawn at 128 x 128. */
const predict = async (stages: Stages, encoder: Encoder, image: RgbImage, settings: Settings, watch: Watch): Promise<LabelMap> => {
  const { solver, alpha, tau, price, ease, join, parity } = settings as unknown as Granularity;
  if (solver === 'merge') {
    const { tree, features } = await stages.analyse(image, { encoder, solver, signal: watch.signal });
    return reducedPrediction(stages.pruneAt(tree, features, price as number, ease ?? 0, join ?? 0));
  }
  const features: FeatureMap = await encoder.encode(image, watch);
  const loose = price === null ? (tau ?? undefined) : PRUNE_TREE_TAU;
  const { labels, tree } = await stages.partition(features, { alpha, tau: loose, parity, signal: watch.signal });
  const coarse = price === null ? labels : await stages.pruneAt(tree, features, price, ease ?? 0, join ?? 0);
  return drawForExam(stages, coarse, features);
};

interface Job {
  stages: Stages;
  encoder: Encoder;
  options: EvaluateOptions;
  settings: Settings;
  rows?: ClassRows;
}

interface Measured {
  result: Result;
  prediction: LabelMap;
}

const measureClasses = async (item: Item, { stages, encoder, options, settings }: Job, rows: ClassRows): Promise<Measured> => {
  const { image, score } = await openExam(stages, item, rows, options);
  const prediction = await predict(stages, encoder, image, settings, { signal: options.signal });
  return { prediction, result: { id: item.id, segments: segmentCount(prediction), counts: await score(prediction) } };
};

/** At the picture's own size, by `segment` with its defaults and whatever the caller said. */
const measureBorders = async (item: Item, { stages, encoder, options }: Job): Promise<Measured> => {
  const { image, masks } = await readPair(stages, item);
  const { solver, alpha, tau, price, ease, join, refine, signal } = options;
  const { labels } = await stages.segment(image, { encoder, solver, join, alpha, tau, price, ease, refine, signal });
  return { prediction: labels, result: { id: item.id, segments: segmentCount(labels), ...scoreBorders(labels, masks) } };
};

/** What is done with each picture of a set. */
export interface Pass<M, T> extends Pick<EvaluateOptions, 'signal' | 'onPicture'> {
  /** The result of a picture that is finished already. */
  known?(id: string): T | undefined | Promise<T | undefined>;
  /** May fail: the picture is left out then. */
  measure(item: Item): Promise<M>;
  /** Writes down what was measured; a failure ends the run. */
  keep(measured: M): T | Promise<T>;
  /** Told of each result in the set's order; `at` counts all pictures, those left out among them. */
  take(result: T, at: number): void;
}

/** Goes through a set: every picture is taken once, or reported with the reason why there is nothing to take. */
export const eachPicture = async <M, T>(items: readonly Item[], { known, measure, keep, take, signal, onPicture }: Pass<M, T>): Promise<Outcome> => {
  const out: Outcome = { pictures: 0, resumed: 0, failed: [] };
  for (const [at, item] of items.entries()) {
    signal?.throwIfAborted();
    let result = await known?.(item.id);
    if (result !== undefined) out.resumed++;
    else {
      let measured: M;
      try {
        measured = await measure(item);
      } catch (error) {
        signal?.throwIfAborted();
        out.failed.push({ id: item.id, problem: reason(error) });
        onPicture?.(at + 1, items.length, item.id, reason(error));
        continue;
      }
      result = await keep(measured);
      onPicture?.(at + 1, items.length, item.id);
    }
    out.pictures++;
    take(result, at);
  }
  return out;
};

/** One result an item; finished ones come from the resume file. */
const measureAll = async (items: readonly Item[], job: Job): Promise<Outcome & { results: Result[] }> => {
  const { stages, options, settings, rows } = job;
  const { save, resume, signal, onPicture } = options;
  const ledger = resume === undefined ? undefined : await openLedger(resume, settings, (line) => readResult(line, rows?.rows ?? 0));
  const results: Result[] = [];
  const outcome = await eachPicture<Measured, Result>(items, {
    known: async (id) => (save === undefined || (await hasPrediction(save, id)) ? ledger?.results.get(id) : undefined),
    measure: (item) => (rows ? measureClasses(item, job, rows) : measureBorders(item, job)),
    keep: async ({ prediction, result }) => {
      if (save !== undefined) await savePrediction(stages, save, result.id, prediction);
      if (resume !== undefined) await appendLine(resume, resultLine(result));
      return result;
    },
    take: (result) => results.push(result),
    signal,
    onPicture,
  });
  return { ...outcome, results };
};

const mean = (values: readonly number[]): number | null => (values.length > 0 ? values.reduce((sum, v) => sum + v, 0) / values.length : null);

const summarise = (
  results: readonly Result[],
  rows: ClassRows | undefined,
  names: readonly string[] | undefined,
): Pick<Evaluation, 'classes' | 'borders'> => {
  if (!rows) return { borders: { precision: mean(results.map((r) => r.precision ?? 0)), recall: mean(results.map((r) => r.recall ?? 0)) } };
  const counts = noCounts(rows.rows);
  for (const result of results) if (result.counts) addCounts(counts, result.counts);
  return { classes: { counts, rows, names } };
};

/**
 * Segments every picture of a data set and scores it. A picture that cannot be read or scored is reported, left out
 * and listed in `failed`.
 * @param stages the library's own functions
 * @throws InputError for options out of range, a set that is not whole, a resume file of another run, or output that
 *   cannot be written
 */
export const evaluate = async (options: EvaluateOptions, stages: Stages): Promise<Evaluation> => {
  const { row, table } = checkEvaluation(options);
  const { dataset, limit } = options;
  const rows = table && classRows(table.classes, table.ignore, table.background);
  const items = (await resolveItems(row, datasetOptions(options), FILES)).slice(0, limit);
  const encoder = await stages.openEncoder(options.encoder ?? stages.DEFAULT_ENCODER, encoderOptions(options));
  try {
    const settings = settingsOf(options, encoder, rows);
    const { results, ...outcome } = await measureAll(items, { stages, encoder, options, settings, rows });
    const segments = mean(results.map((result) => result.segments));
    return { dataset, encoder: encoder.name, settings, ...outcome, segments, ...summarise(results, rows, table?.names) };
  } finally {
    await encoder.dispose();
  }
};
