/** Labels at a larger size, as runs: so those of a picture of hundreds of megapixels stay small. */
import type { LabelMap, RunMap, Segment } from 'diffcut';
import type { Size } from './sheet.ts';

/** The pixel of the smaller side that each of the larger one takes: the nearest. */
const nearest = (from: number, to: number): Int32Array => Int32Array.from({ length: to }, (_, i) => Math.floor(((i + 0.5) * from) / to));

/** Runs under way. */
interface Rows {
  rowStart: Int32Array;
  end: number[];
  id: number[];
}

/** Adds row y: the ids of `data` from `at` on, each as far as `ends` says. */
const addRow = ({ rowStart, end, id }: Rows, y: number, data: Int32Array, at: number, ends: Int32Array): void => {
  for (let x = 0; x < ends.length; ) {
    const label = data[at + x];
    while (x < ends.length && data[at + x] === label) x++;
    if (ends[x - 1] === (end.length > rowStart[y] ? end[end.length - 1] : 0)) continue; // it shows nowhere
    end.push(ends[x - 1]);
    id.push(label);
  }
  rowStart[y + 1] = end.length;
};

/** Each pixel of the map takes the label of the nearest of the given one. @param size of the map, pixels; the labels' own for the same as runs */
export const runsOf = (labels: LabelMap, size: Size): RunMap => {
  const { data, width, height, transparent } = labels;
  const ends = new Int32Array(width); // the column after the last that takes column x or one before it
  for (const x of nearest(width, size.width)) ends[x]++;
  for (let x = 1; x < width; x++) ends[x] += ends[x - 1];
  const runs: Rows = { rowStart: new Int32Array(size.height + 1), end: [], id: [] };
  nearest(height, size.height).forEach((row, y) => {
    addRow(runs, y, data, row * width, ends);
  });
  const { rowStart, end, id } = runs;
  return { ...size, rowStart, end: Int32Array.from(end), id: Int32Array.from(id), ...(transparent !== undefined && { transparent }) };
};

/** Area, box and centre of segments as they are in runs; the rest of what is known of them stays. @param segments by id from 0 on */
export const measured = ({ height, rowStart, end, id }: RunMap, segments: readonly Segment[]): Segment[] => {
  const sums = segments.map(() => ({ area: 0, x: 0, y: 0, left: Infinity, top: -1, right: 0, bottom: 0 }));
  for (let y = 0; y < height; y++) {
    for (let run = rowStart[y], left = 0; run < rowStart[y + 1]; left = end[run++]) {
      const sum = sums[id[run]];
      const pixels = end[run] - left;
      sum.area += pixels;
      sum.x += (pixels * (left + end[run] - 1)) / 2;
      sum.y += pixels * y;
      sum.left = Math.min(sum.left, left);
      sum.right = Math.max(sum.right, end[run]);
      if (sum.top < 0) sum.top = y;
      sum.bottom = y + 1;
    }
  }
  return segments.map((segment, i) => {
    const { area, x, y, left, top, right, bottom } = sums[i];
    return { ...segment, area, boxXYWH: [left, top, right - left, bottom - top], centroidXY: [x / area, y / area] };
  });
};
