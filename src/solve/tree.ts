/** Trees of splits: the walks over them that give segments of any granularity. */
import { checkAborted, expected, InputError } from '../errors.ts';
import { GRANULARITY } from '../options/cut.ts';
import { checkWatch, isWhole, resolveOptions } from '../options/spec.ts';
import { pooledSums } from '../regions/pool.ts';
import { checkFeatures, unitFeatures } from '../tensor/features.ts';
import { byFirstPixel, renamed } from '../tensor/ids.ts';
import type { CutTree, FeatureMap, Granularity, LabelMap, Watch } from '../types.ts';
import { joinAlike } from './join.ts';

/** How loose a tree of cuts a price wants: splits above this NCut value are never worth a segment. */
const PRICE_TREE_TAU = 0.75;
/** The same of a picture in tiles: the more there is in a picture, the nearer its best cut is to 1, however clean. */
const TILED_TREE_TAU = 1;

/** The `treeTau` that a tree of cuts must have been built with for a granularity. @param tiles areas of tiles that the picture has */
export const treeTauOf = (granularity: Granularity, tiles = 1): number =>
  ('tau' in granularity ? granularity.tau : undefined) ?? (tiles > 1 ? TILED_TREE_TAU : PRICE_TREE_TAU);

/** A node's elements (tokens with `ncut`, regions with `merge`), a view. @throws InputError for a node that the tree does not have */
export const elementsOf = (tree: CutTree, node: number): Int32Array => {
  checkTree(tree);
  const { order, from, to } = tree;
  if (!isWhole(node, 0, from.length - 1)) throw expected(`a whole number from 0 to ${from.length - 1}`, 'node', node);
  return order.subarray(from[node], to[node]);
};

/**
 * A tree's segments at a granularity, without another eigenproblem.
 *
 * By `tau` a split is live while its own NCut value and those of all its ancestors are below it. By `price` the tree is pruned
 * to its best: with unit features f and s = sum of f over a set of tokens, |s| / N is the set's share of the picture's
 * similarity; a split explains (|s1| + |s2| - |s|) / N more. From the leaves up, a split is kept while its best subtree is
 * worth more than the price of the extra segments: best(node) = max(|s| / N, best(left) + best(right) - price). Of a picture
 * in tiles, N and all shares are of one tile's area, so that an object costs what it would in a picture of a tile's size.
 *
 * With `ease` the price of a split is `price * (share of the picture in its smaller side) ^ ease`: a small object need not
 * explain as much as a large one to be worth a segment (docs/results.md has what it gains). With `join` segments that are
 * alike become one afterwards, touching or not, while less than that is lost.
 * @param tree of `partition`, `merge` or `analyse`
 * @param features those it was built from; a tree of regions asks them only to join
 * @returns ids 0..K-1 by first appearance: one a token for a tree of `ncut`, one a pixel of the work size for `merge`
 * @throws InputError for a tree that was not built deep enough, a number out of range, features of another grid than a tree
 *   of tokens; the signal's reason once aborted
 */
export const cut = async (tree: CutTree, features: FeatureMap, granularity: Granularity, watch: Watch = {}): Promise<LabelMap> => {
  checkWatch('cut', watch);
  checkAborted(watch.signal);
  checkTree(tree);
  const { tau, price, ease, join } = checkedGranularity(tree, granularity);
  checkGrid(tree, features);
  if (tau !== undefined) return labelsOf(tree, (node) => (tree.cut as Cut).ncut[node] < tau);
  const { tiles = 1 } = tree;
  const kept = keptSplits(tree, price * tiles ** (ease - 1), ease); // of shares of a tile instead of the picture
  const labels = labelsOf(tree, (node) => kept[node] === 1);
  return join > 0 ? joined(labels, checkFeatures(features), join, tiles, watch) : labels;
};

type Cut = NonNullable<CutTree['cut']>;

const checkTree = (tree: CutTree): void => {
  if (!ArrayBuffer.isView(tree?.worth) || !ArrayBuffer.isView(tree.order))
    throw expected('the tree that partition, merge or analyse gave', 'tree', tree);
};

/** A tau, or a price with what goes with it. @throws InputError for a number out of range, and for a tree that is not deep enough */
const checkedGranularity = (tree: CutTree, granularity: Granularity) => {
  const asked = granularity as Partial<Record<keyof typeof GRANULARITY, number>>;
  const { tau, price = 0, ease = 0, join = 0 } = resolveOptions('cut', GRANULARITY, asked);
  const isPriced = asked?.price !== undefined;
  const isEased = asked?.ease !== undefined || asked?.join !== undefined;
  if ((tau === undefined) !== isPriced || (tau !== undefined && isEased))
    throw expected('{ tau } or { price, ease, join }', 'granularity', granularity);
  checkDepth(tree, granularity, tau);
  return { tau, price, ease, join };
};

const checkDepth = (tree: CutTree, granularity: Granularity, tau: number | undefined): void => {
  if (!tree.cut) {
    if (tau !== undefined) throw new InputError(`A tree of the solver ${tree.solver} has no tau: give a price`, { code: 'E_OPTION' });
    return;
  }
  const needed = treeTauOf(granularity, tree.tiles);
  if (needed > tree.cut.treeTau) {
    const asked = tau === undefined ? 'a price wants' : 'tau is';
    throw new InputError(`The tree was built down to tau ${tree.cut.treeTau}, and ${asked} ${needed}: build it with treeTau ${needed} or more`, {
      code: 'E_OPTION',
    });
  }
};

/** A tree of tokens goes with features of its own grid. */
const checkGrid = ({ cut, cells }: CutTree, features: FeatureMap): void => {
  if (cut && (features?.width !== cells.width || features.height !== cells.height))
    throw new InputError(
      `The tree was built from ${cells.width}x${cells.height} tokens but these features have ${features?.width}x${features?.height}`,
    );
};

/** Labels of the segments that a choice of splits leaves: ids 0..K-1 by first appearance, row by row. */
const labelsOf = ({ cells, order, from, to, children }: CutTree, isSplit: (node: number) => boolean): LabelMap => {
  const segmentOf = new Int32Array(order.length); // the node that an element is left in
  for (const stack = [0]; stack.length > 0; ) {
    const node = stack.pop() as number;
    if (children[2 * node] >= 0 && isSplit(node)) stack.push(children[2 * node], children[2 * node + 1]);
    else for (let k = from[node]; k < to[node]; k++) segmentOf[order[k]] = node;
  }
  return byFirstPixel(renamed(cells, (element) => segmentOf[element]));
};

/** 1 for each node that is worth its split. */
const keptSplits = ({ children, share, worth }: CutTree, price: number, ease: number): Uint8Array => {
  const best = worth.slice();
  const kept = new Uint8Array(worth.length);
  for (let i = worth.length - 1; i >= 0; i--) {
    const a = children[2 * i];
    const b = children[2 * i + 1];
    if (a < 0) continue;
    const split = best[a] + best[b] - price * Math.min(share[a], share[b]) ** ease;
    if (split > worth[i]) {
      kept[i] = 1;
      best[i] = split;
    }
  }
  return kept;
};

const joined = async (labels: LabelMap, features: FeatureMap, price: number, tiles: number, watch: Watch): Promise<LabelMap> => {
  const { data, width, height } = labels;
  const count = data.reduce((most, id) => Math.max(most, id), -1) + 1;
  const share = new Float64Array(count);
  const pixels = data.length / tiles; // of a tile
  for (const id of data) share[id] += 1 / pixels;
  const sums = await pooledSums({ data, width, height, count }, unitFeatures(features).data, features, watch);
  for (let i = 0; i < sums.length; i++) sums[i] /= pixels;
  const into = await joinAlike(sums, features.channels, share, price, watch);
  return byFirstPixel(renamed(labels, (id) => into[id]));
};
