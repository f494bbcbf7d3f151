/** One picture of an evaluation: segmented, and scored. */
import type * as Library from '../toolkit.ts';
import { type CutTree, type Encoder, type FeatureMap, isOfTokens, type LabelMap, type RgbImage, treeTauOf } from '../toolkit.ts';
import { classRows, EVAL_SIDE, reducedPrediction } from './class-protocol/protocol.ts';
import { rankIds } from './class-protocol/score.ts';
import type { Item } from './datasets.ts';
import { readPair } from './disk.ts';
import { type Exam, isDrawnWhole, openExam } from './exam.ts';
import type { Result, Settings } from './ledger.ts';
import { squarePrediction, wholePrediction } from './predictions.ts';
import { scoreDrawing, segmentCount } from './regions/drawings.ts';
import { sumObjects } from './regions/objects.ts';
import type { ClassTable } from './sets/row.ts';
import { cuttingOf, type EvaluateOptions } from './settings.ts';

/** The library's functions that the evaluation runs; a test may give its own. */
export type Stages = Pick<
  typeof Library,
  'analyse' | 'assign' | 'decodeImage' | 'decodeLabelPng' | 'DEFAULT_ENCODER' | 'draw' | 'openEncoder' | 'partition' | 'cut' | 'refine' | 'writeNpy'
>;

/** What is to be done with each picture: plain data, for other processes too. */
export interface Exercise extends Pick<EvaluateOptions, 'refine' | 'parity'> {
  settings: Settings;
  /** Of a set that is scored by classes. */
  table?: ClassTable | undefined;
}

export interface Measured {
  result: Result;
  /** At 128 x 128, as it enters the matching. */
  prediction?: LabelMap;
}

/** With what it is done. */
interface Means {
  stages: Stages;
  /** None where predictions are given. */
  encoder?: Encoder;
  signal: AbortSignal | undefined;
}
type Making = Means & { encoder: Encoder };

/** Coarse segments as the class protocol compares them: drawn at 128 x 128. */
export const drawForExam = ({ assign }: Pick<Stages, 'assign'>, coarse: LabelMap, features: FeatureMap, tree?: CutTree): Promise<LabelMap> =>
  assign(coarse, features, { width: EVAL_SIDE, height: EVAL_SIDE, tree });

/** The coarse segments of a picture at the encoder's or the caller's granularity, drawn at 128 x 128. */
const predict = async ({ stages, encoder, signal }: Making, image: RgbImage, settings: Settings): Promise<LabelMap> => {
  const { solver, alpha, parity, threshold, kMeans, granularities } = cuttingOf(settings);
  const [granularity] = granularities;
  if (solver !== 'ncut') {
    const { tree, features } = await stages.analyse(image, { encoder, solver, threshold, kMeans, signal });
    const coarse = await stages.cut(tree, features, granularity);
    return isOfTokens(tree) ? drawForExam(stages, coarse, features, tree) : reducedPrediction(coarse);
  }
  const features: FeatureMap = await encoder.encode(image, { signal });
  const { tree } = await stages.partition(features, {
    alpha: alpha ?? undefined,
    tau: treeTauOf(granularity),
    parity: parity ?? undefined,
    signal,
  });
  return drawForExam(stages, await stages.cut(tree, features, granularity), features);
};

/** What `segment` writes of a picture, at the picture's own size, at each granularity: encoded and cut once. */
const drawings = async ({ stages, encoder, signal }: Making, image: RgbImage, { settings, refine }: Exercise): Promise<LabelMap[]> => {
  const { solver, alpha, threshold, kMeans, granularities } = cuttingOf(settings);
  const analysis = await stages.analyse(image, { encoder, solver, alpha: alpha ?? undefined, threshold, kMeans, ...granularities[0], signal });
  const out: LabelMap[] = [];
  for (const granularity of granularities) out.push(await stages.draw(analysis, granularity, { refine, signal }));
  return out;
};

/** What is scored of a picture by classes: a drawing, as large as `isDrawnWhole` says. */
const drawnOf = async (item: Item, { image, square, size }: Exam, exercise: Exercise, means: Means): Promise<LabelMap> => {
  if (item.predictionPath !== undefined) {
    const map = await squarePrediction(item.predictionPath, size, square, means.stages);
    return exercise.settings.kind === 'dictionary' ? map : rankIds(map, map); // of one picture any numbers will do
  }
  const making = means as Making;
  return isDrawnWhole(exercise.refine) ? (await drawings(making, image, exercise))[0] : predict(making, image, exercise.settings);
};

const measureClasses = async (item: Item, exercise: Exercise, table: ClassTable, means: Means): Promise<Measured> => {
  const { settings } = exercise;
  const rows = classRows(table.classes, table.ignore, table.background);
  const exam = await openExam(means.stages, item, rows, { refine: settings.refine as Exercise['refine'], signal: means.signal });
  const drawing = await drawnOf(item, exam, exercise, means);
  const prediction = reducedPrediction(drawing);
  const { id, at } = item;
  const about = { id, at, segments: segmentCount(prediction) };
  if (settings.kind === 'dictionary')
    return { result: { ...about, overlaps: await exam.overlaps(prediction), objects: sumObjects(await exam.objects(drawing)) } };
  const [counts, objects] = [await exam.score(prediction), sumObjects(await exam.objects(drawing))];
  return { prediction, result: { ...about, counts, objects } };
};

const measureDrawings = async (item: Item, exercise: Exercise, means: Means): Promise<Measured> => {
  const { image, masks } = await readPair(means.stages, item);
  const { id, at, predictionPath } = item;
  const all =
    predictionPath === undefined ? await drawings(means as Making, image, exercise) : [await wholePrediction(predictionPath, image, means.stages)];
  return { result: { id, at, drawings: await Promise.all(all.map((drawing) => scoreDrawing(drawing, masks))) } };
};

/** The encoder with the caller's rule for exact zeros: `analyse` takes it from the encoder's row. */
export const ruledBy = (encoder: Encoder, parity = encoder.row.parity): Encoder => ({ ...encoder, row: { ...encoder.row, parity } });

/** Segments a picture, or reads its prediction, and scores it. @throws InputError for what cannot be read or scored; the signal's reason once aborted */
export const measure = (item: Item, exercise: Exercise, { stages, encoder, signal }: Means): Promise<Measured> => {
  const { table, parity } = exercise;
  const means = { stages, signal, ...(encoder && { encoder: ruledBy(encoder, parity) }) };
  return table ? measureClasses(item, exercise, table, means) : measureDrawings(item, exercise, means);
};
