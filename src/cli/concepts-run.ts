/** The work of `diffcut concepts`: segments of each picture, then what they have in common, then the files that tell of it. */
import { join } from 'node:path';
import { type Failure, findPictures, toldPath, unreadText } from '../jobs/inputs-node.ts';
import { checkWritable } from '../jobs/outputs-node.ts';
import { readInput } from '../pipes-node.ts';
import { writeSet } from '../sets/write-node.ts';
import {
  type ConceptsRecord,
  type Content,
  conceptsRecord,
  conceptsText,
  DEFAULT_ENCODER,
  type Encoder,
  encodeIndexedPng,
  findConcepts,
  hexColours,
  InputError,
  joinVectors,
  type Known,
  type Placed,
  placeInKnown,
  readConcepts,
  renamed,
  type SetFile,
  toldRow,
} from '../toolkit.ts';
import { VERSION } from '../version-node.ts';
import { count, reportFailures, sayDevice } from './batch.ts';
import { pageOf } from './concepts-page.ts';
import {
  apart,
  type ConceptsOptions,
  type Kept,
  keptSegments,
  makeSegments,
  type PictureJob,
  pictureJob,
  readingOf,
  readSegmentMap,
  titleOf,
} from './concepts-segments.ts';
import { openAsked, withNoise } from './files.ts';
import { encoderOptionsOf } from './options.ts';
import { createReporter } from './progress.ts';
import { printJson, say, UsageError } from './terminal.ts';

/** Options that say how the work is done, not what comes out. */
const INDIFFERENT = ['threads', 'device', 'worker', 'cacheFeatures', 'maxPixels', 'maxBytes', 'timeout', 'allowPrivate'];

/** What a picture's segments hang on besides the picture. */
const askedOf = (options: ConceptsOptions): Record<string, unknown> => {
  const { encoder = DEFAULT_ENCODER } = options;
  const given = Object.entries({ ...readingOf(options), ...encoderOptionsOf({ ...options }) });
  return { encoder, version: VERSION, ...Object.fromEntries(given.filter(([name, value]) => value !== undefined && !INDIFFERENT.includes(name))) };
};

interface Run {
  options: ConceptsOptions;
  failures: Failure[];
  signal: AbortSignal;
}

/** The pictures that the arguments name, and where their files go. */
const planOf = async (args: readonly string[], { options, failures, signal }: Run): Promise<PictureJob[]> => {
  if (args.includes('-')) throw new UsageError('Pictures are looked at twice, and standard input is read once: give files or folders');
  const found = await findPictures(args, { ...options, signal });
  if (found.unread.size > 0 && !options.quiet) say(`Not read: ${unreadText(found.unread)}`);
  failures.push(...found.failures);
  const jobs: PictureJob[] = [];
  for (const picture of found.pictures) jobs.push(await pictureJob(picture, options.output, askedOf(options)));
  return apart(jobs).flatMap(([job, other]) => {
    if (!other) return [job];
    const [a, b] = [job, other].map(({ picture }) => JSON.stringify(toldPath(picture.path)));
    const error = new InputError(`${a} would have the files of ${b}: --name full or --name path keeps them apart`);
    failures.push({ path: job.picture.path, error });
    return [];
  });
};

/** The segments of all pictures: those that are kept, and the others made anew, with an encoder that is opened for the first of them. */
const segmentAll = async (jobs: readonly PictureJob[], { options, failures, signal }: Run): Promise<Kept[]> => {
  const reporter = await createReporter(jobs.length, options.quiet === true);
  let encoder: Encoder | undefined;
  const open = async (): Promise<Encoder> => {
    const given = await withNoise(encoderOptionsOf({ ...options }), signal);
    const opened = await openAsked(options.encoder ?? DEFAULT_ENCODER, { ...given, signal });
    if (!options.quiet) sayDevice(opened);
    return opened;
  };
  const all: Kept[] = [];
  try {
    for (const job of jobs) {
      signal.throwIfAborted();
      reporter.begin(titleOf(job));
      const before = await keptSegments(job);
      encoder ??= before ? undefined : await open();
      try {
        const kept = before ?? (await makeSegments(job, encoder as Encoder, options, signal, reporter.onProgress));
        all.push(kept);
        reporter.finish(`${titleOf(job)}: ${count(kept.shares.length, 'segment')}${before ? ', made before' : ''}`);
      } catch (error) {
        signal.throwIfAborted();
        failures.push({ path: job.picture.path, error });
        reporter.finish(`${titleOf(job)}: failed`);
      }
    }
  } finally {
    reporter.close();
    await encoder?.dispose();
    if (signal.aborted && !options.quiet) say(`${all.length} of ${count(jobs.length, 'picture')} done; the same command goes on from there`);
  }
  return all;
};

/** The concepts, and the place of every segment in them. */
const conceptsOf = async (pictures: readonly Kept[], { options, signal }: Run): Promise<{ known: Known[]; placed: Placed }> => {
  const { assign, k, price, alpha, encoder = DEFAULT_ENCODER } = options;
  const segments = joinVectors(pictures.map(({ vectors }) => vectors));
  if (assign === undefined) {
    const found = await findConcepts(segments, { k, price, alpha, signal });
    const colourOf = hexColours();
    const known = Array.from(found.size, (_, id): Known => ({ id, colour: colourOf(id), vectors: [toldRow(found.vectors, id)] }));
    return { known, placed: found };
  }
  const file = readConcepts(new TextDecoder().decode(await readInput(assign, 'a concepts.json', signal)), JSON.stringify(assign));
  if (file.encoder !== encoder)
    throw new InputError(`${JSON.stringify(assign)} has concepts of the encoder ${file.encoder}, not of ${encoder}: give --encoder ${file.encoder}`);
  return { known: file.concepts, placed: await placeInKnown(segments, file.concepts, { signal }) };
};

/** Label maps of all pictures, the concepts their ids. */
const labelFiles = async function* (pictures: readonly Kept[], { concepts, pictures: told }: ConceptsRecord): AsyncGenerator<SetFile> {
  const palette = paletteOf(concepts.map(({ colour }) => colour));
  for (const [p, { job }] of pictures.entries()) {
    const labels = await readSegmentMap(job);
    const of = new Map(told[p].segments.map(([id, concept]) => [id, concept]));
    const path = job.labels.slice(job.labels.indexOf('/') + 1);
    yield {
      path,
      content: await encodeIndexedPng(
        renamed(labels, (id) => of.get(id) ?? 0),
        palette,
      ),
    };
  }
};

/** 256 colours, 3 bytes each. */
const paletteOf = (colours: readonly string[]): Uint8Array => {
  const palette = new Uint8Array(768);
  colours.forEach((colour, id) => {
    palette.set(
      [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)),
      3 * id,
    );
  });
  return palette;
};

/** Writes what tells of all pictures together; what an earlier run wrote is replaced. */
const writeAll = async (pictures: readonly Kept[], record: ConceptsRecord, { options, failures, signal }: Run): Promise<void> => {
  const { output, overwrite, durable } = options;
  const write = async (name: string, isFolder: boolean, files: AsyncIterable<SetFile>): Promise<void> => {
    const mark = { picture: { name: `${pictures.length} pictures` }, asked: JSON.parse(JSON.stringify(record.settings)) };
    await writeSet(join(output, name), files, { isFolder, overwrite, durable, mark, signal });
  };
  const one = async function* (content: Content): AsyncGenerator<SetFile> {
    yield { path: '', content };
  };
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  await write('labels', true, labelFiles(pictures, record));
  await write('concepts.html', false, one(text(await pageOf(pictures, record, readingOf(options), failures, signal))));
  await write('concepts.json', false, one(text(conceptsText(record))));
};

/**
 * Cuts all pictures that the arguments name, finds what their segments have in common, and writes it.
 * @returns how many pictures failed
 * @throws UsageError for options that do not fit; InputError for what no picture survives; the signal's reason once it is aborted
 */
export const runConcepts = async (args: readonly string[], options: ConceptsOptions, signal: AbortSignal): Promise<number> => {
  const run: Run = { options, failures: [], signal };
  const jobs = await planOf(args, run);
  if (jobs.length > 0) await checkWritable(options.output, options.durable);
  const pictures = await segmentAll(jobs, run);
  if (pictures.length > 0) {
    const { known, placed } = await conceptsOf(pictures, run);
    const parts = pictures.map(({ job, vectors, shares }) => ({ path: toldPath(job.picture.path), labels: job.labels, vectors, shares }));
    const { k, price, alpha, encoder = DEFAULT_ENCODER } = options;
    const settings = JSON.parse(JSON.stringify({ k, price, alpha, assign: options.assign, ...askedOf(options) }));
    const record = conceptsRecord(known, parts, placed, { diffcut: VERSION, encoder, settings });
    await writeAll(pictures, record, run);
    if (options.json) printJson({ ...record, concepts: record.concepts.map(({ vectors: _, ...told }) => told) });
    const used = record.concepts.filter(({ segments }) => segments > 0).length;
    if (!options.quiet)
      say(`${count(pictures.length, 'picture')}, ${count(placed.of.length, 'segment')}, ${count(used, 'concept')}: ${options.output}`);
  }
  reportFailures(run.failures, options as never);
  return run.failures.length;
};
