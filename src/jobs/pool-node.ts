/** A batch with several pictures at a time, each in a process of its own. This one holds the plan, the order and the failures. */
import { dirname } from 'node:path';
import type { Lanes, Opening } from '../lanes/lanes.ts';
import { isBuilt, openPool, usualCount } from '../lanes/pool-node.ts';
import { removeStages } from '../temporary-node.ts';
import { type EncoderRow, InputError } from '../toolkit.ts';
import type { Job } from './plan-node.ts';
import type { Events, Finished, Recipe } from './run-node.ts';

const ENTRY = new URL('./process-entry-node.js', import.meta.url);

/** How pictures are segmented, as plain data: each process opens the encoder anew. */
export interface PlainRecipe extends Opening, Pick<Recipe, 'options' | 'exporting' | 'numbering' | 'labelling'> {}

/** What a process is asked. */
export interface JobTask {
  job: Job;
  recipe: Pick<Recipe, 'options' | 'exporting' | 'numbering' | 'labelling'>;
}

/** What it answers. */
export interface Done {
  made: Finished;
  milliseconds: number;
}

/** How many pictures at a time suit the encoder and this machine. */
export const usualJobs = (row: EncoderRow, device?: string): number => (isBuilt(ENTRY) ? usualCount(row, device) : 1);

export interface PoolEvents extends Events {
  /** The first encoder is open. */
  opened(encoder: { name: string; device: string }): void;
}

/** Tells of what ended in any order by number, each when all before it are told. */
const inOrder = () => {
  const waiting: (() => void)[] = [];
  let turn = 0;
  return {
    tell(at: number, telling: () => void): void {
      waiting[at] = telling;
      for (; waiting[turn]; turn++) {
        waiting[turn]();
        delete waiting[turn];
      }
    },
    /** Those that wait for some that will not come any more. */
    rest: (): void => waiting.forEach((telling) => telling()),
  };
};

/** Clears away what a process that ended had half written. */
const left = ({ job }: JobTask, pid: number): void => removeStages(dirname(job.outputs[0].path), pid);

/** Lanes that do a batch's jobs, each in a process. @param opened told of the first encoder @throws InputError where there is no build */
export const openJobLanes = (count: number, opening: Opening, opened: PoolEvents['opened']): Lanes<JobTask, Done> => {
  if (!isBuilt(ENTRY)) throw new InputError('There is no built code beside the sources: run "npm run build", or leave jobs out');
  let isOpened = false;
  const first: PoolEvents['opened'] = (one) => {
    if (!isOpened) opened(one);
    isOpened = true;
  };
  return openPool<JobTask, Done>(count, { entry: ENTRY, opening, opened: first, left });
};

/**
 * As `runJobs`, at most so many at a time. Each is told of as done or failed in the order of the jobs; stages are those of the
 * picture that was begun last. A process that dies fails its picture, and another takes its place.
 * @throws what keeps the encoder from being opened; the signal's reason once it is aborted: files being written are finished first
 */
export const runPool = async (jobs: readonly Job[], recipe: PlainRecipe, most: number, signal: AbortSignal, events: PoolEvents): Promise<void> => {
  const { encoder, encoderOptions, ...plain } = recipe;
  const refused = new AbortController();
  const stopped = AbortSignal.any([signal, refused.signal]);
  const order = inOrder();
  let next = 0;
  const lanes = openJobLanes(Math.min(most, jobs.length), { encoder, encoderOptions }, events.opened);
  const work = async (job: Job, at: number): Promise<void> => {
    const hearing = {
      signal: stopped,
      begin: () => events.begin(job),
      onStage: (stage: string) => at === next - 1 && events.onProgress(stage, 0, 1),
    };
    try {
      const { made, milliseconds } = await lanes.run({ job, recipe: plain }, hearing);
      order.tell(at, () => events.done(job, made, milliseconds));
    } catch (error) {
      if (lanes.refusal) refused.abort(lanes.refusal.error); // nothing will be done
      if (!stopped.aborted) order.tell(at, () => events.failed(job, error));
    }
  };
  const lane = async (): Promise<void> => {
    while (next < jobs.length && !stopped.aborted) {
      const at = next++;
      await work(jobs[at], at);
    }
  };
  try {
    await Promise.all(Array.from({ length: lanes.count }, lane));
    order.rest();
    stopped.throwIfAborted();
  } finally {
    await lanes.close();
  }
};
