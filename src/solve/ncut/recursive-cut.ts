import { checkAborted } from '../../errors.ts';
import { createKernels, type Kernels, room } from '../../tensor/kernels.ts';
import type { CutNode, CutTree, FeatureMap, Watch } from '../../types.ts';
import { affinity, affinityBytes, triangle } from '../affinity.ts';
import { type EigenScratch, type Graph, secondEigenvector } from '../eigen.ts';
import { type BipartitionScratch, bipartition, bipartitionScratch } from './bipartition.ts';

/** How long the thread is held before timers, and an abort among them, get their turn. */
const PAUSE_EVERY_MS = 30;

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
 * @param features checked, at least one token
 * @throws the signal's reason once it is aborted
 */
export const recursiveCut = async (
  features: FeatureMap,
  { alpha, treeTau, parity }: { alpha: number; treeTau: number; parity: boolean },
  { signal, onProgress }: Watch = {},
): Promise<CutTree> => {
  const { width, height } = features;
  const n = width * height;
  const kernels = await createKernels(jobBytes(features));
  try {
    const whole = kernels.f32(triangle(n));
    await affinity(kernels, features, alpha, whole, { signal });
    const zeroMark = kernels.u8(n);
    if (parity) kernels.markZeros(whole, n, zeroMark);
    const job: Job = {
      kernels,
      eigen: { x: kernels.f32(n), y: kernels.f64(n), band: kernels.f32(n) },
      bipartition: bipartitionScratch(kernels, n),
    };
    const part = kernels.f32(triangle(n)); // of the whole: the set at hand
    const indices = kernels.i32(n);
    const degrees = new Float64Array(n);
    const all = Int32Array.from({ length: n }, (_, i) => i);
    const nodes: CutNode[] = [{ tokens: all, ncut: Infinity, parent: -1, children: null }];
    const stack = [0];
    let paused = performance.now();
    let settled = 0; // tokens in sets that will not be split again
    for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
      checkAborted(signal);
      const node = nodes[index];
      const cutTokens = index === 0 ? all : node.tokens.filter((t) => zeroMark[t] === 0);
      if (index > 0) {
        indices.set(cutTokens);
        kernels.gather(whole, indices, cutTokens.length, part);
      }
      const { ncut, side } = await bipartitionOf(job, { a: index === 0 ? whole : part, n: cutTokens.length, degrees }, { signal });
      node.ncut = ncut;
      if (ncut < treeTau) {
        const one = new Set(cutTokens.filter((_, i) => side[i]));
        node.children = [nodes.length, nodes.length + 1];
        for (const isOne of [true, false]) {
          nodes.push({ tokens: node.tokens.filter((t) => one.has(t) === isOne), ncut: Infinity, parent: index, children: null });
        }
        stack.push(node.children[1], node.children[0]); // b = 1 first
      } else settled += node.tokens.length;
      onProgress?.('partition', settled, n);
      if (performance.now() - paused > PAUSE_EVERY_MS) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        paused = performance.now();
      }
    }
    return { width, height, alpha, parity, treeTau, nodes };
  } finally {
    kernels.free();
  }
};

/** The best bipartition of a graph: its NCut value (Infinity where there is none) and b for each of its tokens. */
const bipartitionOf = async (job: Job, graph: Graph, watch: Watch): Promise<{ ncut: number; side: boolean[] }> => {
  const { kernels } = job;
  const { n, degrees } = graph;
  if (n < 2) return { ncut: Infinity, side: [] };
  job.eigen.x.fill(1, 0, n);
  kernels.symv(graph.a, n, job.eigen.x, job.eigen.y, job.eigen.band);
  degrees.set(job.eigen.y.subarray(0, n));
  const vector = await secondEigenvector(kernels, graph, job.eigen, watch);
  if (!vector) return { ncut: Infinity, side: [] };
  const y = Float32Array.from(vector);
  const { ncut, threshold } = bipartition(kernels, graph, y, job.bipartition);
  return { ncut, side: Array.from(y, (v) => v > threshold) };
};

const jobBytes = ({ width, height, channels }: FeatureMap): number => {
  const n = width * height;
  const part = room(triangle(n), 4);
  const scratch = 6 * room(n, 8) + 3 * room(101 * 101, 8);
  return affinityBytes(n, channels) + part + scratch;
};
