/** `diffcut refine`: labels drawn to the edges of their picture. */
import type { Command } from 'commander';
import { OPTIONS } from './options.ts';
import { interruptible, say } from './terminal.ts';

const EXAMPLE = `
Example:
  $ diffcut refine photo.jpg labels.png -o refined.png --iterations 15 --dilations 1,2,4,8,12,24`;

/** Adds `diffcut refine`. */
export const refineCommand = (program: Command): void => {
  program
    .command('refine')
    .summary("labels drawn to their picture's edges")
    .description('Draw the borders of labels to the edges of the picture: PAMR, then a 3x3 median.')
    .argument('<picture>', 'its file; - reads standard input')
    .argument('<labels>', "label map of the picture's size: .npy (integers) or .png (palette or grey)")
    .requiredOption('-o, --output <file>', 'where the labels go: .npy or .png')
    .addOption(OPTIONS.iterations())
    .addOption(OPTIONS.dilations())
    .addOption(OPTIONS.median())
    .addOption(OPTIONS.quiet())
    .addHelpText('after', EXAMPLE)
    .action((picture: string, labelsFile: string, { output, quiet, ...options }) =>
      interruptible(async (signal) => {
        const [{ refine }, { checkLabelsName, readLabels, readPicture, writeLabels }] = await Promise.all([
          import('../toolkit.ts'),
          import('./files.ts'),
        ]);
        checkLabelsName(output);
        const labels = await readLabels(labelsFile);
        const refined = await refine(labels, await readPicture(picture, signal), { ...options, signal });
        await writeLabels(output, refined);
        if (!quiet) say(`${output}: ${refined.width} x ${refined.height}, segments: ${new Set(refined.data).size}`);
      }),
    );
};
