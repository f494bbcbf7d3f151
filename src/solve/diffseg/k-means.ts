/** K-means of attention maps from given means (Lloyd), as scikit-learn has it; a mean that no map is nearest to stays where it is. */
import { createKernels, type Kernels, room } from '../../tensor/kernels.ts';
import { inBands, pause } from '../../tensor/watch.ts';
import type { Watch } from '../../types.ts';
import { rowStride } from '../affinity.ts';
import { BAND, type Maps, probabilities } from './maps.ts';

/** Rounds at most, and the share of the maps' variance that the means have to move by for another one. */
const ROUNDS = 300;
const TOLERANCE = 1e-4;

/** What a round finds. */
interface Round {
  /** Of each map, the number of the nearest mean; the first of equal ones. */
  labels: Int32Array;
  sums: Float64Array;
  sizes: Int32Array;
  /** The mean variance of a cell. */
  variance: number;
}

/** @returns as many means as there were */
export const clusterMeans = async (maps: Maps, start: Maps, watch: Watch): Promise<Maps> => {
  const { cells } = maps;
  const stride = rowStride(cells);
  const kernels = await createKernels(room(Math.max(start.count, 1) * stride, 4) + 2 * room(BAND * stride, 4));
  try {
    const means = { ...start, data: start.data.slice() };
    const scratch = { rows: kernels.f32(means.count * stride), band: kernels.f32(BAND * stride), products: kernels.f32(BAND * stride) };
    let labels: Int32Array | undefined;
    for (let round = 0; round < ROUNDS; round++) {
      const found = await assignAll(kernels, scratch, maps, means, watch);
      const moved = moveTo(means, found);
      await pause(watch);
      const isSame = labels?.every((label, i) => label === found.labels[i]);
      if (isSame || moved <= TOLERANCE * found.variance) break;
      labels = found.labels;
    }
    return means;
  } finally {
    kernels.free();
  }
};

const assignAll = async (
  kernels: Kernels,
  { rows, band, products }: Record<'rows' | 'band' | 'products', Float32Array>,
  maps: Maps,
  means: Maps,
  watch: Watch,
): Promise<Round> => {
  const { count, cells } = maps;
  const stride = rowStride(cells);
  const found: Round = {
    labels: new Int32Array(count),
    sums: new Float64Array(means.count * cells),
    sizes: new Int32Array(means.count),
    variance: 0,
  };
  const squares = Float64Array.from({ length: means.count }, (_, k) => {
    const mean = means.data.subarray(k * cells, (k + 1) * cells);
    rows.set(mean, k * stride);
    return mean.reduce((sum, v) => sum + v * v, 0);
  });
  let power = 0;
  await inBands(count, BAND, watch, (from, to) => {
    for (let i = from; i < to; i++) probabilities(maps, i, band.subarray((i - from) * stride, (i - from) * stride + cells));
    kernels.matmul(rows, means.count, stride, band, to - from, products);
    for (let i = from; i < to; i++) {
      const at = (i - from) * stride;
      let nearest = 0;
      for (let k = 1; k < means.count; k++) if (squares[k] - 2 * products[at + k] < squares[nearest] - 2 * products[at + nearest]) nearest = k;
      found.labels[i] = nearest;
      found.sizes[nearest]++;
      for (let c = 0, to = nearest * cells; c < cells; c++, to++) {
        found.sums[to] += band[at + c];
        power += band[at + c] ** 2;
      }
    }
  });
  const middle = Float64Array.from({ length: cells }, (_, c) => {
    let sum = 0;
    for (let k = 0; k < means.count; k++) sum += found.sums[k * cells + c];
    return sum / count;
  });
  found.variance = (power / count - middle.reduce((sum, v) => sum + v * v, 0)) / cells;
  return found;
};

/** Puts the means in the middle of their maps. @returns the sum of the squares of how far they moved */
const moveTo = ({ data, cells }: Maps, { sums, sizes }: Round): number => {
  let moved = 0;
  for (let i = 0; i < data.length; i++) {
    const size = sizes[Math.floor(i / cells)];
    if (size === 0) continue;
    const mean = sums[i] / size;
    moved += (mean - data[i]) ** 2;
    data[i] = mean;
  }
  return moved;
};
