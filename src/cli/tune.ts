import type { Command } from 'commander';
import { SEGMENT } from '../tables.ts';
import { addDatasetOptions, listOption, pictureTeller, RESUME, resumable } from './dataset.ts';
import { arrangeHelp, ENCODER_DETAILS } from './help.ts';
import { addEncoderOptions, OPTIONS, oneOf } from './options.ts';
import { print, printJson, UsageError } from './terminal.ts';

const EXAMPLE = `
One tree of cuts is built for each picture and alpha; every tau and every price is cut from it, and
scored as "eval" does it. Prices are walked where the encoder's row has no tau, or where given.
Example:
  $ diffcut tune --encoder ssd-1b --dataset voc2012 --root VOCdevkit/VOC2012 --resume tuned.jsonl
  $ diffcut tune --dataset folder --images jpg --masks png --classes 27 --alphas 1,3,5 --prices none`;

/** Adds `diffcut tune`. Exit code 1 where a picture was left out. */
export const tuneCommand = (program: Command): void => {
  const command = addEncoderOptions(program.command('tune')).description('Find the alpha and tau of an encoder on a labelled data set.');
  addDatasetOptions(command, 'folder')
    .addOption(listOption('--alphas <list>', SEGMENT.alpha, 'exponents of the affinity (default: 1,3,5,10,15)', 'none'))
    .addOption(listOption('--taus <list>', SEGMENT.tau, 'thresholds of a split, or none (default: 0.2,0.3,...,0.9)', 'none'))
    .addOption(listOption('--prices <list>', SEGMENT.price, 'prices of a segment, or none (default: 0.02,0.04,...,0.12)', 'none'))
    .addOption(OPTIONS.ease())
    .option('--parity', "the reference's rule for exact zeros (default: the encoder's)")
    .option('--no-parity', 'the clean rule')
    .addOption(oneOf('--refine <method>', ['pamr', 'crf', 'none'], 'refinement at 128x128 (default: pamr): pamr, crf or none'))
    .option('--resume <file>', RESUME)
    .addOption(OPTIONS.json('last line of standard output: one object with the whole grid'))
    .addOption(OPTIONS.quiet())
    .addHelpText('after', EXAMPLE)
    .action(async ({ json, quiet, ...given }) => {
      const [stages, { checkTuning, tune }, { tuneJson, tuneText }] = await Promise.all([
        import('../toolkit.ts'),
        import('../eval/tune/tune.ts'),
        import('../eval/tune/report.ts'),
      ]);
      const { encoderOptionsOf, openAsked, withNoise } = await import('./files.ts');
      const options = { ...given, ...(await withNoise(encoderOptionsOf(given))) };
      try {
        checkTuning(options);
      } catch (error) {
        throw error instanceof stages.InputError ? new UsageError(error.message) : error;
      }
      const result = await resumable(given.resume, (signal) =>
        tune({ ...options, signal, onPicture: pictureTeller(quiet === true) }, { ...stages, openEncoder: openAsked }),
      );
      if (json) printJson(tuneJson(result));
      else print(tuneText(result));
      if (result.failed.length > 0) process.exitCode = 1;
    });
  arrangeHelp(command, [...ENCODER_DETAILS, 'ease', 'parity', 'list', 'ignore', 'rule']);
};
