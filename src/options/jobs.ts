/** Options of batches. */
import { isShard } from './shard.ts';
import { flag, number, optional } from './spec.ts';

/** How outputs are named: after `in/sub/a.tif` they are `a.png`, `a.tif.png` or `in/sub/a.tif.png`. */
export const NAMINGS = ['stem', 'full', 'path'] as const;
export type Naming = (typeof NAMINGS)[number];

/** How many pictures are worked on at a time, and which. */
export const JOBS = {
  /** pictures at a time; as cores and memory allow where not given (a whole number from 1 to 256) */
  jobs: number(undefined, 1, 256, 'pictures at a time; as cores and memory allow where not given', true),
  /** every n-th picture, from the i-th on: a part, where machines share the work (i/n, the i-th of n parts, as in 2/8) */
  shard: optional<string>(
    'i/n, the i-th of n parts, as in 2/8',
    isShard,
    'every n-th picture, from the i-th on: a part, where machines share the work',
  ),
  /** results are on the disk before they count as done: they outlast a loss of power (true or false; default: false) */
  durable: flag(false, 'results are on the disk before they count as done: they outlast a loss of power'),
};
