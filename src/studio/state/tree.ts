/** The cut tree of the picture on the stage, while somebody looks at it; and what is done to its nodes. */
import { computed, effect, signal } from '@preact/signals';
import { texts } from '../texts.ts';
import type { TreeBranch, TreeView } from '../types.ts';
import { bridge, latest, say } from './bridge.ts';
import { edit, select } from './edit.ts';
import * as work from './work.ts';

const found = signal<TreeView | undefined>();
const isOpen = signal(false);

/** The tree as it is shown; undefined until it is there. */
export const tree = computed(() => (found.value?.picture === work.activeId.value ? found.value : undefined));

/** The node that the keyboard is on. */
export const currentNode = signal(0);

const look = latest(async (id: string): Promise<void> => {
  found.value = await bridge.call('tree', { id }, { key: 'tree', priority: 1 });
  if (!found.value.branches.some(({ node }) => node === currentNode.value)) currentNode.value = 0;
});

effect(() => {
  const { value: regions } = work.regions;
  if (isOpen.value && regions) void look(regions.picture);
});
effect(() => {
  if (!tree.value) work.litNode.value = undefined;
});

/** @returns to be called when nobody looks any more */
export const openTree = (): (() => void) => {
  isOpen.value = true;
  return () => {
    isOpen.value = false;
    work.litNode.value = undefined;
  };
};

const indexOf = ({ branches }: TreeView, node: number): number => branches.findIndex((branch) => branch.node === node);

/** Parent, first part, and the parts before and after a node. */
const WAYS: Record<string, (view: TreeView, index: number) => number | undefined> = {
  ArrowUp: ({ branches }, i) => branches[i].parent,
  ArrowDown: ({ branches }, i) => branches[i].parts[0],
  ArrowLeft: (view, i) => beside(view, i, -1),
  ArrowRight: (view, i) => beside(view, i, 1),
  Home: () => 0,
};
const beside = ({ branches }: TreeView, i: number, by: number): number | undefined => {
  const parts = branches[branches[i].parent]?.parts ?? [];
  return parts[parts.indexOf(i) + by];
};

/** The node that a key leads to; undefined where it leads nowhere. */
export const nodeTowards = (key: string): number | undefined => {
  const { value: view } = tree;
  const next = view && WAYS[key]?.(view, indexOf(view, currentNode.value));
  return next === undefined ? undefined : view?.branches[next]?.node;
};

/** The region that a branch lies in, the branch that is that region, and what it falls apart into so that the branch comes out. */
const around = ({ branches }: TreeView, index: number): { id: number; node: number; parts: number[] } | undefined => {
  const parts = branches[index].parts.map((part) => branches[part].node);
  let below = index;
  const out = branches[index].state === 'region' ? parts : [branches[index].node];
  for (let at = index; at >= 0; below = at, at = branches[at].parent) {
    if (at !== index) for (const part of branches[at].parts) if (part !== below) out.push(branches[part].node);
    if (branches[at].state === 'region') return { id: branches[at].regions[0], node: branches[at].node, parts: out };
  }
  return undefined;
};

export const branchAt = (node: number): TreeBranch | undefined => tree.value?.branches.find((branch) => branch.node === node);

/** Joins what is split at a node, and splits there where it is not: a step like any other. */
export const turnNode = async (node: number): Promise<void> => {
  const { value: view } = tree;
  const branch = branchAt(node);
  if (!view || !branch) return;
  if (branch.state === 'split') {
    if (branch.regions.length < 2) return say(texts.tree.nothingToJoin);
    await edit({ kind: 'merge', ids: branch.regions });
    return;
  }
  const place = around(view, indexOf(view, node));
  if (!place) return say(texts.tree.noRegion);
  await edit({ kind: 'deeper', id: place.id, ...(place.parts.length > 1 && { by: { node: place.node, parts: place.parts } }) });
};

/** Selects the regions in a node. */
export const selectNode = (node: number): void => select(branchAt(node)?.regions ?? []);
