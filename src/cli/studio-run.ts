/** The work of `diffcut studio`: the page served with the pictures of the command line, until Ctrl-C. */
import { fileURLToPath } from 'node:url';
import { isAddress, isS3, nameOf, unreadText } from '../jobs/inputs-node.ts';
import { openBrowser } from '../serve/browser-node.ts';
import { checkBuilt } from '../serve/files-node.ts';
import { findInputs } from '../serve/inputs-node.ts';
import { listen } from '../serve/listen-node.ts';
import type { ENCODER, Given } from '../toolkit.ts';
import { print, printJson, say, sayError, sentenceOf, UsageError } from './terminal.ts';

/** What the page is built into, beside what is run here. */
const PAGE = new URL('../../dist/studio/', import.meta.url);

interface StudioOptions {
  port: number;
  open: boolean;
  recursive?: boolean;
  device?: Given<typeof ENCODER>['device'];
  folder?: string;
  json?: boolean;
  verbose: boolean;
}

/** What is found is opened, and what is not is told. @throws UsageError for what is on no disk; the first failure where nothing is left */
const inputsOf = async (args: readonly string[], { recursive = false, verbose }: StudioOptions) => {
  const odd = args.find((argument) => argument === '-' || isAddress(argument) || isS3(argument));
  if (odd !== undefined) throw new UsageError(`The studio opens files and folders, not ${nameOf(odd)}: get it first, or drop it onto the page`);
  const { inputs, failures, unread } = await findInputs(args, recursive);
  if (inputs.length === 0 && failures.length > 0) throw failures[0].error;
  if (unread.size > 0) say(`Not read: ${unreadText(unread)}`);
  for (const { error } of failures) sayError(`diffcut: ${sentenceOf(error)}`, error, verbose);
  return inputs;
};

/** @throws UsageError for what is on no disk; InputError where the page is not built, or nothing can be served there */
export const runStudio = async (args: readonly string[], options: StudioOptions, signal: AbortSignal): Promise<void> => {
  const { port, open, device, folder = fileURLToPath(PAGE), json, verbose } = options;
  await checkBuilt(folder);
  const inputs = await inputsOf(args, options);
  const report = (error: unknown): void => sayError(`diffcut: ${sentenceOf(error)}`, error, verbose);
  const server = await listen({ folder, inputs, device, report }, port);
  try {
    if (port !== 0 && server.port !== port)
      say(`Port ${port} is taken: the page is at ${server.port}, and work that was begun at ${port} is not in it`);
    if (json) printJson({ url: server.url });
    else print(server.url);
    if (open) openBrowser(server.url, (why) => say(`No browser was opened (${why}): open the address yourself`));
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  } finally {
    await server.close();
  }
};
