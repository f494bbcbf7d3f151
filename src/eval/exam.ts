/** One picture under the class protocol: what is encoded, and how predictions are scored. */
import type * as Library from '../toolkit.ts';
import type { LabelMap, RgbImage } from '../toolkit.ts';
import type { Counts } from './class-protocol/metrics.ts';
import {
  type ClassRows,
  centreSquare,
  cropLabels,
  cropPicture,
  EVAL_PAMR,
  evaluationLabels,
  refinementPicture,
  toRows,
} from './class-protocol/protocol.ts';
import { scorePicture } from './class-protocol/score.ts';
import type { Item } from './datasets.ts';
import { readPair } from './disk.ts';
import { type ObjectScore, scoreObjects } from './regions/objects.ts';
import type { EvaluateOptions } from './settings.ts';

/** Borders that `segment` draws at the picture's own size; the others are drawn at 128 x 128. */
export const isDrawnWhole = (refine: EvaluateOptions['refine']): boolean => refine === 'edges' || refine === 'vote';

/** What the class protocol compares a picture's predictions with. */
export interface Exam {
  /** The square that is encoded. */
  image: RgbImage;
  /** @param prediction segments at 128 x 128 */
  score(prediction: LabelMap): Promise<Counts>;
  /** @param drawing segments at 128 x 128, or at the square's own size where `isDrawnWhole` */
  objects(drawing: LabelMap): Promise<ObjectScore[]>;
}

/**
 * Reads a picture and its mask for the class protocol.
 * @throws InputError for files that cannot be read, sizes that differ, or a mask value that is no class
 */
export const openExam = async (
  stages: Pick<typeof Library, 'decodeImage' | 'decodeLabelPng' | 'refine'>,
  item: Item,
  rows: ClassRows,
  { refine, signal }: Pick<EvaluateOptions, 'refine' | 'signal'>,
): Promise<Exam> => {
  const { image, masks } = await readPair(stages, item);
  const square = centreSquare(image.width, image.height);
  const truth = toRows(evaluationLabels(masks[0], square), rows);
  const ofDrawing = isDrawnWhole(refine) ? toRows(cropLabels(masks[0], square).data, rows) : truth;
  const isObject = (row: number): boolean => !(rows.background && row === rows.rows - 1);
  const edges = refine === undefined || refine === 'pamr' ? refinementPicture(image, square) : undefined;
  const pamr = edges && ((labels: LabelMap): Promise<LabelMap> => stages.refine(labels, edges, { method: 'pamr', ...EVAL_PAMR, signal }));
  return {
    image: cropPicture(image, square),
    score: (prediction) => scorePicture(prediction, truth, rows, pamr),
    objects: async (drawing) => scoreObjects(ofDrawing, (pamr ? await pamr(drawing) : drawing).data, isObject),
  };
};
