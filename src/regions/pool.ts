import { type Axis, axis } from '../tensor/resize.ts';
import { inBands, pause } from '../tensor/watch.ts';
import type { FeatureMap, Watch } from '../types.ts';
import type { Basins } from './watershed.ts';

type Grid = Pick<FeatureMap, 'width' | 'height' | 'channels'>;

/**
 * Sums over each region's pixels of a map's bilinearly upsampled cells. The upsampled map is never made: what
 * is summed is how much of each cell a region holds.
 * @returns `count` rows of `channels`
 * @throws the signal's reason once aborted
 */
export const pooledSums = async (regions: Basins, cells: Float32Array, map: Grid, watch: Watch = {}): Promise<Float64Array> => {
  await pause(watch);
  const columns = axis(map.width, regions.width);
  const rows = axis(map.height, regions.height);
  const spans = spansOf(regions, columns, rows);
  const share = cellShares(regions, spans, columns, rows);
  const sums = new Float64Array(regions.count * map.channels);
  await inBands(regions.count, 16, watch, (from, to) => addUp(share, spans, cells, map, sums, from, to));
  return sums;
};

/** Of each region, the rectangle of cells that it has a part in. */
interface Spans {
  left: Int32Array;
  top: Int32Array;
  /** Cells across. */
  width: Int32Array;
  /** Where its shares start; the last number is the end of all. */
  at: Float64Array;
}

/** A region's pixels are few cells wide: shares of all cells would be regions x cells numbers. */
const spansOf = ({ data, width, height, count }: Basins, columns: Axis, rows: Axis): Spans => {
  const left = new Int32Array(count).fill(2 ** 30);
  const top = new Int32Array(count).fill(2 ** 30);
  const right = new Int32Array(count).fill(-1);
  const bottom = new Int32Array(count).fill(-1);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const region = data[i];
      if (columns.first[x] < left[region]) left[region] = columns.first[x];
      if (columns.second[x] > right[region]) right[region] = columns.second[x];
      if (top[region] > rows.first[y]) top[region] = rows.first[y];
      bottom[region] = rows.second[y];
    }
  }
  const at = new Float64Array(count + 1);
  for (let i = 0; i < count; i++) {
    right[i] += 1 - left[i];
    at[i + 1] = at[i] + Math.max(0, right[i]) * Math.max(0, bottom[i] + 1 - top[i]);
  }
  return { left, top, width: right, at };
};

/** How much of each cell of its span every region holds, in pixels. */
const cellShares = ({ data, width, height }: Basins, spans: Spans, columns: Axis, rows: Axis): Float32Array => {
  const share = new Float32Array(spans.at[spans.at.length - 1]);
  for (let y = 0, i = 0; y < height; y++) {
    const down = rows.weight[y];
    for (let x = 0; x < width; x++, i++) {
      const region = data[i];
      const across = columns.weight[x];
      const top = spans.at[region] + (rows.first[y] - spans.top[region]) * spans.width[region] - spans.left[region];
      const bottom = top + (rows.second[y] - rows.first[y]) * spans.width[region];
      const left = columns.first[x];
      const right = columns.second[x];
      share[top + left] += (1 - down) * (1 - across);
      share[top + right] += (1 - down) * across;
      share[bottom + left] += down * (1 - across);
      share[bottom + right] += down * across;
    }
  }
  return share;
};

/** The sums of the regions `from` to `to`. */
const addUp = (
  share: Float32Array,
  spans: Spans,
  cells: Float32Array,
  { width, channels }: Grid,
  sums: Float64Array,
  from: number,
  to: number,
): void => {
  for (let region = from; region < to; region++) {
    const row = sums.subarray(region * channels, (region + 1) * channels);
    const across = spans.width[region];
    let cell = spans.top[region] * width + spans.left[region];
    for (let at = spans.at[region], x = 0; at < spans.at[region + 1]; at++) {
      const weight = share[at];
      if (weight !== 0) for (let c = 0, p = cell * channels; c < channels; c++, p++) row[c] += weight * cells[p];
      cell++;
      if (++x < across) continue;
      cell += width - across;
      x = 0;
    }
  }
};
