/** The lanes of `segmentMany` in Node: processes where there is a built package, else this thread. */
import type { EncoderRow } from '../models/table.ts';
import { type Lanes, lanesHere, type Opening } from './lanes.ts';
import { isBuilt, openPool, usualCount } from './pool-node.ts';
import { type SegmentTask, segmentTask, type Told } from './segmenting.ts';

const ENTRY = new URL('./segmenting-entry-node.js', import.meta.url);

/** How many pictures at a time where nobody says. */
export const usualLanes = (row: EncoderRow, device: string | undefined): number => (isBuilt(ENTRY) ? usualCount(row, device) : 1);

export const segmentLanes = (count: number, opening: Opening): Lanes<SegmentTask, Told> =>
  isBuilt(ENTRY) ? openPool(count, { entry: ENTRY, opening, opened: () => {} }) : lanesHere(segmentTask, opening);
