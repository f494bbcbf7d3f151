/** The work of `diffcut compare`: pictures, then an encoder after the other, then the figure. */
import { dirname } from 'node:path';
import { baseName, contentOf, type Failure, findPictures, nameOf, type Picture, toldPath, unreadText } from '../jobs/inputs-node.ts';
import { checkNew, makeFolder } from '../jobs/outputs-node.ts';
import {
  COMPARE,
  comparing,
  comparisonSize,
  DEFAULT_METHODS,
  type DRAWING,
  drawComparison,
  type ENCODER,
  type Encoder,
  encoderText,
  type Given,
  InputError,
  isPublished,
  type Method,
  methodOf,
  openPicture,
  type PictureFile,
  type READING,
  type Result,
  type RgbImage,
  type Shown,
  secondsOf,
  shareOptions,
  shownAs,
  withEncoder,
} from '../toolkit.ts';
import { VERSION } from '../version-node.ts';
import { count, reportFailures, titleOf } from './batch.ts';
import { checkFigureSize, writeFigure } from './figure-file.ts';
import { openAsked, sayNotes, withNoise } from './files.ts';
import { encoderOptionsOf, readingOptionsOf } from './options.ts';
import { createReporter, type Reporter } from './progress.ts';
import { printJson, say, sayError, sentenceOf, UsageError, usageIfOption } from './terminal.ts';

/** What `compare` takes on the command line. */
export interface CompareOptions extends Given<typeof ENCODER>, Given<typeof COMPARE>, Given<typeof READING>, Pick<Given<typeof DRAWING>, 'refine'> {
  output: string;
  methods?: readonly string[];
  encoders?: readonly string[];
  recursive?: boolean;
  overwrite?: boolean;
  durable?: boolean;
  json?: boolean;
  quiet?: boolean;
  verbose?: boolean;
}

/** A picture that could be opened, as it is in the figure; or why it could not. */
type Opened = { picture: Picture; shown: Shown } | { picture: Picture; error: unknown };

/** A method, and all that its encoder is opened with. */
interface Column {
  method: Method;
  opens: Given<typeof ENCODER>;
}

type Outcome = Result | { error: unknown };

type Settled = CompareOptions & { width: number };

interface Job {
  options: Settled;
  columns: readonly Column[];
  pictures: readonly Opened[];
  /** By picture, then by column. */
  outcomes: Outcome[][];
  /** What is left out of the figure, but for pictures that could not be opened, in sentences. */
  problems: { sentence: string; error: unknown }[];
  reporter: Reporter;
  signal: AbortSignal;
}

/** Options of encoders that say how the work is done, not what comes out. */
const INDIFFERENT: readonly string[] = ['threads', 'device', 'worker', 'cacheFeatures'];

/** The methods that were asked for, each with every encoder where encoders were, each once. @throws UsageError for pairs with encoders beside */
const methodsOf = ({ methods, encoders }: CompareOptions): Method[] => {
  const asked = (methods ?? DEFAULT_METHODS).map(methodOf);
  const paired = methods?.find((name) => name.includes(':'));
  if (encoders && paired) throw new UsageError(`Both ${paired} and --encoders say whose features: leave one out`);
  const all = encoders ? asked.flatMap((method) => encoders.map((encoder) => withEncoder(method, encoder))) : asked;
  return [...new Map(all.map((method) => [method.name, method])).values()];
};

/** @throws UsageError for an option that none of the encoders takes, or that would make a published method another one */
const columnsOf = async (options: CompareOptions, signal: AbortSignal): Promise<Column[]> => {
  const methods = methodsOf(options);
  const given = await withNoise(encoderOptionsOf({ ...options }), signal);
  const shares = await shareOptions(
    methods.map(({ encoder }) => encoder),
    given,
  ).catch(usageIfOption);
  return methods.map((method, i) => {
    const own = Object.fromEntries(Object.entries(shares[i]).filter(([, value]) => value !== undefined));
    const [changed] = isPublished(method) ? Object.keys(own).filter((key) => !INDIFFERENT.includes(key)) : [];
    if (changed)
      throw new UsageError(
        `${method.name} is compared as it was published, and ${changed} was given: name ${method.solver}:${method.encoder} instead`,
      );
    return { method, opens: { ...method.opens, ...own } };
  });
};

/** A picture's file, opened; of a download the bytes are kept for the next encoder. */
const openFile = async (picture: Picture, options: CompareOptions, signal: AbortSignal): Promise<PictureFile> => {
  const reading = readingOptionsOf({ ...options });
  return openPicture(await contentOf({ ...picture, page: 1 }, reading, signal), { ...reading, signal });
};

const open = async (picture: Picture, options: Settled, signal: AbortSignal): Promise<Opened> => {
  try {
    const file = await openFile(picture, options, signal);
    const shown = await shownAs(file, options.width, signal);
    if (!options.quiet) sayNotes(picture.path, { ...shown.image, source: file.source });
    return { picture, shown };
  } catch (error) {
    signal.throwIfAborted();
    return { picture, error };
  }
};

const columnTitle = ({ method, opens }: Column): string => `${method.title} (${encoderText({ ...method, opens })})`;

/** What is told of a cell. */
const recordOf = ({ picture }: Opened, { method }: Column, outcome: Outcome): object => {
  const head = { path: toldPath(picture.path), method: method.name };
  if ('error' in outcome) return { ...head, encoder: method.encoder, error: sentenceOf(outcome.error) };
  const { options, segments, timings, isShared } = outcome;
  const rounded = Object.entries(timings).map(([stage, ms]) => [stage, Math.round(ms * 10) / 10]);
  return {
    ...head,
    ...options,
    ...(Object.keys(method.opens).length > 0 && { settings: method.opens }),
    segments,
    seconds: Math.round(secondsOf(timings) * 1000) / 1000,
    timings: Object.fromEntries(rounded),
    encodeShared: isShared,
  };
};

/** Keeps and tells what became of a cell. */
const settle = (job: Job, p: number, c: number, outcome: Outcome): void => {
  const { pictures, columns, outcomes, options, reporter } = job;
  outcomes[p][c] = outcome;
  if (options.json) printJson(recordOf(pictures[p], columns[c], outcome));
  const told = 'error' in outcome ? 'failed' : `${count(outcome.segments, 'segment')}, ${secondsOf(outcome.timings).toFixed(1)} s`;
  reporter.finish(`${titleOf(pictures[p].picture)}, ${columnTitle(columns[c])}: ${told}`);
};

/** One picture by the methods of an open encoder. A method that fails leaves its cell empty. */
const runPicture = async (job: Job, encoder: Encoder, p: number, at: readonly number[]): Promise<void> => {
  const { pictures, columns, options, problems, reporter, signal } = job;
  const one = pictures[p];
  if (!('shown' in one)) return;
  const { refine } = options;
  const file = await openFile(one.picture, options, signal);
  const run = comparing(file, encoder, one.shown, { ...(refine && { refine }), signal, onProgress: reporter.onProgress });
  for (const c of at) {
    reporter.begin(`${titleOf(one.picture)}, ${columnTitle(columns[c])}`);
    try {
      settle(job, p, c, await run(columns[c].method));
    } catch (error) {
      signal.throwIfAborted();
      problems.push({ sentence: `${titleOf(one.picture)}, ${columnTitle(columns[c])}: ${sentenceOf(error)}`, error });
      settle(job, p, c, { error });
    }
  }
};

/** All pictures by the methods that share an encoder. One that is not here, or does not open, leaves its columns empty. */
const runEncoder = async (job: Job, at: readonly number[]): Promise<void> => {
  const { columns, pictures, problems, signal } = job;
  const { method, opens } = columns[at[0]];
  let encoder: Encoder;
  try {
    encoder = await openAsked(method.encoder, { ...opens, signal });
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof InputError)) throw error;
    problems.push({ sentence: sentenceOf(error), error });
    for (const [p, one] of pictures.entries()) if ('shown' in one) for (const c of at) settle(job, p, c, { error });
    return;
  }
  try {
    for (const p of pictures.keys()) await runPicture(job, encoder, p, at);
  } finally {
    await encoder.dispose();
  }
};

/** Places of the columns that one open encoder serves. */
const groupsOf = (columns: readonly Column[]): number[][] => {
  const groups = new Map<string, number[]>();
  for (const [c, { method, opens }] of columns.entries()) {
    const key = JSON.stringify([method.encoder, opens]);
    groups.set(key, [...(groups.get(key) ?? []), c]);
  }
  return [...groups.values()];
};

const draw = ({ pictures, columns, outcomes, options }: Job): RgbImage =>
  drawComparison(
    columns.map(({ method, opens }) => ({ title: method.title, encoder: encoderText({ ...method, opens }) })),
    pictures.map((one, p) => {
      const caption = baseName(one.picture.path);
      if (!('shown' in one)) return { caption, problem: sentenceOf(one.error) };
      const cells = outcomes[p].map((outcome) =>
        'error' in outcome ? { problem: sentenceOf(outcome.error) } : { ...outcome, seconds: secondsOf(outcome.timings) },
      );
      return { caption, image: one.shown.image, cells };
    }),
    options.width,
  );

const runJob = async (job: Job): Promise<RgbImage> => {
  const { columns, options, signal } = job;
  for (const at of groupsOf(columns)) await runEncoder(job, at);
  const figure = draw(job);
  await writeFigure(options.output, figure, { replace: options.overwrite, durable: options.durable, signal });
  return figure;
};

/** What the arguments name, each opened once. @throws InputError where none of it is a picture, or all of it is too large a figure */
const readPictures = async (args: readonly string[], options: Settled, columns: number, signal: AbortSignal): Promise<[Opened[], Failure[]]> => {
  const { output, recursive, overwrite, quiet } = options;
  const found = await findPictures(args, { output, recursive, signal });
  if (found.unread.size > 0 && !quiet) say(`Not read: ${unreadText(found.unread)}`);
  if (output !== '-') {
    const read = found.pictures.filter(({ from }) => from === 'file').map(({ path }) => path);
    await checkNew([output], overwrite, read);
  }
  const pictures: Opened[] = [];
  for (const picture of found.pictures) pictures.push(await open(picture, options, signal));
  const heights = pictures.map((one) => ('shown' in one ? one.shown.image.height : 0));
  checkFigureSize(output, comparisonSize(columns, heights, options.width));
  const failed = pictures.flatMap((one) => ('error' in one ? [{ path: one.picture.path, error: one.error }] : []));
  return [pictures, [...found.failures, ...failed]];
};

/**
 * Compares the pictures and writes the figure. A picture that cannot be read and a model that is not on this machine are told in
 * it, and do not stop the rest.
 * @returns how many failed
 * @throws UsageError for options that do not fit; InputError where no picture can be read or the figure cannot be written
 */
export const runCompare = async (args: readonly string[], given: CompareOptions, signal: AbortSignal): Promise<number> => {
  const options: Settled = { ...given, width: given.width ?? COMPARE.width.default };
  const { output, json } = options;
  if (output === '-' && json) throw new UsageError('Both --json and -o - write to standard output: leave one out');
  const columns = await columnsOf(options, signal);
  const [pictures, failures] = await readPictures(args, options, columns.length, signal);
  const cells = columns.length * pictures.filter((one) => 'shown' in one).length;
  if (cells === 0) {
    reportFailures(failures, options);
    return failures.length;
  }
  if (output !== '-') await makeFolder(dirname(output), options.durable);
  const reporter = await createReporter(cells, options.quiet === true);
  const job: Job = { options, columns, pictures, outcomes: pictures.map(() => []), problems: [], reporter, signal };
  const figure = await runJob(job).finally(reporter.close);
  if (!options.quiet) say(`${nameOf(output)}: ${figure.width} x ${figure.height} pixels`);
  reportFailures(failures, options);
  for (const { sentence, error } of job.problems) sayError(`diffcut: ${sentence}`, error, options.verbose);
  const failed = failures.length + job.problems.length;
  if (json) printJson({ figure: output, width: figure.width, height: figure.height, failed, version: VERSION });
  return failed;
};
