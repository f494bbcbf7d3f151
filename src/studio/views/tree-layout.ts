/** Where the nodes of a cut tree lie in its drawing: across by their share, down by where they fall apart. Pure. */
import type { TreeBranch, TreeView } from '../types.ts';

/** Of the drawing, in units of its own. */
export const WIDTH = 300;
/** Room for the splits, from the first to the last, and for what lies above and below them. */
const DEEP = 300;
const HEAD = 20;
const FOOT = 22;
/** Of the narrowest leaf and the lowest row. */
const NARROW = 4;
const LOW = 8;

export interface Place {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Layout {
  /** By branch. */
  places: Place[];
  height: number;
  /** The height of the granularity that is in force. */
  now: number;
}

/** Across: every leaf is wide enough to be met, the rest goes by share. */
const across = (branches: readonly TreeBranch[]): { from: Float64Array; to: Float64Array } => {
  const leaves = branches.filter(({ parts }) => parts.length === 0);
  const least = Math.min(NARROW, WIDTH / leaves.length);
  const all = leaves.reduce((sum, { share }) => sum + share, 0);
  const spare = WIDTH - least * leaves.length;
  const from = new Float64Array(branches.length);
  const to = new Float64Array(branches.length);
  let x = 0;
  const visit = (index: number): void => {
    from[index] = x;
    const { parts, share } = branches[index];
    if (parts.length === 0) x += least + (spare * share) / all;
    for (const part of parts) visit(part);
    to[index] = x;
  };
  visit(0);
  return { from, to };
};

/** Down: a row for each split, by ratio of prices or by difference of taus, none too low. */
const down = ({ branches, way }: TreeView): { levels: number[]; rows: number[] } => {
  const scale = (at: number): number => (way === 'tau' ? at : -Math.log(Math.max(at, 1e-9)));
  const levels = [...new Set(branches.flatMap(({ at, parts }) => (at === undefined || parts.length === 0 ? [] : [at])))];
  levels.sort((a, b) => scale(a) - scale(b));
  const range = levels.length > 1 ? scale(levels[levels.length - 1]) - scale(levels[0]) : 0;
  const spare = Math.max(0, DEEP - LOW * levels.length);
  const rows: number[] = [];
  for (const [i, at] of levels.entries()) rows.push(i === 0 ? HEAD : rows[i - 1] + LOW + (spare * (scale(at) - scale(levels[i - 1]))) / range);
  return { levels, rows };
};

/** @returns places of all branches; the whole picture lies at the top, as wide as the drawing */
export const layoutOf = (view: TreeView): Layout => {
  const { branches, way, now } = view;
  const { from, to } = across(branches);
  const { levels, rows } = down(view);
  const rowOf = new Map(levels.map((at, i) => [at, rows[i]]));
  const height = (rows[rows.length - 1] ?? 0) + FOOT;
  const bottomOf = ({ at, parts }: TreeBranch): number => (parts.length > 0 && at !== undefined ? (rowOf.get(at) as number) : height);
  const places = branches.map((branch, i): Place => {
    const y = branch.parent < 0 ? 0 : bottomOf(branches[branch.parent]);
    return { x: from[i], y, width: to[i] - from[i], height: bottomOf(branch) - y };
  });
  const below = levels.findIndex((at) => (way === 'tau' ? at >= now : at <= now));
  const next = below < 0 ? height : rows[below];
  return { places, height, now: ((below === 0 ? 0 : (rows[below < 0 ? rows.length - 1 : below - 1] ?? 0)) + next) / 2 };
};
