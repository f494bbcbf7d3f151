/** Everything about a batch that can be told before any work is done: what goes where, and what is done already. */
import { createHash } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';
import { checkBucket, isS3 } from '../net/s3-node.ts';
import { inShard } from '../options/shard.ts';
import { statIfThere } from '../system-errors-node.ts';
import { FORMATS, InputError } from '../toolkit.ts';
import { baseName, type Failure, type Picture, toldPath } from './inputs-node.ts';
import { differences, entryFor, type Ledger, ledgerReader, type Mark, olderPrints, type Standing, standingOf } from './ledger-node.ts';
import { areMade, joinPrefix, together } from './objects-node.ts';
import { checkFolder, type Writing } from './outputs-node.ts';
import { checkReplaceable, existsAlready, madeOtherwise } from './place-node.ts';
import { fileKeys } from './same-file-node.ts';

/** A picture and where its outputs go: plain data. */
export interface Job extends Writing {
  picture: Picture;
}

/** What is to be done with pictures. */
export interface Plan {
  todo: Job[];
  /** Finished before. */
  skipped: Job[];
  failures: Failure[];
}

/** Where outputs go: a folder of all, or one file; either may be on S3, and the file `-` is standard output. */
export type Target = { folder: string } | { file: string };

export interface PlanOptions {
  target: Target;
  /** Names of rows of `FORMATS`; one where the target is a file. */
  formats: readonly string[];
  /** The options that say what comes out, for the ledger. */
  asked: Record<string, unknown>;
  /** Existing outputs are replaced. */
  overwrite?: boolean | undefined;
  /** Pictures that are finished are skipped, others made anew. */
  resume?: boolean | undefined;
  /** Outputs are written so that they outlast a loss of power. */
  durable?: boolean | undefined;
  /** Only its pictures are planned, of all that are named. */
  shard?: string | undefined;
  /** Features of the one picture, which are not to be written over. */
  features?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** Bytes of a name, as file systems count them. */
const NAME_BYTES = 255;
const LONGEST_SUFFIX = Math.max(...Object.values(FORMATS).map(({ suffix }) => suffix.length));

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);

/** The stem as it is, or what of it leaves room for an ending, and a hash that keeps it apart. */
const fitting = (stem: string): string => {
  const room = NAME_BYTES - LONGEST_SUFFIX;
  if (Buffer.byteLength(stem) <= room) return stem;
  let short = '';
  for (const letter of stem) {
    if (Buffer.byteLength(short + letter) > room - 9) break;
    short += letter;
  }
  return `${short}~${hash(stem)}`;
};

const pageSuffix = ({ page }: Picture): string => (page === undefined ? '' : `.p${String(page).padStart(3, '0')}`);

const markOf = async ({ path, from, page, version }: Picture, asked: Record<string, unknown>): Promise<Mark> => {
  const there = from === 'file' ? await statIfThere(path) : undefined;
  // other bytes come by standard input each time; other pictures by another query
  const when = there ? { bytes: there.size, modified: there.mtime } : from === 'stdin' ? { modified: new Date() } : { ...version };
  const picture = { name: from === 'file' ? basename(path) : baseName(path), ...when, ...(from === 'address' && { address: hash(path) }) };
  return JSON.parse(JSON.stringify({ picture, asked: page === undefined ? asked : { ...asked, page } }));
};

/** Where the formats of a picture go, and the start of their names; in the table's order, so that the JSON is written last. */
const outputsOf = (picture: Picture, target: Target, formats: readonly string[]): Pick<Job, 'stem' | 'outputs'> => {
  if ('file' in target) return { stem: `./${basename(target.file)}`, outputs: [{ path: target.file, format: formats[0] }] };
  const stem = fitting(picture.stem + pageSuffix(picture));
  const joined = isS3(target.folder) ? joinPrefix : join;
  const outputs = Object.keys(FORMATS)
    .filter((name) => formats.includes(name))
    .map((format) => ({ path: joined(target.folder, picture.folder, `${stem}${FORMATS[format].suffix}`), format }));
  return { stem, outputs };
};

/** With what the ledger says of the picture. */
export const jobOf = async (picture: Picture, target: Target, formats: readonly string[], asked: Record<string, unknown> = {}): Promise<Job> => ({
  picture,
  mark: await markOf(picture, asked),
  ...outputsOf(picture, target, formats),
});

/** What keeps the outputs of two pictures apart. */
const apart = (a: Picture, b: Picture): string => {
  if (dirname(a.path) === dirname(b.path)) return '--name full keeps their endings';
  return a.folder === b.folder && a.below !== b.below ? '--recursive mirrors their folders' : '--name path keeps their folders';
};

/** Why the outputs of a job cannot be. Of pictures that others do, no more is kept than what stands in a job's way. */
const collisions = async (
  jobs: readonly Job[],
  pictures: readonly Picture[],
  { target, formats, features }: PlanOptions,
): Promise<(job: Job) => InputError | undefined> => {
  const keys = fileKeys();
  const keyOf = new Map<string, string>();
  for (const { path } of jobs.flatMap(({ outputs }) => outputs)) keyOf.set(path, await keys.written(path));
  const owners = new Map([...keyOf.values()].map((key): [string, Picture[]] => [key, []]));
  const inputs = new Set<string>();
  const reads = async (path: string): Promise<void> => {
    for (const key of await keys.read(path)) if (owners.has(key)) inputs.add(key);
  };
  for (const picture of pictures) {
    for (const { path } of outputsOf(picture, target, formats).outputs) owners.get(await keys.written(path))?.push(picture);
    if (picture.from === 'file' || picture.from === 'object') await reads(picture.path);
  }
  for (const path of features === undefined ? [] : [features, `${features}.json`]) await reads(path);
  return (job) => {
    const { picture, outputs } = job;
    for (const { path } of outputs.filter((output) => output.path !== '-')) {
      const key = keyOf.get(path) as string;
      const other = owners.get(key)?.find((one) => one !== picture);
      if (other) {
        const [a, b] = [picture, other].map((one) => JSON.stringify(toldPath(one.path)));
        return new InputError(`${a} would be written to ${JSON.stringify(path)}, as ${b} would: ${apart(picture, other)}`);
      }
      if (inputs.has(key))
        return new InputError(`${JSON.stringify(path)} is to be read and would be written over: --name full, or another folder with -o`);
    }
    return undefined;
  };
};

const RESUME = ', --resume skips finished pictures';

const NO_LEDGER: Ledger = { entries: new Map(), prints: new Map() };

/**
 * Whether a job is finished. What is there of another picture or of other settings is refused, and so is what is not ours;
 * what a run left unfinished is made again.
 * @throws InputError that says what is in the way
 */
const isFinished = async (job: Job, resume: boolean | undefined): Promise<boolean> => {
  const { outputs, before, older, mark } = job;
  const folder = dirname(outputs[0].path);
  const standings = new Map<string, Standing>();
  for (const [name, print] of Object.entries(before?.outputs ?? {})) standings.set(name, await standingOf(join(folder, name), print, older?.[name]));
  const known = [...standings.values()];
  for (const { path } of outputs) {
    const standing = standings.get(basename(path)) ?? (await standingOf(path, undefined, older?.[basename(path)]));
    standings.set(basename(path), standing);
    if (standing === 'foreign') await checkReplaceable(path, job); // a folder, which nothing replaces
    if (standing === 'foreign') throw existsAlready(path, resume ? ', and --resume does not, since it was not written here or was changed' : '');
  }
  const first = [...standings].find(([, standing]) => standing !== 'absent');
  if (!before || !first) return false;
  const different = differences(before, mark);
  if (different.length > 0) throw madeOtherwise(join(folder, first[0]), ` (${different.join('; ')})`);
  const whole = outputs.filter(({ path }) => standings.get(basename(path)) === 'whole');
  if (resume) return whole.length === outputs.length;
  if (whole.length > 0 && known.every((standing) => standing === 'whole')) throw existsAlready(whole[0].path, RESUME);
  return false;
};

/** @throws InputError for a job that cannot be done */
const standOf = async (job: Job, { target, overwrite, resume, signal }: PlanOptions): Promise<'todo' | 'skipped'> => {
  const paths = job.outputs.map(({ path }) => path);
  if (paths[0] === '-') return 'todo';
  if (isS3(paths[0])) {
    if (overwrite || !(await areMade(job, signal))) return 'todo';
    if (!resume) throw existsAlready(paths[0], RESUME);
    return 'skipped';
  }
  const folder = dirname(paths[0]);
  if ('folder' in target && resolve(folder) !== resolve(target.folder)) await checkFolder(folder); // that of all is tried once, before the work
  if (!overwrite) return (await isFinished(job, resume)) ? 'skipped' : 'todo';
  for (const path of paths) await checkReplaceable(path, job);
  return 'todo';
};

/** With what the ledger of its folder says of it. */
export const withLedger = async <W extends Writing>(
  job: W,
  { entries }: Ledger,
  { overwrite, durable }: Pick<PlanOptions, 'overwrite' | 'durable'>,
): Promise<W> => {
  const lines = entries.get(job.stem) ?? [];
  const before = await entryFor(dirname(job.outputs[0].path), lines);
  const names = new Set(lines.flatMap(({ outputs }) => Object.keys(outputs)));
  const older = Object.fromEntries([...names].map((name) => [name, olderPrints(lines, before, name)]));
  return { ...job, ...(before && { before, older }), ...(overwrite && { overwrite }), ...(durable && { durable }) };
};

/**
 * What is to be done with each picture of the shard, and why not with some: two of one name may lie in two shards.
 * @throws InputError where outputs are to go to a bucket that is not to be had; the signal's reason once it is aborted
 */
export const planJobs = async (pictures: readonly Picture[], options: PlanOptions): Promise<Plan> => {
  const { target, formats, asked, signal } = options;
  const whole = 'folder' in target ? target.folder : target.file;
  if (isS3(whole)) await checkBucket(whole, 'written', signal);
  const plan: Plan = { todo: [], skipped: [], failures: [] };
  const jobs: Job[] = [];
  for (const picture of inShard(pictures, options.shard)) {
    try {
      jobs.push(await jobOf(picture, target, formats, asked));
    } catch (error) {
      plan.failures.push({ path: picture.path, error });
    }
  }
  const collisionOf = await collisions(jobs, pictures, options);
  const read = ledgerReader();
  const ledgerOf = async (folder: string): Promise<Ledger> => (isS3(folder) ? NO_LEDGER : read(folder));
  const outcomes = await together(jobs, signal, async (job) => {
    try {
      const collision = collisionOf(job);
      if (collision) throw collision;
      const known = await withLedger(job, await ledgerOf(dirname(job.outputs[0].path)), options);
      return { stand: await standOf(known, options), job: known };
    } catch (error) {
      return { path: job.picture.path, error };
    }
  });
  for (const outcome of outcomes) {
    if (outcome.stand) plan[outcome.stand].push(outcome.job);
    else plan.failures.push(outcome);
  }
  return plan;
};

/**
 * A picture planned by itself, by what the ledger of its folder says now.
 * @param read gives at least the lines of the stem
 * @returns undefined where it is finished
 * @throws InputError that says what is in the way
 */
export const planOne = async (
  picture: Picture,
  options: PlanOptions,
  read: (folder: string, stem: string) => Promise<Ledger>,
): Promise<Job | undefined> => {
  const job = await jobOf(picture, options.target, options.formats, options.asked);
  const folder = dirname(job.outputs[0].path);
  const known = await withLedger(job, isS3(folder) ? NO_LEDGER : await read(folder, job.stem), options);
  return (await standOf(known, options)) === 'todo' ? known : undefined;
};
