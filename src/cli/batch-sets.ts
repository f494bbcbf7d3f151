/** Sets of a batch: made from the label maps that it wrote, one after the other, so that a resumed batch makes the same. */
import { basename, extname, join, posix } from 'node:path';
import type { Failure } from '../jobs/inputs-node.ts';
import type { Job } from '../jobs/plan-node.ts';
import { contentOf, type Found, readLabels, readNames } from '../sets/read-node.ts';
import { writeSet } from '../sets/write-node.ts';
import { checkSetName, type EXPORTING, type Given, SETS } from '../toolkit.ts';

/** What sets are made with. */
export interface BatchSets {
  /** Names of rows of `SETS`. */
  sets: readonly string[];
  folder: string;
  exporting: Given<typeof EXPORTING>;
  /** Segments of id 0 are no objects. */
  hasBackground: boolean;
  asked: Record<string, unknown>;
  overwrite?: boolean | undefined;
  durable?: boolean | undefined;
}

/** Formats that sets are made from. */
export const SET_SOURCES = ['labels', 'json'] as const;

const labelsOf = (job: Job): string => (job.outputs.find(({ format }) => format === 'labels') as Job['outputs'][number]).path;

/** The picture's name and file in sets; a page of a file has a name of its own. */
const asPictured = (found: Found, { picture: { path, page, from, folder }, stem }: Job): Found => {
  if (page !== undefined) return { ...found, name: posix.join(folder, stem + extname(found.name)) };
  return from === 'file' ? { ...found, name: posix.join(folder, basename(path)), file: async () => contentOf(path) } : found;
};

const labelled = async function* (jobs: readonly Job[], hasBackground: boolean, signal: AbortSignal): AsyncGenerator<Found> {
  for (const job of jobs)
    for await (const { read } of readLabels({ path: labelsOf(job), below: job.picture.folder }, () => undefined, {}, signal))
      yield { ...asPictured(await read(), job), ...(hasBackground && { background: 0 }) };
};

/** All names that segments could get, then others that they have, from the JSON beside the label maps. */
const namesIn = async (jobs: readonly Job[], signal: AbortSignal): Promise<string[]> => {
  const all = { classes: new Set<string>(), names: new Set<string>() };
  for (const job of jobs) {
    const { classes, names } = await readNames(labelsOf(job), signal);
    for (const name of classes) all.classes.add(name);
    for (const name of names) all.names.add(name);
  }
  return [...new Set([...all.classes, ...all.names])];
};

/** Pictures whose names sets can hold; that the others are left out is told of each. */
const nameable = (jobs: readonly Job[], failures: Failure[]): Job[] =>
  jobs.filter(({ picture: { path, page, from, folder } }) => {
    try {
      if (from === 'file') checkSetName(posix.join(folder, basename(path)));
      return true;
    } catch (error) {
      failures.push({ path, ...(page !== undefined && { page }), error });
      return false;
    }
  });

const keyOf = ({ path, page }: { path: string; page?: number }): string => `${page ?? ''} ${path}`;

/**
 * Writes the sets of all pictures that are done, by name.
 * @param failures of pictures before; those that no set can name are added
 * @returns their paths; none where no picture is
 * @throws InputError where one cannot be made or written; the signal's reason once aborted
 */
export const writeBatchSets = async (jobs: readonly Job[], failures: Failure[], batch: BatchSets, signal: AbortSignal): Promise<string[]> => {
  const failed = new Set(failures.map(keyOf));
  const finished = jobs.filter(({ picture }) => !failed.has(keyOf(picture))).sort((a, b) => (labelsOf(a) < labelsOf(b) ? -1 : 1));
  const done = nameable(finished, failures);
  if (done.length === 0) return [];
  const labels = await namesIn(done, signal);
  const paths: string[] = [];
  for (const name of batch.sets) {
    const { path, isFolder, files } = SETS[name];
    const target = join(batch.folder, path);
    const mark = { picture: { name: `${done.length} pictures` }, asked: JSON.parse(JSON.stringify({ ...batch.asked, ...batch.exporting })) };
    const pictures = labelled(done, batch.hasBackground, signal);
    await writeSet(target, files(pictures, { ...batch.exporting, labels, signal }), { ...batch, isFolder, mark, signal });
    paths.push(target);
  }
  return paths;
};
