/** All commands, and what every one of them shares: guesses, exit codes, errors in a sentence. */
import { Command, CommanderError } from 'commander';
import { VERSION } from '../version-node.ts';
import { coherenceCommand } from './coherence.ts';
import { encodeCommand } from './encode.ts';
import { evalCommand } from './eval.ts';
import { modelsCommand } from './models.ts';
import { partitionCommand } from './partition.ts';
import { refineCommand } from './refine.ts';
import { segmentCommand } from './segment.ts';
import { EXIT, reportError, watchStdout } from './terminal.ts';
import { tuneCommand } from './tune.ts';

const EXAMPLE = `
Example:
  $ diffcut segment photo.jpg
  writes diffcut-output/photo.png (labels), photo.overlay.jpg (to look at) and photo.json (segments)

Exit codes: 0 done, 1 some input failed, 2 wrong usage, 130 stopped by Ctrl-C`;

/** Columns; as wide as a terminal may be before lines are hard to read. */
const HELP_WIDTH = 100;

export const createProgram = (): Command => {
  const program = new Command('diffcut')
    .description('Any picture to every region that means something, without prompt, labels or training.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .option('--verbose', 'print stack traces of errors')
    .helpCommand(false)
    .configureHelp({ helpWidth: Math.min(process.stdout.columns ?? HELP_WIDTH, HELP_WIDTH) })
    .addHelpText('after', EXAMPLE)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'diffcut: ')) });
  for (const register of [segmentCommand, encodeCommand, partitionCommand, refineCommand, coherenceCommand, evalCommand, tuneCommand, modelsCommand])
    register(program);
  for (const command of program.commands) command.showHelpAfterError(`Run "diffcut ${command.name()} --help" for all options.`);
  return program.showHelpAfterError('Run "diffcut --help" for all commands.');
};

/**
 * Runs one command line.
 * @param args without the executable and the script
 * @returns the exit code: 0 done, 1 some input failed, 2 wrong usage, 130 stopped
 */
export const run = async (args: string[]): Promise<number> => {
  watchStdout();
  const program = createProgram();
  if (args.length === 0) {
    program.outputHelp();
    return EXIT.done;
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? EXIT.done);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    return reportError(error, program.opts().verbose === true);
  }
};
