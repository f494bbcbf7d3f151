/** Other ids for the segments of a map: from a first one on, and 0 for what is no object. */
import { NUMBERING } from '../options/export.ts';
import { type Given, resolveOptions } from '../options/spec.ts';
import { type AnyLabels, areasOfRuns, isRuns, type RunMap, renamedRuns, toRuns } from '../tensor/runs.ts';
import type { LabelMap, Watch } from '../types.ts';
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

const underIds = <L extends AnyLabels>(labels: L, ids: ReadonlyMap<number, number>, isOpaque: boolean): L => {
  const idOf = (id: number): number => ids.get(id) as number;
  const { transparent, ...renamed } = isRuns(labels)
    ? renamedRuns(labels, idOf)
    : { ...(labels as LabelMap), data: (labels as LabelMap).data.map(idOf) };
  const kept = labels.transparent === undefined || isOpaque ? undefined : ids.get(labels.transparent);
  return { ...renamed, ...(kept !== undefined && { transparent: kept }) } as AnyLabels as L;
};
