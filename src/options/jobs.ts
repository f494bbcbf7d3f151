/** Options of batches. */
import { flag, number } from './spec.ts';

/** How many pictures are worked on at a time. */
export const JOBS = {
  /** pictures at a time; as cores and memory allow where not given (a whole number from 1 to 256) */
  jobs: number(undefined, 1, 256, 'pictures at a time; as cores and memory allow where not given', true),
  /** results are on the disk before they count as done: they outlast a loss of power (true or false; default: false) */
  durable: flag(false, 'results are on the disk before they count as done: they outlast a loss of power'),
};
