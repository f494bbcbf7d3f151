/** The batch itself: a picture at a time, from its file to its outputs, with one open encoder. */
import { basename } from 'node:path';
import {
  decodeImage,
  type Encoder,
  type FeatureMap,
  type Made,
  type Progress,
  READING,
  type RgbImage,
  type SegmentOptions,
  segment,
} from '../toolkit.ts';
import { VERSION } from '../version-node.ts';
import { readStdin, sourceOf } from './inputs-node.ts';
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

/** The options that say how a picture's file is read, or the others. */
const only = (reading: boolean, options: Recipe['options']): Recipe['options'] =>
  Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(READING, name) === reading));

/** What the JSON says of the file: all but the tags of its georeference, which are numbers without words. */
const toldSource = ({ source }: RgbImage): object => {
  const { geo, ...rest } = source ?? {};
  return { ...rest, ...(geo && { geo: { crs: geo.crs, transform: geo.transform } }) };
};

const segmentPicture = async (
  { picture: { path, page }, mark }: Job,
  { options, encoder, features, featuresName = '' }: Recipe,
  signal: AbortSignal,
  onProgress: Progress,
): Promise<Made> => {
  const start = performance.now();
  const reading = { ...only(true, options), ...(page !== undefined && { page }), signal };
  const image = await decodeImage(path === '-' ? await readStdin(signal) : sourceOf(path), reading);
  const decode = performance.now() - start;
  onProgress(features ? 'partition' : 'encode', 0, 1); // the stage that comes now, before its first word
  const { labels, segments, lost, timings, options: used } = await segment(image, { ...only(false, options), encoder, features, signal, onProgress });
  const picture = { ...mark.picture, width: image.width, height: image.height, ...toldSource(image) };
  const source = features ? { features: basename(featuresName) } : {};
  const about = { lost, asked: mark.asked, version: VERSION, timings: inMilliseconds({ ...timings, decode }) };
  const record = { picture, ...used, ...source, ...about, segments };
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
      const made = await segmentPicture(job, recipe, signal, events.onProgress);
      events.onProgress('write', 0, 1);
      await writeOutputs(job, made, signal);
      events.done(job, made, performance.now() - start);
    } catch (error) {
      signal.throwIfAborted();
      events.failed(job, error);
    }
  }
};
