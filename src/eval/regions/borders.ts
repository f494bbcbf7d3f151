import type { LabelMap } from '../../types.ts';
import { checkMaps } from '../check.ts';

/** How far from each other two borders may be and still be one, pixels. */
export const BORDER_TOLERANCE = 2;

/** Shares of one picture, 0..1. */
export interface BorderScore {
  precision: number;
  recall: number;
}

/** 1 where a pixel's label differs from that of its left or upper neighbour, else 0. */
export const borderPixels = ({ data, width, height }: LabelMap): Uint8Array => {
  const out = new Uint8Array(width * height);
  for (let y = 0, p = 0; y < height; y++) {
    for (let x = 0; x < width; x++, p++) out[p] = (x > 0 && data[p] !== data[p - 1]) || (y > 0 && data[p] !== data[p - width]) ? 1 : 0;
  }
  return out;
};

/** 1 within `radius` pixels of a marked one, Euclidean, the distance itself included. */
export const dilateDisc = (marks: Uint8Array, width: number, height: number, radius: number): Uint8Array => {
  const out = new Uint8Array(marks.length);
  const reach = Math.floor(radius);
  for (let p = 0; p < marks.length; p++) {
    if (!marks[p]) continue;
    const x = p % width;
    const y = (p - x) / width;
    for (let dy = Math.max(-reach, -y); dy <= Math.min(reach, height - 1 - y); dy++) {
      const half = Math.floor(Math.sqrt(radius * radius - dy * dy));
      const row = p + dy * width;
      out.fill(1, row - Math.min(half, x), row + Math.min(half, width - 1 - x) + 1);
    }
  }
  return out;
};

/** Share of the marks that lie in the area; null without marks. */
const shareWithin = (marks: Uint8Array, area: Uint8Array): number | null => {
  let all = 0;
  let inside = 0;
  for (let p = 0; p < marks.length; p++) {
    all += marks[p];
    inside += marks[p] & area[p];
  }
  return all > 0 ? inside / all : null;
};

/**
 * Precision: share of the predicted border pixels within 2 pixels of a border of any annotator. Recall: mean over the
 * annotators of the share of their border pixels within 2 pixels of a predicted one. An undivided prediction scores
 * 0 and 0; an annotator who drew no border has no say in recall, and without any other it is 0.
 * @throws InputError where a map's size is not that of the prediction, or there is no annotator
 */
export const scoreBorders = (prediction: LabelMap, annotators: readonly LabelMap[]): BorderScore => {
  checkMaps(prediction, annotators);
  const { width, height } = prediction;
  const predicted = borderPixels(prediction);
  const nearPredicted = dilateDisc(predicted, width, height, BORDER_TOLERANCE);
  const anyone = new Uint8Array(predicted.length);
  const recalls: number[] = [];
  for (const map of annotators) {
    const drawn = borderPixels(map);
    for (let p = 0; p < drawn.length; p++) anyone[p] |= drawn[p];
    const share = shareWithin(drawn, nearPredicted);
    if (share !== null) recalls.push(share);
  }
  const precision = shareWithin(predicted, dilateDisc(anyone, width, height, BORDER_TOLERANCE)) ?? 0;
  return { precision, recall: recalls.length > 0 ? recalls.reduce((sum, share) => sum + share, 0) / recalls.length : 0 };
};
