/** `diffcut serve`: the library for programs that ask by HTTP, and for Label Studio. */
import { type Command, Option } from 'commander';
import { DEFAULT_ENCODER, type ENCODER, type Given, locateNamer, NAMES, openClipFiles, type Resolved, SERVE } from '../toolkit.ts';
import { arrangeHelp, ENCODER_DETAILS } from './help.ts';
import { addEncoderOptions, addOptionsOf, encoderOptionsOf } from './options.ts';
import { portOf } from './studio.ts';
import { interruptible, print, printJson, say, sayError, sentenceOf, UsageError, usageIfOption } from './terminal.ts';

const [HOST, PORT] = ['127.0.0.1', 8000];

const EXAMPLE = `
Examples:
  $ diffcut serve
  $ curl --data-binary @photo.jpg "http://127.0.0.1:8000/segment?price=0.02" -o labels.png
  $ diffcut serve --label-studio-url http://localhost:8080 --label-studio-token KEY

Ctrl-C ends: what is worked on is finished first. What may be asked for: GET /openapi.json.`;

interface Options extends Resolved<typeof SERVE>, Given<typeof ENCODER> {
  host: string;
  port: number;
  token?: string;
  encoder?: string;
  namesModel?: string;
  labelStudioUrl?: string;
  labelStudioToken?: string;
  json?: boolean;
  quiet?: boolean;
  verbose: boolean;
}

/** Secrets in arguments are seen by other users of the machine; those of the environment are not. */
const secretOf = (given: string | undefined, name: string): string | undefined => {
  const secret = given ?? process.env[name];
  if (secret === '') throw new UsageError(`The token is empty: leave ${name} out, or give one`);
  return secret;
};

/** Where Label Studio is. @throws UsageError for what is no address */
const studioOf = ({ labelStudioUrl: url, labelStudioToken }: Options) => {
  if (url === undefined) return undefined;
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) throw new UsageError('--label-studio-url is to be an http or https address');
  return { url, token: secretOf(labelStudioToken, 'LABEL_STUDIO_API_KEY') };
};

const runServe = async (options: Options, signal: AbortSignal): Promise<void> => {
  const { host, port, encoder = DEFAULT_ENCODER, namesModel, json, quiet, verbose } = options;
  const { serve } = await import('../serve/api/listen-node.ts');
  const limits = Object.fromEntries(Object.entries(SERVE).map(([name, spec]) => [name, options[name as keyof typeof SERVE] ?? spec.default]));
  if (namesModel !== undefined) await openClipFiles((await locateNamer(namesModel).catch(usageIfOption)).files);
  const server = await serve({
    ...(limits as Resolved<typeof SERVE>),
    host,
    port,
    token: secretOf(options.token, 'DIFFCUT_TOKEN'),
    labelStudio: studioOf(options),
    encoder,
    encoderOptions: encoderOptionsOf({ ...options }),
    namesModel,
    log: quiet ? () => {} : (line) => say(`${new Date().toISOString()} ${line}`),
    report: (error) => sayError(`diffcut: ${sentenceOf(error)}`, error, verbose),
  });
  try {
    if (json) printJson({ url: server.url, jobs: server.count });
    else print(server.url);
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  } finally {
    await server.close();
  }
};

/** Adds `diffcut serve`. It ends by Ctrl-C, with exit code 0. */
export const serveCommand = (program: Command): void => {
  const command = program
    .command('serve')
    .summary('answer programs by HTTP, and Label Studio')
    .description('Segment pictures for programs that ask by HTTP, and pre-annotate for Label Studio.')
    .addOption(new Option('--host <name>', 'where it is served; anywhere but on this machine a token is wanted').default(HOST))
    .addOption(new Option('--port <N>', 'of it; 0: any that is free').argParser(portOf).default(PORT))
    .addOption(new Option('--token <secret>', 'wanted of every caller; better by the variable DIFFCUT_TOKEN'))
    .addOption(new Option('--label-studio-url <url>', 'of Label Studio, which tasks have their pictures from'))
    .addOption(new Option('--label-studio-token <key>', 'of it; better by the variable LABEL_STUDIO_API_KEY'));
  addOptionsOf(command, {
    ...SERVE,
    namesModel: { ...NAMES.namesModel, default: undefined, help: 'what names segments, where requests ask for that' },
  });
  addEncoderOptions(command)
    .option('--quiet', 'no line a request; errors are still told')
    .option('--json', 'the address as an object, {"url": ..., "jobs": ...}')
    .addHelpText('after', EXAMPLE)
    .action(async (options, self: Command) => {
      const verbose = self.optsWithGlobals().verbose === true;
      await interruptible((signal) => runServe({ ...options, verbose }, signal));
    });
  arrangeHelp(command, ENCODER_DETAILS);
};
