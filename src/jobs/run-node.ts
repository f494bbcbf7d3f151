/** The batch itself: a picture at a time, from its file to its outputs, with one open encoder. */
import { basename } from 'node:path';
import { decodeImage, type Encoder, type FeatureMap, type Made, type Progress, type SegmentOptions, segment } from '../toolkit.ts';
import { VERSION } from '../version-node.ts';
import { nameOf, type Picture, readStdin } from './inputs-node.ts';
import { removeTemporaries, writeOutputs } from './outputs-node.ts';
import type { Job } from './plan-node.ts';

/** How pictures are segmented: with an open encoder, or with the features of the one picture. */
export interface Recipe {
  options: Omit<SegmentOptions, 'encoder' | 'features' | 'signal' | 'onProgress'>;
  /** Only its name where features are given: for what they are segmented as. */
  encoder?: Encoder | string;
  features?: FeatureMap;
  /** The name of the features' file. */
  featuresName?: string;
}

/** What is told of a picture whose outputs are written. */
export type Finished = Pick<Made, 'record' | 'segments'>;

/** Told while the batch runs; none may throw. */
export interface Events {
  /** A picture is begun. */
  begin(job: Job): void;
  /** Where its stages are. */
  onProgress: Progress;
  /** All its outputs are written. */
  done(job: Job, made: Finished, milliseconds: number): void;
  /** It is left out; the rest goes on. */
  failed(job: Job, error: unknown): void;
}

const inMilliseconds = (timings: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(timings).map(([stage, ms]) => [stage, Math.round(ms * 10) / 10]));

const segmentPicture = async (
  { path }: Picture,
  { options, encoder, features, featuresName = '' }: Recipe,
  signal: AbortSignal,
  onProgress: Progress,
): Promise<Made> => {
  const start = performance.now();
  const image = await decodeImage(path === '-' ? await readStdin(signal) : path, { maxPixels: options.maxPixels, signal });
  const decode = performance.now() - start;
  onProgress(features ? 'partition' : 'encode', 0, 1); // the stage that comes now, before its first word
  const { labels, segments, lost, timings, options: used } = await segment(image, { ...options, encoder, features, signal, onProgress });
  const picture = { name: basename(nameOf(path)), width: image.width, height: image.height };
  const source = features ? { features: basename(featuresName) } : {};
  const record = { picture, ...used, ...source, lost, version: VERSION, timings: inMilliseconds({ ...timings, decode }), segments };
  return { image, labels, segments, record };
};

/**
 * One job, from the picture's file to its outputs.
 * @param onProgress told of the stage `write` before anything is written
 * @returns what was made, and the milliseconds that it took
 * @throws the signal's reason once it is aborted: a file being written is finished first
 */
export const runJob = async ({ picture, outputs }: Job, recipe: Recipe, signal: AbortSignal, onProgress: Progress): Promise<[Made, number]> => {
  const start = performance.now();
  const made = await segmentPicture(picture, recipe, signal, onProgress);
  onProgress('write', 0, 1);
  await writeOutputs(outputs, made, signal);
  return [made, performance.now() - start];
};

/**
 * Does one job after the other in this process; a broken picture does not stop the rest. Several at a time: pool-node.ts.
 * @throws the signal's reason once it is aborted: files being written are finished first
 */
export const runJobs = async (jobs: readonly Job[], recipe: Recipe, signal: AbortSignal, events: Events): Promise<void> => {
  for (const job of jobs) {
    signal.throwIfAborted();
    events.begin(job);
    const clear = (): void => removeTemporaries(job.outputs, process.pid);
    process.on('exit', clear); // a second Ctrl-C
    try {
      const [made, milliseconds] = await runJob(job, recipe, signal, events.onProgress);
      events.done(job, made, milliseconds);
    } catch (error) {
      signal.throwIfAborted();
      events.failed(job, error);
    } finally {
      process.off('exit', clear);
    }
  }
};
