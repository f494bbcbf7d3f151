/** `diffcut coherence`: which patches of pictures are like a marked one, encoder by encoder. */
import { extname } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { COHERENCE, READING } from '../tables.ts';
import { arrangeHelp, ENCODER_DETAILS, READING_DETAILS } from './help.ts';
import { addEncoderOptions, addOptionsOf, OPTIONS } from './options.ts';
import { EXIT, interruptible, UsageError } from './terminal.ts';

const EXAMPLE = `
Examples:
  $ diffcut coherence dog.jpg cat.jpg horse.jpg --point 120,80 -o figure.png
  $ diffcut coherence a.jpg b.jpg --box 90,60,80,40 --encoders embedded,ssd-1b -o figure.png --maps
Where segments mark the patch: diffcut segment dog.jpg, then --mask diffcut-output/dog.png --label 3`;

/** Whole numbers with commas between. */
export const wholes =
  (names: readonly string[]) =>
  (value: string, before: number[][] = []): number[][] => {
    const numbers = value.split(',').map((part) => (/^\s*-?\d{1,9}\s*$/.test(part) ? Number(part) : Number.NaN));
    if (numbers.length === names.length && numbers.every(Number.isInteger)) return [...before, numbers];
    throw new InvalidArgumentError(`Expected whole numbers ${names.join(',')}.`);
  };

const label = (value: string, before: number[] = []): number[] => {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError('Expected a whole number from 0.');
  return [...before, Number(value)];
};

const figureName = (path: string): string => {
  if (extname(path).toLowerCase() !== '.png') throw new InvalidArgumentError('Expected a file name that ends in .png.');
  return path;
};

/** What is given together or not at all. */
const checkQueries = ({ point, box, mask, label: labels }: { point?: unknown; box?: unknown; mask?: unknown; label?: unknown }): void => {
  if ((mask === undefined) !== (labels === undefined)) throw new UsageError('--mask and --label go together: a label map, and which of its labels');
  if (!point && !box && !labels) throw new UsageError('What is to be looked for? Give --point x,y, --box x,y,width,height or --mask and --label');
};

/** Adds `diffcut coherence`. Exit code 1 where a target was left out. */
export const coherenceCommand = (program: Command): void => {
  const command = program
    .command('coherence')
    .summary('which patches are alike, encoder by encoder')
    .description('Mark a patch of a picture and see what every encoder finds like it, there and in other pictures.')
    .argument('<reference>', 'the picture that is marked; - reads standard input')
    .argument('[targets...]', 'pictures that are searched')
    .addOption(new Option('--point <x,y>', 'mark a pixel of the reference as shown; again for more').argParser(wholes(['x', 'y'])))
    .addOption(new Option('--box <x,y,w,h>', 'mark a box: the mean of its pixels').argParser(wholes(['x', 'y', 'width', 'height'])))
    .option('--mask <file>', "label map of the reference's size: .png or .npy")
    .addOption(new Option('--label <id>', 'mark a label of the mask; again for more').argParser(label))
    .addOption(new Option('-o, --output <file.png>', 'where the figure goes').argParser(figureName).makeOptionMandatory());
  addEncoderOptions(command, 'encoders');
  addOptionsOf(addOptionsOf(command, READING), COHERENCE)
    .option('--maps', 'write each map as PNG and NPY too, into <figure>.maps')
    .addOption(OPTIONS.overwrite())
    .addOption(OPTIONS.durable())
    .addOption(OPTIONS.json('print best matches and quantiles of the maps, one object'))
    .addOption(OPTIONS.quiet())
    .addHelpText('after', EXAMPLE)
    .action(async (reference: string, targets: string[], options, self: Command) => {
      checkQueries(options);
      const { runCoherence } = await import('./coherence-run.ts');
      const verbose = self.optsWithGlobals().verbose === true;
      const failures = await interruptible((signal) => runCoherence([reference, ...targets], { ...options, verbose }, signal));
      if (failures > 0) process.exitCode = EXIT.failed;
    });
  arrangeHelp(command, [...ENCODER_DETAILS, ...READING_DETAILS, 'durable']);
};
