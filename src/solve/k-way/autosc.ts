/**
 * AutoSC: as many segments as the spectrum of the affinity says, all at once (the reference's second solver, diffcut/autosc.py;
 * there is no section on it in the paper).
 *
 * For alpha in 1, 5, 10, 15 the eigenvalues of D^-1/2 (D - A) D^-1/2; the largest relative gap of all of them chooses alpha and K;
 * K eigenvectors, each times D^-1/2, are turned into K segments by a pivoted QR.
 */
import type { AUTOSC } from '../../options/cut.ts';
import type { Resolved } from '../../options/spec.ts';
import { unitFeatures } from '../../tensor/features.ts';
import { createKernels, room } from '../../tensor/kernels.ts';
import { breathe } from '../../tensor/watch.ts';
import type { CutTree, FeatureMap, Watch } from '../../types.ts';
import { affinity, affinityBytes, raised, triangle } from '../affinity.ts';
import { type Eigenpair, eigenScratch, type Graph, graphOf, spectrum } from '../eigen.ts';
import { groupTokens, weighBySize } from '../groups.ts';
import { clusterQr } from './cluster-qr.ts';
import { treeOfSegments } from './tree.ts';

/** Exponents of the affinity that are tried. */
const ALPHAS = [1, 5, 10, 15];
/** Eigenvalues that are looked at first; more while the largest gap lies at the end of them. */
const VALUES = 40;
/** As the reference has it: keeps the gap of the first eigenvalue, which is 0, finite. */
const REGULAR = 1e-6;
/** Residual of an eigenvector. */
const TOLERANCE = 1e-5;
/** Up to this many tokens are cut as they are; of more, so many groups. */
const EXACT = 4096;

/**
 * @param features at least one token; any scale, each token is normalised
 * @returns a tree whose leaves are the K segments: price 0 gives them
 * @throws the signal's reason once aborted
 */
export const autoSc = async (features: FeatureMap, { vectors }: Resolved<typeof AUTOSC>, watch: Watch = {}): Promise<CutTree> => {
  const tokens = unitFeatures(features);
  const groups = tokens.width * tokens.height > EXACT ? await groupTokens(tokens, EXACT, watch) : undefined;
  const nodes = groups?.features ?? tokens;
  const n = nodes.width * nodes.height;
  const kernels = await createKernels(affinityBytes(n, nodes.channels) + room(triangle(n), 4) + 3 * room(n, 8));
  try {
    const likeness = kernels.f32(triangle(n)); // alpha 1
    await affinity(kernels, nodes, 1, likeness, watch);
    const a = kernels.f32(triangle(n));
    const scratch = eigenScratch(kernels, n);
    let best = { gap: -1, k: 1, found: [] as Vectors };
    let last = best.found;
    for (const [at, alpha] of ALPHAS.entries()) {
      await breathe(watch, 'autosc', at, ALPHAS.length);
      await raised(kernels, likeness, alpha, a, watch);
      if (groups) weighBySize(a, groups.size);
      const graph = graphOf(kernels, a, n, scratch);
      let wanted = Math.max(VALUES, best.k);
      let pairs = await spectrum(kernels, graph, scratch, wanted, watch, TOLERANCE);
      let largest = largestGap(pairs, n);
      while (largest.k > wanted - 4 && pairs.length === wanted) {
        wanted *= 2;
        pairs = await spectrum(kernels, graph, scratch, wanted, watch, TOLERANCE);
        largest = largestGap(pairs, n);
      }
      last = [trivial(graph), ...pairs.map(({ vector }) => vector)];
      if (largest.gap > best.gap) best = { ...largest, found: last };
    }
    const chosen = vectors === 'last' ? last : best.found;
    const labels = await clusterQr(chosen.slice(0, best.k));
    await breathe(watch, 'autosc', ALPHAS.length, ALPHAS.length);
    return await treeOfSegments('autosc', groups ? groups.nodeOf.map((node) => labels[node]) : labels, tokens, watch);
  } finally {
    kernels.free();
  }
};

type Vectors = readonly Float64Array[];

/** D^-1/2 times the eigenvector of eigenvalue 0, D^1/2 1 at unit length. */
const trivial = ({ n, degrees }: Graph): Float64Array => new Float64Array(n).fill(1 / Math.sqrt(degrees.reduce((sum, d) => sum + d, 0)));

/**
 * By how much an eigenvalue exceeds the mean of all up to it, itself among them, as a share of that mean, at its largest; K is how
 * many come before it.
 */
const largestGap = (pairs: readonly Eigenpair[], n: number): { gap: number; k: number } => {
  const values = [0, ...pairs.map(({ value }) => Math.max(0, value))];
  // where fewer were found than there are, all others of a graph of low rank are 1
  if (pairs.length < Math.min(VALUES, n - 1)) values.push(1);
  let sum = 0;
  let largest = { gap: 0, k: 1 };
  values.forEach((value, i) => {
    sum += value;
    const mean = sum / (i + 1);
    const gap = (value - mean) / (mean + REGULAR);
    if (gap > largest.gap) largest = { gap, k: i };
  });
  return largest;
};
