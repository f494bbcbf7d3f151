/** The root of i's set, halving the path on the way. `parent[root]` is the root itself. */
export const findRoot = (parent: Int32Array, i: number): number => {
  let at = i;
  while (parent[at] !== at) {
    parent[at] = parent[parent[at]];
    at = parent[at];
  }
  return at;
};
