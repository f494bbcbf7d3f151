/** `diffcut models`: the encoders, what they cost, and those that are on this machine. */
import type { Command } from 'commander';
import { unknown } from '../errors.ts';
import { checkCommand } from './check.ts';
import { OPTIONS, oneOf } from './options.ts';
import { UsageError } from './terminal.ts';

/** The work of each command: loaded when one runs. */
const work = () => import('./models-run.ts');

const EXAMPLE = `
Examples:
  $ diffcut models
  $ diffcut models pull ssd-1b`;

const PULL_HELP = `
Example:
  $ diffcut models pull ssd-1b

Ctrl-C keeps what is there: the same command goes on. What the hub's cache has is not fetched.
Environment: HF_TOKEN, HF_ENDPOINT, HF_HOME, HF_HUB_OFFLINE, HTTPS_PROXY, NO_PROXY;
DIFFCUT_CACHE is the folder where models are kept.`;

/** Adds `diffcut models` and its own commands. */
export const modelsCommand = (program: Command): void => {
  const models = program
    .command('models')
    .summary('the encoders, and what names regions: size, licence; get and remove them')
    .description('List the encoders, and what names regions: size, licence, where they are. Get, check and remove their weights.')
    .helpCommand(false)
    .addHelpText('after', EXAMPLE);
  models
    .command('list', { isDefault: true })
    .summary('all encoders, and whether they are on this machine (the default)')
    .description('List the encoders, and whether they are on this machine.')
    .allowExcessArguments() // of which the first is a command that there is not
    .addOption(OPTIONS.json('print the rows as one array'))
    .action(async ({ json }, { args: [command] }: Command) => {
      if (command !== undefined)
        throw new UsageError(unknown('command of models', command, ['list', 'info', 'pull', 'verify', 'check', 'rm', 'path']).message);
      await (await work()).list(json);
    });
  models
    .command('info')
    .summary('one encoder, and its files on this machine')
    .description('Tell what an encoder is, and what of it is on this machine.')
    .argument('<name>', 'which: see "diffcut models"')
    .addOption(OPTIONS.json('print one object'))
    .action(async (name: string, { json }) => (await work()).info(name, json));
  models
    .command('pull')
    .summary('get the weights of an encoder')
    .description('Get the weights of an encoder: of its published files only the parts that are needed. Sizes are told before.')
    .argument('<name>', 'which: see "diffcut models"')
    .option('--revision <name>', 'a branch, a tag or a commit of its repository (default: main)')
    .option('--from <folder>', 'a folder laid out as its repository is: what it has is not fetched')
    .option('--keep', 'keep the text encoders too (of diffusion encoders), which are needed only once')
    .addOption(
      oneOf(
        '--tap <name>',
        ['tokens', 'attention'],
        'of SD 1 and 2: attention gets the whole UNet, which the solver diffseg takes, 1.4 GB more (default: tokens)',
      ),
    )
    .option('--whole', "fetch whole files, a few times as much, and check them by the hub's SHA-256")
    .addOption(OPTIONS.quiet())
    .addHelpText('after', PULL_HELP)
    .action(async (name: string, options) => (await work()).pull(name, options));
  models
    .command('verify')
    .summary('read the weights again: are they what was pulled?')
    .description('Read the weights of encoders again, and hold them against the SHA-256 that was kept when they were pulled.')
    .argument('[names...]', 'which: see "diffcut models" (default: all that are on this machine)')
    .addOption(OPTIONS.json('print an array: name, and sha256 or error'))
    .action(async (names: string[], { json }) => (await work()).verify(names, json));
  checkCommand(models);
  models
    .command('rm')
    .summary('remove the weights of an encoder, unfinished ones too')
    .description('Remove the weights of an encoder from this machine, and what an unfinished pull left of them.')
    .argument('<name>', 'which: see "diffcut models"')
    .action(async (name: string) => (await work()).remove(name));
  models
    .command('path')
    .summary('where the weights of an encoder are')
    .description('Print the path of the weights of an encoder.')
    .argument('<name>', 'which: see "diffcut models"')
    .action(async (name: string) => (await work()).path(name));
  for (const command of models.commands) command.showHelpAfterError(`Run "diffcut models ${command.name()} --help" for all options.`);
};
