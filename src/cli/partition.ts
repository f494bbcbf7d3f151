/** `diffcut partition`: features to labels. */
import type { Command } from 'commander';
import { arrangeHelp } from './help.ts';
import { OPTIONS } from './options.ts';
import { interruptible } from './terminal.ts';

const EXAMPLE = `
Examples:
  $ diffcut partition features.npy -o labels.npy --tau 0.6
  $ diffcut partition features.npy -o labels.png --output-size 640x480 --json > tree.json

Alpha, price, ease, tau and parity: the encoder's own, which "diffcut encode" writes beside the
features (features.npy.json); the paper's (alpha 10, tau 0.5) for features without that.
The tree of --json: { encoder, width, height, alpha, tau or price, ease and join, parity, treeTau,
segments, nodes }, a node being { tokens: how many, ncut: value of its best cut (null: none),
parent: index or -1, children: two indices or null }. Parents come before children.`;

/** Adds `diffcut partition`. */
export const partitionCommand = (program: Command): void => {
  const command = program
    .command('partition')
    .summary('features to labels, by recursive normalized cut')
    .description('Cut features, float (height, width, channels), into segments: int32 (height, width).')
    .argument('<features.npy>', 'what "diffcut encode" or numpy.save wrote')
    .requiredOption('-o, --output <file>', 'where the labels go: .npy or .png')
    .addOption(OPTIONS.price())
    .addOption(OPTIONS.ease())
    .addOption(OPTIONS.tau())
    .addOption(OPTIONS.alpha())
    .option('--parity', "the reference's rule for exact zeros (default: the encoder's)")
    .option('--no-parity', 'the clean rule')
    .addOption(OPTIONS.outputSize())
    .addOption(OPTIONS.overwrite())
    .addOption(OPTIONS.durable())
    .addOption(OPTIONS.json('print the tree of cuts, one object'))
    .addOption(OPTIONS.quiet())
    .addHelpText('after', EXAMPLE)
    .action(async (file: string, options) => {
      const { runPartition } = await import('./partition-run.ts');
      await interruptible((signal) => runPartition(file, options, signal));
    });
  arrangeHelp(command);
};
