/** The lanes of `segmentMany` in Node: processes where there is a built package, else this thread. */
import type { EncoderRow } from '../models/table.ts';
import { type Lanes, lanesHere, type Opening } from './lanes.ts';
import { isBuilt, openPool, usualCount } from './pool-node.ts';
import { type SegmentTask, segmentTask, type Told } from './segmenting.ts';

/** Undefined where there is none: beside the sources, which vitest runs, and in a bundle. */
const entry = (): URL | undefined => {
  const here: string | undefined = import.meta.url; // none in a CommonJS bundle
  const url = here === undefined ? undefined : new URL('./segmenting-entry-node.js', here);
  return url && isBuilt(url) ? url : undefined;
};

/** How many pictures at a time where nobody says. */
export const usualLanes = (row: EncoderRow, device: string | undefined): number => (entry() ? usualCount(row, device) : 1);

export const segmentLanes = (count: number, opening: Opening): Lanes<SegmentTask, Told> => {
  const file = entry();
  return file ? openPool(count, { entry: file, opening, opened: () => {} }) : lanesHere(segmentTask, opening);
};
