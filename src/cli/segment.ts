/** `diffcut segment`: pictures in, their regions out. */
import { type Command, Option } from 'commander';
import { DEFAULT_FORMATS, ENCODER, FORMATS } from '../toolkit.ts';
import { addEncoderOptions, addOptionsOf, namesOf, OPTIONS, SEGMENTING } from './options.ts';

import { EXIT, interruptible } from './terminal.ts';

const EXAMPLE = `
Examples:
  $ diffcut segment photo.jpg
  $ diffcut segment holiday/ "scans/**/*.tif" -o regions --recursive --resume
A picture with existing outputs is refused (exit 1) without --overwrite or --resume.
Solver, price, ease, alpha, size: the encoder's own where not given.
More options of encoders (--device, --vae, --prompt, ...): diffcut encode --help`;

/** Adds `diffcut segment`. */
export const segmentCommand = (program: Command): void => {
  const command = addEncoderOptions(program.command('segment'), 'few')
    .summary('pictures in, their regions out')
    .description('Segment pictures: a label map, an overlay and a JSON for each.')
    .argument('<pictures...>', 'files, folders, globs; - reads one from standard input')
    .option('-o, --output <folder>', 'where results go', 'diffcut-output')
    .addOption(
      new Option('--format <list>', `of ${Object.keys(FORMATS).join(',')} (default: ${DEFAULT_FORMATS.join(',')})`).argParser(
        namesOf('format', Object.keys(FORMATS)),
      ),
    );
  addOptionsOf(command, SEGMENTING)
    .addOption(
      new Option('--features <file.npy>', 'features of the one picture, instead of encoding it').conflicts([...Object.keys(ENCODER), 'tile']),
    )
    .option('--recursive', 'look into subfolders and mirror them in the output')
    .addOption(OPTIONS.overwrite().conflicts('resume'))
    .option('--resume', 'skip pictures whose outputs are all there')
    .addOption(OPTIONS.json('one object a picture on standard output, a line each'))
    .addOption(OPTIONS.quiet())
    .addHelpText('after', EXAMPLE)
    .action(async (args: string[], { format = DEFAULT_FORMATS, ...options }, self: Command) => {
      const { runBatch } = await import('./batch.ts');
      const verbose = self.optsWithGlobals().verbose === true;
      const failures = await interruptible((signal) => runBatch(args, { ...options, formats: format, verbose }, signal));
      if (failures > 0) process.exitCode = EXIT.failed;
    });
};
