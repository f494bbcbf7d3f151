/** `diffcut studio`: the page where pictures are segmented by hand and eye, and the server that it comes from. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { arrangeHelp } from './help.ts';
import { OPTIONS } from './options.ts';
import { interruptible } from './terminal.ts';

const PORT = 7411;

const EXAMPLE = `
Examples:
  $ diffcut studio
  $ diffcut studio holiday/ "scans/**/*.tif" --recursive

The address is of this machine and this run alone, and whoever has it may use it. Ctrl-C ends.`;

export const portOf = (text: string): number => {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new InvalidArgumentError('Expected a whole number from 0 to 65535.');
  return Number(text);
};

/** Adds `diffcut studio`. It ends by Ctrl-C, with exit code 0. */
export const studioCommand = (program: Command): void => {
  const command = program
    .command('studio')
    .summary('a page to see, correct and export regions')
    .description('Open the studio in the browser: pictures are segmented, corrected and exported on this machine, and never leave it.')
    .argument('[inputs...]', 'pictures to begin with: files, folders, globs')
    .option('--recursive', 'look into subfolders')
    .addOption(new Option('--port <N>', 'where it is served; any other where that is taken').argParser(portOf).default(PORT))
    .option('--no-open', 'open no browser')
    .addOption(new Option('--folder <path>', 'another build of the page'))
    .addOption(OPTIONS.device())
    .addOption(OPTIONS.json('the address as an object, {"url": ...}'))
    .addHelpText('after', EXAMPLE)
    .action(async (args: string[], options, self: Command) => {
      const { runStudio } = await import('./studio-run.ts');
      const verbose = self.optsWithGlobals().verbose === true;
      await interruptible((signal) => runStudio(args, { ...options, verbose }, signal));
    });
  arrangeHelp(command, ['folder']);
};
