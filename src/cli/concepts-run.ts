/** The work of `diffcut concepts`: segments of each picture, then what they have in common, then the files that tell of it. */
import { join } from 'node:path';
import { type Failure, findPictures, toldPath, unreadText } from '../jobs/inputs-node.ts';
import { checkWritable } from '../jobs/outputs-node.ts';
import { readInput } from '../pipes-node.ts';
import { writeSet } from '../sets/write-node.ts';
import {
  type ConceptsRecord,
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
import { type FoundPicture, foundLike, foundLine, foundText, markedVector } from './concepts-found.ts';
import { pageOf } from './concepts-page.ts';
import {
  apart,
  type ConceptsOptions,
  type Kept,
  keptSegments,
  LABELS,
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

/** Pictures that are found, told of on the terminal. */
const SHOWN = 10;

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
  encoder: { get(): Promise<Encoder>; dispose(): Promise<void> };
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

/** The encoder, opened when it is first asked for. */
const lazily = ({ options, signal }: Pick<Run, 'options' | 'signal'>): Run['encoder'] => {
  let opened: Encoder | undefined;
  return {
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

/** The segments of all pictures: those that are kept, and the others made anew. */
const segmentAll = async (jobs: readonly PictureJob[], { options, failures, signal, encoder }: Run): Promise<Kept[]> => {
  const reporter = await createReporter(jobs.length, options.quiet === true);
  const all: Kept[] = [];
  try {
    for (const job of jobs) {
      signal.throwIfAborted();
      reporter.begin(titleOf(job));
      const before = await keptSegments(job);
      const opened = before ? undefined : await encoder.get(); // one that does not open ends the run
      try {
        const kept = before ?? (await makeSegments(job, opened as Encoder, options, signal, reporter.onProgress));
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
const writeAll = async (pictures: readonly Kept[], record: ConceptsRecord, found: readonly FoundPicture[], run: Run): Promise<void> => {
  const { options, failures, signal } = run;
  const { output, overwrite, durable } = options;
  const mark = { picture: { name: `${pictures.length} pictures` }, asked: JSON.parse(JSON.stringify(record.settings)) };
  const write = (name: string, isFolder: boolean, files: AsyncIterable<SetFile>): Promise<number> =>
    writeSet(join(output, name), files, { isFolder, overwrite, durable, mark, signal });
  const writeText = (name: string, text: string): Promise<number> =>
    write(
      name,
      false,
      (async function* () {
        yield { path: '', content: new TextEncoder().encode(text) };
      })(),
    );
  await write(LABELS, true, labelFiles(pictures, record));
  await writeText('concepts.html', await pageOf(pictures, record, readingOf(options), failures, signal));
  if (found.length > 0) await writeText('found.json', foundText(options, found));
  await writeText('concepts.json', conceptsText(record));
};

/** What is told of a run in the end. */
const tell = (record: ConceptsRecord, found: readonly FoundPicture[], { options }: Run): void => {
  const { pictures, concepts } = record;
  if (options.json) {
    const told = concepts.map(({ vectors: _, ...concept }) => concept);
    printJson({ ...record, concepts: told, ...(options.reference !== undefined && { found }) });
  }
  if (options.quiet) return;
  const segments = pictures.reduce((sum, picture) => sum + picture.segments.length, 0);
  const used = concepts.filter((concept) => concept.segments > 0).length;
  for (const one of found.slice(0, SHOWN)) say(foundLine(options.output, one));
  const lonely = concepts.filter((concept) => concept.pictures === 1).length;
  say(`${count(pictures.length, 'picture')}, ${count(segments, 'segment')}, ${count(used, 'concept')}: ${options.output}`);
  if (lonely > used / 2 && pictures.length > 1) say(`${lonely} of the concepts are of one picture alone: --k or a higher --price makes fewer`);
};

/**
 * Cuts all pictures that the arguments name, finds what their segments have in common, and writes it.
 * @returns how many pictures failed
 * @throws UsageError for options that do not fit; InputError for what no picture survives; the signal's reason once it is aborted
 */
export const runConcepts = async (args: readonly string[], options: ConceptsOptions, signal: AbortSignal): Promise<number> => {
  const run: Run = { options, failures: [], signal, encoder: lazily({ options, signal }) };
  try {
    const jobs = await planOf(args, run);
    const marked = options.reference === undefined ? undefined : await markedVector(await run.encoder.get(), options, signal);
    if (jobs.length > 0) await checkWritable(options.output, options.durable);
    const pictures = await segmentAll(jobs, run);
    if (pictures.length > 0) {
      const { known, placed } = await conceptsOf(pictures, run);
      const record = recordOf(pictures, known, placed, options);
      const found = marked ? await foundLike(marked, pictures, record, signal) : [];
      await writeAll(pictures, record, found, run);
      tell(record, found, run);
    }
  } finally {
    await run.encoder.dispose();
  }
  reportFailures(run.failures, { output: options.output, json: options.json ?? false, verbose: options.verbose ?? false });
  return run.failures.length;
};

const recordOf = (pictures: readonly Kept[], known: readonly Known[], placed: Placed, options: ConceptsOptions): ConceptsRecord => {
  const { k, price, alpha, assign, encoder = DEFAULT_ENCODER } = options;
  const parts = pictures.map(({ job, vectors, shares }) => ({ path: toldPath(job.picture.path), labels: job.labels, vectors, shares }));
  const settings = JSON.parse(JSON.stringify({ k, price, alpha, assign, ...askedOf(options) }));
  return conceptsRecord(known, parts, placed, { diffcut: VERSION, encoder, settings });
};
