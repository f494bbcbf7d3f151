/** `diffcut enqueue`: pictures to a queue that workers on any number of machines take them from. */
import type { Command } from 'commander';
import { DEFAULT_FORMATS, EXPORTING, FORMAT_NAMES, NAMES, NUMBERING, SET_NAMES } from '../tables.ts';
import { formatNames } from './formats.ts';
import { arrangeHelp } from './help.ts';
import { addEncoderOptions, addOptionsOf, OPTIONS, SEGMENTING } from './options.ts';
import { SEGMENT_DETAILS } from './segment.ts';
import { EXIT, interruptible } from './terminal.ts';

const EXAMPLE = `
Example:
  $ diffcut enqueue /shared/photos --recursive -o /shared/regions --queue redis://host:6379
Workers (diffcut work) find pictures and outputs under the same paths.`;

/** Adds `diffcut enqueue`. */
export const enqueueCommand = (program: Command): void => {
  const { page, ...others } = SEGMENTING;
  const command = program
    .command('enqueue')
    .summary('pictures to a queue, for workers on many machines')
    .description('Add pictures (files, folders, globs, http(s) and s3 addresses) to a queue, for "diffcut work" to segment.')
    .argument('<pictures...>')
    .addOption(OPTIONS.queue())
    .option('--recursive', 'look into subfolders and mirror them in the output')
    .addOption(OPTIONS.pages())
    .requiredOption('-o, --output <folder>', 'of the results, which all machines see')
    .addOption(formatNames('--format <list>', [...FORMAT_NAMES, ...SET_NAMES], ` (default: ${DEFAULT_FORMATS.join(',')})`))
    .addOption(OPTIONS.naming());
  for (const table of [NAMES, NUMBERING, EXPORTING]) addOptionsOf(command, table);
  command
    .addOption(OPTIONS.durable())
    .addOption(OPTIONS.overwrite('replace existing outputs; others of an older run go').conflicts('resume'))
    .option('--resume', 'skip pictures that are finished, and add the others')
    .addOption(OPTIONS.json('one object a picture on standard output, a line each'))
    .addOption(OPTIONS.quiet())
    .addHelpText('after', EXAMPLE)
    .action(async (args: string[], options, self: Command) => {
      const { runEnqueue } = await import('./enqueue-run.ts');
      const verbose = self.optsWithGlobals().verbose === true;
      const failures = await interruptible((signal) => runEnqueue(args, { ...options, verbose }, signal));
      if (failures > 0) process.exitCode = EXIT.failed;
    });
  arrangeHelp(addEncoderOptions(addOptionsOf(command, others)), SEGMENT_DETAILS);
};
