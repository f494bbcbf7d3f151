import { inBands } from '../tensor/watch.ts';
import type { Watch } from '../types.ts';
import type { Basins } from './watershed.ts';

/** Borders between regions: arc k joins `from[k] < to[k]`, in ascending order of (from, to). */
export interface Arcs {
  from: Int32Array;
  to: Int32Array;
  /** Pairs of 4-neighbour pixels along the border. */
  length: Float64Array;
  /** Sum over these pairs of the stronger pixel's strength: `sum / length` is how strong the border is. */
  sum: Float64Array;
}

/** The arcs of a map of regions. @param strength of each pixel, >= 0 */
export const arcsOf = async ({ data, width, height, count }: Basins, strength: Float32Array, watch: Watch = {}): Promise<Arcs> => {
  const table = pairTable(count);
  await inBands(height, 32, watch, (top, bottom) => addBorders(table, data, width, strength, top, bottom));
  return table.arcs();
};

/** Adds the borders of some rows' pixels with their right and lower neighbours. */
const addBorders = (table: PairTable, data: Int32Array, width: number, strength: Float32Array, top: number, bottom: number): void => {
  const n = data.length;
  for (let i = top * width, x = 0; i < bottom * width; i++, x = x + 1 === width ? 0 : x + 1) {
    const region = data[i];
    if (x < width - 1 && data[i + 1] !== region) table.add(region, data[i + 1], Math.max(strength[i], strength[i + 1]));
    if (i < n - width && data[i + width] !== region) table.add(region, data[i + width], Math.max(strength[i], strength[i + width]));
  }
};

type PairTable = ReturnType<typeof pairTable>;

/** Arcs by their two ends: chains of the arcs that start at each region. */
const pairTable = (count: number) => {
  const first = new Int32Array(count).fill(-1);
  const next: number[] = [];
  const to: number[] = [];
  const length: number[] = [];
  const sum: number[] = [];
  return {
    add(a: number, b: number, strength: number): void {
      const from = Math.min(a, b);
      const end = Math.max(a, b);
      let k = first[from];
      while (k >= 0 && to[k] !== end) k = next[k];
      if (k < 0) {
        k = to.push(end) - 1;
        length.push(0);
        sum.push(0);
        next.push(first[from]);
        first[from] = k;
      }
      length[k]++;
      sum[k] += strength;
    },
    arcs(): Arcs {
      const out = {
        from: new Int32Array(to.length),
        to: new Int32Array(to.length),
        length: new Float64Array(to.length),
        sum: new Float64Array(to.length),
      };
      let at = 0;
      for (let from = 0; from < count; from++) {
        const own: number[] = [];
        for (let k = first[from]; k >= 0; k = next[k]) own.push(k);
        for (const k of own.sort((p, q) => to[p] - to[q])) {
          out.from[at] = from;
          out.to[at] = to[k];
          out.length[at] = length[k];
          out.sum[at++] = sum[k];
        }
      }
      return out;
    },
  };
};
