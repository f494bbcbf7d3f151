/** `diffcut convert`: label maps from one format to others, without segmenting. */
import type { Command } from 'commander';
import { EXPORTING, NUMBERING } from '../tables.ts';
import { CONVERTED, formatNames } from './formats.ts';
import { arrangeHelp } from './help.ts';
import { addOptionsOf, OPTIONS } from './options.ts';
import { EXIT, interruptible } from './terminal.ts';

const EXAMPLE = `
Examples:
  $ diffcut convert diffcut-output/ --to coco -o coco.json
  $ diffcut convert instances.json --to labels,csv -o maps --background largest
  $ diffcut convert concepts/labels --names concepts/concepts.json --to coco
  $ diffcut convert labelme/ --to yolo -o sets --images labelme/ --val 0.2
Read are label maps (.png, .npy, .tif; names from the .json beside them), and JSON of COCO, panoptic
COCO and labelme. From coco on, a format is a set of all pictures together; the others are a file
for each of them.`;

/** Adds `diffcut convert`. */
export const convertCommand = (program: Command): void => {
  const command = program
    .command('convert')
    .summary('label maps from one format to others')
    .description('Convert label maps, of a picture or of whole sets, to formats of other tools: files or folders in, without segmenting.')
    .argument('<labels...>')
    .addOption(formatNames('--to <list>', [...CONVERTED.files, ...CONVERTED.sets]).makeOptionMandatory())
    .option('-o, --output <path>', 'folder of the results; or one file', 'diffcut-output')
    .option('--recursive', 'look into subfolders')
    .option('--names <concepts.json>', 'names of the ids in all label maps: as "diffcut concepts" wrote it beside them')
    .addOption(OPTIONS.naming())
    .option('--images <folder>', 'where the pictures are: their names, and their files where a set holds them');
  addOptionsOf(addOptionsOf(command, NUMBERING), EXPORTING)
    .addOption(OPTIONS.overwrite())
    .addOption(OPTIONS.durable())
    .addOption(OPTIONS.json('one object a picture on standard output, a line each'))
    .addOption(OPTIONS.quiet())
    .addHelpText('after', EXAMPLE)
    .action(async (args: string[], options, self: Command) => {
      const { runConvert } = await import('./convert-run.ts');
      const verbose = self.optsWithGlobals().verbose === true;
      const failures = await interruptible((signal) => runConvert(args, { ...options, verbose }, signal));
      if (failures > 0) process.exitCode = EXIT.failed;
    });
  arrangeHelp(command);
};
