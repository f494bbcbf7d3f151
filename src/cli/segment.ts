/** `diffcut segment`: pictures in, their regions out. */
import { type Command, Option } from 'commander';
import { DEFAULT_FORMATS, ENCODER, FORMATS, JOBS } from '../toolkit.ts';
import { arrangeHelp, ENCODER_DETAILS, READING_DETAILS } from './help.ts';
import { addEncoderOptions, addOptionsOf, namesOf, OPTIONS, SEGMENTING } from './options.ts';
import { EXIT, interruptible } from './terminal.ts';

const EXAMPLE = `
Examples:
  $ diffcut segment photo.jpg
  $ diffcut segment holiday/ "scans/**/*.tif" -o regions --recursive --resume`;

/** Adds `diffcut segment`. */
export const segmentCommand = (program: Command): void => {
  const { page, ...others } = SEGMENTING;
  const command = program
    .command('segment')
    .summary('pictures in, their regions out')
    .description('Segment pictures (files, folders, globs, http(s) addresses; - is standard input): a label map, an overlay and a JSON for each.')
    .argument('<pictures...>')
    .option('--recursive', 'look into subfolders and mirror them in the output')
    .option('--watch', 'folders: then wait for new pictures, until Ctrl-C')
    .addOption(OPTIONS.pages())
    .addOption(
      new Option('--features <file.npy>', 'features of the one picture, instead of encoding it').conflicts([
        ...Object.keys(ENCODER),
        'tile',
        'watch',
      ]),
    )
    .option('-o, --output <path>', 'folder of the results; or one file, or -', 'diffcut-output')
    .addOption(
      new Option('--format <list>', `of ${Object.keys(FORMATS).join(',')} (default: ${DEFAULT_FORMATS.join(',')})`).argParser(
        namesOf('format', Object.keys(FORMATS)),
      ),
    )
    .addOption(OPTIONS.naming());
  addOptionsOf(command, JOBS)
    .addOption(OPTIONS.overwrite('replace existing outputs; others of an older run go').conflicts('resume'))
    .option('--resume', 'skip pictures that are finished, and make the others')
    .addOption(OPTIONS.json('one object a picture on standard output, a line each'))
    .addOption(OPTIONS.quiet())
    .addHelpText('after', EXAMPLE)
    .action(async (args: string[], options, self: Command) => {
      const { runBatch } = await import('./batch.ts');
      const verbose = self.optsWithGlobals().verbose === true;
      const failures = await interruptible((signal) => runBatch(args, { ...options, verbose }, signal));
      if (failures > 0) process.exitCode = EXIT.failed;
    });
  arrangeHelp(addEncoderOptions(addOptionsOf(command, others)), [
    ...ENCODER_DETAILS,
    ...READING_DETAILS,
    'durable',
    'features',
    'ease',
    'alpha',
    'join',
    'split',
    'keepAlpha',
  ]);
};
