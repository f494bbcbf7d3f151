/** `diffcut queue`: what is in a queue; what was set aside is put back, what waits removed. */
import type { Command } from 'commander';
import { unknown } from '../errors.ts';
import { arrangeHelp } from './help.ts';
import { OPTIONS } from './options.ts';
import { interruptible, UsageError } from './terminal.ts';

const EXAMPLE = `
Examples:
  $ diffcut queue status --queue redis://host:6379
  $ diffcut queue retry                          (with DIFFCUT_QUEUE set)`;

/** What the commands of a queue are given. */
export interface QueueOptions {
  queue: string;
  json?: boolean;
  verbose?: boolean;
}

type Run = (options: QueueOptions, signal: AbortSignal, pictures: readonly string[]) => Promise<void>;

/** The commands: what each is, and what runs. BullMQ is loaded when one does. */
const COMMANDS: readonly { name: string; summary: string; description: string; pictures?: string; json: string; run: Run }[] = [
  {
    name: 'status',
    summary: 'how many wait, how many are done, how long it will take (the default)',
    description: 'Tell how many pictures wait and are done, how fast, and which were set aside (--verbose: all of these).',
    json: 'print one object, with all pictures that were set aside',
    run: async (options, signal) => (await import('./queue-run.ts')).printStatus(options, signal),
  },
  {
    name: 'retry',
    summary: 'put pictures that were set aside back',
    description: 'Put pictures that were set aside back into the queue, as if they had not been tried.',
    pictures: 'which of them (default: all)',
    json: 'print one object, {"retried": N}',
    run: async (...asked) => (await import('./queue-run.ts')).retry(...asked),
  },
  {
    name: 'drain',
    summary: 'remove what waits',
    description: 'Remove the pictures that wait from the queue; those that are worked on are finished.',
    json: 'print one object, {"removed": N}',
    run: async (options, signal) => (await import('./queue-run.ts')).drain(options, signal),
  },
];

const NAMES = COMMANDS.map(({ name }) => name);

/** Adds `diffcut queue` and its own commands. */
export const queueCommand = (program: Command): void => {
  const queue = program
    .command('queue')
    .summary('what is in a queue; put back, remove')
    .description('Look at a queue of pictures, put back what was set aside, remove what waits.')
    .helpCommand(false)
    .addHelpText('after', EXAMPLE);
  for (const { name, summary, description, pictures, json, run } of COMMANDS) {
    const command = queue
      .command(name, { isDefault: name === 'status' })
      .summary(summary)
      .description(description);
    if (pictures) command.argument('[pictures...]', pictures);
    command
      .allowExcessArguments() // of which the first is a command that there is not
      .addOption(OPTIONS.queue())
      .addOption(OPTIONS.json(json))
      .action(async (...args: unknown[]) => {
        const self = args.at(-1) as Command;
        if (!pictures && self.args.length > 0) throw new UsageError(unknown('command of queue', self.args[0], NAMES).message);
        await interruptible((signal) => run(self.optsWithGlobals(), signal, self.args));
      });
    arrangeHelp(command);
    command.showHelpAfterError(`Run "diffcut queue ${name} --help" for all options.`);
  }
};
