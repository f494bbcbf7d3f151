/** `diffcut models check`: what a model computes beside what diffusers, timm, open_clip or transformers gives. */
import type { Command } from 'commander';
import { findNamer } from '../tables.ts';
import { encoderName, OPTIONS } from './options.ts';
import { interruptible } from './terminal.ts';

const HELP = `
The folder holds picture.png (or .jpg), features.npy, float32 (height, width, channels), and for a
diffusion encoder noise.npy, float32 (4, height / 8, width / 8); cuda:42 where there is none.
scripts/save-features.py of the repository makes such a folder from any model that diffusers reads,
scripts/save-vit-features.py from any vision transformer of timm, and scripts/save-clip.py one with
segments and names (vocabulary.txt, labels.npy, segments.npy, texts.npy, logits.npy) from a CLIP.
Exit code 0 where they are the same, 1 where not.

Example:
  $ diffcut models check ssd-1b --golden golden`;

/** Adds `diffcut models check`. */
export const checkCommand = (models: Command): void => {
  models
    .command('check')
    .summary('compare what it computes with what another program saved')
    .description('Compare features, or segments and names, with what diffusers, timm, open_clip or transformers gives for the same picture.')
    .argument('<name|folder>', 'which: see "diffcut models", or a model\'s folder', (name) => (findNamer(name) ? name : encoderName(name)))
    .requiredOption('--golden <folder>', 'what the other one was given and what it gave')
    .addOption(OPTIONS.device())
    .addOption(OPTIONS.threads())
    .addOption(OPTIONS.json('print one object'))
    .addHelpText('after', HELP)
    .action(async (name: string, options) => {
      const { runCheck } = await import('./check-run.ts');
      await interruptible((signal) => runCheck(name, options, signal));
    });
};
