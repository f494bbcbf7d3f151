/** The cut tree of a picture, held against its regions as they are; and the light on one node of it. */
import { type Analysis, draw, InputError, type LabelMap, usedOptions } from 'diffcut';
import type { Sheet } from '../edit/index.ts';
import type { Settings, TreeBranch, TreeView } from '../types.ts';
import { type Branch, branchesOf, type Cutting, leafNodes, type Shown, withoutSplits } from './branches.ts';
import { analysisOf, type Open, picture } from './desk.ts';
import { drawingOf, granularity, PREVIEW, USUAL_TREE_TAU } from './regions.ts';
import type { Context } from './wire.ts';

const cuttingOf = (analysis: Analysis, settings: Settings): Cutting => {
  const { tau, price, ease } = usedOptions(analysis, granularity(settings), drawingOf(settings));
  return tau !== null ? { tau } : { price: price ?? 0, ease: ease ?? 0 };
};

const shownOf = async (open: Open, context: Context): Promise<Shown> => {
  const { settings } = open.row;
  const analysis = await analysisOf(open, settings, context);
  const cutting = cuttingOf(analysis, settings);
  const refine = settings.refine === 'pamr' || settings.refine === 'crf' ? 'edges' : settings.refine; // which take longer than a look
  const key = JSON.stringify([cutting, refine]);
  if (open.tree?.key === key && open.tree.analysis === analysis) return open.tree;
  const branches = branchesOf('tau' in cutting ? analysis.tree : withoutSplits(analysis.tree, USUAL_TREE_TAU), cutting);
  const labels = await draw(analysis, { nodes: leafNodes(branches) }, { refine, size: PREVIEW, signal: context.signal });
  open.tree = { key, analysis, cutting, branches, labels };
  return open.tree;
};

/** Pixels of each region in each leaf, of the leaves' map; a row a region. */
const overlapsOf = ({ data, width, height }: LabelMap, leaves: number, sheet: Sheet): Map<number, Float64Array> => {
  const rows = new Map<number, Float64Array>();
  for (let y = 0, i = 0; y < height; y++) {
    const from = Math.floor(((y + 0.5) * sheet.height) / height) * sheet.width;
    for (let x = 0; x < width; x++, i++) {
      const id = sheet.data[from + Math.floor(((x + 0.5) * sheet.width) / width)];
      const row = rows.get(id) ?? new Float64Array(leaves);
      row[data[i]]++;
      rows.set(id, row);
    }
  }
  return rows;
};

const sumOf = (values: Float64Array, [from, to]: readonly [number, number] = [0, values.length]): number => {
  let sum = 0;
  for (let k = from; k < to; k++) sum += values[k];
  return sum;
};

/** From this on a region and a branch are the same, for the most part. */
const SAME = 0.5;

/** What the regions are to the branches: each is the one that it is most like, or stands in its place where no other lies in that. */
const statesOf = (branches: readonly Branch[], overlaps: Map<number, Float64Array>): Pick<TreeBranch, 'state' | 'regions'>[] => {
  const leaves = branches[0].leaves[1];
  const areas = new Float64Array(leaves);
  for (const row of overlaps.values()) for (let k = 0; k < leaves; k++) areas[k] += row[k];
  const ious = new Map([...overlaps].map(([id, row]) => [id, branches.map(({ leaves: range }) => iouOf(row, areas, range))]));
  const inside = branches.map(({ leaves: range }) => [...overlaps].filter(([, row]) => 2 * sumOf(row, range) > sumOf(row)).map(([id]) => id));
  const of = branches.map((): number[] => []);
  for (const [id, all] of ious) of[all.indexOf(Math.max(...all))].push(id);
  for (let i = branches.length - 1; i > 0; i--) of[branches[i].parent].push(...of[i]);
  const states: Pick<TreeBranch, 'state' | 'regions'>[] = [];
  for (const [i, { parent, leaves: range }] of branches.entries()) {
    const isBelow = states[parent]?.state === 'region' || states[parent]?.state === 'within' || states[parent]?.state === 'lost';
    const [id] = of[i];
    if (sumOf(areas, range) === 0) states.push({ state: 'lost', regions: [] });
    else if (isBelow || of[i].length === 0) states.push({ state: 'within', regions: [] });
    else if (of[i].length === 1 && (ious.get(id)?.[i] ?? 0) >= SAME) states.push({ state: 'region', regions: [id] });
    else states.push({ state: 'split', regions: inside[i] });
  }
  return states;
};

/** Intersection over union of a region and a branch. */
const iouOf = (row: Float64Array, areas: Float64Array, range: readonly [number, number]): number => {
  const both = sumOf(row, range);
  return both / (sumOf(row) + sumOf(areas, range) - both);
};

/** The cost of the join that made a node, or the NCut value of its split; undefined where there is none. */
const measureOf = ({ tree }: Analysis, node: number): number | undefined => {
  const value = tree.children[2 * node] < 0 ? undefined : (tree.cost ?? tree.cut?.ncut)?.[node];
  return value !== undefined && Number.isFinite(value) ? value : undefined;
};

export const treeHandlers = {
  /** The tree above the granularity that is in force, and what lies just below it. @throws InputError where there are no regions yet */
  tree: async ({ id }: { id: string }, context: Context): Promise<TreeView> => {
    const open = await picture(id);
    if (!open.sheet) throw new InputError('The picture has no regions yet');
    const { analysis, branches, labels, cutting } = await shownOf(open, context);
    const states = statesOf(branches, overlapsOf(labels, branches[0].leaves[1], open.sheet));
    const isTau = 'tau' in cutting;
    return {
      picture: id,
      version: open.version,
      way: isTau ? 'tau' : 'price',
      now: isTau ? cutting.tau : cutting.price,
      measure: analysis.tree.cut ? 'ncut' : 'cost',
      branches: branches.map(({ node, parent, parts, at }, i) => ({
        node,
        parent,
        parts,
        at,
        share: analysis.tree.share[node],
        ...states[i],
        value: measureOf(analysis, node),
      })),
    };
  },
};
