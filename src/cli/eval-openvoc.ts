/** `diffcut eval openvoc`: names of segments against a labelled data set. */
import type { Command } from 'commander';
import { NAMES } from '../tables.ts';
import { brief, pictureTeller, RESUME, resumable, whole } from './dataset.ts';
import { arrangeHelp, ENCODER_DETAILS } from './help.ts';
import { addEncoderOptions, OPTIONS, oneOf, optionsOf } from './options.ts';
import { print, printJson, UsageError } from './terminal.ts';

const EXAMPLE = `
The published protocol: each segment gets the best of the set's names, and a picture's score is its
mean IoU over the classes that it or its names have.

Example:
  $ diffcut eval openvoc --dataset voc2012 --root VOC2012 --encoder ssd-1b --names-model clip-convnext-l`;

/** Adds `diffcut eval openvoc`. Exit code 1 where a picture was left out. */
export const openvocCommand = (evaluation: Command): void => {
  const command = addEncoderOptions(evaluation.command('openvoc')).description(
    'Score the names of segments against a labelled data set, by the words that it is published with.',
  );
  command
    .requiredOption('--dataset <name>', 'voc2012, context or coco-object')
    .requiredOption('--root <folder>', 'where it lies')
    .option('--list <file>', 'only these IDs, one a line')
    .option('--limit <count>', 'only the first pictures', whole)
    .addOption(brief(OPTIONS.shard(), 'every n-th picture, from the i-th on; "eval merge" joins all shards'));
  for (const option of optionsOf({ namesModel: NAMES.namesModel, dense: NAMES.dense })) command.addOption(option);
  command
    .addOption(OPTIONS.solver())
    .addOption(brief(OPTIONS.price(), 'price of a segment; lower gives more segments'))
    .addOption(brief(OPTIONS.ease(), 'how much cheaper a small segment is'))
    .addOption(OPTIONS.join())
    .addOption(brief(OPTIONS.tau(), 'ncut, instead of a price: threshold of a split; higher gives more'))
    .addOption(brief(OPTIONS.alpha(), 'ncut: exponent of the affinity'))
    .addOption(oneOf('--refine <name>', ['pamr', 'edges', 'vote', 'none'], 'pamr, edges, vote or none draws borders (default: pamr)'))
    .option('--resume <file>', RESUME)
    .addOption(OPTIONS.durable())
    .addOption(OPTIONS.json('last line of standard output: one object, percent'))
    .addOption(OPTIONS.quiet())
    .addHelpText('after', EXAMPLE)
    .action(async ({ json, quiet, ...given }) => {
      const [stages, { checkOpenvoc, evaluateOpenvoc }, { openvocJson, openvocText }] = await Promise.all([
        import('../toolkit.ts'),
        import('../eval/openvoc/run.ts'),
        import('../eval/openvoc/report.ts'),
      ]);
      const { encoderOptionsOf, openAsked, withNoise } = await import('./files.ts');
      const options = { namesModel: NAMES.namesModel.default, ...given, ...(await withNoise(encoderOptionsOf(given))) };
      try {
        checkOpenvoc(options);
      } catch (error) {
        throw error instanceof stages.InputError ? new UsageError(error.message) : error;
      }
      const result = await resumable(given.resume, (signal) =>
        evaluateOpenvoc({ ...options, signal, onPicture: pictureTeller(quiet === true) }, { ...stages, openEncoder: openAsked }),
      );
      if (json) printJson(openvocJson(result));
      else print(openvocText(result));
      if (result.failed.length > 0) process.exitCode = 1;
    });
  arrangeHelp(command, [...ENCODER_DETAILS, 'ease', 'join', 'alpha', 'dense', 'durable']);
};
