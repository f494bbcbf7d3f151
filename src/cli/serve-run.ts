/** The work of `diffcut serve`: what it is told, as the server takes it, until Ctrl-C. */
import { serve } from '../serve/api/listen-node.ts';
import { DEFAULT_ENCODER, type ENCODER, type Given, locateNamer, openClipFiles, type Resolved, SERVE } from '../toolkit.ts';
import { encoderOptionsOf } from './files.ts';
import { print, printJson, say, sayError, sentenceOf, UsageError, usageIfOption } from './terminal.ts';

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

/** @throws UsageError for options that do not fit; InputError where a model is missing, or nothing can be served there */
export const runServe = async (options: Options, signal: AbortSignal): Promise<void> => {
  const { host, port, encoder = DEFAULT_ENCODER, namesModel, json, quiet, verbose } = options;
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
