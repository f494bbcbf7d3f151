/** The library's options as options of the command line: help, default, range and error all come from there. */
import { existsSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  COHERENCE,
  DIFFUSION,
  ENCODER,
  type Given,
  jointParts,
  MODELS,
  type OptionSpec,
  REFINE,
  SEGMENT,
  unknown,
  unknownEncoder,
  VIT,
} from '../toolkit.ts';

type Parse = (text: string) => unknown;

const number: Parse = (text) => (text.trim() === '' ? Number.NaN : Number(text));
const text: Parse = (value) => value;
const list: Parse = (value) => value.split(',').map(number);

/** `N` or `WxH`. */
const size: Parse = (value) => {
  const sides = value.toLowerCase().split('x').map(number);
  return sides.length === 1 ? sides[0] : sides;
};

const defaultOf = (value: unknown): string => (value === undefined || value === false || value === 0 ? '' : ` (default: ${value})`);

/**
 * A library option on the command line. It has no value where it is not given: the library fills in its default.
 * @param wanted replaces the spec's words in the error where the command line writes the value differently
 */
const optionOf = (flags: string, spec: OptionSpec<unknown>, parse: Parse, wanted = spec.wanted): Option =>
  new Option(flags, `${spec.help}${defaultOf(spec.default)}`).argParser((value: string) => {
    const parsed = parse(value);
    if (!spec.accepts(parsed)) throw new InvalidArgumentError(`Expected ${wanted}.`);
    return parsed;
  });

const isKnown = (name: string): boolean => MODELS.some((model) => model.name === name) || existsSync(name);

/** A row of the table, a path that is there, or several of these with "+" between. @throws InvalidArgumentError, with a guess */
export const encoderName = (name: string): string => {
  if (isKnown(name)) return name;
  try {
    const unknown = name.includes('+') ? jointParts(name).find((part) => !isKnown(part.name))?.name : name;
    if (unknown === undefined) return name;
    throw unknownEncoder(unknown);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
};

/** Several of them, each once. @throws InvalidArgumentError, with a guess */
const encoderNames = (value: string): string[] => [...new Set(value.split(',').map((name) => encoderName(name.trim())))];

const SIZE: OptionSpec<unknown> = {
  default: undefined,
  wanted: 'WxH, each a whole number from 1 to 65535',
  accepts: (v) => Array.isArray(v) && v.length === 2 && v.every((n) => Number.isInteger(n) && n >= 1 && n <= 65_535),
  help: 'labels of this size, pixels; one a token where not given',
};

/** On the command line numbers come as a file. */
const NOISE: OptionSpec<unknown> = {
  ...DIFFUSION.noise,
  wanted: 'cuda:N, seed:N, zero or a file.npy',
  accepts: (v) => DIFFUSION.noise.accepts(v) || (typeof v === 'string' && v.endsWith('.npy')),
  help: `diffusion: ${DIFFUSION.noise.help}, or a file.npy`,
};
const DEVICE_NAMES = ENCODER.device.values.join(', ');

/** Each option of the command line, made anew for the command that takes it. */
export const OPTIONS = {
  encoder: () =>
    new Option('--encoder <name|path>', 'which features: of "diffcut models", a folder, an .onnx, or several: a+b').argParser(encoderName),
  encoders: () => new Option('--encoders <list>', 'which features, with commas between: see "diffcut models"').argParser(encoderNames),
  size: () => optionOf('--size <N|WxH>', { ...ENCODER.size, help: ENCODER.size.help }, size, 'N or WxH, each from 32 to 4096'),
  keepRatio: () => new Option('--keep-ratio', ENCODER.keepRatio.help),
  noKeepRatio: () => new Option('--no-keep-ratio', 'a square, whatever the picture'),
  device: () => optionOf('--device <name>', { ...ENCODER.device, help: `what computes: ${DEVICE_NAMES}; ${ENCODER.device.help}` }, text),
  threads: () => optionOf('--threads <count>', ENCODER.threads, number),
  timestep: () => optionOf('--timestep <t>', { ...DIFFUSION.timestep, help: `diffusion: ${DIFFUSION.timestep.help}` }, number),
  noise: () => optionOf('--noise <kind>', NOISE, text),
  prompt: () => new Option('--prompt <text>', `diffusion: ${DIFFUSION.prompt.help}`),
  vae: () => optionOf('--vae <kind>', { ...DIFFUSION.vae, help: `diffusion: ${DIFFUSION.vae.help}` }, text),
  cacheFeatures: () => new Option('--cache-features', `diffusion, ViT: ${DIFFUSION.cacheFeatures.help}`),
  layer: () => optionOf('--layer <-k>', { ...VIT.layer, help: `ViT: ${VIT.layer.help}` }, number),
  tap: () => optionOf('--tap <what>', { ...VIT.tap, help: `ViT: ${VIT.tap.values.join(', ')}: ${VIT.tap.help}` }, text),
  tau: () =>
    optionOf('--tau <number>', { ...SEGMENT.tau, help: `ncut, instead of a price: ${SEGMENT.tau.help.split(';')[0]}` }, number).conflicts('price'),
  price: () => optionOf('--price <number>', { ...SEGMENT.price, help: SEGMENT.price.help }, number),
  ease: () => optionOf('--ease <number>', { ...SEGMENT.ease, help: SEGMENT.ease.help }, number).conflicts('tau'),
  solver: () => optionOf('--solver <name>', SEGMENT.solver, text),
  join: () => optionOf('--join <price>', SEGMENT.join, number).conflicts('tau'),
  alpha: () => optionOf('--alpha <number>', { ...SEGMENT.alpha, help: `ncut: ${SEGMENT.alpha.help}` }, number),
  refine: () => optionOf('--refine <method>', { ...SEGMENT.refine, help: `${SEGMENT.refine.help}: ${SEGMENT.refine.values.join(', ')}` }, text),
  minArea: () => optionOf('--min-area <pixels>', SEGMENT.minArea, number),
  split: () => new Option('--split', SEGMENT.split.help),
  maxPixels: () => optionOf('--max-pixels <count>', SEGMENT.maxPixels, number),
  outputSize: () => optionOf('--output-size <WxH>', SIZE, size),
  iterations: () => optionOf('--iterations <count>', REFINE.iterations, number),
  dilations: () => optionOf('--dilations <list>', REFINE.dilations, list, `${REFINE.dilations.wanted}, with commas between`),
  median: () => optionOf('--median <filter>', { ...REFINE.median, help: `${REFINE.median.help}: ${REFINE.median.values.join(', ')}` }, text),
  scale: () => optionOf('--scale <kind>', COHERENCE.scale, text),
  colormap: () => optionOf('--colormap <name>', { ...COHERENCE.colormap, help: `jet or viridis; ${COHERENCE.colormap.help}` }, text),
  panel: () => optionOf('--panel <pixels>', COHERENCE.panel, number),
  method: () => optionOf('--method <name>', { ...REFINE.method, help: `${REFINE.method.help}: ${REFINE.method.values.join(', ')}` }, text),
  overwrite: () => new Option('--overwrite', 'replace existing outputs'),
  json: (what: string) => new Option('--json', what),
  quiet: () => new Option('--quiet', 'no progress, no summary; errors are still told'),
} as const;

/** Every option of `openEncoder`; the first ones are told by the help of every command that takes them. */
const ENCODER_OPTIONS = [
  'encoder',
  'size',
  'keepRatio',
  'noKeepRatio',
  'device',
  'threads',
  'timestep',
  'noise',
  'prompt',
  'vae',
  'layer',
  'tap',
  'cacheFeatures',
] as const;

/**
 * @param told how many the command's own help tells; all of them are told by "diffcut encode --help"
 * @param which whether the command takes one encoder or several
 */
export const addEncoderOptions = (command: Command, told: number = ENCODER_OPTIONS.length, which: 'encoder' | 'encoders' = 'encoder'): Command => {
  for (const [i, name] of ENCODER_OPTIONS.entries()) command.addOption(OPTIONS[name === 'encoder' ? which : name]().hideHelp(i >= told));
  return command;
};

/** Options that say nothing where features are given. */
export const ENCODER_FLAGS = Object.keys(ENCODER);

/** What `openEncoder` takes of a command's options; `noise` may still be a file. */
export const encoderOptionsOf = (options: Record<string, unknown>): Given<typeof ENCODER> =>
  Object.fromEntries(Object.keys(ENCODER).map((key) => [key, options[key]]));

/** A list of names with commas between, each one known. @throws InvalidArgumentError, with a guess */
export const namesOf =
  (kind: string, known: readonly string[]) =>
  (value: string): string[] => {
    const names = value.split(',').map((name) => name.trim());
    for (const name of names) if (!known.includes(name)) throw new InvalidArgumentError(unknown(kind, name, known).message);
    return [...new Set(names)];
  };
