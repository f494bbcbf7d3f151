/** `diffcut segment`: pictures in, their regions out. */
import { type Command, Option } from 'commander';
import { DEFAULT_FORMATS, ENCODER, EXPORTING, FORMAT_NAMES, JOBS, NAMES, NUMBERING, SET_NAMES } from '../tables.ts';
import { formatNames } from './formats.ts';
import { arrangeHelp, ENCODER_DETAILS, READING_DETAILS } from './help.ts';
import { addEncoderOptions, addOptionsOf, OPTIONS, SEGMENTING } from './options.ts';
import { EXIT, interruptible } from './terminal.ts';

const EXAMPLE = `
Examples:
  $ diffcut segment photo.jpg
  $ diffcut segment holiday/ "scans/**/*.tif" -o regions --recursive --resume`;

/** What few want of what says how pictures are segmented. */
export const SEGMENT_DETAILS = [
  ...ENCODER_DETAILS,
  ...READING_DETAILS,
  ...Object.keys(NUMBERING),
  ...Object.keys(EXPORTING),
  ...Object.keys(NAMES).filter((name) => name !== 'classes' && name !== 'vocabulary'),
  'durable',
  'shard',
  'features',
  'ease',
  'alpha',
  'threshold',
  'kMeans',
  'join',
  'split',
  'keepAlpha',
  'minArea',
  'tile',
  'name',
  'quiet',
];

/** Adds `diffcut segment`. */
export const segmentCommand = (program: Command): void => {
  const { page, ...others } = SEGMENTING;
  const command = program
    .command('segment')
    .summary('pictures in, their regions out')
    .description('Segment pictures (files, folders, globs, http(s) and s3 addresses; - is standard input).')
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
    .addOption(formatNames('--format <list>', [...FORMAT_NAMES, ...SET_NAMES], ` (default: ${DEFAULT_FORMATS.join(',')})`))
    .addOption(OPTIONS.naming());
  for (const table of [NAMES, NUMBERING, EXPORTING, JOBS]) addOptionsOf(command, table);
  command
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
  arrangeHelp(addEncoderOptions(addOptionsOf(command, others)), SEGMENT_DETAILS);
};
