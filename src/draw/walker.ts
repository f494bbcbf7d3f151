/**
 * Random walker on the region graph (Grady 2006), with the regions' own shares as seeds instead of strokes: weak borders are
 * crossed, strong ones are not.
 *
 *   (D + L) x = D m,  D = diag(area x certainty),  L the Laplacian of w = gain length exp(-strength / sigma)
 */
import type { Arcs } from '../regions/graph.ts';
import type { RegionGraph } from '../regions/regions.ts';
import { pause } from '../tensor/watch.ts';
import type { Watch } from '../types.ts';
import type { Edges } from './edges.ts';
import { certainty } from './unary.ts';

type Walkable = Pick<RegionGraph, 'area' | 'arcs' | 'meanStrength'>;

/**
 * @param shares m: region by region, k numbers
 * @returns x, the same layout
 */
export const walk = async (graph: Walkable, shares: Float64Array, k: number, settings: Edges['walker'], watch: Watch = {}): Promise<Float64Array> => {
  const { leastCertainty, certaintyPower, tolerance, rounds } = settings;
  const mass = certainty(shares, k).map((sure, i) => graph.area[i] * (leastCertainty + (1 - leastCertainty) * sure ** certaintyPower));
  const weights = conductances(graph, settings);
  return conjugateGradients(graph.arcs, weights, mass, shares, k, tolerance, rounds, watch);
};

const conductances = ({ arcs, meanStrength }: Walkable, { gain, sigma, usualStrength }: Edges['walker']): Float64Array => {
  const by = 1 / Math.max(1e-6, sigma * Math.sqrt(meanStrength / usualStrength));
  return arcs.length.map((length, arc) => gain * length * Math.exp((-arcs.sum[arc] / length) * by));
};

/** out = (diag(mass) + L) x for each of k columns. */
const multiply = ({ from, to }: Arcs, weights: Float64Array, mass: Float64Array, x: Float64Array, k: number, out: Float64Array): void => {
  for (let i = 0, at = 0; i < mass.length; i++) for (let s = 0; s < k; s++, at++) out[at] = mass[i] * x[at];
  for (let arc = 0; arc < weights.length; arc++) {
    const w = weights[arc];
    for (let s = 0, a = from[arc] * k, b = to[arc] * k; s < k; s++, a++, b++) {
      const flow = w * (x[a] - x[b]);
      out[a] += flow;
      out[b] -= flow;
    }
  }
};

/** From x = shares; Jacobi-preconditioned, k right-hand sides side by side, each with its own step; one that is solved stands still. */
const conjugateGradients = async (
  arcs: Arcs,
  weights: Float64Array,
  mass: Float64Array,
  shares: Float64Array,
  k: number,
  tolerance: number,
  rounds: number,
  watch: Watch,
): Promise<Float64Array> => {
  // r = D m - (D + L) x, p = r / diag: where it starts
  const scale = jacobi(arcs, weights, mass, k);
  const right = shares.map((m, at) => mass[Math.floor(at / k)] * m);
  const x = shares.slice();
  const image = new Float64Array(x.length);
  multiply(arcs, weights, mass, x, k, image);
  const residual = right.map((b, at) => b - image[at]);
  const direction = residual.map((r, at) => r * scale[at]);
  const enough = columnSums(k, x.length, (at) => right[at] ** 2).map((sum) => tolerance ** 2 * sum);
  const energy = columnSums(k, x.length, (at) => residual[at] * direction[at]);
  const isOpen = new Uint8Array(k);
  const step = new Float64Array(k);
  for (let round = 0; round < rounds; round++) {
    // 1. Which columns are not solved yet
    const left = columnSums(k, x.length, (at) => residual[at] ** 2);
    for (let s = 0; s < k; s++) isOpen[s] = left[s] > enough[s] ? 1 : 0;
    if (!isOpen.includes(1)) break;
    // 2. alpha = <r, r / diag> / <p, (D + L) p>, and a step along p
    multiply(arcs, weights, mass, direction, k, image);
    await pause(watch);
    const curvature = columnSums(k, x.length, (at) => direction[at] * image[at]);
    for (let s = 0; s < k; s++) step[s] = isOpen[s] ? energy[s] / curvature[s] : 0;
    for (let at = 0, s = 0; at < x.length; at++, s = s + 1 === k ? 0 : s + 1) {
      x[at] += step[s] * direction[at];
      residual[at] -= step[s] * image[at];
    }
    await pause(watch);
    // 3. beta = the new <r, r / diag> over the old one, and the next p
    const now = columnSums(k, x.length, (at) => residual[at] ** 2 * scale[at]);
    for (let s = 0; s < k; s++) step[s] = isOpen[s] ? now[s] / energy[s] : 0;
    energy.set(now);
    for (let at = 0, s = 0; at < x.length; at++, s = s + 1 === k ? 0 : s + 1) direction[at] = residual[at] * scale[at] + step[s] * direction[at];
  }
  return x;
};

/** One over the diagonal of D + L, k times each. */
const jacobi = ({ from, to }: Arcs, weights: Float64Array, mass: Float64Array, k: number): Float64Array => {
  const diagonal = mass.slice();
  for (let arc = 0; arc < weights.length; arc++) {
    diagonal[from[arc]] += weights[arc];
    diagonal[to[arc]] += weights[arc];
  }
  return Float64Array.from({ length: mass.length * k }, (_, at) => 1 / diagonal[Math.floor(at / k)]);
};

/** Sums of each of k columns. */
const columnSums = (k: number, length: number, value: (at: number) => number): Float64Array => {
  const sums = new Float64Array(k);
  for (let at = 0, s = 0; at < length; at++, s = s + 1 === k ? 0 : s + 1) sums[s] += value(at);
  return sums;
};
