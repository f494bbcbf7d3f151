/** `--classes`, `--vocabulary` and what goes with them, as what a batch's jobs are told. */
import { availableParallelism } from 'node:os';
import type { Labelling } from '../jobs/labelling-node.ts';
import { closeNamers, namerOf } from '../jobs/labelling-node.ts';
import { readInput } from '../pipes-node.ts';
import { isFile, statIfThere } from '../system-errors-node.ts';
import { findNamer, type Given, NAMES, namedVocabulary, parseVocabulary, unknown, unknownNamer, type Vocabulary } from '../toolkit.ts';
import { say, UsageError, usageIfOption } from './terminal.ts';

/** What of a command's options is of names. */
export interface LabellingOptions extends Given<typeof NAMES> {
  threads?: number | undefined;
  device?: string | undefined;
  worker?: boolean | undefined;
  firstId?: number | undefined;
  background?: string | undefined;
  quiet?: boolean;
}

/** Options that say nothing without names. */
const NEED_NAMES = ['namesModel', 'minScore', 'dense', 'mergeNames', 'only'] as const;

const flag = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** @throws UsageError for what does not go together */
const checkTogether = (options: LabellingOptions): void => {
  const { classes, vocabulary, only, firstId, background } = options;
  if (classes && vocabulary !== undefined) throw new UsageError('Both --classes and --vocabulary say which names there are: leave one out');
  const odd = NEED_NAMES.find((name) => options[name] !== undefined);
  if (!classes && vocabulary === undefined && odd)
    throw new UsageError(`${flag(odd)} is of names: say which there are, with --classes or --vocabulary`);
  if (only && (firstId || (background !== undefined && background !== 'none')))
    throw new UsageError('--only makes all else 0: leave --first-id and --background out');
};

/** Of a file, where there is one of that name; else a data set's. */
const vocabularyOf = async ({ classes, vocabulary = '' }: LabellingOptions, signal: AbortSignal): Promise<Vocabulary> => {
  if (classes) return parseVocabulary(classes.join('\n'), '--classes');
  if (!(await isFile(vocabulary))) return namedVocabulary(vocabulary);
  return parseVocabulary(new TextDecoder().decode(await readInput(vocabulary, 'a vocabulary', signal)), JSON.stringify(vocabulary));
};

/** What the ledger says of names, and the jobs are told; undefined where segments get none. */
export interface AskedLabelling {
  labelling: Labelling;
  asked: Record<string, unknown>;
}

/** @throws UsageError for options that do not go together, names that there are not, a model that is not known */
export const labellingOf = async (options: LabellingOptions, signal: AbortSignal): Promise<AskedLabelling | undefined> => {
  checkTogether(options);
  const { classes, vocabulary, namesModel = NAMES.namesModel.default, minScore, dense, mergeNames, only, threads, device, worker } = options;
  if (!classes && vocabulary === undefined) return undefined;
  if (!findNamer(namesModel) && !(await statIfThere(namesModel))) throw usage(unknownNamer(namesModel));
  const all = await vocabularyOf(options, signal).catch(usageIfOption);
  const known = all.map(([name]) => name);
  for (const name of only ?? []) if (!known.includes(name)) throw usage(unknown('name', name, known));
  const names = all.map((synonyms) => synonyms.join(', '));
  const told = { ...(minScore !== undefined && { minScore }), ...(dense !== undefined && { dense }) };
  const made = { ...(mergeNames && { mergeNames }), ...(only && { only }) };
  return {
    labelling: { model: namesModel, options: { classes: names, ...told, threads, device: device as never, worker }, ...made },
    asked: { classes: names, namesModel, ...told, ...made },
  };
};

const usage = ({ message }: Error): UsageError => new UsageError(message);

/**
 * Opens what names segments for as long as it is used: what is wrong with it is told before any picture is read, and a vocabulary is read
 * once, whatever the number of processes.
 */
export const withNamer = async <T>(labelling: Labelling | undefined, quiet: boolean, signal: AbortSignal, use: () => Promise<T>): Promise<T> => {
  if (!labelling) return use();
  let isTold = quiet;
  const onProgress = (): void => {
    if (!isTold) say(`${labelling.model} reads ${labelling.options.classes?.length} names, once`);
    isTold = true;
  };
  try {
    await namerOf(labelling, { signal, onProgress }).catch(usageIfOption);
    return await use();
  } finally {
    await closeNamers();
  }
};

/** The same for each of several processes, which share the cores. */
export const sharedLabelling = ({ options, ...labelling }: Labelling, count: number): Labelling => {
  const threads = options.threads ?? Math.max(1, Math.floor(availableParallelism() / count));
  return { ...labelling, options: { ...options, threads, worker: false } };
};
