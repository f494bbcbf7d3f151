/** The work of `diffcut segment`: plan, open the encoder, then what is told of the run and its failures. */

import { type Failure, findPictures, nameOf } from '../jobs/inputs-node.ts';
import { makeFolder } from '../jobs/outputs-node.ts';
import { type Job, type Plan, planJobs } from '../jobs/plan-node.ts';
import { runPool, usualJobs } from '../jobs/pool-node.ts';
import { type Events, type Recipe, runJobs } from '../jobs/run-node.ts';
import {
  DEFAULT_ENCODER,
  describeEncoder,
  type Encoder,
  type FeatureMap,
  type Given,
  InputError,
  type JOBS,
  openEncoder,
  type SEGMENT,
  solverOf,
} from '../toolkit.ts';
import { readFeatures, sayUnknown, withNoise } from './files.ts';
import { encoderOptionsOf, SEGMENTING } from './options.ts';
import { createReporter } from './progress.ts';
import { say, sentenceOf, UsageError } from './terminal.ts';

/** What `segment` takes on the command line. */
export interface BatchOptions extends Given<typeof SEGMENT>, Given<typeof JOBS> {
  output: string;
  formats: readonly string[];
  features?: string;
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

/** What the arguments name, and what is to be done with it. */
const makePlan = async (args: string[], options: BatchOptions): Promise<Plan> => {
  const { pictures, failures } = await findPictures(args, options.recursive === true, options.output);
  if (options.features !== undefined && pictures.length + failures.length !== 1)
    throw new UsageError(`--features goes with exactly one picture, not ${pictures.length + failures.length}`);
  const plan = await planJobs(pictures, options);
  return { ...plan, failures: [...failures, ...plan.failures] };
};

const printJson = (value: object): void => {
  process.stdout.write(`${JSON.stringify(value)}\n`);
};

const pathsOf = ({ picture, outputs }: Job): object => ({ path: picture.path, outputs: outputs.map(({ path }) => path) });

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** Tells of the jobs while they run. @returns the number of segments found */
const tellJobs = async (
  jobs: Job[],
  run: (events: Events) => Promise<void>,
  failures: Failure[],
  { json, quiet }: BatchOptions,
  signal: AbortSignal,
): Promise<number> => {
  const reporter = await createReporter(jobs.length, quiet === true);
  let segments = 0;
  let done = 0;
  try {
    await run({
      begin: ({ picture }) => reporter.begin(nameOf(picture.path)),
      onProgress: reporter.onProgress,
      done(job, made, milliseconds) {
        segments += made.segments.length;
        done++;
        if (json) printJson({ ...pathsOf(job), ...made.record });
        reporter.finish(`${nameOf(job.picture.path)}: ${count(made.segments.length, 'segment')}, ${(milliseconds / 1000).toFixed(1)} s`);
      },
      failed({ picture: { path } }, error) {
        failures.push({ path, error });
        done++;
        reporter.finish(`${nameOf(path)}: failed`);
      },
    });
  } finally {
    reporter.close();
    if (signal.aborted) say(`${done} of ${count(jobs.length, 'picture')} done; the same command with --resume goes on from there`);
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

/** The options that are of `segment` itself: its encoder has its own already. */
const segmentOptionsOf = (options: BatchOptions): Recipe['options'] =>
  Object.fromEntries(Object.keys(SEGMENTING).map((name) => [name, options[name as keyof typeof SEGMENTING]]));

/** What may be slow, or not where it was thought to be. */
const sayDevice = ({ name, device }: { name: string; device: string }): void => {
  if (device === 'wasm') say(`${name} runs on WebAssembly, which is slow: onnxruntime's own library is several times faster`);
  else if (name !== DEFAULT_ENCODER) say(`${name} runs on ${device}`);
};

/** How many pictures at a time, said where it was not asked for. @throws UsageError for several with standard input among them */
const jobsAtOnce = async (jobs: Job[], { jobs: asked, encoder = DEFAULT_ENCODER, device, features, quiet }: BatchOptions): Promise<number> => {
  const isPiped = features !== undefined || jobs.some(({ picture }) => picture.path === '-');
  if (isPiped && asked !== undefined && asked > 1) throw new UsageError('--jobs is for files: standard input and --features go one at a time');
  if (asked !== undefined || isPiped || jobs.length < 2) return Math.min(asked ?? 1, jobs.length);
  const row = await describeEncoder(encoder);
  const usual = Math.min(jobs.length, usualJobs(row, device));
  const why = row.kind === 'embedded' ? '' : `, since ${row.name} takes much memory and all cores: --jobs N for more`;
  if (!quiet) say(`${usual} at a time${why}`);
  return usual;
};

/** Works through the pictures, with an open encoder for each that is worked on at a time. @returns the number of segments found */
const segmentAll = async (jobs: Job[], failures: Failure[], options: BatchOptions, signal: AbortSignal): Promise<number> => {
  const count = await jobsAtOnce(jobs, options);
  await makeFolder(options.output);
  const opened = options.quiet ? () => {} : sayDevice;
  if (count > 1) {
    const encoderOptions = await withNoise(encoderOptionsOf({ ...options }));
    const recipe = { options: segmentOptionsOf(options), encoder: options.encoder ?? DEFAULT_ENCODER, encoderOptions };
    return tellJobs(jobs, (events) => runPool(jobs, recipe, count, signal, { ...events, opened }), failures, options, signal);
  }
  const { encoder, features } = await openFor(options);
  if (encoder) opened(encoder);
  const recipe = { options: segmentOptionsOf(options), encoder: encoder ?? options.encoder, features, featuresName: options.features };
  try {
    return await tellJobs(jobs, (events) => runJobs(jobs, recipe, signal, events), failures, options, signal);
  } finally {
    await encoder?.dispose();
  }
};

const reportSkipped = (skipped: Job[], { json, quiet }: BatchOptions): void => {
  if (json) for (const job of skipped) printJson({ ...pathsOf(job), skipped: true });
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
