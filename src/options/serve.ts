/** Options of the server that programs ask. */
import { JOBS } from './jobs.ts';
import { number } from './spec.ts';

/** Limits of `diffcut serve`. */
export const SERVE = {
  jobs: JOBS.jobs,
  /** requests that may wait for their turn; eight times as many as pictures at a time where not given (a whole number from 0 to 10000) */
  queue: number(undefined, 0, 10_000, 'requests that may wait for their turn; eight times as many as pictures at a time where not given', true),
  /** largest picture that is taken, megapixels (a number from 0.001 to 4294; default: 64) */
  maxMegapixels: number(64, 0.001, 4294, 'largest picture that is taken, megapixels'),
  /** largest body that is taken, megabytes (a number from 0.001 to 2048; default: 64) */
  maxMegabytes: number(64, 0.001, 2048, 'largest body that is taken, megabytes'),
  /** seconds that a picture may take (a number from 0.01 to 86400; default: 120) */
  seconds: number(120, 0.01, 86_400, 'seconds that a picture may take'),
  /** seconds that an analysis is kept after its last use (a number from 0 to 86400; default: 600) */
  keep: number(600, 0, 86_400, 'seconds that an analysis is kept after its last use'),
};
