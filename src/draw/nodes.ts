/** Which node of the tree each drawn id shows, where nodes were chosen to be drawn. */
import { areasOf, renamed } from '../tensor/ids.ts';
import type { LabelMap } from '../types.ts';

/**
 * Drawn labels by the index of their nodes. Of a node in several pieces the largest has its index, the others ids after all
 * indices, as has what is transparent, in order of first appearance.
 * @param nodes that were drawn
 * @param indexOf of each segment's number while it was drawn
 * @param idOf of which segment each piece is, where they were split
 */
export const byNodes = (
  labels: LabelMap,
  nodes: ArrayLike<number>,
  indexOf: readonly number[],
  idOf?: ReadonlyMap<number, number>,
): LabelMap & { nodes: Int32Array } => {
  const shown = Array.from(nodes);
  const nameOf = new Map<number, number>();
  const taken = new Set<number>();
  for (const [piece] of [...areasOf(labels)].sort((a, b) => b[1] - a[1])) {
    // the sort is stable
    const index = indexOf[idOf?.get(piece) ?? piece];
    if (piece === labels.transparent || taken.has(index)) continue;
    taken.add(index);
    nameOf.set(piece, index);
  }
  for (const piece of areasOf(labels).keys()) {
    if (nameOf.has(piece)) continue;
    nameOf.set(piece, shown.push(piece === labels.transparent ? -1 : nodes[indexOf[idOf?.get(piece) ?? piece]]) - 1);
  }
  return { ...renamed(labels, (piece) => nameOf.get(piece) as number), nodes: Int32Array.from(shown) };
};
