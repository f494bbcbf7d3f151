/** `diffcut concepts`: the same thing in many pictures, under one id and colour. */
import { type Command, Option } from 'commander';
import { CONCEPTS, READING } from '../toolkit.ts';
import { wholes } from './coherence.ts';
import { arrangeHelp, ENCODER_DETAILS, READING_DETAILS } from './help.ts';
import { addEncoderOptions, addOptionsOf, OPTIONS, optionsOf } from './options.ts';
import { EXIT, interruptible, UsageError } from './terminal.ts';

const EXAMPLE = `
Examples:
  $ diffcut concepts holiday/ -o concepts          then open concepts/concepts.html
  $ diffcut concepts more/ -o others --assign concepts-edited.json
  $ diffcut concepts holiday/ -o concepts --reference cat.jpg --point 210,140
A second run into the same folder goes on where the first one stopped.`;

/** Adds `diffcut concepts`. Exit code 1 where a picture was left out. */
export const conceptsCommand = (program: Command): void => {
  const { page: _, ...reading } = READING;
  const command = program
    .command('concepts')
    .summary('what many pictures have in common')
    .description('Cut pictures one by one, then their segments together: the same thing has the same id and colour in all of them.')
    .argument('<pictures...>')
    .option('--recursive', 'look into subfolders and mirror them in the output')
    .option('-o, --output <folder>', 'label maps, concepts.json and concepts.html go here', 'diffcut-concepts')
    .addOption(OPTIONS.naming())
    .addOption(
      new Option('--assign <concepts.json>', 'place segments in these concepts: of a run, or saved from its page').conflicts(Object.keys(CONCEPTS)),
    );
  command
    .option('--reference <picture>', 'rank the pictures by what is like a place of this one, too')
    .addOption(new Option('--point <x,y>', 'the place, in its pixels; again for more').argParser(wholes(['x', 'y'])));
  for (const option of optionsOf(CONCEPTS)) {
    if (option.attributeName() === 'price') option.conflicts('k').description = `${CONCEPTS.price.help} (default: ${CONCEPTS.price.default})`; // another price than a segment's
    command.addOption(option);
  }
  addOptionsOf(command, reading)
    .addOption(OPTIONS.overwrite('replace what is there and was not written here'))
    .addOption(OPTIONS.durable())
    .addOption(OPTIONS.json('print the concepts without their vectors, one object'))
    .addOption(OPTIONS.quiet())
    .addHelpText('after', EXAMPLE)
    .action(async (args: string[], options, self: Command) => {
      if ((options.reference === undefined) !== (options.point === undefined))
        throw new UsageError('--reference and --point go together: a picture, and a place in it');
      const { runConcepts } = await import('./concepts-run.ts');
      const verbose = self.optsWithGlobals().verbose === true;
      const failures = await interruptible((signal) => runConcepts(args, { ...options, verbose }, signal));
      if (failures > 0) process.exitCode = EXIT.failed;
    });
  arrangeHelp(addEncoderOptions(command), [...ENCODER_DETAILS, ...READING_DETAILS, 'durable']);
};
