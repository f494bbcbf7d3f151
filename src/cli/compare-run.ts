/** The work of `diffcut compare`: an encoder after the other, each before all pictures, then the figure. */
import { baseName, toldPath } from '../jobs/inputs-node.ts';
import { COMPARE, comparing, drawComparison, type Encoder, encoderText, InputError, type Result, type RgbImage, secondsOf } from '../toolkit.ts';
import { VERSION } from '../version-node.ts';
import { count, removeEmpty, reportFailures, titleOf } from './batch.ts';
import { type Column, type CompareOptions, columnsOf, type Opened, openPictures } from './compare-inputs.ts';
import { makeFigurePlace, writeFigure } from './figure-file.ts';
import { openAsked } from './files.ts';
import { createReporter, type Reporter } from './progress.ts';
import { printJson, say, sayError, sentenceOf, UsageError } from './terminal.ts';

type Outcome = Result | { error: unknown };

interface Job {
  options: CompareOptions;
  columns: readonly Column[];
  pictures: readonly Opened[];
  /** By picture, then by column. */
  outcomes: Outcome[][];
  /** What is left out of the figure, but for pictures that could not be opened, in sentences. */
  problems: { sentence: string; error: unknown }[];
  reporter: Reporter;
  signal: AbortSignal;
}

const headOf = ({ method, opens }: Column): { title: string; encoder: string } => ({
  title: method.title,
  encoder: encoderText({ ...method, opens }),
});

const cellTitle = ({ picture }: Opened, column: Column): string => {
  const { title, encoder } = headOf(column);
  return `${titleOf(picture)}, ${title} (${encoder})`;
};

/** What is told of a cell. @param noise as it was given: a file's numbers are not told */
const recordOf = ({ picture }: Opened, { method, opens }: Column, outcome: Outcome, { noise }: CompareOptions): object => {
  const head = { path: toldPath(picture.path), method: method.name };
  if ('error' in outcome) return { ...head, encoder: method.encoder, error: sentenceOf(outcome.error) };
  const { options, segments, timings, isShared } = outcome;
  const settings = opens.noise === undefined ? opens : { ...opens, noise };
  return {
    ...head,
    ...options,
    ...(Object.keys(settings).length > 0 && { settings }),
    segments,
    seconds: Math.round(secondsOf(timings) * 1000) / 1000,
    timings: Object.fromEntries(Object.entries(timings).map(([stage, ms]) => [stage, Math.round(ms * 10) / 10])),
    encodeShared: isShared,
  };
};

/** Keeps and tells what became of a cell. */
const settle = ({ pictures, columns, outcomes, options, reporter }: Job, p: number, c: number, outcome: Outcome): void => {
  outcomes[p][c] = outcome;
  if (options.json) printJson(recordOf(pictures[p], columns[c], outcome, options));
  const told = 'error' in outcome ? 'failed' : `${count(outcome.segments, 'segment')}, ${secondsOf(outcome.timings).toFixed(1)} s`;
  reporter.finish(`${cellTitle(pictures[p], columns[c])}: ${told}`);
};

/** One picture by the methods of an open encoder. A method that fails leaves its cell empty. */
const runPicture = async (job: Job, encoder: Encoder, p: number, at: readonly number[]): Promise<void> => {
  const { pictures, columns, options, problems, reporter, signal } = job;
  const one = pictures[p];
  if (!('shown' in one)) return;
  const given = { ...(options.refine && { refine: options.refine }), signal, onProgress: reporter.onProgress };
  const opening = one.open().then((file) => comparing(file, encoder, one.shown, given));
  for (const c of at) {
    const title = cellTitle(one, columns[c]);
    reporter.begin(title);
    try {
      const run = await opening;
      settle(job, p, c, await run(columns[c].method));
    } catch (error) {
      signal.throwIfAborted();
      problems.push({ sentence: `${title}: ${sentenceOf(error)}`, error });
      settle(job, p, c, { error });
    }
  }
};

/** All pictures by the methods that share an encoder. One that is not on this machine, or does not open, leaves its columns empty. */
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

const draw = ({ pictures, columns, outcomes, options }: Job): RgbImage => {
  const rows = pictures.map((one, p) => {
    const caption = baseName(one.picture.path);
    if (!('shown' in one)) return { caption, problem: sentenceOf(one.error) };
    const cells = outcomes[p].map((outcome) =>
      'error' in outcome
        ? { problem: sentenceOf(outcome.error) }
        : { image: outcome.image, segments: outcome.segments, seconds: secondsOf(outcome.timings) },
    );
    return { caption, image: one.shown.image, cells };
  });
  return drawComparison(columns.map(headOf), rows, options.width);
};

/** @returns nothing where all cells are empty: such a figure would only be in the way of the next try */
const runJob = async (job: Job): Promise<RgbImage | undefined> => {
  const { columns, options, outcomes, signal } = job;
  for (const at of groupsOf(columns)) await runEncoder(job, at);
  if (outcomes.flat().every((outcome) => 'error' in outcome)) return undefined;
  const figure = draw(job);
  await writeFigure(options.output, figure, { replace: options.overwrite, durable: options.durable, signal });
  return figure;
};

/**
 * Compares the pictures and writes the figure. A picture that cannot be read and a model that is not on this machine are told in
 * it, and do not stop the rest.
 * @returns how many failed
 * @throws UsageError for options that do not fit; InputError where the figure cannot be written
 */
export const runCompare = async (
  args: readonly string[],
  given: Partial<CompareOptions> & { output: string },
  signal: AbortSignal,
): Promise<number> => {
  const options: CompareOptions = { ...given, width: given.width ?? COMPARE.width.default };
  const { output, json } = options;
  if (output === '-' && json) throw new UsageError('Both --json and -o - write to standard output: leave one out');
  const columns = await columnsOf(options, signal);
  const { pictures, failures } = await openPictures(args, options, columns.length, signal);
  const cells = columns.length * pictures.filter((one) => 'shown' in one).length;
  if (cells === 0) {
    reportFailures(failures, options);
    return failures.length;
  }
  const made = await makeFigurePlace(output, options.durable);
  const reporter = await createReporter(cells, options.quiet === true);
  const job: Job = { options, columns, pictures, outcomes: pictures.map(() => []), problems: [], reporter, signal };
  const figure = await runJob(job).finally(() => {
    reporter.close();
    return made !== undefined && removeEmpty(made);
  });
  if (figure && !options.quiet) say(`${output === '-' ? 'Standard output' : output}: ${figure.width} x ${figure.height} pixels`);
  reportFailures(failures, options);
  for (const { sentence, error } of job.problems) sayError(`diffcut: ${sentence}`, error, options.verbose);
  const failed = failures.length + job.problems.length;
  if (json) printJson({ ...(figure && { figure: output, width: figure.width, height: figure.height }), failed, version: VERSION });
  return failed;
};
