/**
 * Vision transformers as timm writes them (`VisionTransformer`, and `Eva` for DINOv3): picture to patch tokens of one
 * block. Dosovitskiy et al. 2021; DINO: Caron et al. 2021; DINOv2: Oquab et al. 2023; DINOv3: Simeoni et al. 2025.
 * The graph takes any size: what depends on it (places, rotations) is given as an input (encode/vit/places.ts).
 *
 * 1. patches = convolution of the picture, stride = patch; + places of the grid
 * 2. tokens = prefix (class, registers), patches
 * 3. each block: tokens += scale1 attention(norm1 tokens); tokens += scale2 mlp(norm2 tokens)
 * 4. features = norm(tokens), or a block's projected keys, queries or values; without the prefix
 */
import { badModel, InputError } from '../../errors.ts';
import type { VitOptions } from '../../options/encoders.ts';
import { rowsOf, type Weights, type WeightTensor } from '../../weights/weights.ts';
import { createGraph, type Graph, type GraphBuilder } from '../graph.ts';
import { ACTIVATIONS, attention, chunksFor, conv, gated, layerNorm, linear, project, silu, toTokens } from '../ops.ts';
import { readVitConfig, type VitConfig } from '../vit-config.ts';

/**
 * What of which block is taken: see options/encoders.ts. CLIP's dense features besides (Zhou et al., *MaskCLIP*, ECCV 2022):
 * `projected`, the values through the projection of the attention, which is left out; `residual`, the whole block so.
 */
export interface VitTap extends Pick<VitOptions, 'layer'> {
  tap: VitOptions['tap'] | 'projected' | 'residual';
}

export interface VitEncoder {
  graph: Graph;
  channels: number;
  /** Side of a patch, pixels. */
  patch: number;
  /** Class token and registers, rows of `channels`: the input `prefix` is made of them. */
  prefix: readonly WeightTensor[];
  /** The grid of places that `positions` is made of; the tensor's rows before it belong to the prefix. */
  places?: { tensor: WeightTensor; width: number; height: number };
  /** Channels of a head and the base of its periods, where queries and keys are turned instead. */
  rotary?: { channels: number; temperature: number };
  /** Of the input, of values 0..1. */
  mean: VitConfig['mean'];
  deviation: VitConfig['deviation'];
}

interface Context {
  g: GraphBuilder;
  config: VitConfig;
  channels: number;
  heads: number;
  chunks: number;
  /** Cosines and sines by token, where queries and keys are turned. */
  turns: readonly string[];
}

type Projections = Record<'queries' | 'keys' | 'values', () => string>;

/** Queries, keys, values: three row blocks of one matrix, each used where it lies, or three matrices. */
const projections = ({ g, channels }: Context, w: Weights, x: string): Projections => {
  if (w.has('v.weight')) {
    const own = (name: string) => () => linear(g, w.at(name), x, channels, channels);
    return { queries: own('q'), keys: own('k'), values: own('v') };
  }
  const matrix = w.take('qkv.weight', [3 * channels, channels]);
  const biases = w.has('qkv.bias') ? w.take('qkv.bias', [3 * channels]) : undefined;
  // Eva's: keys have none.
  const own = (name: string) => (w.has(name) ? w.take(name, [channels]) : undefined);
  const part = (at: number, bias: WeightTensor | undefined) => () =>
    project(g, x, rowsOf(matrix, at * channels, channels), biases ? rowsOf(biases, at * channels, channels) : bias);
  return { queries: part(0, own('q_bias')), keys: part(1, undefined), values: part(2, own('v_bias')) };
};

/** Turns each pair of a head's channels by the angle of the token's place (RoFormer, Su et al. 2021). */
const turned = ({ g, turns }: Context, x: string): string => {
  if (turns.length === 0) return x;
  const row = g.op('Unsqueeze', [x, g.ints([0])]);
  return g.op('Squeeze', [g.op('RotaryEmbedding', [row, g.ints([0]), ...turns]), g.ints([0])]);
};

/** Packed as one matrix (`GluMlp`), as two (`SwiGLU`), or without a gate. Which one, the file tells. */
const mlp = ({ g, config, channels }: Context, w: Weights, x: string): string => {
  if (w.has('fc1_g.weight')) {
    const hidden = w.shapeOf('fc1_g.weight')?.[0] ?? 0;
    const [gate, value] = ['fc1_g', 'fc1_x'].map((name) => linear(g, w.at(name), x, channels, hidden));
    return linear(g, w.at('fc2'), g.op('Mul', [silu(g, gate), value]), hidden, channels);
  }
  const wide = w.shapeOf('fc1.weight')?.[0] ?? 0;
  const hidden = w.shapeOf('fc2.weight')?.[1] ?? 0;
  const first = linear(g, w.at('fc1'), x, channels, wide);
  const activated = wide === 2 * hidden ? gated(g, first, silu) : ACTIVATIONS[config.activation](g, first);
  return linear(g, w.at('fc2'), activated, hidden, channels);
};

/** Each channel by its own number, where the block has them. */
const scaled = ({ g, channels }: Context, w: Weights, names: readonly string[], x: string): string => {
  const name = names.find((n) => w.has(n));
  return name ? g.op('Mul', [x, g.weight(w.take(name, [channels]))]) : x;
};

/** What the block's attention sees. */
const projected = (context: Context, w: Weights, x: string): Projections =>
  projections(context, w.at('attn'), layerNorm(context.g, w.at('norm1'), x, context.channels, context.config.epsilon));

const mixing = (context: Context, { queries, keys, values }: Projections): string =>
  attention(context.g, turned(context, queries()), turned(context, keys()), values(), context.heads, context.chunks);

/** What the attention adds. */
const attentionOut = ({ g, channels }: Context, w: Weights, mixed: string): string => linear(g, w.at('attn.proj'), mixed, channels, channels);

/** @param mix what stands for the attention's sum of values */
const block = (context: Context, w: Weights, x: string, mix: (of: Projections) => string = (of) => mixing(context, of)): string => {
  const { g, config, channels } = context;
  const mixed = mix(projected(context, w, x));
  const attended = g.op('Add', [x, scaled(context, w, ['ls1.gamma', 'gamma_1'], attentionOut(context, w, mixed))]);
  const fed = mlp(context, w.at('mlp'), layerNorm(g, w.at('norm2'), attended, channels, config.epsilon));
  return g.op('Add', [attended, scaled(context, w, ['ls2.gamma', 'gamma_2'], fed)]);
};

const TAPS: Record<VitTap['tap'], (context: Context, weights: Weights, block: Weights, x: string) => string> = {
  tokens: (context, weights, w, x) => layerNorm(context.g, weights.at('norm'), block(context, w, x), context.channels, context.config.epsilon),
  queries: (context, _, w, x) => projected(context, w, x).queries(),
  keys: (context, _, w, x) => projected(context, w, x).keys(),
  values: (context, _, w, x) => projected(context, w, x).values(),
  projected: (context, _, w, x) => attentionOut(context, w, projected(context, w, x).values()),
  residual: (context, _, w, x) => block(context, w, x, ({ values }) => values()),
};

/** Blocks that the file has. */
const depthOf = (weights: Weights): number => {
  let depth = 0;
  while (weights.has(`blocks.${depth}.norm1.weight`)) depth++;
  return depth;
};

/** Side of the square grid of so many places, or the grid that the config's size makes. */
const gridOf = (count: number, { img_size: size, architecture }: VitConfig, patch: number): { width: number; height: number } => {
  const [height, width] = (Array.isArray(size) ? size : [size, size]).map((side) => Math.floor((side ?? 0) / patch));
  if (width * height === count) return { width, height };
  const side = Math.round(Math.sqrt(count));
  if (side * side === count) return { width: side, height: side };
  throw badModel(`${architecture} has ${count} places, which are no square: config.json needs their "img_size" in "model_args"`);
};

const shapeOf = (weights: Weights, name: string, dims: number): readonly number[] => {
  const shape = weights.shapeOf(name);
  if (shape?.length !== dims) weights.take(name, new Array(dims).fill(0)); // says what there is instead
  return shape as readonly number[];
};

/** Class token and registers, in the order in which timm sets them before the patches. */
const prefixOf = (weights: Weights, channels: number): WeightTensor[] =>
  ['cls_token', 'reg_token'].flatMap((name) => (weights.has(name) ? [weights.take(name, [1, weights.shapeOf(name)?.[1] ?? 1, channels])] : []));

const placesOf = (weights: Weights, config: VitConfig, patch: number, channels: number, prefixCount: number): VitEncoder['places'] => {
  const rows = shapeOf(weights, 'pos_embed', 3)[1];
  const ofPrefix = config.no_embed_class ? 0 : prefixCount;
  return { tensor: weights.take('pos_embed', [1, rows, channels]), ...gridOf(rows - ofPrefix, config, patch) };
};

/**
 * Inputs: `picture` (1 x 3 x height x width), `prefix` (count x channels) where the network has one, and `positions`
 * (patches x channels) or `cosines` and `sines` (tokens x half a head). Output: `features` (patches x channels).
 * All float32. What is left of the picture beside whole patches is cut, at the right and at the bottom.
 * @param split width and height of the picture, where the runtime's attention would hold all scores at once
 * @throws InputError naming the config key or the tensor that does not fit, or a layer that there is not
 */
export const compileVit = (
  weights: Weights,
  json: Record<string, unknown>,
  tap: VitTap = { tap: 'tokens', layer: -1 },
  split?: readonly [number, number],
): VitEncoder => compileVitOf(weights, readVitConfig(json), tap, split);

/** The same of a config that was read. @param head what is done with the patches' features, patches x channels, and given out */
export const compileVitOf = (
  weights: Weights,
  config: VitConfig,
  { tap, layer }: VitTap,
  split?: readonly [number, number],
  head: (g: GraphBuilder, patches: string, channels: number) => void = (g, patches, count) =>
    g.output('features', patches, 'float32', ['patches', count]),
): VitEncoder => {
  const [channels, , patch] = shapeOf(weights, 'patch_embed.proj.weight', 4);
  const depth = depthOf(weights);
  if (depth === 0) weights.take('blocks.0.norm1.weight', [channels]);
  if (layer < -depth || layer > -1)
    throw new InputError(`${config.architecture} has ${depth} blocks: layer is -1 (the last) to -${depth}`, { code: 'E_OPTION' });
  const { heads } = config;
  if (channels % heads !== 0) throw badModel(`config.json has ${heads} heads, which do not divide ${channels} channels: set "num_heads"`);

  const g = createGraph('vit');
  const prefix = prefixOf(weights, channels);
  const prefixCount = prefix.reduce((sum, { shape }) => sum + shape[1], 0);
  const rotary = config.isRotary ? { channels: channels / heads, temperature: config.rope_temperature } : undefined;
  const places = rotary ? undefined : placesOf(weights, config, patch, channels, prefixCount);
  const half = channels / heads / 2;
  const turns = rotary ? ['cosines', 'sines'].map((name) => g.input(name, 'float32', ['tokens', half])) : [];
  const chunks = split ? chunksFor(split.reduce((cells, side) => cells * Math.floor(side / patch), 1) + prefixCount, heads) : 1;
  const context: Context = { g, config, channels, heads, chunks, turns };

  const picture = g.input('picture', 'float32', [1, 3, 'height', 'width']);
  const bias = weights.has('patch_embed.proj.bias');
  const map = conv(g, weights.at('patch_embed.proj'), picture, 3, channels, { kernel: patch, stride: patch, pads: [0, 0], bias });
  let x = toTokens(g, map, channels);
  if (places) x = g.op('Add', [x, g.input('positions', 'float32', ['patches', channels])]);
  if (prefixCount > 0) x = g.op('Concat', [g.input('prefix', 'float32', [prefixCount, channels]), x], { axis: 0 });
  if (weights.has('norm_pre.weight')) x = layerNorm(g, weights.at('norm_pre'), x, channels, config.epsilon);

  const last = depth + layer;
  for (let i = 0; i < last; i++) x = block(context, weights.at(`blocks.${i}`), x);
  const at = weights.at(`blocks.${last}`);
  const out = TAPS[tap](context, weights, at, x);
  head(g, prefixCount > 0 ? g.op('Slice', [out, g.ints([prefixCount]), g.ints([2 ** 31]), g.ints([0])]) : out, channels);
  const { mean, deviation } = config;
  return { graph: g.finish(), channels, patch, prefix, ...(places && { places }), ...(rotary && { rotary }), mean, deviation };
};
