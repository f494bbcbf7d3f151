import type { Kernels } from '../../tensor/kernels.ts';
import type { Graph } from '../eigen.ts';

const THRESHOLDS = 100;
const BINS = THRESHOLDS + 1;

/** Scratch for one bipartition of up to n tokens. */
export interface BipartitionScratch {
  bin: Uint8Array;
  sums: Float64Array;
  row: Float64Array;
}

export const bipartitionScratch = (kernels: Kernels, n: number): BipartitionScratch => ({
  bin: kernels.u8(n),
  sums: kernels.f64(BINS * BINS),
  row: kernels.f64(BINS),
});

/**
 * The best of 100 thresholds on y by normalized cut (Shi & Malik 2000):
 * NCut(b) = cut(b, rest) / assoc(b) + cut(b, rest) / assoc(rest). The first least one wins; a split
 * with an empty side is none.
 * @param y one number a token
 * @returns the value and the threshold; tokens with float32(y) above it are the side b = 1
 */
export const bipartition = (kernels: Kernels, graph: Graph, y: Float32Array, scratch: BipartitionScratch): { ncut: number; threshold: number } => {
  const { a, n, degrees } = graph;
  const thresholds = linspace(y);
  // bin = how many thresholds the token is above: b of threshold k holds the bins past k
  for (let i = 0; i < n; i++) scratch.bin[i] = countBelow(thresholds, y[i]);
  kernels.binSums(a, n, scratch.bin, BINS, scratch.sums, scratch.row);
  const degreeOf = new Float64Array(BINS);
  const selfOf = new Float64Array(BINS); // A's diagonal
  const tokensOf = new Int32Array(BINS);
  for (let i = 0; i < n; i++) {
    degreeOf[scratch.bin[i]] += degrees[i];
    selfOf[scratch.bin[i]] += a[(i * (i + 1)) / 2 + i];
    tokensOf[scratch.bin[i]]++;
  }
  const total = degreeOf.reduce((sum, d) => sum + d, 0);
  const ncuts = new Float64Array(THRESHOLDS).fill(Infinity);
  let assoc = 0;
  let within = 0;
  let tokens = 0;
  for (let k = THRESHOLDS - 1; k >= 0; k--) {
    const added = k + 1;
    assoc += degreeOf[added];
    tokens += tokensOf[added];
    // ordered pairs with the tokens that are already in, then among the added ones
    for (let q = added + 1; q < BINS; q++) within += 2 * (scratch.sums[added * BINS + q] + scratch.sums[q * BINS + added]);
    within += 2 * scratch.sums[added * BINS + added] - selfOf[added];
    if (tokens === 0 || tokens === n || assoc <= 0 || assoc >= total) continue;
    const cut = Math.max(0, assoc - within);
    ncuts[k] = cut / assoc + cut / (total - assoc);
  }
  let best = 0;
  for (let k = 1; k < THRESHOLDS; k++) if (ncuts[k] < ncuts[best]) best = k;
  return { ncut: ncuts[best], threshold: thresholds[best] };
};

/** 100 float32 numbers from 0.99 min y to 0.99 max y, counted from both ends as torch does. */
const linspace = (y: Float32Array): Float32Array => {
  let lo = Infinity;
  let hi = -Infinity;
  for (const v of y) {
    if (v < lo) lo = v;
    if (v > hi) hi = v;
  }
  const start = Math.fround(lo * Math.fround(0.99));
  const end = Math.fround(hi * Math.fround(0.99));
  const step = Math.fround(Math.fround(end - start) / (THRESHOLDS - 1));
  return Float32Array.from({ length: THRESHOLDS }, (_, k) => (k < THRESHOLDS / 2 ? start + step * k : end - step * (THRESHOLDS - 1 - k)));
};

const countBelow = (ascending: Float32Array, value: number): number => {
  let lo = 0;
  let hi = ascending.length;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (ascending[mid] < value) lo = mid + 1;
    else hi = mid;
  }
  return lo;
};
