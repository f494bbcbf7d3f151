/** What is shown of a tree: exactly what a granularity splits, and what comes next. */
import { analyse, nodesAt } from 'diffcut';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Branch, branchesOf, type Cutting, leafNodes, lightOf, type Shown, withoutSplits } from './branches.ts';

const SIDE = 96;
/** Squares of 12 colours in a field. */
const picture = {
  data: Uint8Array.from({ length: 3 * SIDE * SIDE }, (_, i) => {
    const [x, y, c] = [Math.floor(i / 3) % SIDE, Math.floor(i / 3 / SIDE), i % 3];
    const square = Math.floor(x / 24) + 4 * Math.floor(y / 24);
    return x % 24 < 16 && y % 24 < 16 ? (60 * (square + 1) * (c + 1)) % 256 : 90;
  }),
  width: SIDE,
  height: SIDE,
};
const GRID = 12;
const features = {
  data: Float32Array.from({ length: GRID * GRID * 8 }, (_, i) => {
    const [token, channel] = [Math.floor(i / 8), i % 8];
    const [x, y] = [token % GRID, Math.floor(token / GRID)];
    return Math.sin((Math.floor(x / 3) + 1) * (channel + 1)) + Math.cos((Math.floor(y / 3) + 2) * (channel + 1.5)) + 0.1 * Math.sin(token * channel);
  }),
  width: GRID,
  height: GRID,
  channels: 8,
};

let trees: Record<'merge' | 'ncut', Awaited<ReturnType<typeof analyse>>>;
beforeAll(async () => {
  const [merge, ncut] = await Promise.all((['merge', 'ncut'] as const).map((solver) => analyse(picture, { features, solver, price: 1 })));
  trees = { merge, ncut };
});

const CASES: readonly ['merge' | 'ncut', Cutting][] = [
  ['merge', { price: 0.1, ease: 0.4 }],
  ['merge', { price: 0.02, ease: 0.4 }],
  ['merge', { price: 0.004, ease: 0 }],
  ['ncut', { price: 0.03, ease: 0.4 }],
  ['ncut', { tau: 0.3 }],
  ['ncut', { tau: 0.6 }],
  ['ncut', { tau: 0.75 }],
];

const isSplit = (cutting: Cutting, { at }: Branch): boolean => at !== undefined && ('tau' in cutting ? at < cutting.tau : at > cutting.price);

describe('branches of a tree', () => {
  it.each(CASES)('of %s at %o are split down to the segments of that granularity', (solver, cutting) => {
    const { tree } = trees[solver];
    const branches = branchesOf(tree, cutting);
    const segments = branches.filter((branch) => !isSplit(cutting, branch) && (branch.parent < 0 || isSplit(cutting, branches[branch.parent])));
    expect(segments.map(({ node }) => node).sort((a, b) => a - b)).toEqual([...nodesAt(tree, cutting)].sort((a, b) => a - b));
  });

  it.each(CASES)('of %s at %o fall apart later the lower they are, and have what is theirs between them', (solver, cutting) => {
    const { tree } = trees[solver];
    const branches = branchesOf(tree, cutting);
    for (const { node, parent, parts, at = 'tau' in cutting ? 2 : 0 } of branches) {
      const above = branches[parent]?.at;
      if (above !== undefined) expect('tau' in cutting ? at >= above : at <= above).toBe(true);
      if (parts.length === 0) continue;
      const elements = parts.flatMap((part) => [...tree.order.subarray(tree.from[branches[part].node], tree.to[branches[part].node])]);
      expect(elements.sort((a, b) => a - b)).toEqual([...tree.order.subarray(tree.from[node], tree.to[node])].sort((a, b) => a - b));
    }
    expect(leafNodes(branches)).toHaveLength(branches[0].leaves[1]);
    expect(leafNodes(branches).every((node) => node >= 0)).toBe(true);
  });

  it('are not more than can be read', () => {
    const { tree } = trees.merge;
    expect(branchesOf(tree, { price: 0, ease: 0 })[0].leaves[1]).toBeLessThan(75);
    const few = branchesOf(tree, { price: 1, ease: 0.4 });
    expect(few[0].leaves[1]).toBeGreaterThan(1);
    expect(few[0].leaves[1]).toBeLessThan(22);
  });

  it('of a tree that was built deeper are those of one that was not', async () => {
    const { tree } = await analyse(picture, { features, solver: 'ncut', treeTau: 1 });
    const cutting = { price: 0.005, ease: 0.4 };
    const branches = branchesOf(withoutSplits(tree, 0.5), cutting);
    const segments = branches.filter((branch) => !isSplit(cutting, branch) && (branch.parent < 0 || isSplit(cutting, branches[branch.parent])));
    const nodes = [...nodesAt(tree, cutting, { treeTau: 0.5 })];
    expect(nodes.length).toBeLessThan(nodesAt(tree, cutting).length);
    expect(segments.map(({ node }) => node).sort((a, b) => a - b)).toEqual(nodes.sort((a, b) => a - b));
    expect(withoutSplits(trees.merge.tree, 0.5)).toBe(trees.merge.tree);
  });

  it('are lit by their own leaves', () => {
    const { tree } = trees.merge;
    const branches = branchesOf(tree, { price: 0.02, ease: 0.4 });
    const labels = { data: new Int32Array(4), width: 2, height: 2 };
    const shown: Shown = { key: '', analysis: trees.merge, cutting: { price: 0.02, ease: 0.4 }, branches, labels };
    expect(lightOf(shown, 0)?.isIn.every((inside) => inside === 1)).toBe(true);
    const [first, second] = branches[0].parts.map((part) => lightOf(shown, branches[part].node)?.isIn as Uint8Array);
    expect(first.some((inside, k) => inside === 1 && second[k] === 1)).toBe(false);
    expect(lightOf(shown, undefined)).toBeUndefined();
    expect(lightOf(shown, -1)).toBeUndefined();
    expect(lightOf(undefined, 0)).toBeUndefined();
  });
});
