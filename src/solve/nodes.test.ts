import { beforeAll, describe, expect, it } from 'vitest';
import { random } from '../../test/random.ts';
import { noise } from '../../test/scenes.ts';
import type { CutTree, FeatureMap } from '../types.ts';
import { merge } from './merge/merge.ts';
import { partition } from './ncut/partition.ts';
import { nodeLike, splitNode } from './nodes.ts';
import { fourRegions as four } from './tree.cases.ts';
import { cut, elementsOf, nodesAt } from './tree.ts';

const FEATURES: FeatureMap = (() => {
  const r = random(7);
  const data = Float32Array.from({ length: 12 * 9 * 6 }, (_, i) => Math.cos((3 * (Math.floor(i / 6) % 12)) / 12 + (i % 6)) + 0.4 * r());
  return { data, width: 12, height: 9, channels: 6 };
})();

const trees: Record<string, CutTree> = {};
beforeAll(async () => {
  trees.merge = await merge(FEATURES, noise(60, 45, 3));
  trees.ncut = (await partition(FEATURES, { parity: false, treeTau: 2 })).tree;
});
const sizes = ({ from, to }: CutTree): number[] => Array.from(from, (start, i) => to[i] - start);

/** Whether nodes have a set of elements between them, each once. */
const expectToCover = (tree: CutTree, nodes: Int32Array, elements: Int32Array): void => {
  const all = [...nodes].flatMap((node) => [...elementsOf(tree, node)]);
  expect(all.sort((a, b) => a - b)).toEqual([...elements].sort((a, b) => a - b));
};

describe.each(['merge', 'ncut'])('nodes of %s', (solver) => {
  it.each([{ price: 0 }, { price: 0.002, ease: 0.4 }, { price: 0.01 }, { price: 0.5 }, { price: 1, ease: 1 }])(
    'are the segments at %j',
    async (at) => {
      const tree = trees[solver];
      const nodes = nodesAt(tree, at);
      expectToCover(tree, nodes, tree.order);
      const labels = await cut(tree, FEATURES, at);
      expect(await cut(tree, FEATURES, { nodes })).toEqual(labels);
      expect(await cut(tree, FEATURES, { nodes: [...nodes].reverse() })).toEqual({ ...labels, data: labels.data.map((id) => nodes.length - 1 - id) });
    },
  );

  it('fall apart into what the highest price leaves of them', () => {
    const tree = trees[solver];
    for (const ease of [0, 0.4, 1]) {
      for (let node = 0; node < tree.from.length; node++) {
        const parts = splitNode(tree, node, { ease });
        if (tree.children[2 * node] < 0) {
          expect(parts).toEqual(new Int32Array(0));
          continue;
        }
        expectToCover(tree, parts, elementsOf(tree, node));
        // the subtree as a tree of its own: the price is found by halving
        const own = subtree(tree, node);
        const at = (price: number): number[] => [...nodesAt(own.tree, { price, ease })].map((i) => own.nodes[i]).sort((a, b) => a - b);
        let [low, high] = [0, 1];
        if (at(0).length === 1) continue;
        for (let i = 0; i < 60; i++) {
          const middle = (low + high) / 2;
          if (at(middle).length > 1) low = middle;
          else high = middle;
        }
        if (low > 1e-9) expect([...parts].sort((a, b) => a - b)).toEqual(at(low * (1 - 1e-12)));
      }
    }
  });

  it('are found again by their masks, at the size of the cells and at others', async () => {
    const tree = trees[solver];
    const { data, width, height } = tree.cells;
    for (let node = 0; node < tree.from.length; node += 3) {
      const own = new Set(elementsOf(tree, node));
      const mask = Uint8Array.from(data, (element) => (own.has(element) ? 9 : 0));
      expect(nodeLike(tree, { data: mask, width, height })).toEqual({ node, iou: 1 });
      const twice = Array.from({ length: 4 * mask.length }, (_, i) => mask[Math.floor(i / (4 * width)) * width + (Math.floor(i / 2) % width)] > 0);
      expect(nodeLike(tree, { data: twice, width: 2 * width, height: 2 * height })).toEqual({ node, iou: 1 });
    }
  });

  it('are refused where they are none, overlap or leave something out', async () => {
    const tree = trees[solver];
    const [left, right] = tree.children;
    const refused: [unknown, RegExp][] = [
      [[0, left], new RegExp(`^The nodes 0 and ${left} overlap: leave one out$`)],
      [[left, left, right], new RegExp(`^The nodes ${left} and ${left} overlap`)],
      [[left], new RegExp(`^The nodes leave out ${sizes(tree)[right]} of ${tree.order.length} elements: give nodes`)],
      [[], /^The nodes leave out/],
      [[tree.from.length], /^Expected a whole number from 0 to \d+ for node but/],
      [[0.5], /for node but received 0.5/],
      [['0'], /for node but received "0"/],
      ['01', /^Expected a list of nodes for nodes but received "01"/],
      [{ length: 1, 0: 0 }, /^Expected a list of nodes/],
      [new DataView(new ArrayBuffer(1)), /^Expected a list of nodes/],
      [null, /^Expected a list of nodes/],
    ];
    for (const [nodes, sentence] of refused) await expect(cut(tree, FEATURES, { nodes } as never), String(nodes)).rejects.toThrow(sentence);
    await expect(cut(tree, FEATURES, { nodes: [0], price: 0.1 } as never)).rejects.toThrow(/^Both nodes and price were given/);
    expect((await cut(tree, FEATURES, { nodes: [0] })).data.every((id) => id === 0)).toBe(true);
    expect(() => nodesAt(tree, { nodes: [0] } as never)).toThrow(/^Unknown option of cut "nodes"/);
    expect(() => nodesAt(tree, { price: 0.1, join: 0.1 })).toThrow(/^Segments that were joined are no nodes of the tree: leave join out$/);
    expect(() => splitNode(tree, -1)).toThrow(/^Expected a whole number from 0 to/);
    expect(() => splitNode(tree, 0, { ease: 2 })).toThrow(/^Expected a number from 0 to 1 for ease/);
  });
});

/** A node and all below it as a tree, with the numbers that its nodes have in the whole. */
const subtree = (tree: CutTree, root: number): { tree: CutTree; nodes: number[] } => {
  const nodes = [root];
  for (const node of nodes) if (tree.children[2 * node] >= 0) nodes.push(tree.children[2 * node], tree.children[2 * node + 1]);
  const at = new Map(nodes.map((node, i) => [node, i]));
  const of = (values: Float64Array) => Float64Array.from(nodes, (node) => values[node]);
  const order = Int32Array.from(elementsOf(tree, root), (_, k) => k);
  const own = {
    ...tree,
    cells: { data: order, width: order.length, height: 1 },
    order,
    from: Int32Array.from(nodes, (node) => tree.from[node] - tree.from[root]),
    to: Int32Array.from(nodes, (node) => tree.to[node] - tree.from[root]),
    children: Int32Array.from(
      nodes.flatMap((node) => [tree.children[2 * node], tree.children[2 * node + 1]]),
      (child) => at.get(child) ?? -1,
    ),
    share: of(tree.share),
    worth: of(tree.worth),
    cut: tree.cut && { ...tree.cut, ncut: of(tree.cut.ncut) },
  };
  return { tree: own, nodes };
};

describe('nodes of a tree of cuts', () => {
  it.each([0, 0.3, 0.5, 0.9])('are the segments at tau %d', async (tau) => {
    const nodes = nodesAt(trees.ncut, { tau });
    expect(await cut(trees.ncut, FEATURES, { nodes })).toEqual(await cut(trees.ncut, FEATURES, { tau }));
  });

  it('are those of a tree that was built less deep, on request', async () => {
    const { tree } = await partition(FEATURES, { parity: false, treeTau: 0.75 });
    for (const at of [{ price: 0.001 }, { price: 0.01, ease: 0.4 }, { tau: 0.5 }]) {
      const shallow = await cut(tree, FEATURES, at);
      expect(await cut(trees.ncut, FEATURES, { nodes: nodesAt(trees.ncut, at, { treeTau: 0.75 }) })).toEqual(shallow);
    }
    expect(nodesAt(trees.ncut, { price: 0 }).length).toBeGreaterThan(nodesAt(trees.ncut, { price: 0 }, { treeTau: 0.75 }).length);
    expect(() => nodesAt(tree, { price: 0.1 }, { treeTau: 1 })).toThrow(
      /^Expected a number from 0 to 0.75, which the tree was built with, for treeTau/,
    );
    expect(() => nodesAt(trees.merge, { price: 0.1 }, { treeTau: 1 })).toThrow(/^Expected nothing, with a tree of regions, for treeTau/);
    expect(() => nodesAt(trees.merge, { tau: 0.5 })).toThrow(/has no tau: give a price$/);
  });
});

describe('splitNode', () => {
  it('gives two parts where the split pays by itself', () => {
    expect(splitNode(four([0.5, 0.375, 0.375, 0.25, 0.25, 0.25, 0.25]), 0)).toEqual(Int32Array.of(1, 2));
  });

  it('gives all that comes at once where it pays only by others below', () => {
    expect(splitNode(four([0.5, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25]), 0)).toEqual(Int32Array.of(6, 5, 4, 3));
    expect(splitNode(four([0.5, 0.25, 0.375, 0.25, 0.25, 0.25, 0.25]), 0)).toEqual(Int32Array.of(6, 5, 2)); // 0.375 / 2 beats 0.125 and 0.5 / 3
  });

  it('falls back to the children where nothing ever pays', () => {
    expect(splitNode(four([1, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25]), 0)).toEqual(Int32Array.of(1, 2));
    expect(splitNode(four([1, 0.25, 0.25, 0.125, 0.125, 0.125, 0.125]), 0)).toEqual(Int32Array.of(1, 2));
  });

  it('prefers small sides with more ease', () => {
    // the root alone gains 0.125 and cuts off a sixteenth; with the even pair below it 0.4375 for two
    const tree = four([0.5, 0.5, 0.125, 0.0625, 0.0625, 0.40625, 0.40625], [1, 0.9375, 0.0625, 0.03125, 0.03125, 0.46875, 0.46875]);
    expect(splitNode(tree, 0)).toEqual(Int32Array.of(6, 5, 2));
    expect(splitNode(tree, 0, { ease: 1 })).toEqual(Int32Array.of(1, 2));
  });
});

describe('nodeLike', () => {
  const tree = four([0.5, 0.375, 0.375, 0.25, 0.25, 0.25, 0.25]);

  it('counts a cell for as much of it as is inside', () => {
    expect(nodeLike(tree, { data: [1, 1, 0, 0], width: 4, height: 1 })).toEqual({ node: 2, iou: 1 });
    expect(nodeLike(tree, { data: [true, true, true, false], width: 4, height: 1 })).toEqual({ node: 0, iou: 0.75 });
    expect(nodeLike(tree, { data: [1, 0, 1, 0, 1, 0, 1, 0], width: 8, height: 1 })).toEqual({ node: 0, iou: 0.5 });
    expect(nodeLike(tree, { data: [0, 1], width: 2, height: 1 })).toEqual({ node: 1, iou: 1 });
    expect(nodeLike(tree, { data: [0, 1, 0, 1, 0, 1], width: 2, height: 3 })).toEqual({ node: 1, iou: 1 });
  });

  it('refuses what is no mask', () => {
    const refused: [unknown, RegExp][] = [
      [undefined, /^Expected \{ data, width, height \} for the mask/],
      [{ data: '1', width: 1, height: 1 }, /^Expected \{ data, width, height \}/],
      [{ data: [1], width: 1.5, height: 1 }, /for mask.width but received 1.5/],
      [{ data: [1], width: 1, height: -1 }, /for mask.height but received -1/],
      [{ data: [1, 1], width: 1, height: 1 }, /^Expected 1 x 1 pixels for mask.data/],
      [{ data: [0, 0], width: 1, height: 2 }, /^The mask has nothing inside: give one/],
    ];
    for (const [mask, sentence] of refused) expect(() => nodeLike(tree, mask as never)).toThrow(sentence);
  });
});
