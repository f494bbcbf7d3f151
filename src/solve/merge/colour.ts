/** Colours of regions as vectors whose sums tell whether two regions hold the same ones. */
import type { RegionGraph } from '../../regions/regions.ts';

/** Bins of L 0..100, and of a and b -60..60. */
const BINS = [9, 13, 13];
const LOW = [0, -60, -60];
const HIGH = [100, 60, 60];

/**
 * Each pixel is spread over the eight bins around its colour, at unit length; a region's vector is the sum over its
 * pixels. Only bins that the picture has are kept.
 * @returns `count` rows of `bins`
 */
export const colourSums = ({ data, count, lab }: RegionGraph): { sums: Float64Array; bins: number } => {
  const n = data.length;
  const columnOf = new Int32Array(BINS[0] * BINS[1] * BINS[2]).fill(-1);
  const corner = new Int32Array(n); // the lowest of the eight bins
  const part = new Float32Array(3 * n); // how far towards the highest
  let bins = 0;
  for (let i = 0; i < n; i++) {
    let at = 0;
    for (let c = 0; c < 3; c++) {
      const place = Math.min(BINS[c] - 1, Math.max(0, ((lab[c * n + i] - LOW[c]) / (HIGH[c] - LOW[c])) * (BINS[c] - 1)));
      const low = Math.min(BINS[c] - 2, Math.floor(place));
      part[c * n + i] = place - low;
      at = at * BINS[c] + low;
    }
    corner[i] = at;
  }
  for (const at of new Set(corner)) for (const step of STEPS) if (columnOf[at + step] < 0) columnOf[at + step] = bins++;
  const sums = new Float64Array(count * bins);
  const weight = new Float64Array(8);
  for (let i = 0; i < n; i++) {
    const [l, a, b] = [part[i], part[n + i], part[2 * n + i]];
    let length = 0;
    for (let s = 0; s < 8; s++) {
      const w = (s & 4 ? l : 1 - l) * (s & 2 ? a : 1 - a) * (s & 1 ? b : 1 - b);
      weight[s] = w;
      length += w * w;
    }
    const by = 1 / Math.sqrt(length);
    for (let s = 0; s < 8; s++) sums[data[i] * bins + columnOf[corner[i] + STEPS[s]]] += weight[s] * by;
  }
  return { sums, bins };
};

/** From the lowest of a cell's eight bins to each of them: bits are L, a, b. */
const STEPS = Array.from({ length: 8 }, (_, s) => (s >> 2) * BINS[1] * BINS[2] + ((s >> 1) & 1) * BINS[2] + (s & 1));
