/** `--classes`, `--vocabulary` and what goes with them, as what a batch's jobs are told. */
import { asksNames, closeNamers, type Labelling, labellingFor, withNamerOf } from '../jobs/labelling-node.ts';
import { readInput } from '../pipes-node.ts';
import { isFile, statIfThere } from '../system-errors-node.ts';
import { findNamer, type Given, NAMES, namedVocabulary, parseVocabulary, unknownNamer, VOCABULARIES, type Vocabulary } from '../toolkit.ts';
import { flagOf } from './options.ts';
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

/** Of a file, where there is one of that name; else a data set's. */
const vocabularyOf = async ({ classes, vocabulary = '' }: LabellingOptions, signal: AbortSignal): Promise<Vocabulary> => {
  if (classes) return parseVocabulary(classes.join('\n'), '--classes');
  if (!(await isFile(vocabulary))) {
    if (!/[./\\]/.test(vocabulary)) return namedVocabulary(vocabulary);
    throw new UsageError(
      `There is no file ${JSON.stringify(vocabulary)}: give a vocabulary's file, or one of ${Object.keys(VOCABULARIES).join(', ')}`,
    );
  }
  return parseVocabulary(new TextDecoder().decode(await readInput(vocabulary, 'a vocabulary', signal)), JSON.stringify(vocabulary));
};

/** What the ledger says of names, and the jobs are told; undefined where segments get none. */
export interface AskedLabelling {
  labelling: Labelling;
  asked: Record<string, unknown>;
}

const labellingAsked = async (options: LabellingOptions, signal: AbortSignal): Promise<AskedLabelling | undefined> => {
  if (!asksNames(options, options, flagOf)) return undefined;
  const { namesModel = NAMES.namesModel.default, minScore, dense, mergeNames, only, threads, device, worker } = options;
  if (!findNamer(namesModel) && !(await statIfThere(namesModel))) throw unknownNamer(namesModel);
  const given = { threads, device: device as never, worker };
  const labelling = labellingFor(namesModel, await vocabularyOf(options, signal), { minScore, dense, mergeNames, only }, given);
  const { classes } = labelling.options;
  return { labelling, asked: JSON.parse(JSON.stringify({ classes, namesModel, minScore, dense, ...(mergeNames && { mergeNames }), only })) };
};

/** @throws UsageError for options that do not go together, names that there are not, a model that is not known */
export const labellingOf = (options: LabellingOptions, signal: AbortSignal): Promise<AskedLabelling | undefined> =>
  labellingAsked(options, signal).catch(usageIfOption);

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
    await withNamerOf(labelling, { signal, onProgress }, async () => {}).catch(usageIfOption);
    return await use();
  } finally {
    await closeNamers();
  }
};
