/** Trees that grow from their leaves, by joins. */
import type { CutTree } from '../types.ts';

/**
 * A binary tree over `count` elements: its nodes are numbered from the end, so that parents come before children; leaf
 * `2 count - 2 - e` is element e.
 */
export const growTree = (count: number) => {
  const nodes = 2 * count - 1;
  let made = count;
  const children = new Int32Array(2 * nodes).fill(-1);
  const [share, worth, cost] = [new Float64Array(nodes), new Float64Array(nodes), new Float64Array(nodes)];
  return {
    nodes: { share, worth, cost },
    leaf: (element: number): number => nodes - 1 - element,
    /** @returns the node that stands for both */
    join(a: number, b: number): number {
      const node = nodes - 1 - made++;
      children[2 * node] = a;
      children[2 * node + 1] = b;
      return node;
    },
    set(node: number, ofShare: number, ofWorth: number, ofCost: number): void {
      share[node] = ofShare;
      worth[node] = ofWorth;
      cost[node] = ofCost;
    },
    finish: () => ({ ...spansOf(children, count), share, worth, cost }),
  };
};

/** Parents, and the elements in such an order that each node's stand together. */
const spansOf = (children: Int32Array, count: number): Pick<CutTree, 'order' | 'from' | 'to' | 'parent' | 'children'> => {
  const nodes = 2 * count - 1;
  const parent = new Int32Array(nodes).fill(-1);
  const from = new Int32Array(nodes);
  const to = new Int32Array(nodes);
  for (let node = 0; node < nodes; node++) for (const side of [0, 1]) if (children[2 * node] >= 0) parent[children[2 * node + side]] = node;
  for (let node = nodes - 1; node >= 0; node--) to[node] = children[2 * node] < 0 ? 1 : to[children[2 * node]] + to[children[2 * node + 1]]; // how many, so far
  const order = new Int32Array(count);
  for (let node = 0; node < nodes; node++) {
    const [one, other] = [children[2 * node], children[2 * node + 1]];
    to[node] += from[node];
    if (one < 0) order[from[node]] = nodes - 1 - node;
    else {
      from[one] = from[node];
      from[other] = from[node] + to[one];
    }
  }
  return { order, from, to, parent, children };
};
