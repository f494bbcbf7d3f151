/** Each operator group beside the module of diffusers that it stands for, so that a failure says where. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { centred, folderOf, golden, relativeError } from '../../test/pipelines.ts';
import { runGraph, runOps } from '../../test/run-graph.ts';
import { folderFiles } from '../files/source-node.ts';
import { folderPipeline } from '../weights/pipeline.ts';
import type { Weights } from '../weights/weights.ts';
import { createGraph, type GraphBuilder } from './graph.ts';
import { downsample, embedding, transformer, transformerBlock } from './nets/unet-blocks.ts';
import { readUnetConfig, type UnetConfig } from './nets/unet-config.ts';
import { downsampleRight, middleAttention } from './nets/vae.ts';
import { ACTIVATIONS, attention, attentionLayer, chunksFor, geglu, resnet, silu } from './ops.ts';

interface Case {
  name: string;
  component: 'unet' | 'vae';
  path: string;
  inputs: Record<string, string>;
  output: string;
  shapes: Record<string, number[]>;
}

interface Site {
  g: GraphBuilder;
  config: UnetConfig;
  /** At the module. */
  w: Weights;
  /** Of the whole network. */
  root: Weights;
  case: Case;
  /** The input `hidden_states`, and its channels. */
  x: string;
  channels: number;
  /** Another input, by its name. */
  input(name: string): string;
}

const nth = (value: number | readonly number[], i: number): number => (typeof value === 'number' ? value : value[i]);
const blockOf = ({ path }: Case): number => Number(/down_blocks\.(\d)/.exec(path)?.[1]);
const outputsOf = ({ output, shapes }: Case): number => shapes[output][1];
const contextOf = ({ g, config, input }: Site) => ({
  g,
  config,
  prompt: input('encoder_hidden_states'),
  time: { activated: '', channels: 0 },
  cells: 0,
});

const attend = ({ g, w, config, case: c, x, channels }: Site, context: string, contextChannels: number): string =>
  attentionLayer(g, w, x, context, { channels, heads: nth(config.attention_head_dim, blockOf(c)), contextChannels, bias: false });

const BUILD: Record<string, (site: Site) => string> = {
  'time-embedding': ({ g, root, config, case: c }) => embedding(g, root, config, c.shapes[c.inputs.text_embeds]?.[1] ?? 0).value,
  resnet: ({ g, w, config, case: c, x, channels, input }) => {
    const time = { activated: silu(g, input('temb')), channels: c.shapes[c.inputs.temb][1] };
    return resnet(g, w, x, { inputs: channels, outputs: outputsOf(c), groups: config.norm_num_groups, epsilon: config.norm_eps, time });
  },
  downsample: ({ g, w, x, channels }) => downsample(g, w, x, channels),
  transformer: (site) => transformer(contextOf(site), site.w, site.x, blockOf(site.case), depthOf(site)),
  'transformer-block': (site) => transformerBlock(contextOf(site), site.w, site.x, blockOf(site.case)),
  'self-attention': (site) => attend(site, site.x, site.channels),
  'cross-attention': (site) => attend(site, site.input('encoder_hidden_states'), nth(site.config.cross_attention_dim, 0)),
  'feed-forward': ({ g, w, x, channels }) => geglu(g, w, x, channels),
  'vae-resnet': ({ g, w, case: c, x, channels }) => resnet(g, w, x, { inputs: channels, outputs: outputsOf(c), groups: 2, epsilon: 1e-6 }),
  'vae-downsample': ({ g, w, x, channels }) => downsampleRight(g, w, x, channels),
  'vae-attention': ({ g, w, x, channels }) => middleAttention(g, w, x, channels, 2),
};

/** Blocks that the file has. */
const depthOf = ({ w }: Site): number => new Set(w.names().flatMap((name) => /^transformer_blocks\.(\d+)/.exec(name)?.[1] ?? [])).size;

const isTokens = (shape: readonly number[]): boolean => shape.length === 3;
/** Without the batch, where the graph has none. */
const dimsOf = (name: string, shape: readonly number[]): number[] => (isTokens(shape) || name === 'time_ids' ? shape.slice(1) : [...shape]);

describe.each(['ssd', 'sd1'])('%s', (kind) => {
  const cases: Case[] = JSON.parse(readFileSync(join(folderOf(kind), 'golden/ops/index.json'), 'utf8'));
  const pipeline = folderPipeline(folderFiles(folderOf(kind)));
  const roots: Partial<Record<Case['component'], Weights>> = {};
  let config: UnetConfig;
  beforeAll(async () => {
    for (const component of ['unet', 'vae'] as const) roots[component] = await pipeline.weights(component);
    config = readUnetConfig((await pipeline.config('unet')) ?? {});
  });

  it('has a golden for each group', () => {
    expect(cases.map(({ name }) => name).sort()).toEqual(Object.keys(BUILD).sort());
  });

  it.each(cases)('$name', async (c) => {
    const shapeOf = (name: string): number[] => c.shapes[c.inputs[name]] ?? [];
    const inputs = Object.entries(c.inputs).map(([name, file]) => {
      const dims = dimsOf(name, c.shapes[file]);
      return [name, { data: golden(kind, `ops/${file.replace('.npy', '')}`).data, dims }] as const;
    });
    const ours = await runOps((g) => {
      const root = roots[c.component] as Weights;
      const input = (name: string): string => g.input(name, 'float32', dimsOf(name, shapeOf(name)));
      const shape = shapeOf('hidden_states');
      const x = shape.length ? input('hidden_states') : '';
      return BUILD[c.name]({ g, config, w: root.at(c.path), root, case: c, x, channels: isTokens(shape) ? shape[2] : shape[1], input });
    }, Object.fromEntries(inputs));
    const wanted = golden(kind, `ops/${c.output.replace('.npy', '')}`).data;
    expect(relativeError(ours, wanted)).toBeLessThan(1e-4);
    const shape = c.shapes[c.output];
    if (isTokens(shape)) expect(relativeError(centred(ours, shape[2]), centred(wanted, shape[2]))).toBeLessThan(1e-4);
  });
});

/** Numbers between -2 and 2 without a pattern. */
const numbers = (count: number, seed = 1): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => 2 * Math.sin((i + seed) * (seed + 12.9898)));

describe('attention', () => {
  const [tokens, channels] = [10, 8];
  const tensor = (seed: number) => ({ data: numbers(tokens * channels, seed), dims: [tokens, channels] });
  const run = (heads: number, chunks?: number) =>
    runOps(
      (g) => {
        const [q, k, v] = ['q', 'k', 'v'].map((name) => g.input(name, 'float32', [tokens, channels]));
        return attention(g, q, k, v, heads, chunks);
      },
      { q: tensor(1), k: tensor(2), v: tensor(3) },
    );

  /** softmax(q k' / sqrt(size)) v, a head after the other. */
  const plain = (heads: number): Float32Array => {
    const [q, k, v] = [1, 2, 3].map((seed) => numbers(tokens * channels, seed));
    const size = channels / heads;
    const out = new Float32Array(tokens * channels);
    for (let h = 0; h < heads; h++) {
      for (let i = 0; i < tokens; i++) {
        const dot = (j: number): number =>
          q.slice(i * channels + h * size, i * channels + (h + 1) * size).reduce((s, n, c) => s + n * k[j * channels + h * size + c], 0);
        const weights = Array.from({ length: tokens }, (_, j) => Math.exp(dot(j) / Math.sqrt(size)));
        const sum = weights.reduce((a, b) => a + b, 0);
        for (let c = h * size; c < (h + 1) * size; c++)
          for (let j = 0; j < tokens; j++) out[i * channels + c] += (weights[j] / sum) * v[j * channels + c];
      }
    }
    return out;
  };

  it.each([1, 2, 4])('is softmax(q k / sqrt) v with %i heads', async (heads) => {
    expect(relativeError(await run(heads), plain(heads))).toBeLessThan(1e-5);
  });

  it.each([2, 3, 5])('is the same in %i chunks of queries, even ones or not', async (chunks) => {
    expect(relativeError(await run(2, chunks), plain(2))).toBeLessThan(1e-5);
  });

  /** The same in halves. This CPU computes them in single precision, so scores that overflow on a GPU do not show here. */
  const inHalves = async (upcast: boolean) => {
    const g = createGraph('test', 'float16');
    const [q, k, v] = ['q', 'k', 'v'].map((name) => g.operand(g.input(name, 'float32', [tokens, channels])));
    g.output('out', g.full(attention(g, q, k, v, 2, 3, upcast)), 'float32', ['n']);
    const graph = g.finish();
    return { graph, out: (await runGraph(graph, { q: tensor(1), k: tensor(2), v: tensor(3) })).out.data };
  };

  it('may be computed in single precision where all else is in halves', async () => {
    const casts = ({ graph }: Awaited<ReturnType<typeof inHalves>>) =>
      graph.nodes.filter(({ type }) => type === 'Cast').map(({ attributes }) => attributes.to);
    const [plain16, upcast] = [await inHalves(false), await inHalves(true)];
    expect(casts(plain16)).toEqual([10, 10, 10, 1]);
    expect(casts(upcast)).toEqual([10, 10, 10, 1, 1, 1, 10, 1]); // queries, keys and values up, what is attended to down
    expect(relativeError(upcast.out, plain(2))).toBeLessThan(2e-3);
  });

  it.each([1, 3])('is one operator a chunk: %i', (chunks) => {
    const g = createGraph('test');
    const x = g.input('x', 'float32', [tokens, channels]);
    attention(g, x, x, x, 2, chunks);
    expect(g.finish().nodes.filter(({ type }) => type === 'MultiHeadAttention')).toHaveLength(chunks);
  });

  it('takes as many chunks as the scores need', () => {
    expect(chunksFor(64, 8)).toBe(1);
    const chunks = chunksFor(16_384, 1); // the VAE at 1024 pixels
    expect((16_384 * 16_384 * 4) / chunks).toBeLessThanOrEqual(2 ** 28);
  });
});

describe('single operators', () => {
  const x = { data: numbers(24), dims: [24] };
  const run = (build: (g: GraphBuilder, x: string) => string) => runOps((g) => build(g, g.input('x', 'float32', [24])), { x });
  const expected = (f: (v: number) => number): Float32Array => x.data.map(f);
  const sigmoid = (v: number): number => 1 / (1 + Math.exp(-v));

  it('silu is x sigmoid(x)', async () => {
    expect(
      relativeError(
        await run(silu),
        expected((v) => v * sigmoid(v)),
      ),
    ).toBeLessThan(1e-6);
  });

  it('quick_gelu is x sigmoid(1.702 x), and gelu is the exact one', async () => {
    expect(
      relativeError(
        await run(ACTIVATIONS.quick_gelu),
        expected((v) => v * sigmoid(1.702 * v)),
      ),
    ).toBeLessThan(1e-6);
    // erf by its series, good for the range of these numbers
    const erf = (v: number): number => {
      let [term, sum] = [v, v];
      for (let n = 1; n < 60; n++) {
        term *= (-v * v) / n;
        sum += term / (2 * n + 1);
      }
      return (2 / Math.sqrt(Math.PI)) * sum;
    };
    expect(
      relativeError(
        await run(ACTIVATIONS.gelu),
        expected((v) => 0.5 * v * (1 + erf(v / Math.SQRT2))),
      ),
    ).toBeLessThan(1e-6);
  });
});
