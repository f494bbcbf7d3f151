/** What of a cut tree is shown: all that is split at a granularity, and what would fall apart next. Pure. */
import { type Analysis, type CutTree, type LabelMap, splitNode } from 'diffcut';

/** By what nodes are split: a price with its ease, or tau. */
export type Cutting = { price: number; ease: number } | { tau: number };

/** A node that is shown. Parents come before their parts. */
export interface Branch {
  node: number;
  /** Index of the branch above it; -1 for the whole picture. */
  parent: number;
  /** Indices of the parts that it falls apart into at once; empty where these are not shown. */
  parts: number[];
  /** It is in parts below this price, or above this tau; undefined where it never is. */
  at: number | undefined;
  /** Its own leaves, as places in their order: from the first to before the second. */
  leaves: [from: number, to: number];
}

/** What of a tree is shown, and its leaves drawn: an id a leaf. */
export interface Shown {
  key: string;
  analysis: Analysis;
  cutting: Cutting;
  branches: readonly Branch[];
  labels: LabelMap;
}

/** Leaves of which no further ones are shown: what a narrow panel can hold. */
const MOST_LEAVES = 60;
/** Leaves more than there are segments, and how far below these they lie. */
const MORE = 14;
const FURTHER = 2;

/** A tree of cuts without the splits of an NCut value and above, as if they had not been found. */
export const withoutSplits = (tree: CutTree, treeTau: number): CutTree => {
  if (!tree.cut) return tree;
  const { ncut } = tree.cut;
  return { ...tree, children: tree.children.map((child, i) => (ncut[i >> 1] < treeTau ? child : -1)) };
};

/** What a node falls apart into first, and where. */
interface Fall {
  nodes: number[];
  at: number;
}

/** By price: the segments just below the highest price at which a split in it pays, and that price. */
const byPrice = (tree: CutTree, node: number, ease: number): Fall | undefined => {
  const nodes = [...splitNode(tree, node, { ease })];
  if (nodes.length < 2) return undefined;
  const { parent, children, share, worth } = tree;
  const splits = new Set([node]);
  for (const part of nodes) for (let up = parent[part]; !splits.has(up); up = parent[up]) splits.add(up);
  let cost = 0;
  for (const split of splits) cost += Math.min(share[children[2 * split]], share[children[2 * split + 1]]) ** ease;
  const gain = nodes.reduce((sum, part) => sum + worth[part], -worth[node]);
  return { nodes, at: Math.max(0, gain / cost) };
};

/** By tau: the parts whose own NCut value is above the highest on the way to them. @param least of those above it */
const byTau = ({ cut, children }: CutTree, node: number, least: number): Fall | undefined => {
  const ncut = cut?.ncut ?? [];
  const at = Math.max(least, ncut[node]);
  const below = (one: number): number[] => [children[2 * one], children[2 * one + 1]].flatMap((part) => (isCut(part) ? below(part) : [part]));
  const isCut = (one: number): boolean => children[2 * one] >= 0 && ncut[one] <= at;
  return children[2 * node] < 0 ? undefined : { nodes: below(node), at };
};

/**
 * The branches of a tree, the whole picture first: those that are split at a granularity, up to 60 leaves, then those that come next.
 * @param tree of one picture, without tiles
 */
export const branchesOf = (tree: CutTree, cutting: Cutting): Branch[] => {
  const isTau = 'tau' in cutting;
  const isSplit = (at: number): boolean => (isTau ? at < cutting.tau : at > cutting.price);
  const branches: Branch[] = [];
  const falls: (Fall | undefined)[] = [];
  /** 0 where it is split, 1 for a segment, more for what lies below one. */
  const depths: number[] = [];
  const add = (node: number, parent: number, least: number, depth: number): void => {
    const fall = isTau ? byTau(tree, node, least) : byPrice(tree, node, cutting.ease);
    branches.push({ node, parent, parts: [], at: fall?.at, leaves: [0, 0] });
    falls.push(fall);
    depths.push(fall && isSplit(fall.at) ? 0 : depth + 1);
  };
  add(0, -1, 0, 0);
  let leaves = 1;
  const open = (): number => {
    let next = -1;
    for (const [i, fall] of falls.entries()) {
      if (!fall || branches[i].parts.length > 0 || depths[i] > FURTHER) continue;
      const best = falls[next]?.at;
      if (best === undefined || (isTau ? fall.at < best : fall.at > best)) next = i;
    }
    return next;
  };
  let most = MOST_LEAVES;
  for (let i = open(); i >= 0 && leaves < most; i = open()) {
    const { nodes, at } = falls[i] as Fall;
    if (!isSplit(at) && most === MOST_LEAVES) most = Math.min(MOST_LEAVES, leaves + MORE);
    if (leaves >= most) break;
    for (const node of nodes) {
      branches[i].parts.push(branches.length);
      add(node, i, at, depths[i]);
    }
    leaves += nodes.length - 1;
  }
  numberLeaves(branches, 0, 0);
  return branches;
};

/** Numbers the leaves below a branch. @returns the number after them */
const numberLeaves = (branches: Branch[], index: number, from: number): number => {
  const branch = branches[index];
  let to = branch.parts.length === 0 ? from + 1 : from;
  for (const part of branch.parts) to = numberLeaves(branches, part, to);
  branch.leaves = [from, to];
  return to;
};

/** The nodes of the leaves, in their order: they have the whole picture between them. */
export const leafNodes = (branches: readonly Branch[]): number[] => {
  const out: number[] = [];
  for (const { node, parts, leaves } of branches) if (parts.length === 0) out[leaves[0]] = node;
  return out;
};

/** The pixels of a node that is shown: labels, and which of them are inside. Undefined where it is not shown. */
export const lightOf = (shown: Shown | undefined, node: number | undefined): { labels: LabelMap; isIn: Uint8Array } | undefined => {
  const branch = node === undefined ? undefined : shown?.branches.find((one) => one.node === node);
  if (!shown || !branch) return undefined;
  return { labels: shown.labels, isIn: new Uint8Array(shown.branches[0].leaves[1]).fill(1, ...branch.leaves) };
};
