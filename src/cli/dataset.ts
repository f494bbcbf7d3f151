/** What the commands share that go over a labelled data set: its options, and what is told of its pictures. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { textIfThere } from '../system-errors-node.ts';
import type { OptionSpec } from '../tables.ts';
import { OPTIONS } from './options.ts';
import { interruptible, say, sayOver } from './terminal.ts';

/** The option in fewer words, or in those of a command. */
export const brief = (option: Option, description: string): Option => {
  option.description = description;
  return option;
};

/** Parses a whole number of 0 and up. */
export const whole = (text: string): number => {
  if (!/^\d+$/.test(text.trim())) throw new InvalidArgumentError('Expected a whole number of 0 and up.');
  return Number(text);
};

/** Numbers with commas between. @param spec of each of them @param empty the word for an empty list, where there may be one */
export const listOption = (flags: string, spec: OptionSpec<unknown>, help: string, empty?: string): Option =>
  new Option(flags, help).argParser((text: string) => {
    if (text.trim() === empty) return [];
    const values = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
    if (!values.every(spec.accepts)) throw new InvalidArgumentError(`Expected ${spec.wanted}, several with commas between.`);
    return values;
  });

/** Help of `--resume`. */
export const RESUME = 'remember finished pictures in this file, go on from there';

/** Whether a file of finished pictures has more than its first line, which tells the settings. */
const isBegun = async (file: string): Promise<boolean> => /\n./.test((await textIfThere(file).catch(() => undefined)) ?? '');

/** Runs work over a set that Ctrl-C stops, and says how it goes on. @param resume the file of finished pictures, if there is one */
export const resumable = <T>(resume: string | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> =>
  interruptible((signal) =>
    work(signal).finally(async () => {
      if (signal.aborted && resume !== undefined && (await isBegun(resume)))
        say(`Finished pictures are in ${resume}: the same command goes on from there`);
    }),
  );

/** The sets that lie below a folder of their own and are scored by classes. */
const ROOTED = 'voc2012, context, coco-object, coco-stuff27, cityscapes, ade20k';

/**
 * @param others the data sets that the command takes beside these, in words
 * @param classes what the number of classes is to the command; likewise `background`
 */
export const addDatasetOptions = (
  command: Command,
  others: string,
  masks = 'labels, ID.png',
  { classes = 'how many classes: mask values 0 to count-1', background = 'class that many segments may share' } = {},
): Command =>
  command
    .requiredOption('--dataset <name>', `${others}, or one of those that have a --root`)
    .option('--root <folder>', others.includes('bsds500') ? `${ROOTED}, bsds500` : ROOTED)
    .option('--images <folder>', 'pictures, ID.jpg')
    .option('--masks <folder>', masks)
    .option('--list <file>', 'only these IDs, one a line')
    .option('--limit <count>', 'only the first pictures', whole)
    .addOption(brief(OPTIONS.shard(), 'every n-th picture, from the i-th on; "eval merge" joins all shards'))
    .option('--classes <count>', classes, whole)
    .option('--background <class>', background, whole)
    .option('--ignore <value>', 'mask value of unlabelled pixels (default: 255)', whole)
    .option('--rule <name>', 'ade20k: published (default; 0 is a class, 150 is none) or clean');

/** Tells of pictures on standard error: a line that is rewritten on a terminal, else every tenth; those left out always. */
export const pictureTeller = (quiet: boolean) => {
  const terminal = process.stderr.isTTY === true && !quiet;
  return (done: number, total: number, id: string, problem?: string): void => {
    if (terminal && problem !== undefined) sayOver('');
    if (problem !== undefined) say(`${id} left out: ${problem}`);
    if (terminal) sayOver(done < total ? `${done}/${total} ${id}` : '');
    else if (!quiet && problem === undefined && (done % 10 === 0 || done === total)) say(`${done}/${total} ${id}`);
  };
};
