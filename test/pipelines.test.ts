/** Diffusion encoders beside diffusers and transformers, on tiny random pipelines of every kind. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileUnet } from '../src/compile/nets/unet.ts';
import { compileTinyVae, compileVae } from '../src/compile/nets/vae.ts';
import { addNoise, alphaBar, readSchedule } from '../src/encode/diffusion/schedule.ts';
import { openEncoder } from '../src/encode/open.ts';
import { folderFiles } from '../src/files/source-node.ts';
import { placeWeights } from '../src/runtime/place.ts';
import { openSession } from '../src/runtime/session-node.ts';
import { partition } from '../src/solve/ncut/partition.ts';
import { encodePrompt } from '../src/text/prompt.ts';
import { folderPipeline, openTiny } from '../src/weights/pipeline.ts';
import { centred, folderOf, golden, KINDS, pictureOf, relativeError, SIZES } from './pipelines.ts';

const cache = mkdtempSync(join(tmpdir(), 'diffcut-pipelines-'));
beforeAll(() => {
  process.env.DIFFCUT_CACHE = cache;
});
afterAll(() => rmSync(cache, { recursive: true, force: true }));

const planesOf = (kind: string, size: string): { data: Float32Array; dims: number[] } => {
  const { data, width, height } = pictureOf(kind, size);
  const area = width * height;
  const planes = Float32Array.from({ length: 3 * area }, (_, i) => (2 * data[(i % area) * 3 + Math.floor(i / area)]) / 255 - 1);
  return { data: planes, dims: [1, 3, height, width] };
};

const onCpu = async (graph: Parameters<typeof placeWeights>[0]) => openSession(await placeWeights(graph), { weights: 'streamed' });

describe.each(KINDS)('%s', (kind) => {
  const pipeline = folderPipeline(folderFiles(folderOf(kind)));

  it.each(SIZES)('gives the latents of AutoencoderKL at %s', async (size) => {
    const json = (await pipeline.config('vae')) ?? {};
    const session = await onCpu(compileVae(await pipeline.weights('vae'), json, 'float32').graph);
    const { latents } = await session.run({ picture: planesOf(kind, size) });
    await session.dispose();
    const wanted = golden(kind, `latents-${size}`);
    expect(latents.dims.slice(1)).toEqual(wanted.shape);
    expect(relativeError(latents.data, wanted.data)).toBeLessThan(1e-4);
  });

  it.each(SIZES)('adds noise as DDIM does at %s', async (size) => {
    const alpha = alphaBar(50, readSchedule(await pipeline.config('scheduler')));
    const noisy = addNoise(golden(kind, `latents-${size}`).data, golden(kind, `noise-${size}`).data, alpha);
    expect(relativeError(noisy, golden(kind, `noisy-${size}`).data)).toBeLessThan(1e-5);
  });

  it('reads the empty prompt as its text encoders do', async () => {
    const isPooled = kind === 'ssd' || kind === 'sdxl';
    const { tokens, pooled } = await encodePrompt(pipeline, '', isPooled, onCpu);
    expect(relativeError(tokens, golden(kind, 'prompt_embeds').data)).toBeLessThan(1e-4);
    if (isPooled) expect(relativeError(pooled, golden(kind, 'pooled').data)).toBeLessThan(1e-4);
    else expect(pooled).toHaveLength(0);
  });

  it.each(SIZES)('gives the features of attn1, and so the same partition, at %s', async (size) => {
    const { data, shape } = golden(kind, `noise-${size}`);
    const [width, height] = size.split('x').map(Number) as [number, number];
    const encoder = await openEncoder(folderOf(kind), { size: [width, height], noise: { data, shape: [1, ...shape] }, device: 'cpu' });
    const features = await encoder.encode(pictureOf(kind, size));
    await encoder.dispose();
    const wanted = golden(kind, `features-${size}`);
    expect([features.height, features.width, features.channels]).toEqual(wanted.shape);
    expect(relativeError(features.data, wanted.data)).toBeLessThan(1e-3);
    expect(relativeError(centred(features.data, features.channels), centred(wanted.data, features.channels))).toBeLessThan(1e-3);
    const [ours, theirs] = await Promise.all([features, { ...features, data: wanted.data }].map((map) => partition(map, { alpha: 10, tau: 0.5 })));
    expect(ours.labels.data).toEqual(theirs.labels.data);
    expect(new Set(ours.labels.data).size).toBeGreaterThan(1);
  });
});

describe.each(['ssd', 'sd1'] as const)('a prompt in words with %s', (kind) => {
  it('is tokenised and read as by transformers', async () => {
    const pipeline = folderPipeline(folderFiles(folderOf(kind)));
    const text = ((await folderPipeline(folderFiles(folderOf(kind))).text('golden/prompt.txt')) ?? '').replace(/\n$/, '');
    const { tokens, pooled } = await encodePrompt(pipeline, text, kind === 'ssd', onCpu);
    expect(relativeError(tokens, golden(kind, 'prompt_embeds-prompt').data)).toBeLessThan(1e-4);
    if (kind === 'ssd') expect(relativeError(pooled, golden(kind, 'pooled-prompt').data)).toBeLessThan(1e-4);
  });
});

describe('attention in chunks of queries', () => {
  const onSsd = folderPipeline(folderFiles(folderOf('ssd')));

  it('gives the same features', async () => {
    const json = (await onSsd.config('unet')) ?? {};
    const weights = await onSsd.weights('unet');
    const chunked = compileUnet(weights, json, 'float32', [256, 160]); // 40,960 cells: four chunks in block 1
    expect(chunked.graph.nodes.filter(({ type, outputs }) => type === 'Split' && outputs.length === 4)).not.toHaveLength(0);
    const noisy = golden('ssd', 'noisy-192x128');
    const prompt = golden('ssd', 'prompt_embeds');
    const pooled = golden('ssd', 'pooled');
    const session = await onCpu(chunked.graph);
    const { features } = await session.run({
      sample: { data: noisy.data, dims: [1, ...noisy.shape] },
      timestep: { data: Float32Array.of(50), dims: [1] },
      encoder_hidden_states: { data: prompt.data, dims: prompt.shape },
      text_embeds: { data: pooled.data, dims: [1, pooled.data.length] },
      time_ids: { data: Float32Array.of(128, 192, 0, 0, 128, 192), dims: [6] },
    });
    await session.dispose();
    const wanted = golden('ssd', 'features-192x128').data;
    expect(relativeError(centred(features.data, chunked.channels), centred(wanted, chunked.channels))).toBeLessThan(1e-3);
  });

  it('gives the same latents', async () => {
    const chunked = compileVae(await onSsd.weights('vae'), (await onSsd.config('vae')) ?? {}, 'float32', [1024, 1024]); // a gigabyte of scores
    expect(chunked.graph.nodes.filter(({ type }) => type === 'MultiHeadAttention')).toHaveLength(4);
    const session = await onCpu(chunked.graph);
    const { latents } = await session.run({ picture: planesOf('ssd', '128x128') });
    await session.dispose();
    expect(relativeError(latents.data, golden('ssd', 'latents-128x128').data)).toBeLessThan(1e-4);
  });
});

describe('the tiny VAE', () => {
  it.each(SIZES)('gives the latents of AutoencoderTiny at %s, bands and all', async (size) => {
    const { config, weights } = await openTiny(folderFiles(folderOf('taesdxl')));
    const session = await onCpu(compileTinyVae(weights, config).graph);
    const { latents } = await session.run({ picture: planesOf('ssd', size) });
    await session.dispose();
    expect(relativeError(latents.data, golden('taesdxl', `taesd-latents-${size}`).data)).toBeLessThan(1e-4);
  });
});
