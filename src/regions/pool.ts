import { axis } from '../tensor/resize.ts';
import type { FeatureMap } from '../types.ts';
import type { Basins } from './watershed.ts';

/**
 * Sums over each region's pixels of a map's bilinearly upsampled cells. The upsampled map is never made: what
 * is summed is how much of each cell a region holds.
 * @returns `count` rows of `channels`
 */
export const pooledSums = (
  { data, width, height, count }: Basins,
  cells: Float32Array,
  map: Pick<FeatureMap, 'width' | 'height' | 'channels'>,
): Float64Array => {
  const { channels } = map;
  const tokens = map.width * map.height;
  const share = new Float32Array(count * tokens);
  const columns = axis(map.width, width);
  const rows = axis(map.height, height);
  for (let y = 0, i = 0; y < height; y++) {
    const [top, bottom, down] = [rows.first[y] * map.width, rows.second[y] * map.width, rows.weight[y]];
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
  const sums = new Float64Array(count * channels);
  for (let region = 0, at = 0; region < count; region++) {
    const row = sums.subarray(region * channels, (region + 1) * channels);
    for (let token = 0; token < tokens; token++, at++) {
      const weight = share[at];
      if (weight === 0) continue;
      for (let c = 0, from = token * channels; c < channels; c++, from++) row[c] += weight * cells[from];
    }
  }
  return sums;
};
