/** The work of `diffcut models check`: features, or segments and names, held against what another program saved. */
import { join } from 'node:path';
import { compareFeatures, SAME_WITHIN } from '../eval/compare-features.ts';
import { isFile } from '../system-errors-node.ts';
import { describeEncoder, findNamer, InputError, MODELS } from '../toolkit.ts';
import { checkNamer, isNamersGolden, namerReport } from './check-namer.ts';
import { openAsked, readFeatures, readPicture, withNoise } from './files.ts';
import { EXIT, print, printJson, UsageError } from './terminal.ts';

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
  const { kind, sizes, gridStep, alpha, tau = 0.5, parity } = await describeEncoder(name);
  if (kind === 'embedded') throw new UsageError(`${name} is in the package: there is nothing to check`);
  if (kind !== 'diffusion' && kind !== 'vit')
    throw new UsageError(`${name} has nothing to be compared with: give a diffusion encoder or a vision transformer`);
  const theirs = await readFeatures(join(golden, 'features.npy'), signal);
  const image = await readPicture(await pictureIn(golden), {}, signal);
  // Where the network cuts what is left beside whole tokens, only the picture tells what went in.
  const [width, height] = sizes === 'cut' ? [image.width, image.height] : [theirs.width * gridStep, theirs.height * gridStep];
  const saved = join(golden, 'noise.npy');
  const noise = kind === 'vit' ? undefined : (await isFile(saved)) ? saved : 'cuda:42';
  const encoder = await openAsked(name, { ...(await withNoise({ size: [width, height], noise, device, threads }, signal)), signal });
  try {
    const compared = await compareFeatures(await encoder.encode(image, { signal }), theirs, { alpha, tau, parity });
    const resized = image.width !== width || image.height !== height;
    const { name: model, device: ran } = encoder;
    return { name: model, device: ran, width, height, channels: theirs.channels, noise, resized, alpha, tau, ...compared };
  } finally {
    await encoder.dispose();
  }
};

const report = (of: Awaited<ReturnType<typeof check>>): string =>
  [
    `${of.name}: ${of.channels} channels at ${of.width}x${of.height} pixels${of.noise === undefined ? '' : `, noise ${of.noise}`}, on ${of.device}`,
    ...(of.resized ? ['The picture is of another size and was resized: save it as it went into the network, or that shows too'] : []),
    `Relative error of the features: ${of.error.toPrecision(2)}; with the mean over tokens removed: ${of.centredError.toPrecision(2)}`,
    `Tokens in the same segment at alpha ${of.alpha}, tau ${of.tau}: ${(of.sameTokens * 100).toFixed(1)} % (${of.segments[0]} segments, theirs ${of.segments[1]})`,
    `${of.same ? 'The same' : 'Not the same'}: with the mean removed, up to ${SAME_WITHIN} counts as the same`,
  ].join('\n');

/** Exit code 1 where they are not the same. @throws UsageError for what is not to be compared; InputError for what is missing */
export const runCheck = async (name: string, options: CheckOptions, signal: AbortSignal): Promise<void> => {
  const { golden, json } = options;
  const tell = <T extends { same: boolean }>(found: T, text: (found: T) => string): void => {
    if (json) printJson(found);
    else print(text(found));
    if (!found.same) process.exitCode = EXIT.failed;
  };
  if (await isOfNamer(name, golden)) tell(await checkNamer(name, golden, await pictureIn(golden), options, signal), namerReport);
  else tell(await check(name, options, signal), report);
};
