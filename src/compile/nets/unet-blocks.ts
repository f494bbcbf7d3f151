/**
 * What the UNet's blocks are made of, as diffusers computes it. A block's number is that of the down path; the middle and the up
 * path have those of their resolution.
 */
import type { Weights } from '../../weights/weights.ts';
import type { GraphBuilder } from '../graph.ts';
import {
  attentionLayer,
  chunksFor,
  conv,
  geglu,
  groupNorm,
  layerNorm,
  linear,
  mapChunksFor,
  mappedAttention,
  nearestTwice,
  resnet,
  silu,
  toPicture,
  toTokens,
} from '../ops.ts';
import { depthOf, nth, TIME_IDS, type UnetConfig, WITH_ATTENTION } from './unet-config.ts';

export interface Context {
  g: GraphBuilder;
  config: UnetConfig;
  prompt: string;
  time: { activated: string; channels: number };
  /** Cells of the latents where attention has to be split into chunks of queries; 0 where it need not. */
  cells: number;
  /** Where the probabilities of self-attention are added up, by block of the down path: chunks of queries. Left out where nobody wants them. */
  maps?: string[][];
}

/** sin and cos of a number times falling frequencies: 1 x channels. Computed in float32 whatever the precision. */
const sinusoid = (g: GraphBuilder, value: string, channels: number, { flip_sin_to_cos, freq_shift }: UnetConfig): string => {
  const half = channels / 2;
  const frequencies = Array.from({ length: half }, (_, i) => Math.exp((-Math.log(10_000) * i) / (half - freq_shift)));
  const angles = g.op('Mul', [g.op('Unsqueeze', [value, g.ints([1])]), g.single(frequencies)]);
  const [sin, cos] = [g.op('Sin', [angles]), g.op('Cos', [angles])];
  const waves = g.op('Concat', flip_sin_to_cos ? [cos, sin] : [sin, cos], { axis: 1 });
  return g.operand(waves);
};

const mlp = (g: GraphBuilder, w: Weights, x: string, inputs: number, outputs: number): string =>
  linear(g, w.at('linear_2'), silu(g, linear(g, w.at('linear_1'), x, inputs, outputs)), outputs, outputs);

/** The embedding of the timestep, and of the pooled prompt and `time_ids` where the network has them: 1 x channels. */
export const embedding = (g: GraphBuilder, w: Weights, config: UnetConfig, pooledChannels: number): { value: string; channels: number } => {
  const first = config.block_out_channels[0];
  const channels = config.time_embedding_dim ?? 4 * first;
  const time = mlp(g, w.at('time_embedding'), sinusoid(g, g.input('timestep', 'float32', [1]), first, config), first, channels);
  if (pooledChannels === 0) return { value: time, channels };
  const width = config.addition_time_embed_dim as number;
  const ids = g.op('Reshape', [sinusoid(g, g.input('time_ids', 'float32', [TIME_IDS]), width, config), g.ints([1, TIME_IDS * width])]);
  const pooled = g.operand(g.input('text_embeds', 'float32', [1, pooledChannels]));
  const both = g.op('Concat', [pooled, ids], { axis: 1 });
  const added = mlp(g, w.at('add_embedding'), both, config.projection_class_embeddings_input_dim as number, channels);
  return { value: g.op('Add', [time, added]), channels };
};

const attentionShapes = ({ config, cells, maps }: Context, block: number) => {
  const channels = config.block_out_channels[block];
  const heads = nth(config.attention_head_dim, block);
  const plain = { channels, heads, contextChannels: channels, bias: false, upcast: config.upcast_attention === true };
  return {
    self: { ...plain, chunks: (maps ? mapChunksFor : chunksFor)(cells / 4 ** block, heads) },
    cross: { ...plain, contextChannels: nth(config.cross_attention_dim, block) },
  };
};

/** Self-attention of a transformer block, before the residual. @param isLast only its probabilities are wanted */
const selfAttention = (context: Context, w: Weights, x: string, block: number, isLast = false): string => {
  const { g, maps } = context;
  const { self } = attentionShapes(context, block);
  const normal = layerNorm(g, w.at('norm1'), x, self.channels);
  if (!maps) return attentionLayer(g, w.at('attn1'), normal, normal, self);
  const { attended, sums } = mappedAttention(g, w.at('attn1'), normal, self, maps[block], isLast);
  maps[block] = sums;
  return attended;
};

/** `BasicTransformerBlock`: self-attention, attention to the prompt, feed-forward, each beside its residual. */
export const transformerBlock = (context: Context, w: Weights, x: string, block: number): string => {
  const { g, prompt } = context;
  const { cross } = attentionShapes(context, block);
  const attended = g.op('Add', [selfAttention(context, w, x, block), x]);
  const told = attentionLayer(g, w.at('attn2'), layerNorm(g, w.at('norm2'), attended, cross.channels), prompt, cross);
  const both = g.op('Add', [told, attended]);
  return g.op('Add', [geglu(g, w.at('ff'), layerNorm(g, w.at('norm3'), both, cross.channels), cross.channels), both]);
};

/** Into tokens. The projection is a 1 x 1 convolution in older networks, which is the same sum. */
const enterTransformer = ({ g, config }: Context, w: Weights, x: string, channels: number): string => {
  const normal = groupNorm(g, w.at('norm'), x, channels, config.norm_num_groups, 1e-6);
  return linear(g, w.at('proj_in'), toTokens(g, normal, channels), channels, channels);
};

/** `Transformer2DModel`: all its blocks and the residual around them. */
export const transformer = (context: Context, w: Weights, x: string, block: number, depth: number): string => {
  const { g, config } = context;
  const channels = config.block_out_channels[block];
  let tokens = enterTransformer(context, w, x, channels);
  for (let k = 0; k < depth; k++) tokens = transformerBlock(context, w.at(`transformer_blocks.${k}`), tokens, block);
  return g.op('Add', [toPicture(g, linear(g, w.at('proj_out'), tokens, channels, channels), x), x]);
};

/** The same as far as `attn1` of its last block: tokens x channels; of a graph that adds up probabilities, these and no tokens. */
export const transformerToTap = (context: Context, w: Weights, x: string, block: number, depth: number): string => {
  let tokens = enterTransformer(context, w, x, context.config.block_out_channels[block]);
  for (let k = 0; k < depth - 1; k++) tokens = transformerBlock(context, w.at(`transformer_blocks.${k}`), tokens, block);
  return selfAttention(context, w.at(`transformer_blocks.${depth - 1}`), tokens, block, context.maps !== undefined);
};

/** Halves width and height. */
export const downsample = (g: GraphBuilder, w: Weights, x: string, channels: number): string =>
  conv(g, w.at('conv'), x, channels, channels, { stride: 2 });

/** Doubles width and height. */
export const upsample = (g: GraphBuilder, w: Weights, x: string, channels: number): string =>
  conv(g, w.at('conv'), nearestTwice(g, x), channels, channels);

/** A picture inside the network. */
export interface Inner {
  x: string;
  channels: number;
}

/** A resnet of a block. */
export const resnetTo = ({ g, config, time }: Context, w: Weights, { x, channels: inputs }: Inner, outputs: number): Inner => {
  const shape = { inputs, outputs, groups: config.norm_num_groups, epsilon: config.norm_eps, time };
  return { x: resnet(g, w, x, shape), channels: outputs };
};

/**
 * Down blocks one after the other.
 * @param tapBlock the block at whose last transformer it ends; without one it ends below the last block
 * @param skips gets what the up path takes over
 * @returns the tokens of the tap, or the smallest picture
 */
export const downPath = (context: Context, weights: Weights, picture: string, tapBlock?: number, skips: Inner[] = []): string => {
  const { g, config } = context;
  const { block_out_channels: channels, down_block_types: types, layers_per_block: layers } = config;
  let at: Inner = { x: picture, channels: channels[0] };
  skips.push(at);
  for (const [block, type] of types.entries()) {
    const own = weights.at(`down_blocks.${block}`);
    const resnets = nth(layers, block);
    for (let layer = 0; layer < resnets; layer++) {
      at = resnetTo(context, own.at(`resnets.${layer}`), at, channels[block]);
      if (type === WITH_ATTENTION) {
        const [inside, depth] = [own.at(`attentions.${layer}`), depthOf(config, block, layer)];
        if (block === tapBlock && layer === resnets - 1) return transformerToTap(context, inside, at.x, block, depth);
        at = { ...at, x: transformer(context, inside, at.x, block, depth) };
      }
      skips.push(at);
    }
    if (block === types.length - 1) break;
    at = { ...at, x: downsample(g, own.at('downsamplers.0'), at.x, at.channels) };
    skips.push(at);
  }
  return at.x;
};
