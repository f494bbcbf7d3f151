/**
 * Falcon (ICLR 2026): K segments at once, without recursion. The K-way normalized association
 *
 *   f(X) = sum over k of (x_k^T A x_k) / (x_k^T D x_k),   X one-hot, a row a node
 *
 * is raised by proximal linearisation: each node goes to the segment of the largest mu_ik + tau X_ik, mu the gradient of f; a step
 * that gains less than delta tau / 2 |X' - X|^2 is taken back and tau grows. One spectrum gives K and the start.
 *
 * The constants are not published; ours were chosen by measuring (docs/results.md, "Solvers").
 */
import { unitFeatures } from '../../tensor/features.ts';
import { createKernels, type Kernels, room } from '../../tensor/kernels.ts';
import { breathe, pause } from '../../tensor/watch.ts';
import type { CutTree, FeatureMap, Watch } from '../../types.ts';
import { affinity, affinityBytes, triangle } from '../affinity.ts';
import { type EigenScratch, eigenScratch, type Graph, graphOf, spectrum } from '../eigen.ts';
import { groupTokens, weighBySize } from '../groups.ts';
import { clusterQr } from './cluster-qr.ts';
import { treeOfSegments } from './tree.ts';

/** Every constant of the method. */
export const FALCON = {
  /** Exponent of the affinity. */
  alpha: 10,
  /** K is how many eigenvalues of D^-1/2 A D^-1/2 are above this, at least 2 and at most `most`. */
  kappa: 0.8,
  most: 16,
  /** Of the proximal term: at first, in the unit of the gradient's mean; how it grows; what a step must gain. */
  tau: 0.5,
  gamma: 2,
  delta: 0.1,
  steps: 30,
};

/** Residual of an eigenvector: what starts from it is climbed on anyhow. */
const ROUGH = 0.03;

/** Up to this many tokens are cut as they are; of more, so many groups, which is where its speed comes from. */
const EXACT = 1024;
const GROUPS = 640;

/**
 * @param features at least one token; any scale, each token is normalised
 * @returns a tree whose leaves are the segments: price 0 gives them
 * @throws the signal's reason once aborted
 */
export const falcon = async (features: FeatureMap, watch: Watch = {}, settings = FALCON): Promise<CutTree> => {
  const tokens = unitFeatures(features);
  await breathe(watch, 'falcon', 0, 3);
  const groups = tokens.width * tokens.height > EXACT ? await groupTokens(tokens, GROUPS, watch) : undefined;
  const nodes = groups?.features ?? tokens;
  const n = nodes.width * nodes.height;
  const kernels = await createKernels(affinityBytes(n, nodes.channels) + 3 * room(n, 8));
  try {
    const a = kernels.f32(triangle(n));
    await affinity(kernels, nodes, settings.alpha, a, watch);
    if (groups) weighBySize(a, groups.size);
    await breathe(watch, 'falcon', 1, 3);
    const scratch = eigenScratch(kernels, n);
    const graph = graphOf(kernels, a, n, scratch);
    const start = await startingLabels(kernels, graph, scratch, watch, settings);
    await breathe(watch, 'falcon', 2, 3);
    const labels = await climb(kernels, graph, scratch, start, watch, settings);
    await breathe(watch, 'falcon', 3, 3);
    return await treeOfSegments('falcon', groups ? groups.nodeOf.map((node) => labels[node]) : labels, tokens, watch);
  } finally {
    kernels.free();
  }
};

/** K groups by the leading eigenvectors. */
const startingLabels = async (
  kernels: Kernels,
  graph: Graph,
  scratch: EigenScratch,
  watch: Watch,
  { kappa, most }: typeof FALCON,
): Promise<Int32Array> => {
  const pairs = await spectrum(kernels, graph, scratch, most - 1, watch, ROUGH);
  const past = 1 + pairs.filter(({ value }) => 1 - value > kappa).length; // the trivial one is 1
  const k = Math.min(Math.max(past, 2), pairs.length + 1);
  return clusterQr([new Float64Array(graph.n).fill(1 / Math.sqrt(total(graph.degrees))), ...pairs.slice(0, k - 1).map(({ vector }) => vector)]);
};

const total = (values: Float64Array): number => values.reduce((sum, v) => sum + v, 0);

/** What f and its gradient need of a labelling: G = A X, q_k = x_k^T A x_k, v_k = x_k^T D x_k. */
interface Standing {
  labels: Int32Array;
  g: Float64Array[];
  q: Float64Array;
  v: Float64Array;
  f: number;
}

/**
 * Raises f from a start until no node moves.
 * @param onStep told of f at the start and after each step that was kept
 */
export const climb = async (
  kernels: Kernels,
  graph: Graph,
  scratch: EigenScratch,
  start: Int32Array,
  watch: Watch,
  { tau: first, gamma, delta, steps }: typeof FALCON,
  onStep: (f: number) => void = () => {},
): Promise<Int32Array> => {
  const { a, n, degrees } = graph;
  const count = start.reduce((most, label) => Math.max(most, label), 0) + 1;
  const standingOf = (labels: Int32Array): Standing => {
    const [q, v] = [new Float64Array(count), new Float64Array(count)];
    const g = Array.from({ length: count }, (_, k) => {
      for (let i = 0; i < n; i++) scratch.x[i] = labels[i] === k ? 1 : 0;
      kernels.symv(a, n, scratch.x, scratch.y, scratch.band);
      return scratch.y.slice(0, n);
    });
    let f = 0;
    for (let i = 0; i < n; i++) {
      q[labels[i]] += g[labels[i]][i];
      v[labels[i]] += degrees[i];
    }
    for (let k = 0; k < count; k++) if (v[k] > 0) f += q[k] / v[k]; // what has lost all its nodes stays empty
    return { labels, g, q, v, f };
  };
  const moved = ({ labels, g, q, v }: Standing, tau: number): Int32Array =>
    labels.map((own, i) => {
      let best = own;
      let most = (2 * (g[own][i] - (degrees[i] * q[own]) / v[own])) / v[own] + tau;
      for (let k = 0; k < count; k++) {
        if (k === own || v[k] === 0) continue;
        const mu = (2 * g[k][i]) / v[k];
        if (mu > most) [best, most] = [k, mu];
      }
      return best;
    });
  let at = standingOf(start);
  let tau = (first * 2 * count) / n; // the gradient's own unit: what a segment's nodes have on average
  onStep(at.f);
  for (let step = 0; step < steps; ) {
    await pause(watch);
    const labels = moved(at, tau);
    const moves = labels.reduce((sum, label, i) => sum + (label === at.labels[i] ? 0 : 1), 0);
    if (moves === 0) break;
    const next = standingOf(labels);
    if (next.f >= at.f + delta * tau * moves) {
      at = next; // |X' - X|^2 is twice the moves
      step++;
      onStep(at.f);
    } else tau *= gamma;
  }
  return at.labels;
};
