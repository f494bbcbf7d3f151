/**
 * Features of a diffusion UNet: the picture as latents, a little noise on them, one pass through the down path.
 * Paper, section 3.2; the reference's modules/diffcut.py. Numbers are those of the README's table and of docs/parity.md.
 *
 * 1. latents = mean of the VAE's posterior x scaling_factor
 * 2. noisy = sqrt(alphaBar) latents + sqrt(1 - alphaBar) noise, at `timestep`
 * 3. features = output of attn1 at the tap, for the prompt (empty), a token a cell
 *
 * With the tap `attention`, which is DiffSeg's (CVPR 2024), 2. is left out, the UNet is run to its last attention, and features are what
 * `aggregate` makes of the probabilities of all of it: as many channels as tokens.
 */

import { checkDevice, devicesHere, isAttentionBounded, precisionOn } from '#runtime/session';
import { memoryHere } from '#store/locate';
import type { Graph, Precision } from '../../compile/graph.ts';
import { compileMaps, compileUnet, mapsOf, type UnetEncoder, type UnetMaps } from '../../compile/nets/unet.ts';
import { readWholeConfig } from '../../compile/nets/unet-config.ts';
import { compileTinyVae, compileVae, type LatentEncoder } from '../../compile/nets/vae.ts';
import { badModel, checkAborted, InputError } from '../../errors.ts';
import type { ModelFiles } from '../../files/source.ts';
import type { EncoderRow } from '../../models/table.ts';
import type { DiffusionOptions } from '../../options/encoders.ts';
import { checkMemory, estimateMemory } from '../../runtime/memory.ts';
import { sessionOpener } from '../../runtime/open.ts';
import { placeWeights } from '../../runtime/place.ts';
import { type Device, type OpenSession, onDevice, type Session } from '../../runtime/session.ts';
import { bytesOf } from '../../tensor/bytes.ts';
import { encodePrompt, type Prompt } from '../../text/prompt.ts';
import { keptPrompt } from '../../text/prompt-cache.ts';
import type { Watch } from '../../types.ts';
import { neededConfig, openPipeline, openTiny, type Pipeline, TINY } from '../../weights/pipeline.ts';
import type { Encoder } from '../encoder.ts';
import { featureCache } from '../feature-cache.ts';
import { type Compute, createEncoder, planesOf, type Triple } from '../input.ts';
import { inputSizeOf } from '../input-size.ts';
import { aggregate } from './attention-maps.ts';
import { drawNoise } from './noise.ts';
import { addNoise, alphaBar, readSchedule } from './schedule.ts';

/** The two networks, loaded on one device. */
interface Loaded {
  device: Device;
  vae: Session;
  unet: Session;
  shape: UnetEncoder | UnetMaps;
  latents: LatentEncoder;
}

interface Parts {
  pipeline: Pipeline;
  /** @param split size of pictures, where attention has to be split: see `compileVae` */
  compileLatents(precision: Precision, split?: readonly [number, number]): Promise<LatentEncoder>;
  /** @param size of the latents @param isSplit whether attention to tokens has to be split */
  compileFeatures(precision: Precision, size: readonly [number, number], isSplit: boolean): Promise<UnetEncoder | UnetMaps>;
}

/** The graphs of a pipeline. @param tiny the folder of an AutoencoderTiny, where that one is meant */
const partsOf = async (row: EncoderRow, pipeline: Pipeline, { vae, tap }: DiffusionOptions, tiny: ModelFiles | undefined): Promise<Parts> => ({
  pipeline,
  async compileLatents(precision, split) {
    if (tiny) {
      const { config, weights } = await openTiny(tiny);
      return compileTinyVae(weights, config);
    }
    if (vae === 'full') return compileVae(await pipeline.weights('vae'), await neededConfig(pipeline, 'vae'), precision, split);
    const config = await pipeline.config(TINY);
    if (!config)
      throw badModel(`${pipeline.name} has no ${TINY}/: --vae takes the folder of an AutoencoderTiny, such as madebyollin/taesdxl or taesd`);
    return compileTinyVae(await pipeline.weights(TINY), config);
  },
  async compileFeatures(precision, size, isSplit) {
    const [weights, config] = [await pipeline.weights('unet'), await neededConfig(pipeline, 'unet')];
    if (tap !== 'attention') return compileUnet(weights, config, precision, isSplit ? size : undefined);
    readWholeConfig(config);
    if (!weights.has('mid_block.resnets.0.conv1.weight'))
      throw badModel(
        `${row.name} has its UNet as far as other taps need it, and attention takes all of it${row.repository && `: "diffcut models pull ${row.name} --tap attention" gets it`}`,
      );
    return compileMaps(weights, config, precision, size);
  },
});

/** What one device computes best. @param size of the latents' picture, pixels */
const compileFor = async (parts: Parts, device: Device, [width, height]: readonly [number, number]) => {
  const precision = await precisionOn(device);
  const split = isAttentionBounded(device) ? undefined : ([width, height] as const);
  const latents = await parts.compileLatents(precision, split);
  const shape = await parts.compileFeatures(precision, [width / latents.step, height / latents.step], split !== undefined);
  return { latents, shape };
};

const load = async (
  parts: Parts,
  size: readonly [number, number],
  { device: named, threads }: DiffusionOptions,
  openSession: OpenSession,
): Promise<Loaded> =>
  onDevice(named, devicesHere, async (device) => {
    const { latents, shape } = await compileFor(parts, device, size);
    const vae = await openSession(await placeWeights(latents.graph), { device, threads, weights: 'loaded' });
    try {
      const unet = await openSession(await placeWeights(shape.graph), { device, threads, weights: 'streamed' });
      return { device, vae, unet, shape, latents };
    } catch (error) {
      await vae.dispose();
      throw error;
    }
  });

/** Of the picture, values 0..255: it goes in as -1..1. */
const HALF: Triple = [127.5, 127.5, 127.5];

/** What the UNet is given besides the latents. SDXL's kinds are told the size, height first. */
const conditions = (prompt: Prompt, timestep: number, width: number, height: number) => ({
  timestep: { data: Float32Array.of(timestep), dims: [1] },
  encoder_hidden_states: { data: prompt.tokens, dims: [prompt.tokens.length / prompt.channels, prompt.channels] },
  ...(prompt.pooled.length > 0 && {
    text_embeds: { data: prompt.pooled, dims: [1, prompt.pooled.length] },
    time_ids: { data: Float32Array.of(height, width, 0, 0, height, width), dims: [6] },
  }),
});

const checkPrompt = ({ tokens, channels, pooled }: Prompt, { promptChannels, pooledChannels }: Loaded['shape'], name: string): void => {
  if (channels === promptChannels && pooled.length === pooledChannels && tokens.length > 0) return;
  throw badModel(
    `${name}'s text encoders give ${channels} channels and ${pooled.length} pooled ones, and its unet takes ${promptChannels} and ${pooledChannels}: these parts are not of one model`,
  );
};

/** The VAE's latents are what the unet takes, and a token stands for whole cells of them. */
const checkLatents = (latents: LatentEncoder, unet: Loaded['shape'], { name, multiple }: EncoderRow): void => {
  if (latents.latentChannels !== unet.latentChannels)
    throw badModel(
      `${name}'s VAE gives ${latents.latentChannels} channels and its unet takes ${unet.latentChannels}: these parts are not of one model`,
    );
  const step = latents.step * ('levels' in unet ? 2 ** (unet.levels - 1) : unet.step);
  if (multiple % step !== 0)
    throw badModel(`${name} makes a token of ${step} x ${step} pixels, and inputs are multiples of ${multiple}: it is not supported`);
};

/** What else than picture and network makes the features. */
const told = ({ noise, timestep, tap }: DiffusionOptions, { tokens, pooled }: Prompt): (string | Uint8Array)[] => [
  typeof noise === 'string' ? noise : bytesOf(noise.data),
  bytesOf(tokens),
  bytesOf(pooled),
  String(timestep),
  ...(tap === 'attention' ? [tap] : []),
];

/** What the UNet gave, as features. @param width and height of the latents */
const featuresOf = async (shape: Loaded['shape'], out: Awaited<ReturnType<Session['run']>>, width: number, height: number, watch: Watch) => {
  if (!('levels' in shape)) return { data: out.features.data, width: width / shape.step, height: height / shape.step, channels: shape.channels };
  const levels = Array.from({ length: shape.levels }, (_, level) => out[mapsOf(level)].data);
  return { data: await aggregate(levels, width, height, watch), width, height, channels: width * height };
};

/**
 * @param files of a pipeline: see weights/pipeline.ts
 * @param tiny the folder of an AutoencoderTiny, where `options.vae` names one
 * @throws InputError: files that are missing, broken or not supported, too little memory, a device that fails
 */
export const openDiffusion = async (
  row: EncoderRow,
  files: ModelFiles,
  options: DiffusionOptions,
  tiny?: ModelFiles,
  signal?: AbortSignal,
): Promise<Encoder> => {
  const pipeline = await openPipeline(files);
  const schedule = readSchedule(await pipeline.config('scheduler'));
  if (options.timestep >= schedule.num_train_timesteps)
    throw new InputError(
      `Expected a timestep below ${schedule.num_train_timesteps}, which ${row.name} was trained with, but received ${options.timestep}`,
      { code: 'E_OPTION' },
    );
  const inputSize = inputSizeOf(row, options);
  const parts = await partsOf(row, pipeline, options, tiny);
  const size = inputSize({ width: 1, height: 1 });
  // What is wrong with the model is wrong on every device, and is said before one is tried.
  const plan = await compileFor(parts, 'cpu', size);
  checkLatents(plan.latents, plan.shape, row);
  const needed = estimateMemory([plan.shape.graph, plan.latents.graph], size);
  checkMemory(row.name, needed, memoryHere(), 'a smaller --size, --vae tiny, or a smaller model');

  await onDevice(options.device, devicesHere, checkDevice); // before the text encoders are read
  const openSession = sessionOpener(options.worker, signal);
  const openText = async (graph: Graph): Promise<Session> =>
    onDevice('cpu', devicesHere, async (device) => openSession(await placeWeights(graph), { device, threads: options.threads, weights: 'streamed' }));
  const isPooled = plan.shape.pooledChannels > 0;
  const prompt = await keptPrompt(pipeline, options.prompt, isPooled, () => encodePrompt(pipeline, options.prompt, isPooled, openText));
  checkPrompt(prompt, plan.shape, row.name);
  const loaded = await load(parts, size, options, openSession);
  const alpha = options.tap === 'attention' ? 1 : alphaBar(options.timestep, schedule); // which is a share of the picture
  const release = () => Promise.all([loaded.vae.dispose(), loaded.unet.dispose()]);
  const made = [loaded.device, ...told(options, prompt), String(alpha)];
  const cached = options.cacheFeatures
    ? await featureCache([loaded.shape.graph, loaded.latents.graph], made, options.tap === 'attention').catch(async (error: unknown) => {
        await release();
        throw error;
      })
    : undefined;
  const features: Compute = async (image, [width, height], watch) => {
    const { signal, onProgress } = watch;
    const { shape, vae, unet } = loaded;
    onProgress?.('encode', 0, 2);
    const { latents } = await vae.run(
      { picture: { data: await planesOf(image, width, height, HALF, HALF, watch), dims: [1, 3, height, width] } },
      signal,
    );
    onProgress?.('encode', 1, 2);
    checkAborted(signal);
    const [, channels, rows, columns] = latents.dims;
    const noisy = addNoise(latents.data, drawNoise(options.noise, [channels, rows, columns]), alpha);
    const sample = { data: noisy, dims: [1, channels, rows, columns] };
    const out = await unet.run({ sample, ...conditions(prompt, options.timestep, width, height) }, signal);
    onProgress?.('encode', 2, 2);
    return featuresOf(shape, out, columns, rows, watch);
  };
  const { timestep, noise, prompt: words, vae, tap } = options;
  const about = { name: row.name, row, device: loaded.device, inputSize, tap };
  const noiseTold = typeof noise === 'string' ? noise : `numbers (${noise.shape.join(', ')})`;
  const settings = { timestep, noise: noiseTold, prompt: words, vae, ...(tap === 'attention' && { tap }) };
  return createEncoder(about, cached ? cached(features) : features, release, settings);
};
