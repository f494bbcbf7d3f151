import { expected, InputError } from '../errors.ts';
import { EASE, JOIN, PRICE } from '../options/cut.ts';
import { check } from '../options/spec.ts';
import { pooledSums } from '../regions/pool.ts';
import { checkFeatures, unitTokens } from '../tensor/features.ts';
import { byFirstPixel, renamed } from '../tensor/ids.ts';
import type { CutTree, FeatureMap, LabelMap, MergeTree } from '../types.ts';
import { labelsOf } from './cut-at.ts';
import { joinAlike } from './join.ts';

/** How loose a tree of cuts pruning wants: splits above this are never worth a segment. */
export const PRUNE_TREE_TAU = 0.75;

/** A binary tree, parents before children. */
interface Weighed {
  /** The two parts of node i at `2 i` and `2 i + 1`; -1 for a leaf. */
  children: Int32Array;
  /** Share of the picture's area that each node has. */
  share: Float64Array;
  /** What each node explains as one segment. */
  worth: Float64Array;
}

/**
 * Optimal pruning. With unit features f and s = sum of f over a set of tokens, |s| / N is the set's share
 * of the picture's similarity; a split explains (|s1| + |s2| - |s|) / N more. From the leaves up, a split
 * is kept while its best subtree is worth more than the price of the extra segments:
 * best(node) = max(|s| / N, best(left) + best(right) - price).
 *
 * With `ease` the price of a split is `price * (share of the picture in its smaller side) ^ ease`: a small
 * object need not explain as much as a large one to be worth a segment (docs/results.md has what it gains).
 * With `join` segments that are alike become one afterwards, touching or not.
 * @param tree of `partition` or `merge`
 * @param features those the tree was built from
 * @param price how much of the picture's similarity one more segment must explain, 0..1
 * @param ease 0..1; 0 is one price for all
 * @param join how much may be lost when two segments become one, 0..1; 0 joins none
 * @returns ids 0..K-1 by first appearance: one a token for a tree of `partition`, one a pixel of the work size for `merge`
 */
export const pruneAt = (tree: CutTree | MergeTree, features: FeatureMap, price: number, ease = 0, join = 0): LabelMap => {
  check(PRICE, 'price', price);
  check(EASE, 'ease', ease);
  check(JOIN, 'join', join);
  const labels = isMergeTree(tree) ? prunedRegions(tree, price, ease) : prunedTokens(tree, features, price, ease);
  return join > 0 ? joined(labels, checkFeatures(features), join) : labels;
};

export const isMergeTree = (tree: CutTree | MergeTree): tree is MergeTree => ArrayBuffer.isView((tree as MergeTree)?.worth);

const prunedRegions = (tree: MergeTree, price: number, ease: number): LabelMap => {
  const kept = keptSplits(tree, price, ease);
  const { children, count, regions } = tree;
  const segmentOf = new Int32Array(children.length / 2); // the node whose segment each node is part of
  for (let node = 0; node < segmentOf.length; node++) {
    if (children[2 * node] < 0) continue;
    const isSplit = kept[node] === 1 && segmentOf[node] === node; // below a node that stays whole nothing is split
    for (const child of [children[2 * node], children[2 * node + 1]]) segmentOf[child] = isSplit ? child : segmentOf[node];
  }
  return byFirstPixel(renamed(regions, (region) => segmentOf[2 * count - 2 - region]));
};

const prunedTokens = (tree: CutTree, features: FeatureMap, price: number, ease: number): LabelMap => {
  if (!Array.isArray(tree?.nodes)) throw expected('the tree that partition or merge gave', 'tree', tree);
  if (features.width !== tree.width || features.height !== tree.height) {
    throw new InputError(`The tree was built from ${tree.width}x${tree.height} tokens but these features have ${features.width}x${features.height}`);
  }
  const { nodes } = tree;
  const children = new Int32Array(2 * nodes.length).fill(-1);
  nodes.forEach((node, i) => node.children && children.set(node.children, 2 * i));
  const share = Float64Array.from(nodes, ({ tokens }) => tokens.length / nodes[0].tokens.length);
  const kept = keptSplits({ children, share, worth: similarityShares(tree, features) }, price, ease);
  return labelsOf(tree, (index) => kept[index] === 1);
};

/** 1 for each node that is worth its split. */
const keptSplits = ({ children, share, worth }: Weighed, price: number, ease: number): Uint8Array => {
  const best = worth.slice();
  const kept = new Uint8Array(worth.length);
  for (let i = worth.length - 1; i >= 0; i--) {
    const [a, b] = [children[2 * i], children[2 * i + 1]];
    if (a < 0) continue;
    const split = best[a] + best[b] - price * Math.min(share[a], share[b]) ** ease;
    if (split > worth[i]) {
      kept[i] = 1;
      best[i] = split;
    }
  }
  return kept;
};

const joined = (labels: LabelMap, features: FeatureMap, price: number): LabelMap => {
  const { data, width, height } = labels;
  const count = data.reduce((most, id) => Math.max(most, id), -1) + 1;
  const share = new Float64Array(count);
  for (const id of data) share[id] += 1 / data.length;
  const sums = pooledSums({ data, width, height, count }, unitTokens(features), features);
  for (let i = 0; i < sums.length; i++) sums[i] /= data.length;
  const into = joinAlike(sums, features.channels, share, price);
  return byFirstPixel(renamed(labels, (id) => into[id]));
};

/** |sum of unit features| / N of each node. Sums of parents are those of their children, added up. */
const similarityShares = ({ nodes, width, height }: CutTree, features: FeatureMap): Float64Array => {
  const { channels } = features;
  const unit = unitTokens(features);
  const sums: (Float64Array | null)[] = nodes.map(() => null);
  const out = new Float64Array(nodes.length);
  for (let i = nodes.length - 1; i >= 0; i--) {
    const { tokens, children } = nodes[i];
    const sum = new Float64Array(channels);
    const add = (from: Float64Array | null) => from?.forEach((v, c) => (sum[c] += v));
    if (children) {
      for (const child of children) {
        add(sums[child]);
        sums[child] = null;
      }
    } else for (const t of tokens) for (let c = 0; c < channels; c++) sum[c] += unit[t * channels + c];
    sums[i] = sum;
    out[i] = Math.sqrt(sum.reduce((total, v) => total + v * v, 0)) / (width * height);
  }
  return out;
};
