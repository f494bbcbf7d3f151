import { expected, InputError } from '../errors.ts';
import { check, EASE, PRICE } from '../options.ts';
import { unitTokens } from '../tensor/features.ts';
import type { CutTree, FeatureMap, LabelMap } from '../types.ts';
import { labelsOf } from './cut-at.ts';

/** How loose a tree pruning wants: splits above this are never worth a segment. */
export const PRUNE_TREE_TAU = 0.75;

/**
 * Optimal pruning. With unit features f and s = sum of f over a set of tokens, |s| / N is the set's share
 * of the picture's similarity; a split explains (|s1| + |s2| - |s|) / N more. From the leaves up, a split
 * is kept while its best subtree is worth more than the price of the extra segments:
 * best(node) = max(|s| / N, best(left) + best(right) - price).
 *
 * With `ease` the price of a split is `price * (share of the picture in its smaller side) ^ ease`: a small
 * object need not explain as much as a large one to be worth a segment (docs/results.md has what it gains).
 * @param features those the tree was built from
 * @param price how much of the picture's similarity one more segment must explain, 0..1
 * @param ease 0..1; 0 is one price for all
 */
export const pruneAt = (tree: CutTree, features: FeatureMap, price: number, ease = 0): LabelMap => {
  if (!Array.isArray(tree?.nodes)) throw expected('the tree that partition gave', 'tree', tree);
  check(PRICE, 'price', price);
  check(EASE, 'ease', ease);
  if (features.width !== tree.width || features.height !== tree.height) {
    throw new InputError(`The tree was built from ${tree.width}x${tree.height} tokens but these features have ${features.width}x${features.height}`);
  }
  const { nodes } = tree;
  const worth = similarityShares(tree, features);
  const best = Float64Array.from(worth);
  const kept = new Uint8Array(nodes.length);
  for (let i = nodes.length - 1; i >= 0; i--) {
    const { children } = nodes[i]; // children come after their parent
    if (!children) continue;
    const smaller = Math.min(...children.map((c) => nodes[c].tokens.length)) / nodes[0].tokens.length;
    const split = best[children[0]] + best[children[1]] - price * smaller ** ease;
    if (split > worth[i]) {
      kept[i] = 1;
      best[i] = split;
    }
  }
  return labelsOf(tree, (index) => kept[index] === 1);
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
