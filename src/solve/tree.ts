/** Trees of splits: the walks over them that give segments of any granularity. */
import { checkAborted, expected, InputError } from '../errors.ts';
import { CUTTING, GRANULARITY } from '../options/cut.ts';
import { checkWatch, isWhole, resolveOptions } from '../options/spec.ts';
import { pooledSums } from '../regions/pool.ts';
import { checkFeatures, unitFeatures } from '../tensor/features.ts';
import { areasOf, byFirstPixel, renamed } from '../tensor/ids.ts';
import type { ChosenNodes, CutTree, FeatureMap, Granularity, LabelMap, Watch } from '../types.ts';
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
  const { order, from, to } = checkTree(tree);
  checkNode(tree, node);
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
 * @param granularity or the segments themselves: nodes of the tree that have every element between them, each once
 * @returns ids 0..K-1 by first appearance, or indices into the nodes: one a token for a tree of `ncut`, one a pixel of the work
 *   size for `merge`
 * @throws InputError for a tree that was not built deep enough, a number out of range, nodes that overlap or leave something
 *   out, features of another grid than a tree of tokens; the signal's reason once aborted
 */
export const cut = async (tree: CutTree, features: FeatureMap, granularity: Granularity | ChosenNodes, watch: Watch = {}): Promise<LabelMap> => {
  checkWatch('cut', watch);
  checkAborted(watch.signal);
  checkTree(tree);
  if (areNodes(granularity)) {
    checkGrid(tree, features);
    return labelsOfNodes(tree, granularity);
  }
  const checked = checkedGranularity(tree, granularity);
  checkGrid(tree, features);
  const labels = byFirstPixel(nodeMap(tree, checked));
  return checked.join > 0 ? joined(labels, checkFeatures(features), checked.join, tree.tiles ?? 1, watch) : labels;
};

/**
 * The nodes that are a tree's segments at a granularity: they have all of its elements between them, each once.
 * @param given `treeTau`: as if the tree of cuts had been built with this one (`segment` builds 0.75 for a price, of a picture in
 *   tiles 1); one that was built looser falls apart further (`splitNode`), but has other segments at the same price
 * @returns in the order of `cut`'s ids: its segment k is the k-th
 * @throws InputError for a tree that was not built deep enough, a number out of range, and for `join`, whose segments are no nodes
 */
export const nodesAt = (tree: CutTree, granularity: Granularity, given: { treeTau?: number | undefined } = {}): Int32Array => {
  const checked = checkedGranularity(checkTree(tree), granularity);
  const treeTau = treeTauGiven(tree, given);
  if (checked.join > 0) throw new InputError('Segments that were joined are no nodes of the tree: leave join out', { code: 'E_OPTION' });
  return Int32Array.from(areasOf(nodeMap(tree, checked, treeTau)).keys());
};

const treeTauGiven = (tree: CutTree, given: { treeTau?: number | undefined }): number => {
  const { treeTau } = resolveOptions('nodesAt', { treeTau: CUTTING.treeTau }, given);
  if (treeTau === undefined) return Infinity;
  if (tree.cut && treeTau <= tree.cut.treeTau) return treeTau;
  throw expected(
    tree.cut ? `a number from 0 to ${tree.cut.treeTau}, which the tree was built with,` : 'nothing, with a tree of regions,',
    'treeTau',
    treeTau,
  );
};

/** @throws InputError unless it is one */
export const checkTree = (tree: CutTree): CutTree => {
  if (!ArrayBuffer.isView(tree?.worth) || !ArrayBuffer.isView(tree.order))
    throw expected('the tree that partition, merge or analyse gave', 'tree', tree);
  return tree;
};

/** @throws InputError for what is no node of the tree */
export const checkNode = ({ from }: CutTree, node: number): void => {
  if (!isWhole(node, 0, from.length - 1)) throw expected(`a whole number from 0 to ${from.length - 1}`, 'node', node);
};

interface Checked {
  tau: number | undefined;
  price: number;
  ease: number;
  join: number;
}

/** A tau, or a price with what goes with it. @throws InputError for a number out of range, and for a tree that is not deep enough */
const checkedGranularity = (tree: CutTree, granularity: Granularity): Checked => {
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

/** Which node each cell is left in. @param treeTau splits of this NCut value and above count as none */
const nodeMap = (tree: CutTree, { tau, price, ease }: Checked, treeTau = Infinity): LabelMap => {
  const { cells, order, from, to, cut, tiles = 1 } = tree;
  const most = Math.min(tau ?? Infinity, treeTau);
  const isLive = (node: number): boolean => !cut || cut.ncut[node] < most;
  const kept = tau === undefined && keptSplits(tree, price * tiles ** (ease - 1), ease, isLive); // of shares of a tile instead of the picture
  const nodeOf = new Int32Array(order.length);
  for (const node of segmentsBelow(tree, 0, (split) => (kept ? kept[split] === 1 : isLive(split))).segments)
    for (let k = from[node]; k < to[node]; k++) nodeOf[order[k]] = node;
  return renamed(cells, (element) => nodeOf[element]);
};

/** What is left of a node where some are split, and the nodes that are split on the way. */
export const segmentsBelow = ({ children }: CutTree, node: number, isSplit: (node: number) => boolean): { segments: number[]; splits: number[] } => {
  const segments: number[] = [];
  const splits: number[] = [];
  const stack = [node];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (children[2 * next] < 0 || !isSplit(next)) segments.push(next);
    else {
      splits.push(next);
      stack.push(children[2 * next + 1], children[2 * next]);
    }
  }
  return { segments, splits };
};

/** Whether nodes are asked for, and no granularity. @throws InputError where both are, or where it is no list */
export const areNodes = (asked: object): asked is ChosenNodes => {
  const { nodes, ...rest } = { ...asked } as Partial<ChosenNodes>;
  if (nodes === undefined) return false;
  const other = Object.entries(rest).find(([, value]) => value !== undefined)?.[0];
  if (other) throw new InputError(`Both nodes and ${other} were given, and nodes are the segments: leave one out`, { code: 'E_OPTION' });
  if (!Array.isArray(nodes) && !(ArrayBuffer.isView(nodes) && 'length' in nodes)) throw expected('a list of nodes', 'nodes', nodes);
  return true;
};

/** Index into the nodes of each cell. @throws InputError unless they have every element, each once */
const labelsOfNodes = (tree: CutTree, { nodes }: ChosenNodes): LabelMap => {
  const { cells, order, from, to } = tree;
  const indexOf = new Int32Array(order.length).fill(-1);
  let covered = 0;
  for (let i = 0; i < nodes.length; i++) {
    checkNode(tree, nodes[i]);
    for (let k = from[nodes[i]]; k < to[nodes[i]]; k++, covered++) {
      const before = indexOf[order[k]];
      if (before >= 0) throw new InputError(`The nodes ${nodes[before]} and ${nodes[i]} overlap: leave one out`, { code: 'E_OPTION' });
      indexOf[order[k]] = i;
    }
  }
  if (covered < order.length)
    throw new InputError(`The nodes leave out ${order.length - covered} of ${order.length} elements: give nodes that have all between them`, {
      code: 'E_OPTION',
    });
  return renamed(cells, (element) => indexOf[element]);
};

/** 1 for each node that is worth its split; what lies above it has no say. @param isLive whether a split counts at all */
export const keptSplits = ({ children, share, worth }: CutTree, price: number, ease: number, isLive = (_: number): boolean => true): Uint8Array => {
  const best = worth.slice();
  const kept = new Uint8Array(worth.length);
  for (let i = worth.length - 1; i >= 0; i--) {
    const a = children[2 * i];
    const b = children[2 * i + 1];
    if (a < 0 || !isLive(i)) continue;
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
