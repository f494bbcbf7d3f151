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
  const { corner, part } = cellsOf(lab, n);
  const columnOf = new Int32Array(BINS[0] * BINS[1] * BINS[2]).fill(-1);
  const seen = new Uint8Array(columnOf.length);
  let bins = 0;
  for (let i = 0; i < n; i++) {
    if (seen[corner[i]]) continue;
    seen[corner[i]] = 1;
    for (const step of STEPS) if (columnOf[corner[i] + step] < 0) columnOf[corner[i] + step] = bins++;
  }
  const [, NEXT_B, NEXT_A, NEXT_AB, NEXT_L] = STEPS;
  const sums = new Float64Array(count * bins);
  for (let i = 0; i < n; i++) {
    const l = part[i];
    const a = part[n + i];
    const b = part[2 * n + i];
    // the eight weights are products of one an axis, and so is their length
    const by = 1 / Math.sqrt(((1 - l) ** 2 + l * l) * ((1 - a) ** 2 + a * a) * ((1 - b) ** 2 + b * b));
    const row = data[i] * bins;
    for (let high = 0, at = corner[i], w = by * (1 - l); high < 2; high++, at += NEXT_L, w = by * l) {
      const low = w * (1 - a);
      const far = w * a;
      sums[row + columnOf[at]] += low * (1 - b);
      sums[row + columnOf[at + NEXT_B]] += low * b;
      sums[row + columnOf[at + NEXT_A]] += far * (1 - b);
      sums[row + columnOf[at + NEXT_AB]] += far * b;
    }
  }
  return { sums, bins };
};

/** The lowest of the eight bins around each pixel's colour, and how far towards the highest it lies, 0..1, three planes. */
const cellsOf = (lab: Float32Array, n: number): { corner: Int32Array; part: Float32Array } => {
  const corner = new Int32Array(n);
  const part = new Float32Array(3 * n);
  for (let c = 0; c < 3; c++) {
    const scale = (BINS[c] - 1) / (HIGH[c] - LOW[c]);
    for (let i = 0, at = c * n; i < n; i++, at++) {
      const place = Math.min(BINS[c] - 1, Math.max(0, (lab[at] - LOW[c]) * scale));
      const low = Math.min(BINS[c] - 2, Math.floor(place));
      part[at] = place - low;
      corner[i] = corner[i] * BINS[c] + low;
    }
  }
  return { corner, part };
};

/** From the lowest of a cell's eight bins to each of them: bits are L, a, b. */
const STEPS = Array.from({ length: 8 }, (_, s) => (s >> 2) * BINS[1] * BINS[2] + ((s >> 1) & 1) * BINS[2] + (s & 1));
