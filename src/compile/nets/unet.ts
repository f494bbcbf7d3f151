/**
 * A diffusion UNet (`UNet2DConditionModel` of diffusers) as far as it is asked for: to the tap of its encoder, the output of `attn1`
 * of the last transformer block of the last attention of the last down block that has attention, or to the last `attn1` of all, for
 * the probabilities of each. Nothing after it is built, so nothing after it has to be loaded. Paper, section 3.2; SDXL's conditioning
 * is Podell et al. 2023, section 2.2.
 */
import type { Weights } from '../../weights/weights.ts';
import { createGraph, type Graph, type Precision } from '../graph.ts';
import { conv, silu } from '../ops.ts';
import { type Context, downPath, embedding, type Inner, resnetTo, transformer, transformerToTap, upsample } from './unet-blocks.ts';
import { nth, pooledChannelsOf, readUnetConfig, readWholeConfig, type UnetConfig, WITH_ATTENTION } from './unet-config.ts';

/** What an encode has to give the graph, and what comes out of it. */
export interface UnetEncoder {
  graph: Graph;
  /** Channels of the feature map. */
  channels: number;
  /** Cells of the latents that a token stands for, a side. */
  step: number;
  latentChannels: number;
  /** Channels of the prompt's tokens. */
  promptChannels: number;
  /** Channels of the pooled prompt; 0 where the network has no use for it. */
  pooledChannels: number;
}

/** The graph with all that goes in, as far as the first convolution. */
const enter = (weights: Weights, config: UnetConfig, name: string, precision: Precision, split?: readonly [number, number]) => {
  const g = createGraph(name, precision);
  const pooledChannels = pooledChannelsOf(config);
  const promptChannels = nth(config.cross_attention_dim, config.down_block_types.lastIndexOf(WITH_ATTENTION));
  const sample = g.operand(g.input('sample', 'float32', [1, config.in_channels, 'height', 'width']));
  const prompt = g.operand(g.input('encoder_hidden_states', 'float32', ['tokens', promptChannels]));
  const { value, channels } = embedding(g, weights, config, pooledChannels);
  const context: Context = { g, config, prompt, time: { activated: silu(g, value), channels }, cells: split ? split[0] * split[1] : 0 };
  const picture = conv(g, weights.at('conv_in'), sample, config.in_channels, config.block_out_channels[0]);
  return { context, picture, told: { latentChannels: config.in_channels, promptChannels, pooledChannels } };
};

/**
 * Inputs: `sample` (1 x latents x height x width), `timestep` (1), `encoder_hidden_states` (count x channels of the
 * prompt) and, where `pooledChannels` is above 0, `text_embeds` (1 x pooled) and `time_ids` (6). Output: `features`
 * (tokens x channels). All float32, any even height and width.
 * @param split width and height of the latents, where the runtime's attention would hold all scores at once
 * @throws InputError naming the config key or the tensor that does not fit
 */
export const compileUnet = (
  weights: Weights,
  json: Record<string, unknown>,
  precision: Precision,
  split?: readonly [number, number],
): UnetEncoder => {
  const config = readUnetConfig(json);
  const lastBlock = config.down_block_types.lastIndexOf(WITH_ATTENTION);
  const { context, picture, told } = enter(weights, config, 'unet', precision, split);
  const { g } = context;
  const tap = downPath(context, weights, picture, lastBlock);
  const channels = config.block_out_channels[lastBlock];
  g.output('features', g.full(tap), 'float32', ['cells', channels]);
  return { graph: g.finish(), channels, step: 2 ** lastBlock, ...told };
};

/** `UNetMidBlock2DCrossAttn`. */
const middle = (context: Context, w: Weights, x: string): Inner => {
  const block = context.config.block_out_channels.length - 1;
  const channels = context.config.block_out_channels[block];
  const first = resnetTo(context, w.at('resnets.0'), { x, channels }, channels);
  const depth = nth(context.config.transformer_layers_per_block, block) as number;
  const told = transformer(context, w.at('attentions.0'), first.x, block, depth);
  return resnetTo(context, w.at('resnets.1'), { x: told, channels }, channels);
};

/** Up blocks one after the other, each layer beside what the down path left, as far as the last `attn1`. */
const upPath = (context: Context, weights: Weights, from: Inner, skips: Inner[]): void => {
  const { g, config } = context;
  let at = from;
  for (let block = config.block_out_channels.length - 1; block >= 0; block--) {
    const own = weights.at(`up_blocks.${config.block_out_channels.length - 1 - block}`);
    const last = nth(config.layers_per_block, block);
    for (let layer = 0; layer <= last; layer++) {
      const skip = skips.pop() as Inner;
      const both = { x: g.op('Concat', [at.x, skip.x], { axis: 1 }), channels: at.channels + skip.channels };
      at = resnetTo(context, own.at(`resnets.${layer}`), both, config.block_out_channels[block]);
      if (config.down_block_types[block] !== WITH_ATTENTION) continue;
      const [inside, depth] = [own.at(`attentions.${layer}`), nth(config.transformer_layers_per_block, block) as number];
      if (block === 0 && layer === last) transformerToTap(context, inside, at.x, block, depth);
      else at = { ...at, x: transformer(context, inside, at.x, block, depth) };
    }
    if (block > 0) at = { ...at, x: upsample(g, own.at('upsamplers.0'), at.x, at.channels) };
  }
};

/** What the probabilities are, by block of the down path: outputs of the graph. */
export const mapsOf = (block: number): string => `maps${block}`;

/** A UNet of which all self-attention is wanted. */
export interface UnetMaps extends Omit<UnetEncoder, 'channels'> {
  /** Resolutions that there are maps of: each half the one before, the first the latents' own. */
  levels: number;
}

/**
 * The probabilities of self-attention in all transformer blocks (DiffSeg, CVPR 2024). Inputs as `compileUnet` has them, height and
 * width multiples of 2^(levels - 1). Outputs: for each resolution `maps0`, `maps1`, ...: cells x cells, a row for each query, the sum
 * over all blocks of that resolution of the mean over the heads.
 * @param size width and height of the latents: attention is computed in chunks of queries
 * @throws InputError naming the config key or the tensor that does not fit, and for a UNet without attention at every resolution
 */
export const compileMaps = (weights: Weights, json: Record<string, unknown>, precision: Precision, size: readonly [number, number]): UnetMaps => {
  const config = readWholeConfig(json);
  const { context, picture, told } = enter(weights, config, 'unet-maps', precision, size);
  const maps: string[][] = [];
  const skips: Inner[] = [];
  const whole = { ...context, maps };
  const smallest = downPath(whole, weights, picture, undefined, skips);
  upPath(whole, weights, middle(whole, weights.at('mid_block'), smallest), skips);
  const { g } = context;
  for (const [block, sums] of maps.entries())
    g.output(mapsOf(block), sums.length > 1 ? g.op('Concat', sums, { axis: 0 }) : sums[0], 'float32', [`queries${block}`, `keys${block}`]);
  return { graph: g.finish(), levels: maps.length, step: 1, ...told };
};
