/** The evaluation of a data set, a picture at a time: the only file of this folder that touches the disk. */
import { access, appendFile, mkdir, readdir, readFile, rename, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type * as Library from '../index.ts';
import { type Encoder, type FeatureMap, InputError, type LabelMap, PRUNE_TREE_TAU, type RgbImage, SEGMENT, type Watch } from '../index.ts';
import { scoreBorders } from './borders.ts';
import { type Files, type Item, resolveItems } from './datasets.ts';
import { type Ledger, type Result, readLedger, resultLine, type Settings, settingsLine } from './ledger.ts';
import { addCounts, type Counts, noCounts } from './metrics.ts';
import {
  type ClassRows,
  centreSquare,
  classRows,
  cropPicture,
  EVAL_PAMR,
  EVAL_SIDE,
  evaluationLabels,
  refinementPicture,
  toRows,
} from './protocol.ts';
import { scorePicture } from './score.ts';
import { checkEvaluation, datasetOptions, type EvaluateOptions, encoderOptions, settingsOf } from './settings.ts';

/** The library's functions that the evaluation runs; a test may give its own. */
export type Stages = Pick<
  typeof Library,
  'assign' | 'decodeImage' | 'decodeLabelPng' | 'DEFAULT_ENCODER' | 'openEncoder' | 'partition' | 'pruneAt' | 'refine' | 'segment' | 'writeNpy'
>;

/** What came out. */
export interface Evaluation {
  dataset: string;
  encoder: string;
  settings: Settings;
  /** Pictures that were scored. */
  pictures: number;
  /** Of these, the ones taken from the `resume` file. */
  resumed: number;
  failed: { id: string; problem: string }[];
  /** Mean number of segments of a prediction; null without pictures. */
  segments: number | null;
  /** Under the class protocol. */
  classes?: { counts: Counts; rows: ClassRows; names?: readonly string[] };
  /** Mean precision and recall, 0..1; null without pictures. */
  borders?: { precision: number | null; recall: number | null };
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Runs a piece of disk work; its failure becomes a sentence. */
const onDisk = async <T>(doing: string, path: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw new InputError(`Cannot ${doing} ${path}: ${reason(error)}`, { cause: error });
  }
};

const FILES: Files = {
  names: (folder) => onDisk('read the folder', folder, () => readdir(folder)),
  text: (path) => onDisk('read', path, () => readFile(path, 'utf8')),
};

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** What of the settings cuts; tau or price is null. */
interface Granularity {
  alpha: number;
  tau: number | null;
  price: number | null;
  ease: number | null;
  parity: boolean;
}

/** The coarse segments of a picture at the encoder's or the caller's granularity, drawn at 128 x 128. */
const predict = async (stages: Stages, encoder: Encoder, image: RgbImage, settings: Settings, watch: Watch): Promise<LabelMap> => {
  const features: FeatureMap = await encoder.encode(image, watch);
  const { alpha, tau, price, ease, parity } = settings as unknown as Granularity;
  const loose = price === null ? (tau ?? undefined) : PRUNE_TREE_TAU;
  const { labels, tree } = await stages.partition(features, { alpha, tau: loose, parity, signal: watch.signal });
  const coarse = price === null ? labels : await stages.pruneAt(tree, features, price, ease ?? 0);
  return stages.assign(coarse, features, { width: EVAL_SIDE, height: EVAL_SIDE });
};

interface Job {
  stages: Stages;
  encoder: Encoder;
  options: EvaluateOptions;
  settings: Settings;
  rows?: ClassRows;
}

const readPair = async (stages: Stages, { imagePath, maskPaths }: Item): Promise<{ image: RgbImage; masks: LabelMap[] }> => {
  const image = await stages.decodeImage(imagePath, { maxPixels: SEGMENT.maxPixels.default });
  const masks: LabelMap[] = [];
  for (const path of maskPaths) {
    const mask = await stages.decodeLabelPng(await onDisk('read', path, () => readFile(path)), path);
    if (mask.width !== image.width || mask.height !== image.height) {
      throw new InputError(`The mask ${path} has ${mask.width} x ${mask.height} pixels, its picture ${image.width} x ${image.height}`);
    }
    masks.push(mask);
  }
  return { image, masks };
};

interface Measured {
  result: Result;
  prediction: LabelMap;
}

const segmentCount = ({ data }: LabelMap): number => new Set(data).size;

const measureClasses = async (item: Item, { stages, encoder, options, settings }: Job, rows: ClassRows): Promise<Measured> => {
  const { signal } = options;
  const { image, masks } = await readPair(stages, item);
  const square = centreSquare(image.width, image.height);
  const truth = toRows(evaluationLabels(masks[0], square), rows);
  const prediction = await predict(stages, encoder, cropPicture(image, square), settings, { signal });
  const refine = (labels: LabelMap): Promise<LabelMap> =>
    stages.refine(labels, refinementPicture(image, square), { method: 'pamr', ...EVAL_PAMR, signal });
  const counts = await scorePicture(prediction, truth, rows, settings.refine === 'pamr' ? refine : undefined);
  return { prediction, result: { id: item.id, segments: segmentCount(prediction), counts } };
};

/** At the picture's own size, by `segment` with its defaults and whatever the caller said. */
const measureBorders = async (item: Item, { stages, encoder, options }: Job): Promise<Measured> => {
  const { image, masks } = await readPair(stages, item);
  const { alpha, tau, price, ease, refine, signal } = options;
  const { labels } = await stages.segment(image, { encoder, alpha, tau, price, ease, refine, signal });
  return { prediction: labels, result: { id: item.id, segments: segmentCount(labels), ...scoreBorders(labels, masks) } };
};

const predictionPath = (folder: string, id: string): string => join(folder, `${id}.npy`);

/** Whole or not at all: under another name first. */
const savePrediction = async ({ writeNpy }: Stages, path: string, { data, width, height }: LabelMap): Promise<void> => {
  await onDisk('write', path, async () => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}.part`, writeNpy(data, [height, width]));
    await rename(`${path}.part`, path);
  });
};

const openLedger = async (file: string, settings: Settings, rows: number): Promise<Ledger> => {
  const text = (await exists(file)) ? await FILES.text(file) : '';
  const ledger = readLedger(text, settings, rows, file);
  await onDisk('write', file, async () => {
    if (ledger.whole === 0) await writeFile(file, settingsLine(settings));
    else if (ledger.whole < text.length) await truncate(file, Buffer.byteLength(text.slice(0, ledger.whole)));
  });
  return ledger;
};

/** One result an item, or the reason why there is none; finished ones come from the ledger. */
const measureAll = async (
  items: readonly Item[],
  job: Job,
  ledger: Ledger | undefined,
): Promise<Pick<Evaluation, 'resumed' | 'failed'> & { results: Result[] }> => {
  const { save, resume, signal, onPicture } = job.options;
  const out = { results: [] as Result[], resumed: 0, failed: [] as Evaluation['failed'] };
  for (const [at, item] of items.entries()) {
    signal?.throwIfAborted();
    const known = ledger?.results.get(item.id);
    if (known && (save === undefined || (await exists(predictionPath(save, item.id))))) {
      out.results.push(known);
      out.resumed++;
      continue;
    }
    let measured: Measured;
    try {
      measured = await (job.rows ? measureClasses(item, job, job.rows) : measureBorders(item, job));
    } catch (error) {
      signal?.throwIfAborted();
      out.failed.push({ id: item.id, problem: reason(error) });
      onPicture?.(at + 1, items.length, item.id, reason(error));
      continue;
    }
    if (save !== undefined) await savePrediction(job.stages, predictionPath(save, item.id), measured.prediction);
    if (resume !== undefined) await onDisk('write', resume, () => appendFile(resume, resultLine(measured.result)));
    out.results.push(measured.result);
    onPicture?.(at + 1, items.length, item.id);
  }
  return out;
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
  const { dataset, limit, resume } = options;
  const rows = table && classRows(table.classes, table.ignore, table.background);
  const items = (await resolveItems(row, datasetOptions(options), FILES)).slice(0, limit);
  const encoder = await stages.openEncoder(options.encoder ?? stages.DEFAULT_ENCODER, encoderOptions(options));
  try {
    const settings = settingsOf(options, encoder, rows);
    const ledger = resume === undefined ? undefined : await openLedger(resume, settings, rows?.rows ?? 0);
    const { results, resumed, failed } = await measureAll(items, { stages, encoder, options, settings, rows }, ledger);
    const segments = mean(results.map((result) => result.segments));
    return {
      dataset,
      encoder: encoder.name,
      settings,
      pictures: results.length,
      resumed,
      failed,
      segments,
      ...summarise(results, rows, table?.names),
    };
  } finally {
    await encoder.dispose();
  }
};
