/** Everything about a batch that can be refused before any work is done. */
import { join, resolve } from 'node:path';
import { FORMATS, InputError } from '../toolkit.ts';
import type { Failure, Picture } from './inputs-node.ts';
import { existingPaths, existsAlready, type Output } from './outputs-node.ts';

/** A picture and where its outputs go. */
export interface Job {
  picture: Picture;
  outputs: Output[];
}

/** What is to be done with pictures. */
export interface Plan {
  todo: Job[];
  /** Finished before. */
  skipped: Job[];
  failures: Failure[];
}

export interface PlanOptions {
  /** The folder of all outputs. */
  output: string;
  /** Names of rows of `FORMATS`. */
  formats: readonly string[];
  /** Existing outputs are replaced. */
  overwrite?: boolean;
  /** Pictures whose outputs are all there are skipped, others made anew. */
  resume?: boolean;
  /** Features of the one picture, which are not to be written over. */
  features?: string;
}

/** Where all formats of a picture go, below the folder `output`; in the table's order, so that the JSON is written last. */
export const jobOf = (picture: Picture, output: string, formats: readonly string[]): Job => ({
  picture,
  outputs: Object.keys(FORMATS)
    .filter((name) => formats.includes(name))
    .map((name) => ({ path: join(output, picture.folder, `${picture.stem}${FORMATS[name].suffix}`), format: FORMATS[name] })),
});

/** Two names are one file where the file system looks away from case and accents' spelling. */
const sameFile = (path: string): string =>
  process.platform === 'win32' || process.platform === 'darwin' ? resolve(path).normalize().toLowerCase() : resolve(path);

/** @throws InputError where two pictures would be written to one file, or one over a picture that is read */
export const checkCollisions = (jobs: readonly Job[], alsoRead: readonly string[] = []): void => {
  const inputs = new Set([...jobs.map(({ picture }) => picture.path), ...alsoRead].map(sameFile));
  const taken = new Map<string, Picture>();
  for (const { picture, outputs } of jobs) {
    for (const { path } of outputs) {
      const key = sameFile(path);
      const other = taken.get(key);
      if (other) {
        throw new InputError(
          `${JSON.stringify(other.path)} and ${JSON.stringify(picture.path)} would both be written to ${JSON.stringify(path)}: rename one, or use another folder with -o`,
        );
      }
      if (inputs.has(key)) throw new InputError(`${JSON.stringify(path)} is to be read and would be written over: use another folder with -o`);
      taken.set(key, picture);
    }
  }
};

/**
 * What is to be done with each picture, and why not with some.
 * @throws InputError where outputs would collide
 */
export const planJobs = async (pictures: readonly Picture[], { output, formats, overwrite, resume, features }: PlanOptions): Promise<Plan> => {
  const jobs = pictures.map((picture) => jobOf(picture, output, formats));
  checkCollisions(jobs, features === undefined ? [] : [features, `${features}.json`]);
  const plan: Plan = { todo: [], skipped: [], failures: [] };
  for (const job of jobs) {
    const there = overwrite ? [] : await existingPaths(job.outputs.map(({ path }) => path));
    if (resume && there.length === job.outputs.length) plan.skipped.push(job);
    else if (resume || there.length === 0) plan.todo.push(job);
    else {
      plan.failures.push({ path: job.picture.path, error: existsAlready(there[0], ', --resume skips finished pictures') });
    }
  }
  return plan;
};
