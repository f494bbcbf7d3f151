/** Options of workers that take pictures from a queue. */
import { JOBS } from './jobs.ts';
import { flag, number } from './spec.ts';

/** How `diffcut work` works. */
export const WORK = {
  jobs: JOBS.jobs,
  /** end once nothing waits and nothing is worked on, here or elsewhere (true or false; default: false) */
  untilEmpty: flag(false, 'end once nothing waits and nothing is worked on, here or elsewhere'),
  /** seconds without a sign of life after which another worker takes a picture over (a number from 1 to 3600; default: 30) */
  takeOver: number(30, 1, 3600, 'seconds without a sign of life after which another worker takes a picture over'),
  /** seconds before a picture that failed is tried again; twice as many before the third time (a number from 0 to 3600; default: 10) */
  backoff: number(10, 0, 3600, 'seconds before a picture that failed is tried again; twice as many before the third time'),
};
