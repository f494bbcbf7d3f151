/** `diffcut models check`: what a model computes beside what diffusers, timm, open_clip or transformers gives. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { isFile } from '../system-errors-node.ts';
import { findNamer, InputError, MODELS } from '../toolkit.ts';
import { checkNamer, isNamersGolden, namerReport } from './check-namer.ts';
import { encoderName, OPTIONS } from './options.ts';
import { EXIT, interruptible, print, printJson, UsageError } from './terminal.ts';

const HELP = `
The folder holds picture.png (or .jpg), features.npy, float32 (height, width, channels), and for a
diffusion encoder noise.npy, float32 (4, height / 8, width / 8); cuda:42 where there is none.
scripts/save-features.py of the repository makes such a folder from any model that diffusers reads,
scripts/save-vit-features.py from any vision transformer of timm, and scripts/save-clip.py one with
segments and names (vocabulary.txt, labels.npy, segments.npy, texts.npy, logits.npy) from a CLIP.
Exit code 0 where they are the same, 1 where not.

Example:
  $ diffcut models check ssd-1b --golden golden`;

const PICTURES = ['picture.png', 'picture.jpg'];

interface CheckOptions {
  golden: string;
  device?: 'auto';
  threads?: number;
  json?: boolean;
}

const pictureIn = async (folder: string): Promise<string> => {
  for (const name of PICTURES) if (await isFile(join(folder, name))) return join(folder, name);
  throw new InputError(`${JSON.stringify(folder)} has no ${PICTURES.join(' or ')}: scripts/save-features.py makes such a folder`, { code: 'E_FILE' });
};

/** @throws UsageError for what names segments beside features of an encoder, and the other way round */
const isOfNamer = async (name: string, golden: string): Promise<boolean> => {
  const isNamer = await isNamersGolden(golden);
  if (isNamer && MODELS.some((row) => row.name === name))
    throw new UsageError(`${name} names no segments, and ${JSON.stringify(golden)} holds names: give a model that does, or its folder`);
  if (!isNamer && findNamer(name))
    throw new UsageError(`${name} names segments, and ${JSON.stringify(golden)} holds no names: scripts/save-clip.py makes such a folder`);
  return isNamer;
};

const check = async (name: string, { golden, device, threads }: CheckOptions, signal: AbortSignal) => {
  const [{ describeEncoder }, { compareFeatures }, files] = await Promise.all([
    import('../toolkit.ts'),
    import('../eval/compare-features.ts'),
    import('./files.ts'),
  ]);
  const { kind, sizes, gridStep, alpha, tau = 0.5, parity } = await describeEncoder(name);
  if (kind === 'embedded') throw new UsageError(`${name} is in the package: there is nothing to check`);
  if (kind !== 'diffusion' && kind !== 'vit')
    throw new UsageError(`${name} has nothing to be compared with: give a diffusion encoder or a vision transformer`);
  const theirs = await files.readFeatures(join(golden, 'features.npy'), signal);
  const image = await files.readPicture(await pictureIn(golden), {}, signal);
  // Where the network cuts what is left beside whole tokens, only the picture tells what went in.
  const [width, height] = sizes === 'cut' ? [image.width, image.height] : [theirs.width * gridStep, theirs.height * gridStep];
  const saved = join(golden, 'noise.npy');
  const noise = kind === 'vit' ? undefined : (await isFile(saved)) ? saved : 'cuda:42';
  const encoder = await files.openAsked(name, { ...(await files.withNoise({ size: [width, height], noise, device, threads }, signal)), signal });
  try {
    const compared = await compareFeatures(await encoder.encode(image, { signal }), theirs, { alpha, tau, parity });
    const resized = image.width !== width || image.height !== height;
    const { name: model, device: ran } = encoder;
    return { name: model, device: ran, width, height, channels: theirs.channels, noise, resized, alpha, tau, ...compared };
  } finally {
    await encoder.dispose();
  }
};

const report = (of: Awaited<ReturnType<typeof check>>, limit: number): string =>
  [
    `${of.name}: ${of.channels} channels at ${of.width}x${of.height} pixels${of.noise === undefined ? '' : `, noise ${of.noise}`}, on ${of.device}`,
    ...(of.resized ? ['The picture is of another size and was resized: save it as it went into the network, or that shows too'] : []),
    `Relative error of the features: ${of.error.toPrecision(2)}; with the mean over tokens removed: ${of.centredError.toPrecision(2)}`,
    `Tokens in the same segment at alpha ${of.alpha}, tau ${of.tau}: ${(of.sameTokens * 100).toFixed(1)} % (${of.segments[0]} segments, theirs ${of.segments[1]})`,
    `${of.same ? 'The same' : 'Not the same'}: with the mean removed, up to ${limit} counts as the same`,
  ].join('\n');

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
    .action((name: string, options: CheckOptions) =>
      interruptible(async (signal) => {
        if (await isOfNamer(name, options.golden)) {
          const found = await checkNamer(name, options.golden, await pictureIn(options.golden), options, signal);
          if (options.json) printJson(found);
          else print(namerReport(found));
          if (!found.same) process.exitCode = EXIT.failed;
          return;
        }
        const found = await check(name, options, signal);
        const { SAME_WITHIN } = await import('../eval/compare-features.ts');
        if (options.json) printJson(found);
        else print(report(found, SAME_WITHIN));
        if (!found.same) process.exitCode = EXIT.failed;
      }),
    );
};
