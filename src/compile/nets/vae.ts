/**
 * The encoders that turn a picture into latents: `AutoencoderKL` (Rombach et al. 2022) to the mean of its posterior,
 * and its small stand-in `AutoencoderTiny` (TAESD).
 */
import { badModel } from '../../errors.ts';
import type { Weights } from '../../weights/weights.ts';
import { count, counts, flag, only, readConfig, real, words } from '../config.ts';
import { createGraph, type Graph, type GraphBuilder, type Precision } from '../graph.ts';
import { attentionLayer, chunksFor, conv, groupNorm, resnet, silu, toPicture, toTokens } from '../ops.ts';

const BLOCK = 'DownEncoderBlock2D';
const EPSILON = 1e-6;

export const VAE = {
  keys: {
    in_channels: only(3),
    latent_channels: count(4),
    block_out_channels: counts([64]),
    down_block_types: words([BLOCK], BLOCK),
    layers_per_block: count(1),
    norm_num_groups: count(32),
    scaling_factor: real(0.18215),
    force_upcast: flag(true),
    use_quant_conv: flag(true),
    mid_block_add_attention: flag(true),
    act_fn: only('silu', 'swish'),
    shift_factor: only<null>(null),
    latents_mean: only<null>(null),
    latents_std: only<null>(null),
  },
  idle: ['out_channels', 'sample_size', 'up_block_types', 'use_post_quant_conv'],
};

export const TINY = {
  keys: {
    in_channels: only(3),
    latent_channels: count(4),
    encoder_block_out_channels: counts([64, 64, 64, 64]),
    num_encoder_blocks: counts([1, 3, 3, 3]),
    act_fn: only('relu'),
    scaling_factor: real(1),
    shift_factor: only(0, null),
  },
  idle: [
    ...['out_channels', 'block_out_channels', 'decoder_block_out_channels', 'num_decoder_blocks', 'upsample_fn', 'upsampling_scaling_factor'],
    ...['latent_magnitude', 'latent_shift', 'force_upcast', 'sample_size'],
  ],
};

export interface LatentEncoder {
  graph: Graph;
  /** Pixels that a cell of the latents stands for, a side. */
  step: number;
  latentChannels: number;
}

/** The middle attention's projections by their new names; `query`, `key`, `value`, `proj_attn` in older files. */
const OLD_NAMES: Record<string, string> = { to_q: 'query', to_k: 'key', to_v: 'value', 'to_out.0': 'proj_attn' };

const withNewNames = (w: Weights): Weights =>
  w.has('query.weight') ? { ...w, at: (prefix) => w.at(Object.hasOwn(OLD_NAMES, prefix) ? OLD_NAMES[prefix] : prefix) } : w;

/** Attention over the whole picture with one head, and the residual around it. */
export const middleAttention = (g: GraphBuilder, w: Weights, x: string, channels: number, groups: number, chunks = 1): string => {
  const tokens = toTokens(g, groupNorm(g, w.at('group_norm'), x, channels, groups, EPSILON), channels);
  const shape = { channels, heads: 1, contextChannels: channels, bias: true, chunks };
  return g.op('Add', [toPicture(g, attentionLayer(g, withNewNames(w), tokens, tokens, shape), x), x]);
};

/** Halves width and height; padded by one pixel at the right and the bottom only. */
export const downsampleRight = (g: GraphBuilder, w: Weights, x: string, channels: number): string =>
  conv(g, w.at('conv'), x, channels, channels, { stride: 2, pads: [0, 1] });

/**
 * Input `picture` (1 x 3 x height x width, -1..1), output `latents` (1 x channels x height / 8 x width / 8): the mean of
 * the posterior times `scaling_factor`. Both float32.
 * @param precision of what is between; float32 all the same where the config has `force_upcast`, since fp16 overflows
 * @param split width and height of pictures, where the runtime's attention would hold all scores at once
 * @throws InputError naming the config key or the tensor that does not fit
 */
export const compileVae = (
  weights: Weights,
  json: Record<string, unknown>,
  precision: Precision,
  split?: readonly [number, number],
): LatentEncoder => {
  const config = readConfig('vae/config.json', VAE, json);
  const { block_out_channels: widths, norm_num_groups: groups, latent_channels: latents } = config;
  if (config.down_block_types.length !== widths.length)
    throw badModel(`vae/config.json has ${config.down_block_types.length} "down_block_types" but ${widths.length} "block_out_channels"`);
  const odd = widths.find((width) => width % groups !== 0);
  if (odd) throw badModel(`vae/config.json has ${odd} "block_out_channels", which ${groups} "norm_num_groups" do not divide`);
  const g = createGraph('vae', config.force_upcast ? 'float32' : precision);
  const w = weights.at('encoder');
  const block = (at: Weights, x: string, inputs: number, outputs: number): string => resnet(g, at, x, { inputs, outputs, groups, epsilon: EPSILON });

  let x = conv(g, w.at('conv_in'), g.operand(g.input('picture', 'float32', [1, 3, 'height', 'width'])), 3, widths[0]);
  let channels = widths[0];
  widths.forEach((width, i) => {
    const at = w.at(`down_blocks.${i}`);
    for (let layer = 0; layer < config.layers_per_block; layer++) {
      x = block(at.at(`resnets.${layer}`), x, channels, width);
      channels = width;
    }
    if (i < widths.length - 1) x = downsampleRight(g, at.at('downsamplers.0'), x, width);
  });
  x = block(w.at('mid_block.resnets.0'), x, channels, channels);
  const cells = split ? (split[0] * split[1]) / 4 ** (widths.length - 1) : 0;
  if (config.mid_block_add_attention) x = middleAttention(g, w.at('mid_block.attentions.0'), x, channels, groups, chunksFor(cells, 1));
  x = block(w.at('mid_block.resnets.1'), x, channels, channels);
  x = silu(g, groupNorm(g, w.at('conv_norm_out'), x, channels, groups, EPSILON));
  x = conv(g, w.at('conv_out'), x, channels, 2 * latents);
  if (config.use_quant_conv) x = conv(g, weights.at('quant_conv'), x, 2 * latents, 2 * latents, { kernel: 1 });
  const mean = g.op('Slice', [x, g.ints([0]), g.ints([latents]), g.ints([1])]);
  g.output('latents', g.op('Mul', [g.full(mean), g.single(config.scaling_factor)]), 'float32', [1, latents, 'h', 'w']);
  return { graph: g.finish(), step: 2 ** (widths.length - 1), latentChannels: latents };
};

/** Three convolutions beside a shortcut. */
const tinyBlock = (g: GraphBuilder, w: Weights, x: string, channels: number): string => {
  let h = x;
  for (const layer of [0, 2, 4]) {
    if (layer > 0) h = g.op('Relu', [h]);
    h = conv(g, w.at(`conv.${layer}`), h, channels, channels);
  }
  return g.op('Relu', [g.op('Add', [h, x])]);
};

/** Bands that the first blocks of the tiny VAE are computed in: they are three fifths of its time and most of its memory. */
const MOST_BANDS = 8;
/** Heights are multiples of this. */
const LEAST_HEIGHT = 64;

/**
 * Rows of the full size in bands, each with the rows around it that its result depends on, so that nothing is lost:
 * these networks have no layer that sees the whole picture.
 * @param work halves the height
 * @param reach rows beyond a band that its result depends on; even
 */
const inBands = (g: GraphBuilder, x: string, reach: number, work: (band: string) => string): string => {
  let bands = MOST_BANDS;
  while (bands > 1 && LEAST_HEIGHT / bands < reach) bands /= 2; // what a band reaches for lies in the next one
  const height = g.op('Slice', [g.op('Shape', [x]), g.ints([2]), g.ints([3])]);
  const rows = g.op('Div', [height, g.ints([bands])]);
  const start = (band: number, shift: number): string => g.op('Add', [g.op('Mul', [rows, g.ints([band])]), g.ints([shift])]);
  const done = Array.from({ length: bands }, (_, band) => {
    const above = band > 0 ? reach : 0;
    const below = band < bands - 1 ? reach : 0;
    const cut = g.op('Slice', [x, start(band, -above), start(band + 1, below), g.ints([2])]);
    const inside = g.op('Div', [rows, g.ints([2])]);
    return g.op('Slice', [work(cut), g.ints([above / 2]), g.op('Add', [inside, g.ints([above / 2])]), g.ints([2])]);
  });
  return g.op('Concat', done, { axis: 2 });
};

/**
 * The same input and output as `compileVae`, approximately, in a tenth of the time. Heights are multiples of 64.
 * @throws InputError naming the config key or the tensor that does not fit
 */
export const compileTinyVae = (weights: Weights, json: Record<string, unknown>): LatentEncoder => {
  const config = readConfig("the tiny VAE's config.json", TINY, json);
  const { encoder_block_out_channels: widths, num_encoder_blocks: depths, latent_channels: latents } = config;
  if (widths.length !== depths.length || widths.length < 2 || widths.some((width) => width !== widths[0]))
    throw badModel('The tiny VAE needs two blocks or more, and as many, of one width, in "encoder_block_out_channels" and "num_encoder_blocks"');
  const g = createGraph('vae-tiny');
  const [width] = widths;
  const picture = g.input('picture', 'float32', [1, 3, 'height', 'width']);
  const small = g.op('Add', [g.op('Mul', [picture, g.floats(0.5)]), g.floats(0.5)]); // it was trained on 0..1
  /** Index of the first layer of a block; the last one is the projection to latents. */
  const firstOf = (block: number): number => depths.slice(0, block).reduce((sum, depth) => sum + depth + 1, 0);
  const layer = (index: number): Weights => weights.at(`encoder.layers.${index}`);
  const blocks = (x: string, i: number): string => {
    let h = x;
    for (let k = 0; k < depths[i]; k++) h = tinyBlock(g, layer(firstOf(i) + 1 + k), h, width);
    return h;
  };
  const halve = (x: string, i: number): string => conv(g, layer(firstOf(i)), x, width, width, { stride: 2, bias: false });
  // At a band's inner edge every 3 x 3 convolution finds padding where the picture goes on, and so spoils one row more:
  // the first one, three a block, and the one that halves. Even, so that half of it is whole rows to cut off again.
  const reach = 2 * Math.ceil((1 + 3 * depths[0] + 1) / 2);
  let x = inBands(g, small, reach, (band) => halve(blocks(conv(g, layer(0), band, 3, width), 0), 1));
  for (let i = 1; i < depths.length; i++) x = blocks(i === 1 ? x : halve(x, i), i);
  x = conv(g, layer(firstOf(depths.length)), x, width, latents);
  g.output('latents', g.op('Mul', [x, g.floats(config.scaling_factor)]), 'float32', [1, latents, 'h', 'w']);
  return { graph: g.finish(), step: 2 ** (widths.length - 1), latentChannels: latents };
};
