/** The batch itself: a picture at a time, from its file to its outputs, with one open encoder. */
import { basename } from 'node:path';
import { decodeImage, type Encoder, type FeatureMap, type Made, type Progress, type SegmentOptions, segment } from '../toolkit.ts';
import { VERSION } from '../version-node.ts';
import { nameOf, type Picture, readStdin } from './inputs-node.ts';
import { writeOutputs } from './outputs-node.ts';
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

/** Told while the batch runs; none may throw. */
export interface Events {
  /** A picture is begun. */
  begin(job: Job): void;
  /** Where its stages are. */
  onProgress: Progress;
  /** All its outputs are written. */
  done(job: Job, made: Made, milliseconds: number): void;
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
 * Does one job after the other; a broken picture does not stop the rest.
 * @throws the signal's reason once it is aborted: files being written are finished first
 */
export const runJobs = async (jobs: readonly Job[], recipe: Recipe, signal: AbortSignal, events: Events): Promise<void> => {
  for (const job of jobs) {
    signal.throwIfAborted();
    events.begin(job);
    const start = performance.now();
    try {
      const made = await segmentPicture(job.picture, recipe, signal, events.onProgress);
      events.onProgress('write', 0, 1);
      await writeOutputs(job.outputs, made, signal);
      events.done(job, made, performance.now() - start);
    } catch (error) {
      signal.throwIfAborted();
      events.failed(job, error);
    }
  }
};
