/** A tree of cuts pruned to so many segments: the best there are. */
import type { CutTree } from '../types.ts';

/** Of a node, by how many segments it is left in, less one: what they explain together, and how many of them are its first part's. */
interface Best {
  worth: Float64Array;
  first: Uint16Array;
}

/**
 * The nodes that explain most, `count` of them with all elements between them; all leaves where there are fewer. What a price
 * gives is best for its own number of segments (`cut`), but no price need give the number that is wanted.
 * @param count 1 to 65,535
 */
export const bestNodes = (tree: CutTree, count: number): Int32Array => {
  const { children } = tree;
  const best = bestByCount(tree, count);
  const nodes: number[] = [];
  const stack: [node: number, count: number][] = [[0, best[0].worth.length]];
  for (let next = stack.pop(); next; next = stack.pop()) {
    const [node, left] = next;
    const first = best[node].first[left - 1];
    if (first === 0) nodes.push(node);
    else stack.push([children[2 * node + 1], left - first], [children[2 * node], first]);
  }
  return Int32Array.from(nodes);
};

/** From the leaves up; a node's parts have higher numbers. */
const bestByCount = ({ children, worth }: CutTree, most: number): Best[] => {
  const best: Best[] = new Array(worth.length);
  for (let node = worth.length - 1; node >= 0; node--) {
    const [one, other] = [children[2 * node], children[2 * node + 1]];
    best[node] = one < 0 ? { worth: Float64Array.of(worth[node]), first: new Uint16Array(1) } : joined(worth[node], best[one], best[other], most);
  }
  return best;
};

const joined = (whole: number, one: Best, other: Best, most: number): Best => {
  const length = Math.min(most, one.worth.length + other.worth.length);
  const out: Best = { worth: new Float64Array(length).fill(-Infinity), first: new Uint16Array(length) };
  out.worth[0] = whole;
  for (let a = 1; a <= one.worth.length; a++) {
    for (let b = 1; b <= other.worth.length && a + b <= length; b++) {
      const worth = one.worth[a - 1] + other.worth[b - 1];
      if (worth <= out.worth[a + b - 1]) continue;
      out.worth[a + b - 1] = worth;
      out.first[a + b - 1] = a;
    }
  }
  return out;
};
