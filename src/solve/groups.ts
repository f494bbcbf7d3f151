/**
 * Many tokens as few nodes, for a cut whose work grows with their square (ours, not the paper's): neighbours on the grid whose
 * features explain each other best become one node, which counts for all its tokens. Small things that stand out stay
 * nodes of their own, however few tokens they have, and a plain sky takes few.
 */
import { agglomerate, type Rule } from '../regions/agglomerate.ts';
import type { Arcs } from '../regions/graph.ts';
import { pause } from '../tensor/watch.ts';
import type { CutTree, FeatureMap, Watch } from '../types.ts';

/** Cells side by side. */
export type Grid = Pick<FeatureMap, 'width' | 'height'>;

/** A node has at most this many times its share of the tokens: what grows without end would meet ever more neighbours. */
const MOST_OF_SHARE = 4;

/** Tokens in groups of neighbours. */
export interface Groups {
  /** Node of each token. */
  nodeOf: Int32Array;
  /** Tokens of each node. */
  size: Float64Array;
  /** Mean direction of each node's tokens: a set without a grid. */
  features: FeatureMap;
}

/**
 * Joins the two neighbours that lose least, |S_i| + |S_j| - |S_i + S_j| with S the sum of a node's unit features, until
 * `count` nodes are left; ties go to the ones that come first.
 * @param tokens of unit length; those of a set without a grid are neighbours in its order
 * @param grids one after the other, whose cells are the tokens: those of different grids are no neighbours
 * @throws the signal's reason once aborted
 */
export const groupTokens = async (tokens: FeatureMap, count: number, watch: Watch = {}, grids: readonly Grid[] = [tokens]): Promise<Groups> => {
  const { width, height, channels } = tokens;
  const n = width * height;
  const sums = tokens.data.slice();
  const norms = new Float64Array(n);
  for (let i = 0; i < n; i++) norms[i] = Math.sqrt(dot(sums, i, i, channels));
  const size = new Float64Array(n).fill(1);
  const parent = Int32Array.from({ length: n }, (_, i) => i);
  const most = (MOST_OF_SHARE * n) / count;
  await pause(watch);
  const rule: Rule = {
    isOfBorder: false,
    cost: (k, { from, to }) => {
      const [i, j] = [from[k], to[k]];
      if (size[i] + size[j] > most) return Infinity;
      return norms[i] + norms[j] - Math.sqrt(Math.max(0, norms[i] ** 2 + norms[j] ** 2 + 2 * dot(sums, i, j, channels)));
    },
    join: (a, b) => {
      for (let c = 0, p = a * channels, q = b * channels; c < channels; c++) sums[p++] += sums[q++];
      norms[a] = Math.sqrt(dot(sums, a, a, channels));
      size[a] += size[b];
      parent[b] = a;
    },
  };
  await agglomerate(gridArcs(grids), n, count, rule, watch);
  // Nodes in the order of their first tokens, which stand for them: a parent has the lower number, and is settled already
  const nodeOf = new Int32Array(n);
  const out = { size: new Float64Array(count), data: new Float32Array(count * channels) };
  for (let i = 0, node = 0; i < n; i++) {
    if (parent[i] !== i) {
      nodeOf[i] = nodeOf[parent[i]];
      continue;
    }
    const by = 1 / Math.max(norms[i], 1e-12);
    for (let c = 0; c < channels; c++) out.data[node * channels + c] = sums[i * channels + c] * by;
    out.size[node] = size[i];
    nodeOf[i] = node++;
  }
  return { nodeOf, size: out.size, features: { data: out.data, width: count, height: 1, channels, isUnit: true } };
};

/** Of two rows. */
const dot = (rows: Float32Array, i: number, j: number, channels: number): number => {
  let sum = 0;
  for (let c = 0, a = i * channels, b = j * channels; c < channels; c++) sum += rows[a++] * rows[b++];
  return sum;
};

/** Each token with its right and its lower neighbour. */
const gridArcs = (grids: readonly Grid[]): Arcs => {
  const count = grids.reduce((sum, { width, height }) => sum + (width - 1) * height + width * (height - 1), 0);
  const [from, to] = [new Int32Array(count), new Int32Array(count)];
  let first = 0;
  let k = 0;
  for (const { width, height } of grids) {
    const end = first + width * height;
    for (let i = first; i < end; i++) {
      if ((i + 1 - first) % width > 0) {
        from[k] = i;
        to[k++] = i + 1;
      }
      if (i + width < end) {
        from[k] = i;
        to[k++] = i + width;
      }
    }
    first = end;
  }
  return { from, to, length: new Float64Array(count).fill(1), sum: new Float64Array(count) };
};

/** Each pair's affinity times the tokens on both sides: as if all of them were there, each like its node. */
export const weighBySize = (a: Float32Array, size: Float64Array): void => {
  for (let i = 0, at = 0; i < size.length; i++) for (let j = 0; j <= i; j++) a[at++] *= size[i] * size[j];
};

type Spans = Pick<CutTree, 'order' | 'from' | 'to' | 'children'>;

/** The tokens of a tree of nodes in such an order that each node's stand together; those of a leaf ascend. */
export const expanded = ({ order, from, to, children }: Spans, { nodeOf, size }: Groups): Pick<CutTree, 'order' | 'from' | 'to'> => {
  // 1. Where each node of the tree starts and ends in tokens
  const before = new Float64Array(order.length + 1);
  for (let k = 0; k < order.length; k++) before[k + 1] = before[k] + size[order[k]];
  const spans = { from: from.map((at) => before[at]), to: to.map((at) => before[at]) };
  // 2. Tokens, ascending, each to the next free place of its leaf
  const leafOf = new Int32Array(order.length);
  for (let i = 0; i < from.length; i++) if (children[2 * i] < 0) for (let k = from[i]; k < to[i]; k++) leafOf[order[k]] = i;
  const next = spans.from.slice();
  const tokens = new Int32Array(nodeOf.length);
  for (let t = 0; t < nodeOf.length; t++) tokens[next[leafOf[nodeOf[t]]]++] = t;
  return { order: tokens, ...spans };
};
