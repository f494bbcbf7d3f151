/**
 * The region measures of the Berkeley benchmark (Arbelaez, Maire, Fowlkes, Malik: Contour Detection and Hierarchical
 * Image Segmentation, PAMI 2011, section 2.3).
 *
 *   N  pixels      R  region of an annotator      S  segment of the prediction      |R n S|  pixels of both
 */
import type { LabelMap } from '../../types.ts';
import { checkMaps } from '../check.ts';
import { type Contingency, contingency, overlapIou } from './contingency.ts';

/** How well regions agree with people's. */
export interface RegionScore {
  /** Segmentation covering, 0..1. */
  covering: number;
  /** Probabilistic Rand index, 0..1. */
  pri: number;
  /** Variation of information, bits; 0 for equal regions. */
  vi: number;
}

/** Covering of the first map's regions by the second's: 1/N sum over R of |R| times the best IoU(R, S), 0..1. */
export const covering = (table: Contingency): number => {
  const best = table.areas.first.map(() => 0);
  for (const overlap of table.overlaps) best[overlap.first] = Math.max(best[overlap.first], overlapIou(table, overlap));
  return best.reduce((sum, iou, region) => sum + iou * table.areas.first[region], 0) / table.pixels;
};

const squares = (values: readonly number[]): number => values.reduce((sum, value) => sum + value * value, 0);

/** Rand index: share of all pairs of pixels that are together in both maps or apart in both, exactly; 1 where there is no pair. */
export const randIndex = ({ areas, overlaps, pixels }: Contingency): number => {
  if (pixels < 2) return 1;
  // ordered pairs together in one map alone; a pixel with itself is together in both and drops out
  const split = squares(areas.first) + squares(areas.second) - 2 * squares(overlaps.map((overlap) => overlap.pixels));
  return 1 - split / (pixels * (pixels - 1));
};

/** Variation of information H(R|S) + H(S|R), bits. */
export const variationOfInformation = ({ areas, overlaps, pixels }: Contingency): number =>
  overlaps.reduce((sum, { first, second, pixels: both }) => {
    const bits = Math.log2(areas.first[first] / both) + Math.log2(areas.second[second] / both);
    return sum + (both / pixels) * bits;
  }, 0);

/**
 * Each measure is the mean over the annotators.
 * @throws InputError where a map's size is not that of the prediction, or there is no annotator
 */
export const scoreRegions = (prediction: LabelMap, annotators: readonly LabelMap[]): RegionScore => {
  checkMaps(prediction, annotators);
  const sum: RegionScore = { covering: 0, pri: 0, vi: 0 };
  for (const { data } of annotators) {
    const table = contingency(data, prediction.data);
    sum.covering += covering(table);
    sum.pri += randIndex(table);
    sum.vi += variationOfInformation(table);
  }
  const { length } = annotators;
  return { covering: sum.covering / length, pri: sum.pri / length, vi: sum.vi / length };
};
