/** The work of `diffcut segment`: plan, then a picture at a time, then the failures. */
import { basename } from 'node:path';
import {
  DEFAULT_ENCODER,
  decodeImage,
  describeEncoder,
  type ENCODER,
  type Encoder,
  type FeatureMap,
  type Given,
  InputError,
  openEncoder,
  type Progress,
  segment,
  solverOf,
} from '../toolkit.ts';
import { existingPaths, existsAlready, readFeatures, sayUnknown, withNoise } from './files.ts';
import { type Failure, findPictures, type Picture, readStdin } from './inputs.ts';
import { encoderOptionsOf } from './options.ts';
import { checkCollisions, type Job, jobOf, type Made, makeFolder, writeOutputs } from './outputs.ts';
import { createReporter } from './progress.ts';
import { say, sentenceOf, UsageError } from './terminal.ts';
import { VERSION } from './version.ts';

/** What `segment` takes on the command line. */
export interface BatchOptions extends Given<typeof ENCODER> {
  output: string;
  formats: readonly string[];
  encoder?: string;
  solver?: 'ncut' | 'merge';
  tau?: number;
  price?: number;
  ease?: number;
  join?: number;
  alpha?: number;
  refine?: 'edges' | 'vote' | 'pamr' | 'none';
  features?: string;
  minArea?: number;
  split?: boolean;
  maxPixels?: number;
  recursive?: boolean;
  overwrite?: boolean;
  resume?: boolean;
  json?: boolean;
  quiet?: boolean;
  verbose?: boolean;
}

/** What no picture survives, before any is read. */
const checkSolver = async ({ encoder, ...options }: BatchOptions): Promise<void> => {
  const row = await describeEncoder(encoder ?? DEFAULT_ENCODER);
  try {
    solverOf(row, options);
  } catch (error) {
    throw error instanceof InputError ? new UsageError(error.message) : error;
  }
};

const nameOf = (path: string): string => (path === '-' ? 'stdin' : path);

interface Plan {
  todo: Job[];
  skipped: Job[];
  failures: Failure[];
}

/** Everything that can be refused before any work is. */
const makePlan = async (args: string[], { output, formats, recursive = false, overwrite, resume, features }: BatchOptions): Promise<Plan> => {
  const { pictures, failures } = await findPictures(args, recursive, output);
  if (features !== undefined && pictures.length + failures.length !== 1)
    throw new UsageError(`--features goes with exactly one picture, not ${pictures.length + failures.length}`);
  const jobs = pictures.map((picture) => jobOf(picture, output, formats));
  checkCollisions(jobs);
  const plan: Plan = { todo: [], skipped: [], failures };
  for (const job of jobs) {
    const there = overwrite ? [] : await existingPaths(job.outputs.map(({ path }) => path));
    if (resume && there.length === job.outputs.length) plan.skipped.push(job);
    else if (resume || there.length === 0) plan.todo.push(job);
    else {
      failures.push({ path: job.picture.path, error: existsAlready(there[0], ', --resume skips finished pictures') });
    }
  }
  return plan;
};

interface Context {
  options: BatchOptions;
  encoder: Encoder | undefined;
  features: FeatureMap | undefined;
  signal: AbortSignal;
  onProgress: Progress;
}

const inMilliseconds = (timings: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(timings).map(([stage, ms]) => [stage, Math.round(ms * 10) / 10]));

const segmentPicture = async ({ path }: Picture, { options, encoder, features, signal, onProgress }: Context): Promise<Made> => {
  const { solver, tau, price, ease, join, alpha, refine, minArea, split, maxPixels } = options;
  const start = performance.now();
  const image = await decodeImage(path === '-' ? await readStdin(signal) : path, { maxPixels, signal });
  const decode = performance.now() - start;
  onProgress(features ? 'partition' : 'encode', 0, 1); // the stage that comes now, before its first word
  const chosen = { encoder: encoder ?? options.encoder, features, solver, tau, price, ease, join, alpha, refine, minArea, split, maxPixels };
  const { labels, segments, lost, timings, options: used } = await segment(image, { ...chosen, signal, onProgress });
  const picture = { name: basename(nameOf(path)), width: image.width, height: image.height };
  const source = features ? { features: basename(options.features ?? '') } : {};
  const record = { picture, ...used, ...source, lost, version: VERSION, timings: inMilliseconds({ ...timings, decode }), segments };
  return { image, labels, segments, record };
};

const printJson = (value: object): void => {
  process.stdout.write(`${JSON.stringify(value)}\n`);
};

/** One picture from its file to its outputs. @returns the number of its segments */
const runJob = async (job: Job, context: Context): Promise<number> => {
  const made = await segmentPicture(job.picture, context);
  context.onProgress('write', 0, 1);
  await writeOutputs(job, made, context.signal);
  if (context.options.json) printJson({ path: job.picture.path, outputs: job.outputs.map(({ path }) => path), ...made.record });
  return made.segments.length;
};

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** A picture after the other. @returns the number of segments found */
const runJobs = async (jobs: Job[], failures: Failure[], context: Context): Promise<number> => {
  const reporter = await createReporter(jobs.length, context.options.quiet === true);
  let segments = 0;
  let done = 0;
  try {
    for (const job of jobs) {
      const { path } = job.picture;
      context.signal.throwIfAborted();
      reporter.begin(nameOf(path));
      const start = performance.now();
      try {
        const found = await runJob(job, { ...context, onProgress: reporter.onProgress });
        segments += found;
        reporter.finish(`${nameOf(path)}: ${count(found, 'segment')}, ${((performance.now() - start) / 1000).toFixed(1)} s`);
      } catch (error) {
        context.signal.throwIfAborted();
        failures.push({ path, error });
        reporter.finish(`${nameOf(path)}: failed`);
      }
      done++;
    }
  } finally {
    reporter.close();
    if (context.signal.aborted) say(`${done} of ${count(jobs.length, 'picture')} done; the same command with --resume goes on from there`);
  }
  return segments;
};

/** The failures, a sentence each; on standard output too where a program reads it. */
const reportFailures = (failures: Failure[], { json, verbose }: BatchOptions): void => {
  for (const { path, error } of failures) {
    const sentence = sentenceOf(error);
    const names = sentence.includes(JSON.stringify(path));
    say(`diffcut: ${names ? '' : `${nameOf(path)}: `}${sentence}`);
    if (verbose && error instanceof Error) say(String(error.stack));
    if (json) printJson({ path, error: sentence });
  }
};

const openFor = async ({ features: path, encoder, quiet, ...options }: BatchOptions): Promise<{ encoder?: Encoder; features?: FeatureMap }> => {
  if (path === undefined) return { encoder: await openEncoder(encoder ?? DEFAULT_ENCODER, await withNoise(encoderOptionsOf({ ...options }))) };
  const features = await readFeatures(path);
  if (encoder === undefined && !quiet) sayUnknown(path, features);
  return { features };
};

/** Works through the pictures with one open encoder. @returns the number of segments found */
const segmentAll = async (jobs: Job[], failures: Failure[], options: BatchOptions, signal: AbortSignal): Promise<number> => {
  await makeFolder(options.output);
  const { encoder, features } = await openFor(options);
  if (encoder && encoder.row.kind !== 'embedded' && !options.quiet) say(`${encoder.name} runs on ${encoder.device}`);
  try {
    return await runJobs(jobs, failures, { options, encoder, features, signal, onProgress: () => {} });
  } finally {
    await encoder?.dispose();
  }
};

const reportSkipped = (skipped: Job[], { json, quiet }: BatchOptions): void => {
  if (json) for (const { picture, outputs } of skipped) printJson({ path: picture.path, outputs: outputs.map(({ path }) => path), skipped: true });
  if (!quiet && skipped.length > 0) say(`${count(skipped.length, 'picture')} skipped: finished before`);
};

/**
 * Segments all pictures that the arguments name; a broken one does not stop the rest.
 * @returns how many failed
 * @throws InputError for what no picture survives: two pictures with one output, a folder that cannot be made, an
 *   encoder that does not open; the signal's reason once it is aborted
 */
export const runBatch = async (args: string[], options: BatchOptions, signal: AbortSignal): Promise<number> => {
  await checkSolver(options);
  const { todo, skipped, failures } = await makePlan(args, options);
  const refused = failures.length;
  const start = performance.now();
  const segments = todo.length > 0 ? await segmentAll(todo, failures, options, signal) : 0;
  const finished = todo.length - (failures.length - refused);
  reportSkipped(skipped, options);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  if (!options.quiet && finished > 0) say(`${count(finished, 'picture')}, ${count(segments, 'segment')} in ${seconds} s: ${options.output}`);
  reportFailures(failures, options);
  return failures.length;
};
