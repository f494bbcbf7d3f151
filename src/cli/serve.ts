/** `diffcut serve`: the library for programs that ask by HTTP, and for Label Studio. */
import { type Command, Option } from 'commander';
import { NAMES, SERVE } from '../tables.ts';
import { arrangeHelp, ENCODER_DETAILS } from './help.ts';
import { addEncoderOptions, addOptionsOf } from './options.ts';
import { portOf } from './studio.ts';
import { interruptible } from './terminal.ts';

const [HOST, PORT] = ['127.0.0.1', 8000];

const EXAMPLE = `
Examples:
  $ diffcut serve
  $ curl --data-binary @photo.jpg "http://127.0.0.1:8000/segment?price=0.02" -o labels.png
  $ diffcut serve --label-studio-url http://localhost:8080 --label-studio-token KEY

Ctrl-C ends: what is worked on is finished first. What may be asked for: GET /openapi.json.`;

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
      const { runServe } = await import('./serve-run.ts');
      const verbose = self.optsWithGlobals().verbose === true;
      await interruptible((signal) => runServe({ ...options, verbose }, signal));
    });
  arrangeHelp(command, ENCODER_DETAILS);
};
