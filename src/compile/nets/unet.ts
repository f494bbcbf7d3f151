/**
 * The encoder of a diffusion UNet (`UNet2DConditionModel` of diffusers) up to the tap: the output of `attn1` of the
 * last transformer block of the last attention of the last down block that has attention. Nothing after it is built,
 * so nothing after it has to be loaded. Paper, section 3.2; SDXL's conditioning is Podell et al. 2023, section 2.2.
 */
import { badModel } from '../../errors.ts';
import type { Weights } from '../../weights/weights.ts';
import { type Config, count, countOrCounts, counts, flag, type Key, only, readConfig, real, sameCounts, words } from '../config.ts';
import { createGraph, type Graph, type GraphBuilder, type Precision } from '../graph.ts';
import { attentionLayer, chunksFor, conv, geglu, groupNorm, layerNorm, linear, resnet, silu, toPicture, toTokens } from '../ops.ts';

const WITH_ATTENTION = 'CrossAttnDownBlock2D';

/** A number for all, a list a block, or in it a list a layer. */
const layers: Key<number | readonly (number | readonly number[])[]> = {
  fallback: 1,
  accepts: (v) => countOrCounts(1).accepts(v) || (Array.isArray(v) && v.length > 0 && v.every(countOrCounts(1).accepts)),
  allowed: 'a whole number, or a list of them, or of lists of them',
};

export const UNET = {
  keys: {
    in_channels: count(4),
    block_out_channels: counts([320, 640, 1280, 1280]),
    down_block_types: words([WITH_ATTENTION, WITH_ATTENTION, WITH_ATTENTION, 'DownBlock2D'], WITH_ATTENTION, 'DownBlock2D'),
    layers_per_block: countOrCounts(2),
    transformer_layers_per_block: layers,
    /** The number of heads, for all its name (huggingface/diffusers#2011). */
    attention_head_dim: countOrCounts(8),
    num_attention_heads: only<null>(null),
    cross_attention_dim: sameCounts(1280),
    use_linear_projection: flag(false),
    upcast_attention: only<boolean | null>(false, true, null),
    norm_num_groups: count(32),
    norm_eps: real(1e-5),
    flip_sin_to_cos: flag(true),
    freq_shift: real(0),
    time_embedding_dim: count(null),
    addition_embed_type: only<string | null>(null, 'text_time'),
    addition_time_embed_dim: count(null),
    projection_class_embeddings_input_dim: count(null),
    act_fn: only('silu', 'swish'),
    downsample_padding: only(1),
    resnet_out_scale_factor: only(1),
    resnet_time_scale_shift: only('default'),
    resnet_skip_time_act: only(false),
    center_input_sample: only(false),
    only_cross_attention: only(false),
    dual_cross_attention: only(false),
    time_embedding_type: only('positional'),
    attention_type: only('default'),
    conv_in_kernel: only(3),
  },
  idle: [
    ...['sample_size', 'out_channels', 'conv_out_kernel', 'dropout', 'class_embeddings_concat', 'addition_embed_type_num_heads'],
    ...['mid_block_type', 'mid_block_scale_factor', 'mid_block_only_cross_attention', 'up_block_types', 'reverse_transformer_layers_per_block'],
  ],
};
export type UnetConfig = Config<typeof UNET>;

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

const nth = <T>(value: T | readonly T[], index: number): T => (Array.isArray(value) ? value[index] : (value as T));

interface Context {
  g: GraphBuilder;
  config: UnetConfig;
  prompt: string;
  time: { activated: string; channels: number };
  /** Cells of the latents where attention has to be split into chunks of queries; 0 where it need not. */
  cells: number;
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

/** Height, width, two crops, height, width. */
const TIME_IDS = 6;

const attentionShapes = ({ config, cells }: Context, block: number) => {
  const channels = config.block_out_channels[block];
  const heads = nth(config.attention_head_dim, block);
  const plain = { channels, heads, contextChannels: channels, bias: false, upcast: config.upcast_attention === true };
  return {
    self: { ...plain, chunks: chunksFor(cells / 4 ** block, heads) },
    cross: { ...plain, contextChannels: nth(config.cross_attention_dim, block) },
  };
};

/** Self-attention of a transformer block, before the residual. */
const selfAttention = (context: Context, w: Weights, x: string, block: number): string => {
  const { self } = attentionShapes(context, block);
  const normal = layerNorm(context.g, w.at('norm1'), x, self.channels);
  return attentionLayer(context.g, w.at('attn1'), normal, normal, self);
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

/** The same as far as `attn1` of its last block: tokens x channels. */
const transformerToTap = (context: Context, w: Weights, x: string, block: number, depth: number): string => {
  let tokens = enterTransformer(context, w, x, context.config.block_out_channels[block]);
  for (let k = 0; k < depth - 1; k++) tokens = transformerBlock(context, w.at(`transformer_blocks.${k}`), tokens, block);
  return selfAttention(context, w.at(`transformer_blocks.${depth - 1}`), tokens, block);
};

/** Halves width and height. */
export const downsample = (g: GraphBuilder, w: Weights, x: string, channels: number): string =>
  conv(g, w.at('conv'), x, channels, channels, { stride: 2 });

const depthOf = ({ transformer_layers_per_block: depths }: UnetConfig, block: number, layer: number): number => nth(nth(depths, block), layer);

/** Down blocks one after the other; the tokens of the tap. */
const downPath = (context: Context, w: Weights, picture: string, lastBlock: number): string => {
  const { g, config, time } = context;
  let x = picture;
  for (let block = 0; block <= lastBlock; block++) {
    const at = w.at(`down_blocks.${block}`);
    const outputs = config.block_out_channels[block];
    const resnets = nth(config.layers_per_block, block);
    for (let layer = 0; layer < resnets; layer++) {
      const inputs = layer > 0 ? outputs : config.block_out_channels[Math.max(0, block - 1)];
      x = resnet(g, at.at(`resnets.${layer}`), x, { inputs, outputs, groups: config.norm_num_groups, epsilon: config.norm_eps, time });
      if (config.down_block_types[block] !== WITH_ATTENTION) continue;
      const depth = depthOf(config, block, layer);
      const inside = at.at(`attentions.${layer}`);
      if (block === lastBlock && layer === resnets - 1) return transformerToTap(context, inside, x, block, depth);
      x = transformer(context, inside, x, block, depth);
    }
    x = downsample(g, at.at('downsamplers.0'), x, outputs);
  }
  throw new Error('the last block has no attention');
};

const LISTS = ['down_block_types', 'layers_per_block', 'transformer_layers_per_block', 'attention_head_dim', 'cross_attention_dim'] as const;

/** What is wrong with a block's numbers, taken together. */
const faultOf = (config: UnetConfig, block: number): string | undefined => {
  const { norm_num_groups: groups, transformer_layers_per_block: depths } = config;
  const channels = config.block_out_channels[block];
  if (channels % groups !== 0) return `${channels} "block_out_channels", which ${groups} "norm_num_groups" do not divide`;
  if (config.down_block_types[block] !== WITH_ATTENTION) return undefined;
  const heads = nth(config.attention_head_dim, block);
  if (channels % heads !== 0) return `${channels} "block_out_channels", which ${heads} heads ("attention_head_dim") do not divide`;
  const depth = nth(depths, block);
  const resnets = nth(config.layers_per_block, block);
  if (Array.isArray(depth) && depth.length !== resnets)
    return `${depth.length} entries in "transformer_layers_per_block" for a block of ${resnets} "layers_per_block"`;
  return undefined;
};

/** @throws InputError for a key or value that is not supported, or numbers that do not go together */
export const readUnetConfig = (json: Record<string, unknown>): UnetConfig => {
  const config = readConfig('unet/config.json', UNET, json);
  const blocks = config.block_out_channels.length;
  for (const key of LISTS) {
    const value = config[key];
    if (Array.isArray(value) && value.length !== blocks)
      throw badModel(`unet/config.json has ${value.length} entries in "${key}" but ${blocks} in "block_out_channels"`);
  }
  if (!config.down_block_types.includes(WITH_ATTENTION)) throw badModel(`unet/config.json has no ${WITH_ATTENTION} in "down_block_types"`);
  for (let block = 0; block < blocks; block++) {
    const fault = faultOf(config, block);
    if (fault) throw badModel(`unet/config.json has ${fault}`);
  }
  if (config.addition_embed_type !== null && !(pooledChannelsOf(config) > 0))
    throw badModel(
      `unet/config.json has "addition_embed_type": "text_time" and so needs "addition_time_embed_dim", and a "projection_class_embeddings_input_dim" above ${TIME_IDS} times that`,
    );
  return config;
};

/** Channels of the pooled prompt: what `add_embedding` takes besides the six sinusoids. NaN where the config does not say. */
const pooledChannelsOf = ({ addition_embed_type, projection_class_embeddings_input_dim: all, addition_time_embed_dim: width }: UnetConfig): number =>
  addition_embed_type === null ? 0 : all && width ? all - TIME_IDS * width : Number.NaN;

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
  const g = createGraph('unet', precision);
  const lastBlock = config.down_block_types.lastIndexOf(WITH_ATTENTION);
  const pooledChannels = pooledChannelsOf(config);
  const promptChannels = nth(config.cross_attention_dim, lastBlock);
  const sample = g.operand(g.input('sample', 'float32', [1, config.in_channels, 'height', 'width']));
  const prompt = g.operand(g.input('encoder_hidden_states', 'float32', ['tokens', promptChannels]));
  const { value, channels } = embedding(g, weights, config, pooledChannels);
  const context = { g, config, prompt, time: { activated: silu(g, value), channels }, cells: split ? split[0] * split[1] : 0 };
  const picture = conv(g, weights.at('conv_in'), sample, config.in_channels, config.block_out_channels[0]);
  const tap = downPath(context, weights, picture, lastBlock);
  const features = config.block_out_channels[lastBlock];
  g.output('features', g.full(tap), 'float32', ['cells', features]);
  return { graph: g.finish(), channels: features, step: 2 ** lastBlock, latentChannels: config.in_channels, promptChannels, pooledChannels };
};
