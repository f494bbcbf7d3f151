/** Options of batches. */
import { number } from './spec.ts';

/** How many pictures are worked on at a time. */
export const JOBS = {
  /** pictures at a time; as cores and memory allow where not given (a whole number from 1 to 256) */
  jobs: number(undefined, 1, 256, 'pictures at a time; as cores and memory allow where not given', true),
};
