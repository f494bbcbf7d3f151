/** `diffcut compare`: the same pictures by several methods, as one figure. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { COMPARE, type Method, methodOf, READING } from '../tables.ts';
import { figureName } from './figure-name.ts';
import { arrangeHelp, ENCODER_DETAILS, READING_DETAILS } from './help.ts';
import { addEncoderOptions, addOptionsOf, encoderName, OPTIONS } from './options.ts';
import { EXIT, interruptible } from './terminal.ts';

const EXAMPLE = `
Examples:
  $ diffcut compare photo.jpg -o figure.png
  $ diffcut compare photos/ --methods diffcut,falcon,maskcut,tokencut -o figure.jpg
  $ diffcut compare photo.jpg --methods ncut,falcon --encoders embedded,ssd-1b -o figure.png

Methods as published, with their own features: diffcut, autosc, falcon (ssd-1b), maskcut (dino-b8),
tokencut (dino-s16), diffseg (sd-1.4). Others: merge, ncut, or any solver:encoder. A model that is
not on this machine leaves its columns empty.`;

/** @throws InvalidArgumentError, with a guess, for a name that is no method, or no encoder behind the colon; and for one method twice */
const methodNames = (value: string): string[] => {
  const names = value.split(',').map((name) => name.trim());
  const known = new Map<string, string>();
  for (const name of names) {
    const { name: own, encoder } = methodNamed(name);
    encoderName(encoder);
    const twin = known.get(own);
    if (twin === name) throw new InvalidArgumentError(`${name} is named twice: leave one out.`);
    if (twin !== undefined) throw new InvalidArgumentError(`${twin} and ${name} are one method: leave one out.`);
    known.set(own, name);
  }
  return names;
};

const methodNamed = (name: string): Method => {
  try {
    return methodOf(name);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
};

/** Adds `diffcut compare`. Exit code 1 where something is left out of the figure. */
export const compareCommand = (program: Command): void => {
  const command = program
    .command('compare')
    .summary('the same pictures by several methods, as one figure')
    .description('Segment pictures by several methods: a figure with a row a picture, a column a method.')
    .argument('<pictures...>', 'files, folders, globs, addresses; - is standard input')
    .option('--recursive', 'look into subfolders')
    .addOption(
      new Option(
        '--methods <list>',
        'a column each, with commas between (default: merge, ncut, autosc, falcon and maskcut of the embedded encoder)',
      ).argParser(methodNames),
    )
    .addOption(new Option('-o, --output <file>', 'the figure: .png, .jpg, .webp, or -').argParser(figureName).makeOptionMandatory());
  addEncoderOptions(command, 'encoders');
  addOptionsOf(addOptionsOf(command, READING), COMPARE)
    .addOption(OPTIONS.refine())
    .addOption(OPTIONS.overwrite())
    .addOption(OPTIONS.durable())
    .addOption(OPTIONS.json('one object a picture and method on standard output, a line each; last the figure'))
    .addOption(OPTIONS.quiet())
    .addHelpText('after', EXAMPLE)
    .action(async (args: string[], options, self: Command) => {
      const { runCompare } = await import('./compare-run.ts');
      const verbose = self.optsWithGlobals().verbose === true;
      const failures = await interruptible((signal) => runCompare(args, { ...options, verbose }, signal));
      if (failures > 0) process.exitCode = EXIT.failed;
    });
  arrangeHelp(command, [...ENCODER_DETAILS, ...READING_DETAILS, 'durable']);
};
