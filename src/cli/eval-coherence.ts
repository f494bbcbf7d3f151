/** `diffcut eval coherence`: encoders side by side, without any cut. */
import { dirname, extname } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { addDatasetOptions, pictureTeller, RESUME, resumable, whole } from './dataset.ts';
import { arrangeHelp, ENCODER_DETAILS } from './help.ts';
import { addEncoderOptions, OPTIONS } from './options.ts';
import { print, printJson, UsageError } from './terminal.ts';

const EXAMPLE = `
Every encoder is asked about the same pairs of pixels: are they of one class? Within a picture and
across pictures, ROC AUC and average precision, the mean over classes; 0.5 is chance.

Example:
  $ diffcut eval coherence --dataset folder --images jpg --masks png --background 0 -o chart.svg
  $ diffcut eval coherence --dataset voc2012 --root VOC2012 --encoders embedded,ssd-1b --json`;

const ABOUT = {
  classes: 'how many classes: mask values 0 to count-1 (default: any value is one)',
  background: 'class that others are told from, and that is none itself',
};

const chartName = (path: string): string => {
  if (extname(path).toLowerCase() !== '.svg') throw new InvalidArgumentError('Expected a file name that ends in .svg.');
  return path;
};

/** Adds `diffcut eval coherence`. Exit code 1 where a picture was left out. */
export const coherenceCommand = (evaluation: Command): void => {
  const command = addEncoderOptions(evaluation.command('coherence'), 'encoders').description(
    'Measure how well the cosine of two features tells whether their pixels are of one class.',
  );
  addDatasetOptions(command, 'folder', 'labels, ID.png', ABOUT)
    .option('--seed <number>', 'of all that is drawn: points, pairs, intervals (default: 0)', whole)
    .option('--resume <file>', RESUME)
    .option('-o, --output <chart.svg>', 'write a chart of the encoders side by side', chartName)
    .addOption(OPTIONS.overwrite())
    .addOption(OPTIONS.durable())
    .addOption(OPTIONS.json('last line of standard output: one object, figures 0..1'))
    .addOption(OPTIONS.quiet())
    .addHelpText('after', EXAMPLE)
    .action(async ({ json, quiet, output, overwrite, ...given }) => {
      const [stages, { checkCoherence, evaluateCoherence }, { coherenceJson, coherenceText }, { coherenceChart }] = await Promise.all([
        import('../toolkit.ts'),
        import('../eval/coherence/run.ts'),
        import('../eval/coherence/report.ts'),
        import('../eval/coherence/chart.ts'),
      ]);
      const [{ encoderOptionsOf, openAsked, withNoise }, { checkNew, makeFolder }] = await Promise.all([
        import('./files.ts'),
        import('../jobs/outputs-node.ts'),
      ]);
      const options = { ...given, ...(await withNoise(encoderOptionsOf(given))) };
      try {
        checkCoherence(options);
      } catch (error) {
        throw error instanceof stages.InputError ? new UsageError(error.message) : error;
      }
      if (output !== undefined) {
        await checkNew([output], overwrite); // before hours of work
        await makeFolder(dirname(output));
      }
      const result = await resumable(given.resume, (signal) =>
        evaluateCoherence({ ...options, signal, onPicture: pictureTeller(quiet === true) }, { ...stages, openEncoder: openAsked }),
      );
      if (output !== undefined)
        await stages.writeWhole(output, new TextEncoder().encode(coherenceChart(result)), { replace: overwrite, durable: given.durable });
      if (json) printJson(coherenceJson(result));
      else print(coherenceText(result));
      if (result.failed.length > 0) process.exitCode = 1;
    });
  arrangeHelp(command, [...ENCODER_DETAILS, 'rule', 'durable']);
};
