/** The work of `diffcut convert`: label files in, one picture after the other; files and sets out. */
import { rmdir } from 'node:fs/promises';
import { basename, dirname, extname, join, posix } from 'node:path';
import { printable } from '../errors.ts';
import { baseName, type Failure, type Naming } from '../jobs/inputs-node.ts';
import { type Mark, readLedger } from '../jobs/ledger-node.ts';
import { checkWritable, type Writing, writeOutputs } from '../jobs/outputs-node.ts';
import { checkAlike } from '../jobs/place-node.ts';
import { withLedger } from '../jobs/plan-node.ts';
import { type Found, findImages, findLabels, readLabels, type Source } from '../sets/read-node.ts';
import { checkSet, writeSet } from '../sets/write-node.ts';
import { statIfThere } from '../system-errors-node.ts';
import {
  checkSetNames,
  describeSegments,
  type EXPORTING,
  FORMATS,
  type Given,
  InputError,
  type LabelMap,
  type Made,
  type NUMBERING,
  renumber,
  SETS,
  segmentPalette,
  UNNAMED,
} from '../toolkit.ts';
import { type Concepts, named, readConceptsOf, untoldText } from './convert-names.ts';
import { byKind, exportingOf } from './exporting.ts';
import { createReporter } from './progress.ts';
import { printJson, say, sayError, sentenceOf } from './terminal.ts';

interface Asked extends Given<typeof EXPORTING>, Given<typeof NUMBERING> {
  to: readonly string[];
  output: string;
  /** A file of concepts. */
  names?: string;
  /** How outputs and pictures of sets are named. */
  name?: Naming;
  images?: string;
  recursive?: boolean;
  overwrite?: boolean;
  durable?: boolean;
  json?: boolean;
  quiet?: boolean;
  verbose?: boolean;
}

/** Where outputs go: a folder of all, or the one file of the one format. */
interface Where {
  folder: string;
  file?: string;
}

/** How a file of the format is named at the end. */
const endingOf = (name: string): string => extname(Object.hasOwn(FORMATS, name) ? `x${FORMATS[name].suffix}` : SETS[name].path);

/** A name that ends as the one format does is a file's; anything else a folder's. */
const whereOf = async ({ to, output }: Asked): Promise<Where> => {
  const there = await statIfThere(output);
  const isOne = to.length === 1 && endingOf(to[0]) !== '' && output.toLowerCase().endsWith(endingOf(to[0]));
  if (there?.isDirectory() || /[\\/]$/.test(output) || !isOne) return { folder: output };
  return { folder: dirname(output), file: output };
};

/** What is told of each picture that was read. */
interface Told {
  name: string;
  segments: number;
  outputs: string[];
}

/** The same colours under other ids; of ids that had none our own. */
const coloursUnder = (ids: ReadonlyMap<number, number>, colours: Uint8Array): Uint8Array => {
  const out = segmentPalette(1 + [...ids.values()].reduce((a, b) => Math.max(a, b), 0));
  for (const [old, id] of ids) if (3 * old + 3 <= colours.length) out.set(colours.subarray(3 * old, 3 * old + 3), 3 * id);
  return out;
};

/** The labels as the formats are to tell of them. */
const numbered = async (found: Found, { firstId, background }: Asked, signal: AbortSignal): Promise<Found> => {
  if (firstId === undefined && background === undefined) return found;
  const there = found.background === 0 ? 'zero' : 'none';
  const { labels, ids, background: ground } = await renumber(found.labels as LabelMap, { firstId, background: background ?? there, signal });
  const [names, scores]: [(string | undefined)[], (number | undefined)[]] = [[], []];
  for (const [old, id] of ids)
    if (id !== ground) {
      names[id] = found.names?.[old];
      scores[id] = found.scores?.[old];
    }
  const { background: _, colours, ...rest } = found;
  return {
    ...rest,
    labels,
    names,
    scores,
    ...(colours && { colours: coloursUnder(ids, colours) }),
    ...(ground !== undefined && { background: ground }),
  };
};

/** As the formats of a picture take it; there are no pixels of the picture itself. */
const madeOf = async (found: Found, exporting: Given<typeof EXPORTING>, signal: AbortSignal): Promise<Made> => {
  const labels = found.labels as LabelMap;
  const { width, height } = labels;
  const segments = (await describeSegments(labels, undefined, { signal })).map((segment) => {
    const [name, score] = [found.names?.[segment.id], found.scores?.[segment.id]];
    return { ...segment, ...(name !== undefined && { name }), ...(score !== undefined && { score }) };
  });
  const { name, background, colours, geo } = found;
  return {
    name,
    image: { data: new Uint8Array(0), width, height, ...(geo && { source: { format: 'TIFF', geo } }) },
    labels,
    segments,
    record: {},
    exporting,
    ...(background !== undefined && { background }),
    ...(colours && { colours }),
  };
};

/** One run: what was asked for, and what came of it. */
interface Run extends Where {
  asked: Asked;
  formats: readonly string[];
  exporting: Given<typeof EXPORTING>;
  failures: Failure[];
  /** Names of the ids, where a file has them. */
  concepts: Concepts | undefined;
  /** All names that files have for segments, and those that segments have. */
  classes: Set<string>;
  names: Set<string>;
  /** By the path of an output without ending, the picture that has it. */
  taken: Map<string, string>;
  signal: AbortSignal;
}

/** @param picture what it is made from */
const markOf = (picture: object, { asked: { firstId, background, names, images }, exporting }: Run): Mark =>
  JSON.parse(JSON.stringify({ picture, asked: { firstId, background, names, images, ...exporting } }));

const pictureOf = async ({ path }: Source): Promise<object> => {
  const there = await statIfThere(path);
  return { name: baseName(path), ...(there && { bytes: there.size, modified: there.mtime }) };
};

/** Writes the files of a picture. @returns their paths @throws InputError where they are another picture's, too */
const writeFiles = async (source: Source, found: Found, run: Run): Promise<string[]> => {
  const { formats, asked, exporting, folder, file, taken, signal } = run;
  if (formats.length === 0) return [];
  const stem = posix.basename(found.name, (asked.name ?? 'stem') === 'stem' ? extname(found.name) : '');
  const at = join(folder, posix.dirname(found.name), stem);
  const other = taken.get(file ?? at);
  if (other !== undefined)
    throw new InputError(
      `${JSON.stringify(found.name)} would be written to ${JSON.stringify(file ?? at)}, as ${JSON.stringify(other)} was: --name path keeps their folders, --name full their endings`,
    );
  taken.set(file ?? at, found.name);
  const outputs = Object.keys(FORMATS)
    .filter((name) => formats.includes(name))
    .map((format) => ({ path: file ?? `${at}${FORMATS[format].suffix}`, format }));
  const mark = markOf(await pictureOf(source), run);
  const plain: Writing = { outputs, stem: file === undefined ? stem : `./${basename(file)}`, mark };
  const ledger = await readLedger(file === undefined ? join(folder, posix.dirname(found.name)) : folder);
  const writing = await withLedger(plain, ledger, asked);
  for (const { path } of outputs) await checkAlike(path, writing);
  await writeOutputs(writing, await madeOf(found, exporting, signal), signal);
  return outputs.map(({ path }) => path);
};

/** All pictures of all files, the broken ones left out. */
const readAll = async function* (sources: readonly Source[], run: Run, tell: (source: Source) => void): AsyncGenerator<[Source, Found]> {
  const { asked, failures, signal } = run;
  const images = await findImages(asked.images);
  const failed = ({ path }: Source, error: unknown): undefined => {
    signal.throwIfAborted();
    failures.push({ path, error });
  };
  for (const source of sources) {
    try {
      for await (const { read } of readLabels(source, images, asked, signal)) {
        const found = await read()
          .then((one) => numbered(named(one, source, run.concepts, asked.images !== undefined), asked, signal))
          .catch((error) => failed(source, error));
        if (found) yield [source, found];
      }
    } catch (error) {
      failed(source, error);
    }
    tell(source);
  }
};

/** Where a set goes, and how it is written. */
const setOf = (name: string, sources: readonly Source[], run: Run) => {
  const { asked, folder, file } = run;
  const { overwrite, durable } = asked;
  const { path, isFolder } = SETS[name];
  const mark = markOf({ name: `${sources.length} files of labels` }, run);
  return { target: file ?? join(folder, path), options: { isFolder, overwrite, durable, mark: { ...mark, asked: { to: name, ...mark.asked } } } };
};

/** Before any picture is read. @throws InputError for names that no two pictures of a set may have, and where something is in a set's place */
const checkSets = async (sets: readonly string[], sources: readonly Source[], run: Run): Promise<void> => {
  if (sets.length === 0) return;
  const { asked, signal } = run;
  for (const name of sets) {
    const { target, options } = setOf(name, sources, run);
    await checkSet(target, { ...options, alike: true });
  }
  const images = await findImages(asked.images);
  const names: string[] = [];
  for (const source of sources) {
    try {
      for await (const { name } of readLabels(source, images, asked, signal)) names.push(name);
    } catch {
      signal.throwIfAborted(); // what cannot be read is told when it is its turn
    }
  }
  try {
    for (const set of sets) checkSetNames(names, SETS[set].isFolder);
  } catch (error) {
    if (asked.name === 'path' || !(error instanceof InputError)) throw error;
    throw new InputError(`${error.message}, or --name path puts their folders before it`, { cause: error });
  }
};

/** Reads all once more for each set, and writes it. */
const writeSets = async (sets: readonly string[], sources: readonly Source[], run: Run): Promise<string[]> => {
  const { exporting, signal } = run;
  const paths: string[] = [];
  for (const name of sets) {
    const { files } = SETS[name];
    const { target, options } = setOf(name, sources, run);
    const pictures = async function* (): AsyncGenerator<Found> {
      for await (const [, found] of readAll(sources, { ...run, failures: [] }, () => {})) yield found;
    };
    await writeSet(target, files(pictures(), { ...exporting, labels: [...new Set([...run.classes, ...run.names])], signal }), { ...options, signal });
    paths.push(target);
  }
  return paths;
};

/**
 * Converts all that the arguments name; what cannot be read does not stop the rest.
 * @returns how many failed
 * @throws UsageError for options that do not fit; InputError where nothing can be read or written; the signal's reason once aborted
 */
export const runConvert = async (args: readonly string[], asked: Asked, signal: AbortSignal): Promise<number> => {
  const exporting = exportingOf({ ...asked }, asked.to);
  const { formats, sets } = byKind(asked.to);
  const where = await whereOf(asked);
  const concepts = await readConceptsOf(asked.names, signal);
  const sources = await findLabels(args, asked);
  const run: Run = {
    ...where,
    asked,
    formats,
    exporting,
    failures: [],
    concepts,
    classes: new Set(),
    names: new Set(),
    taken: new Map(),
    signal,
  };
  await checkSets(sets, sources, run);
  const isNew = await checkWritable(where.folder, asked.durable);
  const reporter = await createReporter(sources.length, asked.quiet === true);
  const told: Told[] = [];
  try {
    for await (const [source, found] of readAll(sources, run, ({ path }) => reporter.finish(path))) {
      try {
        const ids = new Set((found.labels as LabelMap).data);
        for (const name of found.classes ?? []) run.classes.add(name);
        for (const id of ids) if (id !== found.background && id !== found.labels.transparent) run.names.add(found.names?.[id] ?? UNNAMED);
        const outputs = await writeFiles(source, found, run);
        told.push({ name: found.name, segments: ids.size, outputs });
        for (const note of found.notes) reporter.note(`${found.name}: ${note}`);
        if (asked.json) printJson({ path: source.path, ...told.at(-1) });
      } catch (error) {
        signal.throwIfAborted();
        run.failures.push({ path: source.path, error });
      }
    }
  } finally {
    reporter.close();
  }
  const paths = told.length > 0 ? await writeSets(sets, sources, run) : [];
  if (isNew) await rmdir(where.folder).catch(() => {}); // one that holds anything stays
  if (asked.json && paths.length > 0) printJson({ sets: paths });
  const untold = concepts && untoldText(concepts);
  if (!asked.quiet && untold !== undefined) say(untold);
  if (!asked.quiet)
    say(
      `${told.length} picture${told.length === 1 ? '' : 's'} converted: ${paths.join(', ') || asked.output}${run.failures.length > 0 ? `; ${run.failures.length} failed` : ''}`,
    );
  for (const { path, error } of run.failures) {
    const sentence = sentenceOf(error);
    sayError(`diffcut: ${sentence.includes(printable(JSON.stringify(path))) ? '' : `${printable(path)}: `}${sentence}`, error, asked.verbose);
    if (asked.json) printJson({ path, error: sentence });
  }
  return run.failures.length;
};
