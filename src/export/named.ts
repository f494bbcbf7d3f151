/** Segments that have names: those of one name joined, or all others left out. */
import { expected, InputError } from '../errors.ts';
import { type AnyLabels, eachContact, isRuns, type RunMap, toRuns } from '../tensor/runs.ts';
import { findRoot } from '../tensor/union-find.ts';
import type { Segment, Watch } from '../types.ts';
import { checkAnyLabels } from './check.ts';
import { together, underIds } from './renumber.ts';

/** A label map and what is known of its segments. */
export interface Named<L extends AnyLabels = AnyLabels> {
  labels: L;
  segments: Segment[];
}

const checkSegments = (segments: readonly Segment[]): void => {
  if (!Array.isArray(segments) || !segments.every((one) => Number.isInteger(one?.id))) throw expected('a list of segments', 'segments', segments);
};

/** Calls `visit` for every two segments that touch, maybe many times. */
const eachTouch = (runs: RunMap, visit: (a: number, b: number) => void): void => {
  const { height, rowStart, id } = runs;
  for (let y = 0; y < height; y++) for (let run = rowStart[y] + 1; run < rowStart[y + 1]; run++) visit(id[run - 1], id[run]);
  eachContact(runs, (above, below) => visit(id[above], id[below]));
};

/** Index of the first segment of each group: those that touch and have one name. */
const groupsOf = (runs: RunMap, segments: readonly Segment[]): Int32Array => {
  const parent = Int32Array.from(segments, (_, i) => i);
  const index = new Map(segments.map(({ id }, i) => [id, i]));
  eachTouch(runs, (a, b) => {
    const [i, j] = [index.get(a) as number, index.get(b) as number];
    const name = segments[i]?.name;
    if (i === j || name === undefined || name !== segments[j]?.name) return;
    const [p, q] = [findRoot(parent, i), findRoot(parent, j)];
    parent[Math.max(p, q)] = Math.min(p, q);
  });
  return parent.map((_, i) => findRoot(parent, i));
};

/** Two segments of one name as one: its score is the mean by area. */
const joined = (a: Segment, b: Segment): Segment => {
  const score = a.score !== undefined && b.score !== undefined ? (a.score * a.area + b.score * b.area) / (a.area + b.area) : undefined;
  return { ...together(a, b), ...(a.name !== undefined && { name: a.name }), ...(score !== undefined && { score }) };
};

/** By area, the largest 0; equal ones as they stood. Segments of a group are one. */
const renumbered = <L extends AnyLabels>({ labels, segments }: Named<L>, groups: Int32Array): Named<L> => {
  const byGroup = new Map<number, Segment>();
  for (const [i, segment] of segments.entries()) {
    const before = byGroup.get(groups[i]);
    byGroup.set(groups[i], before ? joined(before, segment) : segment);
  }
  const order = [...byGroup].sort(([, a], [, b]) => b.area - a.area); // the sort is stable
  const idOf = new Map(order.map(([group], id) => [group, id]));
  const ids = new Map(segments.map(({ id }, i) => [id, idOf.get(groups[i]) as number]));
  return { labels: underIds(labels, ids, false), segments: order.map(([, segment], id) => ({ ...segment, id })) };
};

const asRuns = async (labels: AnyLabels, watch: Watch): Promise<RunMap> => (isRuns(labels) ? labels : toRuns(labels, watch));

/**
 * Segments that touch (side by side, not at corners) and have the same name become one, whose score is the mean by area. Those
 * without a name stay as they are. Ids are anew 0..K-1 by area, the largest first.
 * @param labels of ids that `segments` has
 * @throws InputError for labels or segments that are none; the signal's reason once aborted
 */
export const mergeNamed = async <L extends AnyLabels>(labels: L, segments: readonly Segment[], watch: Watch = {}): Promise<Named<L>> => {
  checkAnyLabels(labels);
  checkSegments(segments);
  const runs = await asRuns(labels, watch);
  checkKnown(runs, segments);
  return renumbered({ labels, segments: [...segments] }, groupsOf(runs, segments));
};

/** @throws InputError for an id that no segment has */
const checkKnown = ({ id }: RunMap, segments: readonly Segment[]): void => {
  const known = new Set(segments.map((segment) => segment.id));
  const odd = id.find((one) => !known.has(one));
  if (odd !== undefined) throw new InputError(`The labels have the id ${odd}, which none of the segments has: give all segments of the labels`);
};

/**
 * Only the segments of these names: all else is 0, and they are 1..K in the order of their ids.
 * @throws InputError for labels or segments that are none; the signal's reason once aborted
 */
export const onlyNamed = async <L extends AnyLabels>(
  labels: L,
  segments: readonly Segment[],
  names: readonly string[],
  watch: Watch = {},
): Promise<Named<L>> => {
  checkAnyLabels(labels);
  checkSegments(segments);
  checkKnown(await asRuns(labels, watch), segments);
  const wanted = new Set(names);
  const shown = [...segments].filter(({ name }) => name !== undefined && wanted.has(name)).sort((a, b) => a.id - b.id);
  const ids = new Map(segments.map(({ id }) => [id, 0]));
  for (const [k, { id }] of shown.entries()) ids.set(id, k + 1);
  return { labels: underIds(labels, ids, true), segments: shown.map((segment, k) => ({ ...segment, id: k + 1 })) };
};
