import { tilesOf, unitFeatures } from '../../tensor/features.ts';
import { createKernels, type Kernels, room } from '../../tensor/kernels.ts';
import { pause } from '../../tensor/watch.ts';
import type { CutTree, FeatureMap, Watch } from '../../types.ts';
import { affinity, affinityBytes, triangle } from '../affinity.ts';
import { type EigenScratch, eigenScratch, type Graph, secondEigenvector } from '../eigen.ts';
import { expanded, type Grid, groupTokens, weighBySize } from '../groups.ts';
import { type BipartitionScratch, bipartition, bipartitionScratch } from './bipartition.ts';

/** Up to this many tokens are cut as they are; of more, so many groups: the affinity grows with the square. */
const EXACT = 8192;
const GROUPS = 4096;

interface Job {
  kernels: Kernels;
  eigen: EigenScratch;
  bipartition: BipartitionScratch;
}

/**
 * Recursive normalized cut (paper section 3.2), kept as a tree: a node's split does not depend on tau,
 * only whether it is live does. Nodes are split while their NCut value is below `treeTau`.
 *
 * From the second level on the reference drops every token with an exact zero in its row of the whole
 * affinity from the cut; such tokens keep the side b = 0 (`parity`). The clean rule cuts all tokens.
 *
 * Above 8,192 tokens neighbours that are alike are nodes together (groups.ts), and the tree is still one of tokens.
 *
 * @param features checked, at least one token; a set of tokens without a grid has height 1
 * @param settings `grids`: of several pictures, one after the other, whose tokens the set has
 * @throws the signal's reason once it is aborted
 */
export const recursiveCut = async (
  features: FeatureMap,
  { alpha, treeTau, parity }: { alpha: number; treeTau: number; parity: boolean },
  { signal, onProgress }: Watch = {},
  { exact = EXACT, count = GROUPS, grids }: { exact?: number; count?: number; grids?: readonly Grid[] | undefined } = {},
): Promise<CutTree> => {
  const { width, height } = features;
  const groups = width * height > exact ? await groupTokens(unitFeatures(features), count, { signal }, grids) : undefined;
  const nodes = groups?.features ?? features;
  const n = nodes.width * nodes.height;
  const kernels = await createKernels(jobBytes(nodes));
  try {
    // 1. The affinity A of all tokens, or groups of them, and which of them have an exact zero in their row.
    const whole = kernels.f32(triangle(n));
    await affinity(kernels, nodes, alpha, whole, { signal });
    if (groups) weighBySize(whole, groups.size);
    const zeroMark = kernels.u8(n);
    if (parity) kernels.markZeros(whole, n, zeroMark);
    const job: Job = {
      kernels,
      eigen: eigenScratch(kernels, n),
      bipartition: bipartitionScratch(kernels, n),
    };
    const part = kernels.f32(triangle(n)); // of the whole: the set at hand
    const indices = kernels.i32(n);
    const degrees = new Float64Array(n);
    // 2. Depth first: cut a set, put its two sides in its place, go on with the side b = 1.
    const splits = growSplits(n);
    const { order, from, to } = splits;
    const stack = [0];
    let settled = 0; // tokens in sets that will not be split again
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      await pause({ signal });
      let cutTokens = n;
      if (node > 0) {
        cutTokens = 0;
        for (let k = from[node]; k < to[node]; k++) if (zeroMark[order[k]] === 0) indices[cutTokens++] = order[k];
        kernels.gather(whole, indices, cutTokens, part);
      }
      const best = await bipartitionOf(job, { a: node === 0 ? whole : part, n: cutTokens, degrees }, { signal });
      splits.ncut[node] = best.ncut;
      if (best.ncut < treeTau) {
        const one = splits.split(node, best, node === 0 ? undefined : zeroMark);
        stack.push(one + 1, one); // b = 1 first
      } else settled += to[node] - from[node];
      onProgress?.('partition', settled, n);
    }
    // 3. What each node explains by itself, which is what a price is weighed against.
    const { ncut, ...grown } = splits.finish();
    const tree = groups ? { ...grown, ...expanded(grown, groups) } : grown;
    const cells = { data: Int32Array.from({ length: width * height }, (_, t) => t), width, height };
    const share = Float64Array.from(tree.from, (at, i) => (tree.to[i] - at) / (width * height));
    const worth = similarityShares(tree, unitFeatures(features));
    const tiles = features.origin?.tile && { tiles: tilesOf(features) };
    return { solver: 'ncut', cells, ...tree, share, worth, cut: { alpha, parity, treeTau, ncut }, cost: null, ...tiles };
  } finally {
    kernels.free();
  }
};

/** A bipartition: side b = 1 has the tokens whose y is above the threshold. */
interface Best {
  ncut: number;
  y: Float32Array;
  threshold: number;
}

const NO_CUT: Best = { ncut: Infinity, y: new Float32Array(0), threshold: 0 };

/** The best bipartition of a graph, of NCut value Infinity where there is none. */
const bipartitionOf = async (job: Job, graph: Graph, watch: Watch): Promise<Best> => {
  const { kernels } = job;
  const { n, degrees } = graph;
  if (n < 2) return NO_CUT;
  job.eigen.x.fill(1, 0, n);
  kernels.symv(graph.a, n, job.eigen.x, job.eigen.y, job.eigen.band);
  degrees.set(job.eigen.y.subarray(0, n));
  const vector = await secondEigenvector(kernels, graph, job.eigen, watch);
  if (!vector) return NO_CUT;
  const y = new Float32Array(vector);
  return { y, ...bipartition(kernels, graph, y, job.bipartition) };
};

/** A growing tree over n tokens. Each node's tokens stand together in `order`, those of a leaf ascend. */
const growSplits = (n: number) => {
  const most = 2 * n - 1;
  const order = Int32Array.from({ length: n }, (_, t) => t);
  const from = new Int32Array(most);
  const to = new Int32Array(most);
  const parent = new Int32Array(most).fill(-1);
  const children = new Int32Array(2 * most).fill(-1);
  const ncut = new Float64Array(most).fill(Infinity);
  const rest = new Int32Array(n);
  let count = 1;
  to[0] = n;
  return {
    order,
    from,
    to,
    ncut,
    /**
     * Puts a node's two sides in its place: b = 1, then the rest.
     * @param left 1 for tokens that were left out of the cut and have no y; none where not given
     * @returns the node of the side b = 1; the other's number is the next
     */
    split(node: number, { y, threshold }: Best, left?: Uint8Array): number {
      let ones = from[node];
      let others = 0;
      for (let k = from[node], at = 0; k < to[node]; k++) {
        const token = order[k];
        if (!left?.[token] && y[at++] > threshold) order[ones++] = token;
        else rest[others++] = token;
      }
      order.set(rest.subarray(0, others), ones);
      const one = count;
      count += 2;
      from[one] = from[node];
      to[one] = ones;
      from[one + 1] = ones;
      to[one + 1] = to[node];
      for (const child of [one, one + 1]) {
        parent[child] = node;
        children[2 * node + (child - one)] = child;
      }
      return one;
    },
    finish: () => ({
      order,
      from: from.slice(0, count),
      to: to.slice(0, count),
      parent: parent.slice(0, count),
      children: children.slice(0, 2 * count),
      ncut: ncut.slice(0, count),
    }),
  };
};

/** |sum of unit features| / N of each node. Sums of parents are those of their children, added up. */
const similarityShares = (
  { order, from, to, children }: Pick<CutTree, 'order' | 'from' | 'to' | 'children'>,
  { data, channels }: FeatureMap,
): Float64Array => {
  const sums: (Float64Array | null)[] = Array.from(from, () => null);
  const out = new Float64Array(from.length);
  for (let i = out.length - 1; i >= 0; i--) {
    let sum: Float64Array;
    const one = children[2 * i];
    if (one < 0) {
      sum = new Float64Array(channels);
      for (let k = from[i]; k < to[i]; k++) for (let c = 0, at = order[k] * channels; c < channels; c++) sum[c] += data[at++];
    } else {
      sum = sums[one] as Float64Array; // no longer needed there
      const other = sums[children[2 * i + 1]] as Float64Array;
      for (let c = 0; c < channels; c++) sum[c] += other[c];
      sums[one] = null;
      sums[children[2 * i + 1]] = null;
    }
    sums[i] = sum;
    let square = 0;
    for (let c = 0; c < channels; c++) square += sum[c] * sum[c];
    out[i] = Math.sqrt(square) / order.length;
  }
  return out;
};

const jobBytes = ({ width, height, channels }: FeatureMap): number => {
  const n = width * height;
  const part = room(triangle(n), 4);
  const scratch = 6 * room(n, 8) + 3 * room(101 * 101, 8);
  return affinityBytes(n, channels) + part + scratch;
};
