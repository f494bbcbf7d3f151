/** `diffcut work`: pictures from a queue, segmented here. */
import type { Command } from 'commander';
import { type Resolved, WORK } from '../tables.ts';
import { arrangeHelp } from './help.ts';
import { addOptionsOf, OPTIONS } from './options.ts';
import { EXIT, interruptible } from './terminal.ts';

const EXAMPLE = `
Examples:
  $ diffcut work --queue redis://host:6379
  $ diffcut work --jobs 4 --until-empty          (with DIFFCUT_QUEUE set)

Ctrl-C takes no more, and lets what is worked on finish; a second one ends at once, and others take over.`;

export interface WorkOptions extends Partial<Resolved<typeof WORK>> {
  queue: string;
  json?: boolean;
  quiet?: boolean;
  verbose?: boolean;
}

/** Adds `diffcut work`. */
export const workCommand = (program: Command): void => {
  const command = program
    .command('work')
    .summary('take pictures from a queue, until Ctrl-C')
    .description('Segment pictures that "diffcut enqueue" added to a queue: any number of workers, on any number of machines.')
    .addOption(OPTIONS.queue());
  addOptionsOf(command, WORK)
    .addOption(OPTIONS.json('one object a picture on standard output, a line each'))
    .addOption(OPTIONS.quiet())
    .addHelpText('after', EXAMPLE)
    .action(async (options: WorkOptions, self: Command) => {
      const { runWork } = await import('./work-run.ts');
      const verbose = self.optsWithGlobals().verbose === true;
      const failures = await interruptible((signal) => runWork({ ...options, verbose }, signal));
      if (failures > 0) process.exitCode = EXIT.failed;
    });
  arrangeHelp(command);
};
