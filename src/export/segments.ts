/** Label map -> what is known of each segment, in one pass. */

import { checkLabels } from '../tensor/features.ts';
import type { ColouredRuns } from '../tensor/runs.ts';
import { pause } from '../tensor/watch.ts';
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

const addColours = (rgb: [number, number, number], data: Uint8Array, from: number, to: number): void => {
  let [red, green, blue] = [0, 0, 0];
  for (let i = from * 3; i < to * 3; i += 3) {
    red += data[i];
    green += data[i + 1];
    blue += data[i + 2];
  }
  rgb[0] += red;
  rgb[1] += green;
  rgb[2] += blue;
};

const toSegment = (id: number, { area, x, y, rgb, left, top, right, bottom }: Sums, coloured: boolean): Segment => ({
  id,
  area,
  boxXYWH: [left, top, right - left + 1, bottom - top + 1],
  centroidXY: [x / area, y / area],
  meanRgb: rgb.map((sum) => (coloured ? sum / area : Number.NaN)) as [number, number, number],
});

const segmentsOf = (byId: Map<number, Sums>, coloured: boolean, transparent: number | undefined): Segment[] =>
  [...byId]
    .sort(([a], [b]) => a - b)
    .map(([id, sums]) => ({ ...toSegment(id, sums, coloured), ...(id === transparent && { transparent: true as const }) }));

/**
 * Every id that occurs, ascending. Without a picture `meanRgb` is NaN (null in JSON).
 * @param image of the labels' size
 * @throws InputError for negative ids or a picture of another size; the signal's reason once aborted
 */
export const describeSegments = async (labels: LabelMap, image?: RgbImage, watch: Watch = {}): Promise<Segment[]> => {
  checkLabels(labels);
  if (image) checkSameSize(image, labels);
  const { data, width, height, transparent } = labels;
  const byId = new Map<number, Sums>();
  for (let y = 0; y < height; y++) {
    if (y % 16 === 0) await pause(watch);
    const row = y * width;
    for (let left = 0; left < width; ) {
      const id = data[row + left];
      let end = left + 1;
      while (end < width && data[row + end] === id) end++;
      const sums = byId.get(id) ?? newSums(y);
      byId.set(id, sums);
      addRun(sums, left, end - 1, y);
      if (image) addColours(sums.rgb, image.data, row + left, row + end);
      left = end;
    }
  }
  return segmentsOf(byId, image !== undefined, transparent);
};

/** Every segment of runs, ascending by id. */
export const describeRuns = ({ height, rowStart, end, id, rgb, transparent }: ColouredRuns): Segment[] => {
  const byId = new Map<number, Sums>();
  for (let y = 0; y < height; y++) {
    for (let run = rowStart[y], left = 0; run < rowStart[y + 1]; left = end[run++]) {
      const sums = byId.get(id[run]) ?? newSums(y);
      byId.set(id[run], sums);
      addRun(sums, left, end[run] - 1, y);
      for (let c = 0; c < 3; c++) sums.rgb[c] += rgb[3 * run + c];
    }
  }
  return segmentsOf(byId, true, transparent);
};
