/**
 * Every option: default, range, meaning. The only home of defaults: library, command line and docs
 * read them here.
 */
import { expected, unknown } from './errors.ts';
import type { Noise, Watch } from './types.ts';

/** One option: what it falls back to, what it may be (in words, for the error), and the check. */
export interface OptionSpec<T> {
  default: T;
  wanted: string;
  accepts(value: unknown): boolean;
  help: string;
}

const number = <D extends number | undefined>(
  fallback: D,
  min: number,
  max: number,
  help: string,
  whole = false,
): OptionSpec<D extends number ? number : number | undefined> => ({
  default: fallback as never,
  wanted: `${whole ? 'a whole number' : 'a number'} from ${min} to ${max}`,
  accepts: (v) => typeof v === 'number' && v >= min && v <= max && (!whole || Number.isInteger(v)),
  help,
});
const flag = (fallback: boolean, help: string): OptionSpec<boolean> => ({
  default: fallback,
  wanted: 'true or false',
  accepts: (v) => typeof v === 'boolean',
  help,
});
const choice = <T extends string>(fallback: T, values: readonly T[], help: string): OptionSpec<T> & { values: readonly T[] } => ({
  default: fallback,
  values,
  wanted: `one of ${values.join(', ')}`,
  accepts: (v) => values.includes(v as T),
  help,
});

const optional = <T>(wanted: string, accepts: (v: unknown) => boolean, help: string): OptionSpec<T | undefined> => ({
  default: undefined,
  wanted,
  accepts,
  help,
});

const isWhole = (v: unknown, min: number, max: number): boolean => Number.isInteger(v) && (v as number) >= min && (v as number) <= max;
const isSize = (v: unknown): boolean => isWhole(v, 32, 4096) || (Array.isArray(v) && v.length === 2 && v.every((n) => isWhole(n, 32, 4096)));

const TAU_HELP = 'keep a split while its normalized cut is below this; higher: more segments';
const PRICE_HELP = 'share of the picture that one more segment must explain; lower: more segments';
const EASE_HELP = 'how much cheaper small segments are: price x (share of the picture) ^ ease';
const JOIN_HELP = 'then join segments that are alike, touching or not, while less than this is lost';
const ALPHA_HELP = 'exponent of the affinity; higher makes unlike tokens count less';

/** What turns features into a tree of segments. */
export const SOLVERS: readonly string[] = ['ncut', 'merge'];

/** `partition(features, options)`. */
export const PARTITION = {
  alpha: number(10, 0.1, 50, ALPHA_HELP),
  tau: number(0.5, 0, 2, TAU_HELP),
  parity: flag(true, "the reference's rule for exact zeros of the affinity; false: the clean rule"),
  treeTau: number(undefined, 0, 2, 'how loose the tree is built; tau where not given'),
};

/** `pruneAt(tree, features, price)`. */
export const PRICE = number(0.04, 0, 1, PRICE_HELP);

export const EASE = number(0, 0, 1, EASE_HELP);

export const JOIN = number(0, 0, 1, JOIN_HELP);

/** `refine(labels, image, options)`. */
export const REFINE = {
  method: choice('pamr', ['pamr'], 'how labels are drawn to the edges of the picture'),
  iterations: number(10, 1, 1000, 'rounds of PAMR', true),
  dilations: {
    default: [1, 2, 4, 8],
    wanted: '1 to 16 whole numbers from 1 to 256',
    accepts: (v: unknown) => Array.isArray(v) && v.length >= 1 && v.length <= 16 && v.every((d) => isWhole(d, 1, 256)),
    help: 'distances of the neighbours, pixels',
  } as OptionSpec<readonly number[]>,
  median: choice('numeric', ['none', 'numeric', 'majority'], 'the 3x3 filter after it'),
};

const NAMED_NOISE = /^(cuda|seed):(\d{1,20})$/;

/** Seeds are numbers of 64 bits. */
const isNoise = (v: unknown): boolean => {
  if (typeof v === 'string') return v === 'zero' || (NAMED_NOISE.test(v) && BigInt(v.split(':')[1]) < 2n ** 64n);
  return typeof v === 'object' && v !== null && 'shape' in v && Array.isArray(v.shape) && 'data' in v && v.data instanceof Float32Array;
};
const isText = (v: unknown): boolean => typeof v === 'string';

/** `openEncoder(name, options)`, whatever the encoder. */
export const ANY_ENCODER = {
  size: optional<number | readonly [number, number]>(
    'a whole number or [width, height] from 32 to 4096',
    isSize,
    "the encoder's input, pixels: a side, or width and height",
  ),
  keepRatio: optional<boolean>('true or false', (v) => typeof v === 'boolean', 'as many pixels in the ratio of the picture'),
  threads: number(undefined, 1, 256, 'threads of the inference runtime; its own choice where not given', true),
  device: choice<'auto' | 'cpu' | 'webgpu' | 'cuda' | 'dml' | 'coreml'>(
    'auto',
    ['auto', 'cpu', 'webgpu', 'cuda', 'dml', 'coreml'],
    'auto takes the first that works of cuda, dml, coreml, webgpu, cpu',
  ),
};

/** What only diffusion encoders take. */
export const DIFFUSION = {
  timestep: number(50, 0, 999, 'how much noise is on the picture, of 1000 steps', true),
  noise: {
    default: 'cuda:42',
    wanted: 'cuda:N, seed:N, zero, or an array of numbers',
    accepts: isNoise,
    help: "cuda:N (torch's CUDA generator with that seed), seed:N (its CPU generator) or zero",
  } as OptionSpec<Noise>,
  prompt: { default: '', wanted: 'a text', accepts: isText, help: 'what the picture shows; empty where not known' } as OptionSpec<string>,
  vae: {
    default: 'full',
    wanted: 'full, tiny or a folder',
    accepts: (v) => isText(v) && v !== '',
    help: 'picture to latents: full, tiny (approximate, many times faster) or the folder of an AutoencoderTiny',
  } as OptionSpec<string>,
  cacheFeatures: flag(false, 'keep the features, so that the same picture costs nothing with another tau'),
};
export type DiffusionOptions = Resolved<typeof ANY_ENCODER> & Resolved<typeof DIFFUSION>;

/** What only vision transformers take. */
export const VIT = {
  layer: number(-1, -1000, -1, 'block that features are taken at, from the end: -1 is the last', true),
  tap: choice(
    'tokens',
    ['tokens', 'keys', 'queries', 'values'],
    'what of that block is taken: its tokens after the final norm, or what its attention projects',
  ),
  cacheFeatures: DIFFUSION.cacheFeatures,
};
export type VitOptions = Resolved<typeof ANY_ENCODER> & Resolved<typeof VIT>;

/** The same options where nothing is filled in, so that what was given shows. */
const given = <S extends Specs>(specs: S): { [K in keyof S]: Omit<S[K], 'default'> & OptionSpec<Resolved<S>[K] | undefined> } =>
  Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, { ...spec, default: undefined }])) as never;

/** `openEncoder(name, options)`. */
export const ENCODER = { ...ANY_ENCODER, ...given(DIFFUSION), ...given(VIT) };

/** How fine the segments are; the encoder's own where nothing is given. */
export const GRANULARITY = {
  tau: number(undefined, 0, 2, TAU_HELP),
  price: number(undefined, 0, 1, PRICE_HELP),
  ease: number(undefined, 0, 1, EASE_HELP),
  join: number(undefined, 0, 1, JOIN_HELP),
};

/** How borders are drawn at the picture's own size, and what becomes of small pieces. */
export const DRAWING = {
  refine: choice('edges', ['edges', 'vote', 'pamr', 'none'], 'how borders are drawn at full size'),
  minArea: number(0, 0, 1e9, 'segments under this many pixels join the neighbour with the longest border', true),
  split: flag(false, 'connected components as segments of their own'),
};

/** `segment(image, options)`. */
export const SEGMENT = {
  encoder: optional<string>('the name of an encoder', (v) => typeof v === 'string' && v.length > 0, 'which features'),
  solver: optional<'ncut' | 'merge'>(
    'ncut or merge',
    (v) => SOLVERS.includes(v as string),
    "ncut: the paper's cut of tokens; merge: regions of the picture, joined",
  ),
  ...GRANULARITY,
  alpha: number(undefined, 0.1, 50, ALPHA_HELP),
  ...given(ENCODER),
  ...DRAWING,
  maxPixels: number(268_435_456, 1, 4_294_967_295, 'refuse larger pictures', true),
};

/** The figure of `diffcut coherence`. */
export const COHERENCE = {
  scale: choice('each', ['each', 'shared'], "each: the colours span each map's own range; shared: one range for all"),
  colormap: choice('jet', ['jet', 'viridis'], 'viridis is for readers who cannot tell the colours of jet apart'),
  panel: number(512, 128, 4096, 'width of a picture in the figure, pixels', true),
};

export type Specs = Record<string, OptionSpec<unknown>>;
/** All options of a table, with their defaults filled in. */
export type Resolved<S> = { [K in keyof S]: S[K] extends OptionSpec<infer T> ? T : never };
/** What a caller may give. */
export type Given<S> = { [K in keyof S]?: Resolved<S>[K] | undefined };

const WATCH: Record<keyof Watch, (v: unknown) => boolean> = {
  signal: (v) => v instanceof AbortSignal,
  onProgress: (v) => typeof v === 'function',
};

/** Throws one sentence if `value` is out of the option's range; returns it otherwise. */
export const check = <T>(spec: OptionSpec<T>, name: string, value: unknown): T => {
  if (!spec.accepts(value)) throw expected(spec.wanted, name, value);
  return value as T;
};

/**
 * Defaults filled in, everything checked, unknown names refused with a guess.
 * @param of what the options belong to, for the message
 */
export const resolveOptions = <S extends Specs>(of: string, specs: S, given: (Given<S> & Watch) | undefined): Resolved<S> & Watch => {
  if (given !== undefined && (typeof given !== 'object' || given === null)) throw expected('an object', `the options of ${of}`, given);
  const out: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(specs)) out[name] = spec.default;
  for (const [name, value] of Object.entries(given ?? {})) {
    if (value === undefined) continue;
    if (Object.hasOwn(WATCH, name)) {
      if (!WATCH[name as keyof Watch](value)) throw expected(name === 'signal' ? 'an AbortSignal' : 'a function', name, value);
    } else if (!Object.hasOwn(specs, name)) throw unknown(`option of ${of}`, name, Object.keys(specs));
    else check(specs[name], name, value);
    out[name] = value;
  }
  return out as Resolved<S> & Watch;
};
