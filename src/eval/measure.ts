/** One picture of an evaluation: segmented, and scored. */
import type * as Library from '../toolkit.ts';
import { type Encoder, type FeatureMap, isOfTokens, type LabelMap, type RgbImage, treeTauOf } from '../toolkit.ts';
import { classRows, EVAL_SIDE, reducedPrediction } from './class-protocol/protocol.ts';
import type { Item } from './datasets.ts';
import { readPair } from './disk.ts';
import { isDrawnWhole, openExam } from './exam.ts';
import type { ClassResult, DrawingResult, Result, Settings } from './ledger.ts';
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
  encoder: Encoder;
  signal: AbortSignal | undefined;
}

/** Coarse segments as the class protocol compares them: drawn at 128 x 128. */
export const drawForExam = ({ assign }: Pick<Stages, 'assign'>, coarse: LabelMap, features: FeatureMap): Promise<LabelMap> =>
  assign(coarse, features, { width: EVAL_SIDE, height: EVAL_SIDE });

/** The coarse segments of a picture at the encoder's or the caller's granularity, drawn at 128 x 128. */
const predict = async ({ stages, encoder, signal }: Means, image: RgbImage, settings: Settings): Promise<LabelMap> => {
  const { solver, alpha, parity, granularities } = cuttingOf(settings);
  const [granularity] = granularities;
  if (solver !== 'ncut') {
    const { tree, features } = await stages.analyse(image, { encoder, solver, signal });
    const coarse = await stages.cut(tree, features, granularity);
    return isOfTokens(tree) ? drawForExam(stages, coarse, features) : reducedPrediction(coarse);
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
const drawings = async ({ stages, encoder, signal }: Means, image: RgbImage, { settings, refine }: Exercise): Promise<LabelMap[]> => {
  const { solver, alpha, granularities } = cuttingOf(settings);
  const analysis = await stages.analyse(image, { encoder, solver, alpha: alpha ?? undefined, ...granularities[0], signal });
  const out: LabelMap[] = [];
  for (const granularity of granularities) out.push(await stages.draw(analysis, granularity, { refine, signal }));
  return out;
};

const measureClasses = async (item: Item, exercise: Exercise, table: ClassTable, means: Means): Promise<Measured & { result: ClassResult }> => {
  const { settings, refine } = exercise;
  const rows = classRows(table.classes, table.ignore, table.background);
  const { image, score, objects } = await openExam(means.stages, item, rows, { refine, signal: means.signal });
  const drawing = isDrawnWhole(refine) ? (await drawings(means, image, exercise))[0] : await predict(means, image, settings);
  const prediction = reducedPrediction(drawing);
  const [counts, sums] = [await score(prediction), sumObjects(await objects(drawing))];
  return { prediction, result: { id: item.id, at: item.at, segments: segmentCount(prediction), counts, objects: sums } };
};

const measureDrawings = async (item: Item, exercise: Exercise, means: Means): Promise<Measured & { result: DrawingResult }> => {
  const { image, masks } = await readPair(means.stages, item);
  const scores = await Promise.all((await drawings(means, image, exercise)).map((drawing) => scoreDrawing(drawing, masks)));
  return { result: { id: item.id, at: item.at, drawings: scores } };
};

/** The encoder with the caller's rule for exact zeros: `analyse` takes it from the encoder's row. */
const ruledBy = (encoder: Encoder, parity = encoder.row.parity): Encoder => ({ ...encoder, row: { ...encoder.row, parity } });

/** Segments a picture and scores it. @throws InputError for what cannot be read or scored; the signal's reason once aborted */
export const measure = (item: Item, exercise: Exercise, { stages, encoder, signal }: Means): Promise<Measured> => {
  const { table, parity } = exercise;
  const means = { stages, encoder: ruledBy(encoder, parity), signal };
  return table ? measureClasses(item, exercise, table, means) : measureDrawings(item, exercise, means);
};
