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
  const corner = new Int32Array(data.length);
  const part = new Float32Array(lab.length);
  for (let c = 0; c < 3; c++) place(lab, c, corner, part);
  const { columnOf, bins } = columnsOf(corner);
  const sums = new Float64Array(count * bins);
  addUp(data, corner, part, columnOf, bins, sums);
  return { sums, bins };
};

/** A column for each bin that any pixel has a part in, in order of the pixels; -1 for the others. */
const columnsOf = (corner: Int32Array): { columnOf: Int32Array; bins: number } => {
  const columnOf = new Int32Array(BINS[0] * BINS[1] * BINS[2]).fill(-1);
  const seen = new Uint8Array(columnOf.length);
  let bins = 0;
  for (let i = 0; i < corner.length; i++) {
    const at = corner[i];
    if (seen[at]) continue;
    seen[at] = 1;
    for (let s = 0; s < STEPS.length; s++) if (columnOf[at + STEPS[s]] < 0) columnOf[at + STEPS[s]] = bins++;
  }
  return { columnOf, bins };
};

/** Adds each pixel's eight weights to its region's row. */
const addUp = (data: Int32Array, corner: Int32Array, part: Float32Array, columnOf: Int32Array, bins: number, sums: Float64Array): void => {
  const n = data.length;
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
};

/**
 * Goes on, by one channel, with the lowest of the eight bins around each pixel's colour, and how far towards the highest it
 * lies, 0..1, three planes.
 */
const place = (lab: Float32Array, channel: number, corner: Int32Array, part: Float32Array): void => {
  const bins = BINS[channel];
  const lowest = LOW[channel];
  const scale = (bins - 1) / (HIGH[channel] - lowest);
  for (let i = 0, at = channel * corner.length; i < corner.length; i++, at++) {
    const where = Math.min(bins - 1, Math.max(0, (lab[at] - lowest) * scale));
    const low = Math.min(bins - 2, Math.floor(where));
    part[at] = where - low;
    corner[i] = corner[i] * bins + low;
  }
};

/** From the lowest of a cell's eight bins to each of them: bits are L, a, b. */
const STEPS = Array.from({ length: 8 }, (_, s) => (s >> 2) * BINS[1] * BINS[2] + ((s >> 1) & 1) * BINS[2] + (s & 1));
const [, NEXT_B, NEXT_A, NEXT_AB, NEXT_L] = STEPS;
