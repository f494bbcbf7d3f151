/** One picture under the class protocol: what is encoded, and how predictions are scored. */
import type * as Library from '../toolkit.ts';
import type { LabelMap, RgbImage } from '../toolkit.ts';
import { type Overlap, overlapsOf } from './class-protocol/dictionary.ts';
import type { Counts } from './class-protocol/metrics.ts';
import {
  type ClassRows,
  centreSquare,
  cropLabels,
  cropPicture,
  EVAL_PAMR,
  EVAL_REFINE,
  evaluationLabels,
  refinementPicture,
  type Square,
  toRows,
} from './class-protocol/protocol.ts';
import { type Match, matchPicture, scorePicture } from './class-protocol/score.ts';
import type { Item } from './datasets.ts';
import { readPair } from './disk.ts';
import { type ObjectScore, scoreObjects } from './regions/objects.ts';
import type { EvaluateOptions } from './settings.ts';

/** How borders may be drawn under the class protocol: by `segment` at the square's own size or at 128 x 128, and what the report says. */
export const DRAWN: Readonly<Record<NonNullable<EvaluateOptions['refine']>, { whole: boolean; told: string }>> = {
  pamr: { whole: false, told: `PAMR ${EVAL_PAMR.iterations};${EVAL_PAMR.dilations.join(',')}` },
  crf: { whole: false, told: 'CRF instead of PAMR' },
  none: { whole: false, told: 'no PAMR' },
  edges: { whole: true, told: 'drawn by edges at its own size, no PAMR' },
  vote: { whole: true, told: 'drawn by vote at its own size, no PAMR' },
};

export const isDrawnWhole = (refine: keyof typeof DRAWN = 'pamr'): boolean => DRAWN[refine].whole;

/** What the class protocol compares a picture's predictions with. */
export interface Exam {
  /** The square that is encoded, where it lies, and how large the picture is. */
  image: RgbImage;
  square: Square;
  size: Pick<RgbImage, 'width' | 'height'>;
  /** The square of the mask, in the set's classes. */
  mask: LabelMap;
  /** @param prediction segments at 128 x 128 */
  match(prediction: LabelMap): Promise<Match>;
  /** @param prediction as above */
  score(prediction: LabelMap): Promise<Counts>;
  /** With borders as they are scored. @param prediction as above */
  drawn(prediction: LabelMap): Promise<LabelMap>;
  /** @param drawing segments at 128 x 128, or at the square's own size where `isDrawnWhole` */
  objects(drawing: LabelMap): Promise<ObjectScore[]>;
  /** What each class and each id share, for one matching over the set. @param prediction at 128 x 128 */
  overlaps(prediction: LabelMap): Promise<Overlap[]>;
}

type Drawing = (labels: LabelMap) => Promise<LabelMap>;

/** Drawn once: without a background that segments are merged into, those that are matched and those of the objects are the same. */
const once = (draw: Drawing): Drawing => {
  let last: { of: Int32Array; drawn: Promise<LabelMap> } | undefined;
  return (labels) => {
    if (!last?.of.every((id, p) => id === labels.data[p])) last = { of: labels.data, drawn: draw(labels) };
    return last.drawn;
  };
};

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
  const mask = cropLabels(masks[0], square);
  const truth = toRows(evaluationLabels(masks[0], square), rows);
  const ofDrawing = isDrawnWhole(refine) ? toRows(mask.data, rows) : truth;
  const isObject = (row: number): boolean => !(rows.background && row === rows.rows - 1);
  const asked = refine ?? 'pamr';
  const edges = asked === 'pamr' || asked === 'crf' ? refinementPicture(image, square) : undefined;
  const refined = edges && once((labels) => stages.refine(labels, edges, { ...EVAL_REFINE[asked as 'pamr'], signal }));
  const drawn = async (labels: LabelMap): Promise<LabelMap> => (refined ? refined(labels) : labels);
  return {
    image: cropPicture(image, square),
    square,
    size: { width: image.width, height: image.height },
    mask,
    match: (prediction) => matchPicture(prediction, truth, rows, refined),
    score: (prediction) => scorePicture(prediction, truth, rows, refined),
    drawn,
    objects: async (drawing) => scoreObjects(ofDrawing, (await drawn(drawing)).data, isObject),
    overlaps: async (prediction) => overlapsOf(truth, (await drawn(prediction)).data),
  };
};
