import { expected } from '../errors.ts';
import type { CutTree, LabelMap } from '../types.ts';

/** Labels of the segments that a choice of live splits leaves: ids 0..K-1 by first appearance, row by row. */
export const labelsOf = ({ width, height, nodes }: CutTree, isSplit: (index: number) => boolean): LabelMap => {
  const segmentOf = new Int32Array(width * height);
  for (const stack = [0]; stack.length > 0; ) {
    const index = stack.pop() as number;
    const { tokens, children } = nodes[index];
    if (children && isSplit(index)) stack.push(...children);
    else for (const t of tokens) segmentOf[t] = index;
  }
  const ids = new Map<number, number>();
  const data = segmentOf.map((segment) => {
    if (!ids.has(segment)) ids.set(segment, ids.size);
    return ids.get(segment) as number;
  });
  return { data, width, height };
};

/**
 * The partition of any tau up to the tree's, without an eigenproblem: a split is live when its own NCut
 * value and those of all its ancestors are below tau.
 * @throws InputError for a tau above `tree.treeTau`: those splits were never looked for
 */
export const cutAt = (tree: CutTree, tau: number): LabelMap => {
  if (!Array.isArray(tree?.nodes)) throw expected('the tree that partition gave', 'tree', tree);
  if (!(tau >= 0 && tau <= tree.treeTau))
    throw expected(`a number from 0 to ${tree.treeTau} (the tree's treeTau: build it with a higher one)`, 'tau', tau);
  return labelsOf(tree, (index) => tree.nodes[index].ncut < tau);
};
