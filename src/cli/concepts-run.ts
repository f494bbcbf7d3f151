/** The work of `diffcut concepts`: segments of each picture, then what they have in common, then the files that tell of it. */
import { rmdir } from 'node:fs/promises';
import { type Failure, findPictures, toldPath, unreadText } from '../jobs/inputs-node.ts';
import { readInput } from '../pipes-node.ts';
import {
  type ConceptsRecord,
  DEFAULT_ENCODER,
  ENCODER,
  type Encoder,
  findConcepts,
  InputError,
  joinVectors,
  type Known,
  MOST_CONCEPTS,
  MOST_TOGETHER,
  placeInKnown,
  readConcepts,
} from '../toolkit.ts';
import { count, reportFailures, sayDevice } from './batch.ts';
import { type FoundPicture, foundLike, foundLine, markedVector, readReference } from './concepts-found.ts';
import { lanesFor, openLanes } from './concepts-lanes.ts';
import {
  apart,
  askedOf,
  type ConceptsOptions,
  type Findings,
  type Kept,
  keptOf,
  keptSegments,
  NONE,
  type PictureJob,
  pictureJob,
  type Run,
  readingOf,
  titleOf,
} from './concepts-segments.ts';
import { findTogether } from './concepts-together.ts';
import { checkOutputs, knownOf, recordOf, writeAll } from './concepts-write.ts';
import { encoderOptionsOf, openAsked, withNoise } from './files.ts';
import { createReporter } from './progress.ts';
import { printJson, say, UsageError, usageIfOption } from './terminal.ts';

/** Pictures that are found, told of on the terminal. */
const SHOWN = 10;

/** The pictures that the arguments name, and where their files go. */
const planOf = async (args: readonly string[], { options, failures, signal }: Run): Promise<PictureJob[]> => {
  if (args.includes('-')) throw new UsageError('Pictures are looked at twice, and standard input is read once: give files or folders');
  if (options.output === '-') throw new UsageError('Concepts are a folder of files, and - is standard output: give a folder');
  const found = await findPictures(args, { ...options, signal });
  if (found.unread.size > 0 && !options.quiet) say(`Not read: ${unreadText(found.unread)}`);
  failures.push(...found.failures);
  const jobs: PictureJob[] = [];
  for (const picture of found.pictures) jobs.push(await pictureJob(picture, options.output, askedOf(options)));
  const most = MOST_TOGETHER.pictures;
  if (options.together && jobs.length > most)
    throw new InputError(`${jobs.length} pictures are too many for --together: give at most ${most}, or leave it out`);
  return apart(jobs).flatMap(([job, other]) => {
    if (!other) return [job];
    const [a, b] = [job, other].map(({ picture }) => JSON.stringify(toldPath(picture.path)));
    const error = new InputError(`${a} would have the files of ${b}: --name full or --name path keeps them apart`);
    failures.push({ path: job.picture.path, error });
    return [];
  });
};

const lazily = ({ options, signal }: Pick<Run, 'options' | 'signal'>): Run['encoder'] => {
  let opened: Encoder | undefined;
  return {
    get opened() {
      return opened;
    },
    async get() {
      if (opened) return opened;
      const given = await withNoise(encoderOptionsOf({ ...options }), signal);
      opened = await openAsked(options.encoder ?? DEFAULT_ENCODER, { ...given, signal });
      if (!options.quiet) sayDevice(opened);
      return opened;
    },
    dispose: async () => opened?.dispose(),
  };
};

/** The concepts of the file that was given. @throws InputError for what is none, or of another encoder */
const readKnown = async (options: ConceptsOptions, signal: AbortSignal): Promise<Known[] | undefined> => {
  const { assign, encoder = DEFAULT_ENCODER } = options;
  if (assign === undefined) return undefined;
  const name = JSON.stringify(assign);
  const file = readConcepts(new TextDecoder().decode(await readInput(assign, 'a concepts.json', signal)), name);
  if (file.encoder !== encoder)
    throw new InputError(`${name} has concepts of the encoder ${file.encoder}, not of ${encoder}: give --encoder ${file.encoder}`);
  const asked = askedOf(options);
  for (const option of Object.keys(file.settings ? ENCODER : {})) {
    const [theirs, ours] = [file.settings?.[option], asked[option]].map((value) => JSON.stringify(value));
    if (theirs !== ours)
      throw new InputError(
        `${name} was made ${theirs ? `with the option ${option} ${theirs}` : `without the option ${option}`}: segments here are to be the same way`,
      );
  }
  return file.concepts;
};

/** @throws InputError for segments that cannot be compared with the concepts, which the first picture tells */
const checkChannels = ({ vectors: { channels } }: Kept, known: readonly Known[] | undefined, { assign }: ConceptsOptions): void => {
  const theirs = known?.[0].vectors[0].length ?? channels;
  if (theirs !== channels)
    throw new InputError(
      `${JSON.stringify(assign)} has concepts of ${theirs} numbers, and segments here have ${channels}: give the encoder's options that it was made with`,
    );
};

/** The segments of all pictures: those that are kept, and the others made anew, as many at a time as there are lanes. */
const segmentAll = async (jobs: readonly PictureJob[], atOnce: number, known: readonly Known[] | undefined, run: Run): Promise<Kept[]> => {
  const { options, failures, signal, encoder } = run;
  const { overwrite, durable } = options;
  const reading = readingOf(options);
  const lanes = await openLanes(atOnce, options, encoder.opened, signal);
  const reporter = await createReporter(jobs.length, options.quiet === true);
  const made: Kept[] = [];
  const failed: Failure[] = [];
  let isOver = false;
  const segmentOne = async (job: PictureJob, at: number): Promise<void> => {
    const before = await keptSegments(job);
    const hearing = { signal, begin: () => reporter.begin(titleOf(job)), onStage: (stage: string) => reporter.onProgress(stage, 0, 1) };
    try {
      made[at] = before ?? keptOf(job, await lanes.run({ job, reading, overwrite, durable }, hearing));
      reporter.finish(`${titleOf(job)}: ${count(made[at].shares.length, 'segment')}${before ? ', made before' : ''}`);
    } catch (error) {
      signal.throwIfAborted();
      if (isOver) return; // what ended the run ended this, too
      if (lanes.refusal) usageIfOption(lanes.refusal.error); // nothing will be done
      failed[at] = { path: job.picture.path, error };
      reporter.finish(`${titleOf(job)}: failed`);
    }
    if (made[at]) checkChannels(made[at], known, options);
  };
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < jobs.length) {
      signal.throwIfAborted();
      const at = next++;
      await segmentOne(jobs[at], at);
    }
  };
  try {
    await Promise.all(Array.from({ length: lanes.count }, lane));
  } finally {
    isOver = true;
    await lanes.close();
    reporter.close();
    failures.push(...failed.filter(Boolean));
    const done = made.filter(Boolean).length;
    if (signal.aborted && !options.quiet) say(`${done} of ${count(jobs.length, 'picture')} done; the same command goes on from there`);
  }
  return made.filter(Boolean);
};

/** Each picture by itself, then their segments together. */
const findOneByOne = async (jobs: readonly PictureJob[], atOnce: number, known: Known[] | undefined, run: Run): Promise<Findings> => {
  const pictures = await segmentAll(jobs, atOnce, known, run);
  const { signal, options } = run;
  const { k, price, alpha } = options;
  if (pictures.length === 0) return NONE;
  const segments = joinVectors(pictures.map(({ vectors }) => vectors));
  if (known) return { pictures, known, placed: await placeInKnown(segments, known, { signal }) };
  const placed = await findConcepts(segments, { k, price, alpha, signal });
  return { pictures, known: knownOf(placed.vectors), placed, price: placed.price };
};

/** What is told of a run in the end. */
const tell = (record: ConceptsRecord, found: readonly FoundPicture[], { options }: Run): void => {
  const { pictures, concepts } = record;
  const { k, assign, json, quiet, output, reference } = options;
  const { price } = record.settings;
  if (json) {
    const told = concepts.map(({ vectors: _, ...concept }) => concept);
    printJson({ ...record, concepts: told, ...(reference !== undefined && { found }) });
  }
  if (quiet) return;
  const segments = pictures.reduce((sum, picture) => sum + picture.segments.length, 0);
  const used = concepts.filter((concept) => concept.segments > 0).length;
  for (const one of found.slice(0, SHOWN)) say(foundLine(output, one));
  if (found.length > SHOWN) say(`… and ${found.length - SHOWN} more in found.json`);
  if (used === 1 && segments > 1 && assign === undefined) say('All is one concept: a lower --price, or --k, makes more');
  const lonely = concepts.filter((concept) => concept.pictures === 1).length;
  const by = price === undefined ? '' : ` by a price of ${price}`;
  const which = used < concepts.length ? `${used} of ${count(concepts.length, 'concept')}` : count(used, 'concept');
  say(`${count(pictures.length, 'picture')}, ${count(segments, 'segment')}, ${which}${by}: ${output}`);
  if (k !== undefined && used < k) say(`--k ${k} is more than there are: ${count(used, 'concept')}`);
  else if (lonely > used / 2 && pictures.length > 1 && assign === undefined)
    say(`${lonely} of the concepts are of one picture alone: ${k === undefined ? '--k or a higher --price' : 'a smaller --k'} makes fewer`);
};

const runWhole = async (args: readonly string[], run: Run): Promise<void> => {
  const { options, signal } = run;
  const jobs = await planOf(args, run);
  if (jobs.length === 0) return;
  const known = await readKnown(options, signal);
  const atOnce = await lanesFor(jobs.length, options);
  const isNew = await checkOutputs(jobs, options);
  try {
    const reference = await readReference(options, signal);
    const marked = reference && (await markedVector(await run.encoder.get(), reference, signal));
    const all = options.together ? await findTogether(jobs, run) : await findOneByOne(jobs, atOnce, known, run);
    if (all.pictures.length === 0) return;
    if (all.known.length > MOST_CONCEPTS)
      throw new InputError(
        `${all.known.length} concepts are more than label maps have room for, ${MOST_CONCEPTS}: --k or a higher --price makes fewer`,
      );
    const record = recordOf(all, options);
    const found = marked ? await foundLike(marked, all.pictures, record, signal) : [];
    await writeAll(all.pictures, record, found, run);
    tell(record, found, run);
  } finally {
    if (isNew) await rmdir(options.output).catch(() => {}); // one that holds anything stays
  }
};

/**
 * Cuts all pictures that the arguments name, finds what their segments have in common, and writes it.
 * @returns how many pictures failed
 * @throws UsageError for options that do not fit; InputError for what no picture survives; the signal's reason once it is aborted
 */
export const runConcepts = async (args: readonly string[], options: ConceptsOptions, signal: AbortSignal): Promise<number> => {
  const run: Run = { options, failures: [], signal, encoder: lazily({ options, signal }) };
  try {
    await runWhole(args, run);
  } finally {
    await run.encoder.dispose();
    reportFailures(run.failures, { output: options.output, json: options.json ?? false, verbose: options.verbose ?? false }); // whatever ended the run
  }
  return run.failures.length;
};
