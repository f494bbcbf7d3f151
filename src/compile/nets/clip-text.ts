/** CLIP's text encoders (`CLIPTextModel`, `CLIPTextModelWithProjection` of transformers). Radford et al. 2021. */
import { badModel } from '../../errors.ts';
import type { Weights } from '../../weights/weights.ts';
import { atLeast, count, only, readConfig, real } from '../config.ts';
import { createGraph, type Graph, type GraphBuilder } from '../graph.ts';
import { ACTIVATIONS, layerNorm, linear } from '../ops.ts';

export const TEXT = {
  keys: {
    vocab_size: atLeast(49_408, 49_408), // CLIP's own, or more words after it
    hidden_size: count(512),
    intermediate_size: count(2048),
    projection_dim: count(512),
    num_hidden_layers: count(12),
    num_attention_heads: count(8),
    max_position_embeddings: atLeast(2, 77),
    hidden_act: only('quick_gelu', 'gelu'),
    layer_norm_eps: real(1e-5),
  },
  // The special ids of published configs are wrong, and nothing here goes by them.
  idle: [
    ...['architectures', 'attention_dropout', 'bos_token_id', 'dropout', 'eos_token_id', 'initializer_factor', 'initializer_range', 'model_type'],
    ...['pad_token_id', 'torch_dtype', 'dtype', 'transformers_version', 'is_decoder', 'use_cache', 'tie_word_embeddings', 'gradient_checkpointing'],
    // What transformers' configs have in common, where all of it was written out.
    ...['chunk_size_feed_forward', 'id2label', 'label2id', 'is_encoder_decoder', 'output_attentions', 'output_hidden_states', 'return_dict'],
  ],
};

export interface TextEncoder {
  graph: Graph;
  /** Channels of a token. */
  channels: number;
  /** Channels of `pooled`; 0 where it has none. */
  pooledChannels: number;
  /** Tokens of a prompt, padding included. */
  length: number;
  /** Words that it knows. */
  vocabulary: number;
}

export interface TextTap {
  /** Blocks from the end that `tokens` are taken at: 0 the last one and the final norm, 1 the one before, without. */
  skip: 0 | 1;
  /** Whether `pooled` is wanted: the token at the end of the text, projected. */
  pooled: boolean;
}

/** Published files have the prefix, those that the newest transformers writes do not. */
const unprefixed = (weights: Weights): Weights => {
  const inner = weights.at('text_model');
  return inner.has('embeddings.token_embedding.weight') ? inner : weights;
};

/** softmax(q k' / sqrt(channels of a head) + mask) v. 77 tokens: their scores fit anywhere. */
const maskedAttention = (g: GraphBuilder, q: string, k: string, v: string, channels: number, heads: number, mask: string): string => {
  const split = (x: string, perm: number[]): string => g.op('Transpose', [g.op('Reshape', [x, g.ints([-1, heads, channels / heads])])], { perm });
  const scores = g.op('MatMul', [split(q, [1, 0, 2]), split(k, [1, 2, 0])]);
  const scaled = g.op('Add', [g.op('Mul', [scores, g.floats(1 / Math.sqrt(channels / heads))]), mask]);
  const mixed = g.op('MatMul', [g.op('Softmax', [scaled], { axis: -1 }), split(v, [1, 0, 2])]);
  return g.op('Reshape', [g.op('Transpose', [mixed], { perm: [1, 0, 2] }), g.ints([-1, channels])]);
};

/** What the shapes of a text encoder cannot tell. */
export interface TextTold {
  heads: number;
  activation: keyof typeof ACTIVATIONS;
  /** Of the layer norms. */
  epsilon: number;
}

const block = (g: GraphBuilder, w: Weights, x: string, channels: number, hidden: number, mask: string, told: TextTold): string => {
  const normal = layerNorm(g, w.at('layer_norm1'), x, channels, told.epsilon);
  const [q, k, v] = ['q_proj', 'k_proj', 'v_proj'].map((name) => linear(g, w.at(`self_attn.${name}`), normal, channels, channels));
  const mixed = maskedAttention(g, q, k, v, channels, told.heads, mask);
  const attended = g.op('Add', [x, linear(g, w.at('self_attn.out_proj'), mixed, channels, channels)]);
  const wide = linear(g, w.at('mlp.fc1'), layerNorm(g, w.at('layer_norm2'), attended, channels, told.epsilon), channels, hidden);
  return g.op('Add', [attended, linear(g, w.at('mlp.fc2'), ACTIVATIONS[told.activation](g, wide), hidden, channels)]);
};

/**
 * Inputs `ids` (a prompt's tokens, int64) and, with `pooled`, `end` (1: index of the token at the end of the text).
 * Outputs `tokens` (count x channels) and `pooled` (1 x pooledChannels).
 * @param folder for messages, such as `text_encoder`
 * @throws InputError naming the config key or the tensor that does not fit
 */
export const compileTextEncoder = (weights: Weights, json: Record<string, unknown>, folder: string, tap: TextTap): TextEncoder => {
  const config = readConfig(`${folder}/config.json`, TEXT, json);
  const { hidden_size: channels, num_attention_heads: heads, max_position_embeddings: length, layer_norm_eps: epsilon } = config;
  if (channels % heads !== 0) throw badModel(`${folder}/config.json has ${channels} channels, which ${heads} heads do not divide`);
  const g = createGraph(folder);
  const w = unprefixed(weights);
  const ids = g.input('ids', 'int64', [length]);
  const words = g.raw(w.at('embeddings').take('token_embedding.weight', [config.vocab_size, channels]));
  const places = g.weight(w.at('embeddings').take('position_embedding.weight', [length, channels]));
  const mask = g.matrix(length, length, (row, column) => (column > row ? -3.4e38 : 0));
  const told: TextTold = { heads, activation: config.hidden_act, epsilon };
  const layers = config.num_hidden_layers - (tap.pooled ? 0 : tap.skip);
  let x = g.op('Add', [g.cast(g.op('Gather', [words, ids], { axis: 0 }), 'float32'), places]);
  let tokens = '';
  for (let i = 0; i < layers; i++) {
    if (i === config.num_hidden_layers - tap.skip) tokens = x;
    x = block(g, w.at(`encoder.layers.${i}`), x, channels, config.intermediate_size, mask, told);
  }
  const final = (): string => layerNorm(g, w.at('final_layer_norm'), x, channels, epsilon);
  g.output('tokens', tap.skip === 0 ? final() : tokens || x, 'float32', [length, channels]);
  if (tap.pooled) {
    const last = g.op('Gather', [final(), g.input('end', 'int64', [1])], { axis: 0 });
    const projection = linear(g, weights.at('text_projection'), last, channels, config.projection_dim, false);
    g.output('pooled', projection, 'float32', [1, config.projection_dim]);
  }
  return { graph: g.finish(), channels, pooledChannels: tap.pooled ? config.projection_dim : 0, length, vocabulary: config.vocab_size };
};

/** CLIP's text half: texts to the vectors that pictures are compared with. */
export interface TextTower {
  graph: Graph;
  /** Of an embedding. */
  dimensions: number;
  /** Most tokens of a text. */
  length: number;
  /** Words that it knows. */
  vocabulary: number;
}

/** tokens x inputs -> tokens x outputs: a layer's weight, or a matrix that is multiplied from the right, as it was trained. */
export const projection = (g: GraphBuilder, w: Weights, name: string, x: string, inputs: number): { x: string; outputs: number } => {
  const matrix = w.shapeOf(name);
  if (matrix) return { x: g.op('MatMul', [x, g.weight(w.take(name, [inputs, matrix[1]]))]), outputs: matrix[1] };
  const outputs = w.shapeOf(`${name}.weight`)?.[0] ?? 0;
  return { x: linear(g, w.at(name), x, inputs, outputs, false), outputs };
};

/**
 * Several texts at once, their tokens one after the other. Inputs: `ids` (n, int64); `places` (n, int64), each token's in its
 * text; `mask` (n x n), 0 where the column's token is of the same text and not later, else far below 0; `ends` (m, int64), where
 * each text's last token stands. Output: `embeddings` (m x dimensions), not normalised. Widths and depth are the tensors'.
 * @param weights under transformers' names, and `proj`
 * @throws InputError naming the tensor that does not fit
 */
export const compileTextTower = (weights: Weights, told: TextTold): TextTower => {
  const [vocabulary, channels] = weights.shapeOf('embeddings.token_embedding.weight') ?? [0, 0];
  const [length] = weights.shapeOf('embeddings.position_embedding.weight') ?? [0];
  const words = weights.take('embeddings.token_embedding.weight', [vocabulary, channels]);
  if (channels % told.heads !== 0) throw badModel(`The text encoder has ${channels} channels, which ${told.heads} heads do not divide`);
  const g = createGraph('clip-text');
  const [ids, at] = ['ids', 'places'].map((name) => g.input(name, 'int64', ['tokens']));
  const places = g.weight(weights.take('embeddings.position_embedding.weight', [length, channels]));
  const mask = g.input('mask', 'float32', ['tokens', 'tokens']);
  const named = g.cast(g.op('Gather', [g.raw(words), ids], { axis: 0 }), 'float32');
  let x = g.op('Add', [named, g.op('Gather', [places, at], { axis: 0 })]);
  for (let i = 0; i === 0 || weights.has(`encoder.layers.${i}.layer_norm1.weight`); i++) {
    const w = weights.at(`encoder.layers.${i}`);
    x = block(g, w, x, channels, w.shapeOf('mlp.fc1.weight')?.[0] ?? 0, mask, told);
  }
  const ends = g.op('Gather', [x, g.input('ends', 'int64', ['texts'])], { axis: 0 });
  const { x: out, outputs } = projection(g, weights, 'proj', layerNorm(g, weights.at('final_layer_norm'), ends, channels, told.epsilon), channels);
  g.output('embeddings', out, 'float32', ['texts', outputs]);
  return { graph: g.finish(), dimensions: outputs, length, vocabulary };
};
