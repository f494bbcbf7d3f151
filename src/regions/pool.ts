import { axis } from '../tensor/resize.ts';
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
  const share = cellShares(regions, map);
  const sums = new Float64Array(regions.count * map.channels);
  await inBands(regions.count, 16, watch, (from, to) => addUp(share, cells, map, sums, from, to));
  return sums;
};

/** How much of each cell every region holds, in pixels: region by region, a number a cell. */
const cellShares = ({ data, width, height, count }: Basins, map: Grid): Float32Array => {
  const tokens = map.width * map.height;
  const share = new Float32Array(count * tokens);
  const columns = axis(map.width, width);
  const rows = axis(map.height, height);
  for (let y = 0, i = 0; y < height; y++) {
    const top = rows.first[y] * map.width;
    const bottom = rows.second[y] * map.width;
    const down = rows.weight[y];
    for (let x = 0; x < width; x++, i++) {
      const at = data[i] * tokens;
      const left = columns.first[x];
      const right = columns.second[x];
      const across = columns.weight[x];
      share[at + top + left] += (1 - down) * (1 - across);
      share[at + top + right] += (1 - down) * across;
      share[at + bottom + left] += down * (1 - across);
      share[at + bottom + right] += down * across;
    }
  }
  return share;
};

/** The sums of the regions `from` to `to`. */
const addUp = (share: Float32Array, cells: Float32Array, { width, height, channels }: Grid, sums: Float64Array, from: number, to: number): void => {
  const tokens = width * height;
  for (let region = from, at = from * tokens; region < to; region++) {
    const row = sums.subarray(region * channels, (region + 1) * channels);
    for (let token = 0; token < tokens; token++, at++) {
      const weight = share[at];
      if (weight === 0) continue;
      for (let c = 0, cell = token * channels; c < channels; c++, cell++) row[c] += weight * cells[cell];
    }
  }
};
