/** `diffcut concepts`: the same thing in many pictures, under one id and colour. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { CONCEPTS, READING, TOGETHER } from '../tables.ts';
import { wholes } from './coherence.ts';
import { arrangeHelp, ENCODER_DETAILS, READING_DETAILS } from './help.ts';
import { addEncoderOptions, addOptionsOf, OPTIONS, optionsOf } from './options.ts';
import { EXIT, interruptible, UsageError } from './terminal.ts';

const EXAMPLE = `
Examples:
  $ diffcut concepts holiday/ -o concepts          then open concepts/concepts.html
  $ diffcut concepts more/ -o others --assign concepts-edited.json
  $ diffcut concepts holiday/ -o concepts --reference cat.jpg --point 210,140
  $ diffcut concepts horse1.jpg horse2.jpg horse3.jpg -o horses --together
A second run into the same folder goes on where the first one stopped.`;

/** Of an option that is of one thing. @throws InvalidArgumentError for the second */
const once = (value: string, before: string | undefined): string => {
  if (before !== undefined) throw new InvalidArgumentError('It was given before: one picture is looked for, in as many places as there are --point.');
  return value;
};

/** Adds `diffcut concepts`. Exit code 1 where a picture was left out. */
export const conceptsCommand = (program: Command): void => {
  const { page: _, ...reading } = READING;
  const command = program
    .command('concepts')
    .summary('what many pictures have in common')
    .description('Cut pictures one by one, then their segments together: a thing has one id and colour in all.')
    .argument('<pictures...>')
    .option('--recursive', 'look into subfolders and mirror them in the output')
    .option('-o, --output <folder>', 'label maps, concepts.json, concepts.html', 'diffcut-concepts')
    .addOption(OPTIONS.naming())
    .addOption(new Option('--together', 'a few pictures of one thing: cut all of them as one').conflicts(['assign', 'jobs']))
    .addOption(OPTIONS.jobs())
    .addOption(
      new Option('--assign <concepts.json>', 'place segments in these concepts: of a run, or saved from its page').conflicts(Object.keys(CONCEPTS)),
    );
  command
    .addOption(new Option('--reference <picture>', 'rank the pictures by what is like a place of this one, too').argParser(once))
    .addOption(new Option('--point <x,y>', 'the place, in its pixels; again for more').argParser(wholes(['x', 'y'])));
  for (const option of optionsOf(CONCEPTS)) {
    if (option.attributeName() === 'price')
      option.conflicts('k').description =
        `share of all likeness that one more must explain; lower: more (default: by the number of segments; together ${TOGETHER.price.default})`; // another price than a segment's
    command.addOption(option);
  }
  addOptionsOf(command, reading)
    .addOption(OPTIONS.overwrite('replace files that others wrote; never in labels/ and segments/'))
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
  arrangeHelp(addEncoderOptions(command), [...ENCODER_DETAILS, ...READING_DETAILS, 'alpha', 'durable']);
};
