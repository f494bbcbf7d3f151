/** Options of encoders. */
import { kindOf } from '../errors.ts';
import type { Noise } from '../types.ts';
import { choice, flag, given, isWhole, number, type OptionSpec, optional, type Resolved, type Unfilled } from './spec.ts';

const isSize = (v: unknown): boolean => isWhole(v, 32, 4096) || (Array.isArray(v) && v.length === 2 && v.every((n) => isWhole(n, 32, 4096)));

const NAMED_NOISE = /^(cuda|seed):(\d{1,20})$/;

/** Seeds are numbers of 64 bits. */
const isNoise = (v: unknown): boolean => {
  if (typeof v === 'string') return v === 'zero' || (NAMED_NOISE.test(v) && BigInt(v.split(':')[1]) < 2n ** 64n);
  return typeof v === 'object' && v !== null && 'shape' in v && Array.isArray(v.shape) && 'data' in v && kindOf(v.data) === 'Float32Array';
};
const isText = (v: unknown): boolean => typeof v === 'string';

/** `openEncoder(name, options)`, whatever the encoder. */
export const ANY_ENCODER = {
  /** the encoder's input, pixels: a side, or width and height (a whole number or [width, height] from 32 to 4096) */
  size: optional<number | readonly [number, number]>(
    'a whole number or [width, height] from 32 to 4096',
    isSize,
    "the encoder's input, pixels: a side, or width and height",
  ),
  /** as many pixels in the ratio of the picture (true or false) */
  keepRatio: optional<boolean>('true or false', (v) => typeof v === 'boolean', 'as many pixels in the ratio of the picture'),
  /** threads of the inference runtime; its own choice where not given (a whole number from 1 to 256) */
  threads: number(undefined, 1, 256, 'threads of the inference runtime; its own choice where not given', true),
  /**
   * auto takes the first that works of cuda, dml, coreml, webgpu, cpu; wasm is slow (one of auto, cpu, wasm, webgpu, cuda,
   * dml, coreml; default: auto)
   */
  device: choice<'auto' | 'cpu' | 'wasm' | 'webgpu' | 'cuda' | 'dml' | 'coreml'>(
    'auto',
    ['auto', 'cpu', 'wasm', 'webgpu', 'cuda', 'dml', 'coreml'],
    'auto takes the first that works of cuda, dml, coreml, webgpu, cpu; wasm is slow',
  ),
  /** compute in a worker, so that this thread stays free and an abort is heard at once; usual in Node, not in a page (true or false) */
  worker: optional<boolean>(
    'true or false',
    (v) => typeof v === 'boolean',
    'compute in a worker, so that this thread stays free and an abort is heard at once; usual in Node, not in a page',
  ),
};

/** What of a network is taken. */
export const TAPS = ['tokens', 'keys', 'queries', 'values', 'attention'] as const;
export type Tap = (typeof TAPS)[number];

const TAP = choice<Tap>(
  'tokens',
  TAPS,
  "what is taken: tokens; a ViT block's keys, queries or values; the attention of the UNet of SD 1 or 2, for the solver diffseg",
);

/** What only diffusion encoders take. */
export const DIFFUSION = {
  /**
   * diffusion: how much noise is on the picture, of 1000 steps; with the tap attention 300 where not given (a whole number
   * from 0 to 999; default: 50)
   */
  timestep: number(50, 0, 999, 'how much noise is on the picture, of 1000 steps; with the tap attention 300 where not given', true),
  /**
   * diffusion: cuda:N (torch's CUDA generator with that seed), seed:N (its CPU generator) or zero (cuda:N, seed:N, zero, or
   * an array of numbers; default: cuda:42)
   */
  noise: {
    default: 'cuda:42',
    wanted: 'cuda:N, seed:N, zero, or an array of numbers',
    accepts: isNoise,
    help: "cuda:N (torch's CUDA generator with that seed), seed:N (its CPU generator) or zero",
  } as OptionSpec<Noise>,
  /** diffusion: what the picture shows; empty where not known (a text) */
  prompt: { default: '', wanted: 'a text', accepts: isText, help: 'what the picture shows; empty where not known' } as OptionSpec<string>,
  /**
   * diffusion: picture to latents: full, tiny (approximate, many times faster) or the folder of an AutoencoderTiny (full,
   * tiny or a folder; default: full)
   */
  vae: {
    default: 'full',
    wanted: 'full, tiny or a folder',
    accepts: (v) => isText(v) && v !== '',
    help: 'picture to latents: full, tiny (approximate, many times faster) or the folder of an AutoencoderTiny',
  } as OptionSpec<string>,
  /**
   * diffusion, ViT: what is taken: tokens; a ViT block's keys, queries or values; the attention of the UNet of SD 1 or 2,
   * for the solver diffseg (one of tokens, keys, queries, values, attention; default: tokens)
   */
  tap: TAP,
  /** diffusion, ViT: keep the features, so that the same picture costs nothing with another tau (true or false; default: false) */
  cacheFeatures: flag(false, 'keep the features, so that the same picture costs nothing with another tau'),
};
export type DiffusionOptions = Resolved<typeof ANY_ENCODER> & Resolved<typeof DIFFUSION> & { tap: 'tokens' | 'attention' };

/** What only vision transformers take. */
export const VIT = {
  /** ViT: block that features are taken at, from the end: -1 is the last (a whole number from -1000 to -1; default: -1) */
  layer: number(-1, -1000, -1, 'block that features are taken at, from the end: -1 is the last', true),
  tap: DIFFUSION.tap,
  cacheFeatures: DIFFUSION.cacheFeatures,
};
export type VitOptions = Resolved<typeof ANY_ENCODER> & Resolved<typeof VIT> & { tap: Exclude<Tap, 'attention'> };

/** `openEncoder(name, options)`. */
export const ENCODER: typeof ANY_ENCODER & Unfilled<typeof DIFFUSION> & Unfilled<typeof VIT> = { ...ANY_ENCODER, ...given(DIFFUSION), ...given(VIT) };
