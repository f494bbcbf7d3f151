/** `diffcut studio`: the page where pictures are segmented by hand and eye, and the server that it comes from. */
import { fileURLToPath } from 'node:url';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { isAddress, isS3, nameOf, unreadText } from '../jobs/inputs-node.ts';
import type { ENCODER, Given } from '../toolkit.ts';
import { arrangeHelp } from './help.ts';
import { OPTIONS } from './options.ts';
import { interruptible, print, printJson, say, sayError, sentenceOf, UsageError } from './terminal.ts';

/** What the page is built into, beside what is run here. */
const PAGE = new URL('../../dist/studio/', import.meta.url);

const PORT = 7411;

const EXAMPLE = `
Examples:
  $ diffcut studio
  $ diffcut studio holiday/ "scans/**/*.tif" --recursive

The address is of this machine and this run alone, and whoever has it may use it. Ctrl-C ends.`;

interface StudioOptions {
  port: number;
  open: boolean;
  recursive?: boolean;
  device?: Given<typeof ENCODER>['device'];
  folder?: string;
  json?: boolean;
  verbose: boolean;
}

export const portOf = (text: string): number => {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new InvalidArgumentError('Expected a whole number from 0 to 65535.');
  return Number(text);
};

/** What is found is opened, and what is not is told. @throws UsageError for what is on no disk; the first failure where nothing is left */
const inputsOf = async (args: readonly string[], { recursive = false, verbose }: StudioOptions) => {
  const odd = args.find((argument) => argument === '-' || isAddress(argument) || isS3(argument));
  if (odd !== undefined) throw new UsageError(`The studio opens files and folders, not ${nameOf(odd)}: get it first, or drop it onto the page`);
  const { findInputs } = await import('../serve/inputs-node.ts');
  const { inputs, failures, unread } = await findInputs(args, recursive);
  if (inputs.length === 0 && failures.length > 0) throw failures[0].error;
  if (unread.size > 0) say(`Not read: ${unreadText(unread)}`);
  for (const { error } of failures) sayError(`diffcut: ${sentenceOf(error)}`, error, verbose);
  return inputs;
};

const runStudio = async (args: readonly string[], options: StudioOptions, signal: AbortSignal): Promise<void> => {
  const { port, open, device, folder = fileURLToPath(PAGE), json, verbose } = options;
  const { checkBuilt } = await import('../serve/files-node.ts');
  await checkBuilt(folder);
  const inputs = await inputsOf(args, options);
  const report = (error: unknown): void => sayError(`diffcut: ${sentenceOf(error)}`, error, verbose);
  const { listen } = await import('../serve/listen-node.ts');
  const server = await listen({ folder, inputs, device, report }, port);
  try {
    if (port !== 0 && server.port !== port)
      say(`Port ${port} is taken: the page is at ${server.port}, and work that was begun at ${port} is not in it`);
    if (json) printJson({ url: server.url });
    else print(server.url);
    const { openBrowser } = await import('../serve/browser-node.ts');
    if (open) openBrowser(server.url, (why) => say(`No browser was opened (${why}): open the address yourself`));
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  } finally {
    await server.close();
  }
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
      const verbose = self.optsWithGlobals().verbose === true;
      await interruptible((signal) => runStudio(args, { ...options, verbose }, signal));
    });
  arrangeHelp(command, ['folder']);
};
