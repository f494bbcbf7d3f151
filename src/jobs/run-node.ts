/** The batch itself: a picture at a time, from its file to its outputs, with one open encoder. */
import { basename, dirname } from 'node:path';
import { isS3 } from '../net/s3-node.ts';
import { loadSharp } from '../sharp-node.ts';
import { removeStages } from '../temporary-node.ts';
import {
  type Encoder,
  type EXPORTING,
  type FeatureMap,
  type Given,
  type Made,
  type NUMBERING,
  openPicture,
  type Progress,
  READING,
  recordOf,
  renumber,
  renumberSegments,
  type SegmentOptions,
  segmentFile,
  stopwatch,
} from '../toolkit.ts';
import { VERSION } from '../version-node.ts';
import { contentOf } from './inputs-node.ts';
import { coloursOf, type Labelling, type NamedSegments, named } from './labelling-node.ts';
import { putOutputs } from './objects-node.ts';
import { writeOutputs } from './outputs-node.ts';
import type { Job } from './plan-node.ts';

/** How pictures are segmented: with an open encoder, or with the features of the one picture. */
export interface Recipe {
  options: Omit<SegmentOptions, 'encoder' | 'features' | 'signal' | 'onProgress'>;
  /** How formats of outlines draw them, and other ids for the segments. */
  exporting?: Given<typeof EXPORTING>;
  numbering?: Given<typeof NUMBERING>;
  /** How segments are named, where they are. */
  labelling?: Labelling;
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

/** The options that say how a picture's file is read, or the others. */
const only = (reading: boolean, options: Recipe['options']): Recipe['options'] =>
  Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(READING, name) === reading));

const segmentPicture = async ({ picture, mark }: Job, recipe: Recipe, signal: AbortSignal, onProgress: Progress): Promise<Made> => {
  const { options, exporting, numbering, labelling, encoder, features, featuresName = '' } = recipe;
  const reading = { ...only(true, options), ...(picture.page !== undefined && { page: picture.page }), signal };
  const file = await openPicture(await contentOf(picture, options, signal), reading);
  onProgress(features ? 'partition' : 'encode', 0, 1); // the stage that comes now, before its first word
  const given = { ...only(false, options), encoder, features, signal, onProgress };
  const { picture: image, lost, timings, options: used, ...segmented } = await segmentFile(file, given);
  const timed = stopwatch(timings, signal);
  const { labels, segments, background }: NamedSegments = labelling
    ? await timed('name', () => named(segmented, image, labelling, { signal, onProgress }))
    : segmented;
  const source = features && { features: basename(featuresName) };
  const { picture: about, asked } = mark;
  const record = recordOf({ picture: file, file: about, options: used, ...source, lost, asked, version: VERSION, timings, segments });
  const made = {
    name: about.name,
    image,
    labels,
    segments,
    record,
    exporting,
    ...(background !== undefined && { background }),
    rows: (top: number, bottom: number) => file.rows(top, bottom, signal),
  };
  const told = numbering ? await numbered(made, numbering, signal) : made;
  return labelling ? { ...told, colours: coloursOf(told.segments, labelling) } : told;
};

/** The same under other ids, in all that is written of it. */
const numbered = async (made: Made, numbering: Given<typeof NUMBERING>, signal: AbortSignal): Promise<Made> => {
  const { labels, ids, background } = await renumber(made.labels, { ...numbering, signal });
  const segments = renumberSegments(made.segments, ids);
  return { ...made, labels, segments, record: { ...made.record, segments }, ...(background !== undefined && { background }) };
};

/**
 * One job, from the picture's file to its outputs.
 * @param onProgress told of the stage `write` before anything is written
 * @returns what was made, and the milliseconds that it took
 * @throws the signal's reason once it is aborted: a file being written is finished first
 */
export const runJob = async (job: Job, recipe: Recipe, signal: AbortSignal, onProgress: Progress): Promise<[Made, number]> => {
  const start = performance.now();
  const made = await segmentPicture(job, recipe, signal, onProgress);
  onProgress('write', 0, 1);
  await (isS3(job.outputs[0].path) ? putOutputs : writeOutputs)(job, made, signal);
  return [made, performance.now() - start];
};

/**
 * Does one job after the other in this process; a broken picture does not stop the rest. Several at a time: pool-node.ts.
 * @throws the signal's reason once it is aborted: files being written are finished first
 */
export const runJobs = async (jobs: readonly Job[], recipe: Recipe, signal: AbortSignal, events: Events): Promise<void> => {
  // No picture comes twice, and what sharp keeps of a large one is gigabytes. Where it does not load each picture says so.
  await loadSharp().then(
    (sharp) => sharp.cache(false),
    () => {},
  );
  for (const job of jobs) {
    signal.throwIfAborted();
    events.begin(job);
    const clear = (): void => removeStages(dirname(job.outputs[0].path), process.pid);
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
