/** Other ids for the segments of a map: from a first one on, and 0 for what is no object. */
import { NUMBERING } from '../options/export.ts';
import { type Given, resolveOptions } from '../options/spec.ts';
import { type AnyLabels, areasOfRuns, isRuns, type RunMap, renamedRuns, toRuns } from '../tensor/runs.ts';
import type { LabelMap, Segment, Watch } from '../types.ts';
import { checkAnyLabels } from './check.ts';

export interface Renumbered<L extends AnyLabels> {
  labels: L;
  /** The new id of each old one. */
  ids: Map<number, number>;
  /** 0, where there is a background. */
  background?: 0;
}

/** Ids that occur along the frame of the picture. */
const borderIds = ({ height, rowStart, id }: RunMap): Set<number> => {
  const ids = new Set<number>();
  for (const y of [0, height - 1]) for (let run = rowStart[y]; run < rowStart[y + 1]; run++) ids.add(id[run]);
  for (let y = 0; y < height; y++) ids.add(id[rowStart[y]]).add(id[rowStart[y + 1] - 1]);
  return ids;
};

const largestOf = (areas: ReadonlyMap<number, number>): number[] => {
  let [largest, most] = [-1, 0];
  for (const [id, area] of areas) if (area > most) [largest, most] = [id, area];
  return [largest];
};

/** Which segments are background, by name; the transparent one is, wherever there is a background. */
const BACKGROUNDS: Record<
  (typeof NUMBERING)['background']['values'][number],
  (runs: RunMap, areas: ReadonlyMap<number, number>) => Iterable<number>
> = {
  none: () => [],
  largest: ({ transparent = -1 }, areas) => largestOf(new Map([...areas].filter(([id]) => id !== transparent))),
  border: borderIds,
  zero: () => [0],
};

/**
 * Segments under ids without gaps, in the order of the old ones, from `firstId` on. With a background its segments are 0 together,
 * what is transparent with them, and the others start at 1 at least.
 * @param labels with ids of 0 or more
 * @throws InputError for labels that are none; the signal's reason once aborted
 */
export const renumber = async <L extends AnyLabels>(labels: L, given: Given<typeof NUMBERING> & Watch = {}): Promise<Renumbered<L>> => {
  const { firstId, background, ...watch } = resolveOptions('renumber', NUMBERING, given);
  checkAnyLabels(labels);
  const runs: RunMap = isRuns(labels) ? labels : await toRuns(labels, watch);
  const areas = areasOfRuns(runs);
  const grounds = new Set(BACKGROUNDS[background](runs, areas));
  if (background !== 'none' && runs.transparent !== undefined) grounds.add(runs.transparent);
  const ids = new Map<number, number>();
  let next = background === 'none' ? firstId : Math.max(1, firstId);
  for (const id of [...areas.keys()].sort((a, b) => a - b)) ids.set(id, grounds.has(id) ? 0 : next++);
  return { labels: underIds(labels, ids, background !== 'none'), ids, ...(background !== 'none' && { background: 0 as const }) };
};

/** The same under other ids. @param isOpaque whether what is transparent is no segment of its own any more */
export const underIds = <L extends AnyLabels>(labels: L, ids: ReadonlyMap<number, number>, isOpaque: boolean): L => {
  const idOf = (id: number): number => ids.get(id) as number;
  const { transparent, ...renamed } = isRuns(labels)
    ? renamedRuns(labels, idOf)
    : { ...(labels as LabelMap), data: (labels as LabelMap).data.map(idOf) };
  const kept = labels.transparent === undefined || isOpaque ? undefined : ids.get(labels.transparent);
  return { ...renamed, ...(kept !== undefined && { transparent: kept }) } as AnyLabels as L;
};

type Box = Segment['boxXYWH'];

const around = ([l, t, w, h]: Box, [left, top, width, height]: Box): Box => {
  const [x, y] = [Math.min(l, left), Math.min(t, top)];
  return [x, y, Math.max(l + w, left + width) - x, Math.max(t + h, top + height) - y];
};

/** Two segments as one, which has the name of neither. */
export const together = (a: Segment, b: Segment): Segment => {
  const area = a.area + b.area;
  const mean = <T extends number[]>(p: T, q: T): T => p.map((v, i) => (v * a.area + q[i] * b.area) / area) as T;
  const { name, score, transparent, ...rest } = a;
  return { ...rest, area, boxXYWH: around(a.boxXYWH, b.boxXYWH), centroidXY: mean(a.centroidXY, b.centroidXY), meanRgb: mean(a.meanRgb, b.meanRgb) };
};

/** What is known of segments, under the ids that `renumber` gave, ascending; those of one id together. */
export const renumberSegments = (segments: readonly Segment[], ids: ReadonlyMap<number, number>): Segment[] => {
  const byId = new Map<number, Segment>();
  for (const segment of segments) {
    const id = ids.get(segment.id) ?? segment.id;
    const before = byId.get(id);
    byId.set(id, before ? together(before, { ...segment, id }) : { ...segment, id });
  }
  return [...byId.values()].sort((a, b) => a.id - b.id);
};
