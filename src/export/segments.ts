/** Label map -> what is known of each segment. */

import { checkLabels } from '../tensor/features.ts';
import { areasOfRuns, type ColouredRuns, type RunMap, renamedRuns, toRuns } from '../tensor/runs.ts';
import type { LabelMap, RgbImage, Segment, Watch } from '../types.ts';
import { checkSameSize } from './check.ts';

interface Sums {
  area: number;
  x: number;
  y: number;
  rgb: [number, number, number];
  left: number;
  top: number;
  right: number;
  bottom: number;
}

const newSums = (top: number): Sums => ({ area: 0, x: 0, y: 0, rgb: [0, 0, 0], left: Number.POSITIVE_INFINITY, top, right: 0, bottom: 0 });

/** Adds the pixels `left` to `right` of row `y`. */
const addRun = (sums: Sums, left: number, right: number, y: number): void => {
  const count = right - left + 1;
  sums.area += count;
  sums.x += (count * (left + right)) / 2;
  sums.y += count * y;
  sums.left = Math.min(sums.left, left);
  sums.right = Math.max(sums.right, right);
  sums.bottom = y;
};

const toSegment = (id: number, { area, x, y, rgb, left, top, right, bottom }: Sums, coloured: boolean): Segment => ({
  id,
  area,
  boxXYWH: [left, top, right - left + 1, bottom - top + 1],
  centroidXY: [x / area, y / area],
  meanRgb: rgb.map((sum) => (coloured ? sum / area : Number.NaN)) as [number, number, number],
});

/**
 * Every id that occurs, ascending. Without a picture `meanRgb` is NaN (null in JSON).
 * @param image of the labels' size
 * @throws InputError for negative ids or a picture of another size; the signal's reason once aborted
 */
export const describeSegments = async (labels: LabelMap, image?: RgbImage, watch: Watch = {}): Promise<Segment[]> => {
  checkLabels(labels);
  if (image) checkSameSize(image, labels);
  return describeRuns(await toRuns(labels, watch, image));
};

/** Every segment of runs, ascending by id. */
export const describeRuns = ({ height, rowStart, end, id, rgb, transparent }: RunMap & Partial<ColouredRuns>): Segment[] => {
  const byId = new Map<number, Sums>();
  for (let y = 0; y < height; y++) {
    for (let run = rowStart[y], left = 0; run < rowStart[y + 1]; left = end[run++]) {
      const sums = byId.get(id[run]) ?? newSums(y);
      byId.set(id[run], sums);
      addRun(sums, left, end[run] - 1, y);
      if (rgb) for (let c = 0; c < 3; c++) sums.rgb[c] += rgb[3 * run + c];
    }
  }
  return [...byId]
    .sort(([a], [b]) => a - b)
    .map(([id, sums]) => ({ ...toSegment(id, sums, rgb !== undefined), ...(id === transparent && { transparent: true as const }) }));
};

/** Segments numbered by area, the largest 0; equal ones in order of their first pixel. */
export const byArea = (runs: RunMap & Partial<ColouredRuns>): { labels: RunMap; segments: Segment[] } => {
  const order = [...areasOfRuns(runs)].sort((a, b) => b[1] - a[1]); // the sort is stable
  const newId = new Map(order.map(([id], k) => [id, k]));
  const { rgb, ...labels } = renamedRuns(runs, (id) => newId.get(id) as number);
  return { labels, segments: describeRuns({ ...labels, ...(rgb && { rgb }) }) };
};
