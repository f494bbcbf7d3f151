/** All commands, and what every one of them shares: guesses, exit codes, errors in a sentence. */
import { existsSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { isAddress, isPicture } from '../jobs/arguments.ts';
import { VERSION } from '../version-node.ts';
import { coherenceCommand } from './coherence.ts';
import { compareCommand } from './compare.ts';
import { conceptsCommand } from './concepts.ts';
import { convertCommand } from './convert.ts';
import { encodeCommand } from './encode.ts';
import { enqueueCommand } from './enqueue.ts';
import { evalCommand } from './eval.ts';
import { HELP, helpOption } from './help.ts';
import { modelsCommand } from './models.ts';
import { partitionCommand } from './partition.ts';
import { queueCommand } from './queue.ts';
import { refineCommand } from './refine.ts';
import { segmentCommand } from './segment.ts';
import { serveCommand } from './serve.ts';
import { studioCommand } from './studio.ts';
import { COMMANDER, EXIT, reportError, UsageError, watchStdout } from './terminal.ts';
import { tuneCommand } from './tune.ts';
import { workCommand } from './work.ts';

const EXAMPLE = `
Example:
  $ diffcut segment photo.jpg
  writes diffcut-output/photo.png (labels), photo.overlay.jpg (to look at) and photo.json (segments)

Help of a command: diffcut segment --help, or diffcut help segment
Exit codes: 0 done, 1 some input failed, 2 wrong usage, 130 stopped by Ctrl-C`;

export const createProgram = (): Command => {
  const program = new Command('diffcut')
    .description('Any picture to every region that means something, without prompt, labels or training.')
    .version(VERSION, '-v, --version', 'print the version')
    .addHelpOption(helpOption())
    .option('--verbose', 'print stack traces of errors')
    .helpCommand(false)
    .configureHelp(HELP)
    .addHelpText('after', EXAMPLE)
    .exitOverride()
    .configureOutput(COMMANDER);
  for (const register of [
    segmentCommand,
    convertCommand,
    encodeCommand,
    partitionCommand,
    refineCommand,
    coherenceCommand,
    compareCommand,
    conceptsCommand,
    evalCommand,
    tuneCommand,
    modelsCommand,
    studioCommand,
    serveCommand,
    enqueueCommand,
    workCommand,
    queueCommand,
  ])
    register(program);
  for (const command of program.commands) command.showHelpAfterError(`Run "diffcut ${command.name()} --help" for all options.`);
  return program.showHelpAfterError('Run "diffcut --help" for all commands.');
};

/** `help eval coherence` is `eval coherence --help`; of no command it is told as that. */
const withoutHelp = (program: Command, [first, ...rest]: string[]): string[] => {
  if (first !== 'help') return [first, ...rest];
  return rest.length === 0 || program.commands.some((command) => command.name() === rest[0]) ? [...rest, '--help'] : rest;
};

/** A picture where a command was meant. @throws UsageError that says which */
const checkCommand = (program: Command, args: readonly string[]): void => {
  const [word] = args;
  if (word.startsWith('-') || program.commands.some((command) => command.name() === word)) return;
  if (!existsSync(word) && !isPicture(word) && !isAddress(word)) return;
  const line = args.map((arg) => (/[\s'"$*?]/.test(arg) ? `'${arg.replaceAll("'", "'\\''")}'` : arg)).join(' ');
  throw new UsageError(`Unknown command ${JSON.stringify(word)}: did you mean "diffcut segment ${line}"?`);
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
    checkCommand(program, args);
    await program.parseAsync(withoutHelp(program, args), { from: 'user' });
    return Number(process.exitCode ?? EXIT.done);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    return reportError(error, program.opts().verbose === true);
  }
};
