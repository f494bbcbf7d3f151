/** The work of `diffcut segment`: plan, open the encoder, then what is told of the run and its failures. */
import { rmdir } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { printable } from '../errors.ts';
import { type Failure, findPictures, isAddress, isS3, type Naming, nameOf, type Picture, toldPath, unreadText } from '../jobs/inputs-node.ts';
import { type Labelling, sharedLabelling } from '../jobs/labelling-node.ts';
import { checkWritable } from '../jobs/outputs-node.ts';
import { withAllPages } from '../jobs/pages-node.ts';
import { InTheWay } from '../jobs/place-node.ts';
import { type Job, type Plan, planJobs, type Target } from '../jobs/plan-node.ts';
import { runPool, usualJobs } from '../jobs/pool-node.ts';
import { type Events, type Recipe, runJobs } from '../jobs/run-node.ts';
import { watchFolders } from '../jobs/watch-node.ts';
import { inShard } from '../options/shard.ts';
import { isFolder, statIfThere } from '../system-errors-node.ts';
import {
  addressOf,
  badAddress,
  DEFAULT_ENCODER,
  describeEncoder,
  type Encoder,
  type EXPORTING,
  type FeatureMap,
  type Given,
  InputError,
  type JOBS,
  type NAMES,
  type NUMBERING,
  SEGMENT,
  SETS,
  solverOf,
} from '../toolkit.ts';
import { SET_SOURCES, writeBatchSets } from './batch-sets.ts';
import { byKind, exportingOf } from './exporting.ts';
import { encoderOptionsOf, openAsked, readFeatures, sayUnknown, withNoise } from './files.ts';
import { labellingOf, withNamer } from './labelling.ts';
import { readingOptionsOf, SEGMENTING } from './options.ts';
import { createReporter } from './progress.ts';
import { targetOf } from './target.ts';
import { printJson, say, sayError, sentenceOf, UsageError, usageIfOption } from './terminal.ts';

/** What `segment` takes on the command line. */
export interface BatchOptions
  extends Omit<Given<typeof SEGMENT>, 'page'>,
    Given<typeof JOBS>,
    Given<typeof NUMBERING>,
    Given<typeof EXPORTING>,
    Given<typeof NAMES> {
  page?: number | 'all';
  output: string;
  format?: readonly string[];
  name?: Naming;
  features?: string;
  recursive?: boolean;
  watch?: boolean;
  overwrite?: boolean;
  resume?: boolean;
  json?: boolean;
  quiet?: boolean;
  verbose?: boolean;
}

/** The same, with where outputs go, and what the ledger says of the options. */
export interface Settled extends BatchOptions {
  target: Target;
  formats: readonly string[];
  /** Of all pictures together. */
  sets: readonly string[];
  exporting: Given<typeof EXPORTING>;
  labelling?: Labelling;
  asked: Record<string, unknown>;
}

/** What no picture survives, before any is read. */
export const checkSolver = async ({ encoder, page, ...options }: BatchOptions): Promise<void> => {
  const row = await describeEncoder(encoder ?? DEFAULT_ENCODER).catch(usageIfOption);
  try {
    solverOf(row, options);
  } catch (error) {
    throw error instanceof InputError ? new UsageError(error.message) : error;
  }
};

/** Options that say how the work is done, not what comes out. */
const INDIFFERENT = ['encoder', 'threads', 'device', 'worker', 'cacheFeatures', 'maxPixels', 'page', 'maxBytes', 'timeout', 'allowPrivate'];

/** The options that say what comes out, those that are not the default. */
const askedOf = async (options: BatchOptions): Promise<Record<string, unknown>> => {
  const { features, encoder = DEFAULT_ENCODER, page } = options;
  const there = features === undefined ? undefined : await statIfThere(features);
  const names = Object.keys(SEGMENT).filter((name) => !INDIFFERENT.includes(name));
  const given = names.map((name) => [name, options[name as keyof BatchOptions], SEGMENT[name as keyof typeof SEGMENT].default] as const);
  return {
    ...(features === undefined ? { encoder } : { encoder: options.encoder, features: basename(features), encoded: there?.mtime }),
    ...Object.fromEntries(given.filter(([, value, fallback]) => value !== undefined && value !== fallback)),
    ...numberingOf(options),
    ...(page !== 'all' && page !== undefined && page !== 1 && { page }),
  };
};

/** Other ids, where they are asked for. */
const numberingOf = ({ firstId, background }: BatchOptions): Given<typeof NUMBERING> | undefined => {
  const given = { ...(firstId && { firstId }), ...(background !== undefined && background !== 'none' && { background }) };
  return Object.keys(given).length > 0 ? given : undefined;
};

const CLASHES: readonly (readonly [keyof BatchOptions, string])[] = [
  ['name', '--name is for a folder of outputs'],
  ['watch', '--watch wants a folder of outputs'],
];

/** Why there are not all pictures together, and how there will be. */
const PARTIAL: readonly (readonly [keyof BatchOptions, string, string])[] = [
  ['watch', '--watch has no last picture', 'leave one out'],
  ['shard', '--shard has its part of the pictures', 'leave it out, and "diffcut convert" makes it of the label maps of all shards'],
];

/** @throws UsageError for more names than a set tells apart */
const checkNames = (labelling: Labelling | undefined, sets: readonly string[]): void => {
  const names = labelling?.options.classes?.filter((name) => name !== 'background').length ?? 0;
  for (const set of sets) {
    const { mostNames = Number.POSITIVE_INFINITY } = SETS[set];
    if (names > mostNames)
      throw new UsageError(`The format ${set} tells ${mostNames} names apart, and there are ${names}: give fewer, or another format`);
  }
};

/** @throws UsageError for what does not go together */
export const settle = async (options: BatchOptions, signal: AbortSignal): Promise<Settled> => {
  const kinds = options.format && byKind(options.format);
  const sets = kinds?.sets ?? [];
  const format = kinds && (sets.length > 0 ? [...new Set([...kinds.formats, ...SET_SOURCES])] : kinds.formats);
  if (sets.length > 0 && 'file' in (await targetOf({ output: options.output })).target)
    throw new UsageError(`The format ${sets[0]} is of all pictures together: give a folder with -o`);
  if (sets.length > 0 && isS3(options.output))
    throw new UsageError(`The format ${sets[0]} is made from label maps on a disk: give a folder of this machine with -o`);
  const { target, formats } = await targetOf({ output: options.output, format });
  for (const [name, why, what] of PARTIAL)
    if (sets.length > 0 && options[name]) throw new UsageError(`${why}, and the format ${sets[0]} is of all together: ${what}`);
  if ('file' in target) {
    for (const [name, why] of CLASHES) if (options[name] !== undefined) throw new UsageError(`${why}, and -o ${target.file} is one file`);
    if (target.file === '-' && options.json) throw new UsageError('Both --json and -o - write to standard output: leave one out');
  }
  const exporting = exportingOf({ ...options }, [...formats, ...sets]);
  const outlined = Object.keys(exporting).length > 0 && formats.some((name) => !(SET_SOURCES as readonly string[]).includes(name)) ? exporting : {};
  const resume = options.resume ?? (options.watch && !options.overwrite);
  const names = await labellingOf(options, signal);
  checkNames(names?.labelling, sets);
  const asked = { ...(await askedOf(options)), ...names?.asked, ...outlined };
  return { ...options, resume, target, formats, sets, exporting, ...(names && { labelling: names.labelling }), asked };
};

/** @throws UsageError where an option is for one picture, and others are named */
const checkSingle = (count: number, { features, target }: Settled): void => {
  if (count === 1) return;
  if (features !== undefined) throw new UsageError(`--features goes with exactly one picture, not ${count}`);
  if ('file' in target) throw new UsageError(`-o ${target.file} takes exactly one picture, not ${count}: give a folder, such as -o regions`);
};

/** What the arguments name, and what is to be done with it. */
export const makePlan = async (args: readonly string[], options: Settled, signal: AbortSignal): Promise<Plan> => {
  const isOdd = (argument: string): boolean => isAddress(argument) && !URL.canParse(argument);
  const odd = args.filter(isOdd).map((path) => ({ path: addressOf(path), error: badAddress(path) }));
  const { pictures, failures, unread } = await findPictures(
    args.filter((argument) => !isOdd(argument)),
    { ...options, signal },
  );
  if (unread.size > 0 && !options.quiet) say(`Not read: ${unreadText(unread)}`);
  const { page, ...reading } = readingOptionsOf({ ...options });
  const pages = options.page === 'all' ? await withAllPages(pictures, reading, signal) : { pictures, failures: [] };
  const all = [...odd, ...failures, ...pages.failures];
  checkSingle(pages.pictures.length + all.length, options);
  const plan = await planJobs(pages.pictures, { ...options, signal });
  return { ...plan, failures: [...inShard(all, options.shard), ...plan.failures] };
};

export const pathsOf = ({ picture, outputs }: Job): object => ({ path: toldPath(picture.path), outputs: outputs.map(({ path }) => path) });

export const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

export const titleOf = ({ path, page }: Pick<Picture, 'path' | 'page'>): string => `${nameOf(path)}${page === undefined ? '' : `, page ${page}`}`;

/** What the record says that a user should know of the picture. */
export const notesOf = (record: object): string[] => (record as { picture?: { notes?: string[] } }).picture?.notes ?? [];

/** Tells of the jobs while they run. @returns the number of segments found */
const tellJobs = async (
  jobs: readonly Job[],
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
      begin: ({ picture }) => reporter.begin(titleOf(picture)),
      onProgress: reporter.onProgress,
      done(job, made, milliseconds) {
        segments += made.segments.length;
        done++;
        if (json) printJson({ ...pathsOf(job), ...made.record });
        const title = titleOf(job.picture);
        reporter.finish(`${title}: ${count(made.segments.length, 'segment')}, ${(milliseconds / 1000).toFixed(1)} s`);
        const notes = notesOf(made.record);
        if (notes.length > 0) reporter.note(`${title}: ${notes.join('; ')}`);
      },
      failed({ picture }, error) {
        failures.push({ path: picture.path, ...(picture.page !== undefined && { page: picture.page }), error });
        done++;
        reporter.finish(`${titleOf(picture)}: failed`);
      },
    });
  } finally {
    reporter.close();
    const further = jobs[0].outputs[0].path === '-' ? '' : '; the same command with --resume goes on from there';
    if (signal.aborted) say(`${done} of ${count(jobs.length, 'picture')} done${further}`);
  }
  return segments;
};

/** A sentence that says which picture it is of. */
export const withTitle = (picture: Pick<Picture, 'path' | 'page'>, sentence: string): string => {
  const names = (picture.page === undefined && sentence.includes(printable(JSON.stringify(picture.path)))) || /^https?:/.test(sentence);
  return names ? sentence : `${printable(titleOf(picture))}: ${sentence}`;
};

/** How many failures there are of each reason that many pictures have. */
const countAlike = (failures: readonly Failure[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const { error } of failures) if (error instanceof InTheWay) counts.set(error.why, (counts.get(error.why) ?? 0) + 1);
  return counts;
};

/**
 * The failures, a sentence each; outputs that are in the way of several pictures are told of once, with their number. On standard
 * output each of them, where a program reads it.
 */
export const reportFailures = (failures: readonly Failure[], { json, verbose }: BatchOptions): void => {
  const alike = countAlike(failures);
  for (const { path, page, error } of failures) {
    const sentence = sentenceOf(error);
    if (json) printJson({ path: toldPath(path), page, error: sentence });
    const why = error instanceof InTheWay ? error.why : undefined;
    const times = why === undefined ? 1 : (alike.get(why) ?? 0);
    if (why !== undefined) alike.delete(why); // told with the first of them
    if (times === 0) continue;
    const others = times > 1 ? `; so it is with the outputs of ${count(times - 1, 'more picture')}` : '';
    sayError(`diffcut: ${withTitle({ path, page }, sentence)}${others}`, error, verbose);
  }
};

const openFor = async (
  { features: path, encoder, quiet, ...options }: BatchOptions,
  signal: AbortSignal,
): Promise<{ encoder?: Encoder; features?: FeatureMap }> => {
  if (path === undefined)
    return { encoder: await openAsked(encoder ?? DEFAULT_ENCODER, { ...(await withNoise(encoderOptionsOf({ ...options }), signal)), signal }) };
  const features = await readFeatures(path, signal);
  if (encoder === undefined && !quiet) sayUnknown(path, features);
  return { features };
};

/** The options that are of `segment` itself: its encoder has its own already. */
const segmentOptionsOf = (options: BatchOptions): Recipe['options'] => {
  const given = { ...options, page: options.page === 'all' ? undefined : options.page };
  return Object.fromEntries(Object.keys(SEGMENTING).map((name) => [name, given[name as keyof typeof SEGMENTING]]));
};

/** What is done with each picture, but for its encoder. */
export const recipeOf = (options: Settled): Pick<Recipe, 'options' | 'exporting' | 'numbering' | 'labelling'> => {
  const numbering = numberingOf(options);
  return {
    options: segmentOptionsOf(options),
    exporting: options.exporting,
    ...(numbering && { numbering }),
    ...(options.labelling && { labelling: options.labelling }),
  };
};

/** What may be slow, or not where it was thought to be. */
export const sayDevice = ({ name, device }: { name: string; device: string }): void => {
  if (device === 'wasm') say(`${name} runs on WebAssembly, which is slow: onnxruntime's own library is several times faster`);
  else if (name !== DEFAULT_ENCODER) say(`${name} runs on ${device}`);
};

/** How many pictures at a time, said where it was not asked for. @throws UsageError for several with standard input among them */
const jobsAtOnce = async (jobs: readonly Job[], options: Settled): Promise<number> => {
  const { jobs: asked, encoder = DEFAULT_ENCODER, device, features, quiet } = options;
  const isPiped = features !== undefined || jobs.some(({ picture }) => picture.from === 'stdin');
  if (isPiped && asked !== undefined && asked > 1) throw new UsageError('--jobs is for files: standard input and --features go one at a time');
  if (asked !== undefined || isPiped || jobs.length < 2 || options.labelling) return Math.min(asked ?? 1, jobs.length);
  if (jobs.some(({ picture: { from, page } }) => page !== undefined && from !== 'file')) return 1; // downloaded once
  const row = await describeEncoder(encoder);
  const usual = Math.min(jobs.length, usualJobs(row, device));
  const why = row.kind === 'embedded' ? '' : `, since ${row.name} takes much memory and all cores: --jobs N for more`;
  if (!quiet) say(`${usual} at a time${why}`);
  return usual;
};

/** Opens the encoder, or reads the features, for as long as they are used. */
const withRecipe = async <T>(options: Settled, signal: AbortSignal, use: (recipe: Recipe) => Promise<T>): Promise<T> => {
  const { encoder, features } = await openFor(options, signal);
  if (encoder && !options.quiet) sayDevice(encoder);
  try {
    return await use({ ...recipeOf(options), encoder: encoder ?? options.encoder, features, featuresName: options.features });
  } finally {
    await encoder?.dispose();
  }
};

/** Works through the pictures, with an open encoder for each that is worked on at a time. @returns the number of segments found */
const segmentAll = async (jobs: readonly Job[], failures: Failure[], options: Settled, signal: AbortSignal): Promise<number> => {
  const count = await jobsAtOnce(jobs, options);
  if (count < 2)
    return withRecipe(options, signal, (recipe) => tellJobs(jobs, (events) => runJobs(jobs, recipe, signal, events), failures, options, signal));
  const encoderOptions = await withNoise(encoderOptionsOf({ ...options }), signal);
  const { labelling } = options;
  const shared = labelling && { labelling: sharedLabelling(labelling, count) };
  const recipe = { ...recipeOf(options), ...shared, encoder: options.encoder ?? DEFAULT_ENCODER, encoderOptions };
  const opened = options.quiet ? () => {} : sayDevice;
  return tellJobs(jobs, (events) => runPool(jobs, recipe, count, signal, { ...events, opened }).catch(usageIfOption), failures, options, signal);
};

export const reportSkipped = (skipped: readonly Job[], { json, quiet }: BatchOptions): void => {
  if (json) for (const job of skipped) printJson({ ...pathsOf(job), skipped: true });
  if (!quiet && skipped.length > 0) say(`${count(skipped.length, 'picture')} skipped: finished before`);
};

/** @returns the folder of the outputs, where it was made @throws InputError where nothing can be written, before any picture is computed */
export const checkTarget = async ({ target, output, durable }: Settled): Promise<string | undefined> => {
  if (isS3(output)) return undefined; // the plan has seen to its bucket
  const file = 'file' in target ? target.file : undefined;
  const there = file === undefined || file === '-' ? undefined : await statIfThere(file);
  if (file === '-' || (there && !there.isFile())) return undefined;
  const folder = 'folder' in target ? target.folder : dirname(target.file);
  return (await checkWritable(folder, durable)) ? folder : undefined;
};

/** Takes a folder away again where no picture was done; one that holds anything stays. */
export const removeEmpty = (folder: string): Promise<void> => rmdir(folder).catch(() => {});

const writeSets = async (jobs: readonly Job[], failures: Failure[], options: Settled, signal: AbortSignal): Promise<string[]> => {
  const { target, asked, exporting, overwrite, durable, sets, background } = options;
  const hasBackground = (background !== undefined && background !== 'none') || options.only !== undefined;
  const folder = (target as { folder: string }).folder;
  try {
    return await writeBatchSets(jobs, failures, { sets, folder, exporting, hasBackground, asked, overwrite, durable }, signal);
  } catch (error) {
    signal.throwIfAborted();
    failures.push({ path: folder, error });
    return [];
  }
};

/** Does what is planned, and tells of all of it. @returns how many failed */
const runPlan = async (
  { todo, skipped, failures }: Plan,
  options: Settled,
  segment: (jobs: Job[], failures: Failure[]) => Promise<number>,
  signal: AbortSignal,
): Promise<number> => {
  const refused = failures.length;
  const start = performance.now();
  let segments = 0;
  if (todo.length > 0) {
    const made = await checkTarget(options);
    segments = await segment(todo, failures).finally(() => made !== undefined && removeEmpty(made));
  }
  const finished = todo.length - (failures.length - refused);
  const sets = options.sets.length > 0 ? await writeSets([...skipped, ...todo], failures, options, signal) : [];
  reportSkipped(skipped, options);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const done = finished > 0 ? `${count(finished, 'picture')}, ${count(segments, 'segment')} in ${seconds} s: ${options.output}` : 'No picture done';
  const failed = failures.length > 0 ? `; ${failures.length} failed` : '';
  if (!options.quiet && (finished > 0 || failures.length > 1)) say(`${done}${failed}`);
  if (!options.quiet && sets.length > 0) say(`All together: ${sets.join(', ')}`);
  if (options.json && sets.length > 0) printJson({ sets });
  reportFailures(failures, options);
  return failures.length;
};

/** @throws UsageError for what cannot be watched */
const checkWatched = async (args: readonly string[]): Promise<void> => {
  for (const path of args)
    if (path === '-' || !(await isFolder(path))) throw new UsageError(`--watch goes with folders, and ${nameOf(path)} is none`);
};

/** What is there first, then what comes, until the signal is aborted. @returns how many failed */
const watchBatch = async (args: readonly string[], options: Settled, signal: AbortSignal): Promise<number> => {
  const watching = await watchFolders(args, options.recursive === true, options.output, signal);
  try {
    const before = await makePlan(args, options, signal);
    let failed = await runPlan(before, options, (jobs, failures) => segmentAll(jobs, failures, options, signal), signal);
    await withRecipe(options, signal, async (recipe) => {
      const segment = (jobs: readonly Job[], failures: Failure[]): Promise<number> =>
        tellJobs(jobs, (events) => runJobs(jobs, recipe, signal, events), failures, options, signal);
      if (!options.quiet) say('Waiting for pictures; Ctrl-C ends');
      for (let came = await watching.next(); came; came = await watching.next()) {
        const all = await makePlan(args, { ...options, quiet: true }, signal).catch((error) => {
          if (!signal.aborted) throw error; // Ctrl-C while nothing is worked on ends a watch, and stops nothing
        });
        if (!all) break;
        const { todo, failures } = all;
        const isNew = (path: string): boolean => came?.has(resolve(path)) === true;
        const plan = { todo: todo.filter(({ picture }) => isNew(picture.path)), skipped: [], failures: failures.filter(({ path }) => isNew(path)) };
        failed += await runPlan(plan, options, segment, signal);
      }
    });
    return failed;
  } finally {
    await watching.close();
  }
};

/**
 * Segments all pictures that the arguments name; a broken one does not stop the rest.
 * @returns how many failed
 * @throws UsageError for options that do not fit; InputError for what no picture survives: a folder that cannot be
 *   written to, an encoder that does not open; the signal's reason once it is aborted
 */
export const runBatch = async (args: readonly string[], given: BatchOptions, signal: AbortSignal): Promise<number> => {
  await checkSolver(given);
  const options = await settle(given, signal);
  const named = <T>(use: () => Promise<T>): Promise<T> => withNamer(options.labelling, options.quiet === true, signal, use);
  if (options.watch) {
    await checkWatched(args);
    return named(() => watchBatch(args, options, signal));
  }
  const plan = await makePlan(args, options, signal);
  return runPlan(plan, options, (jobs, failures) => named(() => segmentAll(jobs, failures, options, signal)), signal);
};
