/** `diffcut encode`: the features of a picture. */
import type { Command } from 'commander';
import { READING } from '../tables.ts';
import { arrangeHelp, READING_DETAILS } from './help.ts';
import { addEncoderOptions, addOptionsOf, OPTIONS, readingOptionsOf } from './options.ts';
import { interruptible, say } from './terminal.ts';

const EXAMPLE = `
Example:
  $ diffcut encode photo.jpg -o features.npy
  $ diffcut partition features.npy -o labels.npy`;

/** Adds `diffcut encode`. */
export const encodeCommand = (program: Command): void => {
  const command = addOptionsOf(addEncoderOptions(program.command('encode')), READING)
    .summary('the features of a picture, as NPY')
    .description('Write the features of a picture, float32 (height, width, channels), and beside them where they come from.')
    .argument('<picture>', 'its file or http(s) address; - reads standard input')
    .addOption(OPTIONS.tile())
    .requiredOption('-o, --output <file.npy>', 'where the features go')
    .addOption(OPTIONS.overwrite())
    .addOption(OPTIONS.durable())
    .addOption(OPTIONS.quiet())
    .addHelpText('after', EXAMPLE)
    .action((picture: string, { output, encoder, tile, overwrite, durable, quiet, ...options }) =>
      interruptible(async (signal) => {
        const [
          { DEFAULT_ENCODER, encodeTiles },
          { encoderOptionsOf, featuresPaths, openAsked, readPicture, sayNotes, withNoise, writeFeatures },
          { checkNew },
        ] = await Promise.all([import('../toolkit.ts'), import('./files.ts'), import('../jobs/outputs-node.ts')]);
        await checkNew(await featuresPaths(output), overwrite, [picture]);
        const image = await readPicture(picture, readingOptionsOf(options), signal);
        if (!quiet) sayNotes(picture, image);
        const open = await openAsked(encoder ?? DEFAULT_ENCODER, { ...(await withNoise(encoderOptionsOf(options), signal)), signal });
        try {
          const features = await (tile === undefined ? open.encode(image, { signal }) : encodeTiles(open, image, tile, { signal }));
          await writeFeatures(output, features, { replace: overwrite, durable, signal });
          const { width, height, channels } = features;
          if (!quiet) say(`${output}: ${width} x ${height} tokens of ${channels} channels by ${open.name} on ${open.device}`);
        } finally {
          await open.dispose();
        }
      }),
    );
  arrangeHelp(command, [...READING_DETAILS, 'durable', 'worker', 'threads', 'timestep', 'layer', 'tap']);
};
