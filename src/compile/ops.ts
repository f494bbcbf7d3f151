/**
 * The operator groups that diffusion networks are made of, each as diffusers computes it. Pictures are
 * 1 x channels x height x width, tokens are count x channels.
 */
import type { Weights, WeightTensor } from '../weights/weights.ts';
import type { GraphBuilder } from './graph.ts';

/** x * sigmoid(x): onnxruntime's QuickGelu with alpha 1, in one pass. */
export const silu = (g: GraphBuilder, x: string): string => g.op('QuickGelu', [x], { alpha: { float: 1 } });

/** The activations of feed-forward layers, by the name a config gives them. */
export const ACTIVATIONS: Record<string, (g: GraphBuilder, x: string) => string> = {
  gelu: (g, x) => g.op('Gelu', [x]),
  quick_gelu: (g, x) => g.op('QuickGelu', [x], { alpha: { float: 1.702 } }),
  gelu_tanh: (g, x) => g.op('Gelu', [x], { approximate: 'tanh' }),
  silu,
};

/** tokens x inputs times a weight of outputs x inputs, which lies in its file under whatever shape. */
export const project = (g: GraphBuilder, x: string, weight: WeightTensor, bias?: WeightTensor, dims = weight.shape): string =>
  g.op('Gemm', [x, g.weight(weight, dims), ...(bias ? [g.weight(bias)] : [])], { transB: 1 });

/** tokens x inputs -> tokens x outputs; `bias` where the layer has one. The weight may be a 1 x 1 convolution's. */
export const linear = (g: GraphBuilder, w: Weights, x: string, inputs: number, outputs: number, bias = true): string => {
  const isConv = w.shapeOf('weight')?.length === 4;
  const weight = w.take('weight', isConv ? [outputs, inputs, 1, 1] : [outputs, inputs]);
  return project(g, x, weight, bias ? w.take('bias', [outputs]) : undefined, [outputs, inputs]);
};

export interface ConvShape {
  kernel?: number;
  stride?: number;
  /** Left and top, right and bottom, pixels. */
  pads?: readonly [number, number];
  bias?: boolean;
  /** Whether each channel has a kernel of its own, and sees no other. */
  depthwise?: boolean;
}

/** A square convolution, padded by half its kernel where not told otherwise. */
export const conv = (
  g: GraphBuilder,
  w: Weights,
  x: string,
  inputs: number,
  outputs: number,
  { kernel = 3, stride = 1, pads = [kernel >> 1, kernel >> 1], bias = true, depthwise = false }: ConvShape = {},
): string => {
  const weight = g.weight(w.take('weight', [outputs, depthwise ? 1 : inputs, kernel, kernel]));
  const [before, after] = pads;
  return g.op('Conv', [x, weight, ...(bias ? [g.weight(w.take('bias', [outputs]))] : [])], {
    ...(depthwise && { group: inputs }),
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads: [before, before, after, after],
  });
};

/** Normalises each group of channels over the whole picture, then scales and shifts each channel. */
export const groupNorm = (g: GraphBuilder, w: Weights, x: string, channels: number, groups: number, epsilon: number): string => {
  const grouped = g.op('Reshape', [x, g.ints([1, groups, -1])]);
  const ones = g.floats(new Array(groups).fill(1));
  const zeros = g.floats(new Array(groups).fill(0));
  const normal = g.op('InstanceNormalization', [grouped, ones, zeros], { epsilon: { float: epsilon } });
  const back = g.op('Reshape', [normal, g.op('Shape', [x])]);
  const scaled = g.op('Mul', [back, g.weight(w.take('weight', [channels]), [channels, 1, 1])]);
  return g.op('Add', [scaled, g.weight(w.take('bias', [channels]), [channels, 1, 1])]);
};

/** Normalises each token. */
export const layerNorm = (g: GraphBuilder, w: Weights, x: string, channels: number, epsilon = 1e-5): string =>
  g.op('LayerNormalization', [x, g.weight(w.take('weight', [channels])), g.weight(w.take('bias', [channels]))], {
    axis: -1,
    epsilon: { float: epsilon },
  });

/** 1 x channels x height x width -> tokens x channels. */
export const toTokens = (g: GraphBuilder, x: string, channels: number): string =>
  g.op('Transpose', [g.op('Reshape', [x, g.ints([channels, -1])])], { perm: [1, 0] });

/** tokens x channels -> the shape of the picture `like`, which has as many channels. */
export const toPicture = (g: GraphBuilder, tokens: string, like: string): string =>
  g.op('Reshape', [g.op('Transpose', [tokens], { perm: [1, 0] }), g.op('Shape', [like])]);

/**
 * softmax(q k' / sqrt(channels of a head)) v for tokens x channels each. onnxruntime's fused operator goes over blocks
 * of queries and keys on the CPU, so that the scores never stand in memory at once; elsewhere queries come in chunks.
 * @param upcast whether all of it is computed in float32, where the activations are halves: large scores overflow there
 */
export const attention = (g: GraphBuilder, q: string, k: string, v: string, heads: number, chunks = 1, upcast = false): string => {
  const [queries, keys, values] = [q, k, v].map((x) => g.op('Unsqueeze', [upcast ? g.full(x) : x, g.ints([0])]));
  const parts = chunks === 1 ? [queries] : g.opN(chunks, 'Split', [queries], { axis: 1, num_outputs: chunks });
  const done = parts.map((part) => g.op('MultiHeadAttention', [part, keys, values], { num_heads: heads }));
  const attended = g.op('Squeeze', [chunks === 1 ? done[0] : g.op('Concat', done, { axis: 1 }), g.ints([0])]);
  return upcast ? g.operand(attended) : attended;
};

/** Bytes that the scores of one attention may take. */
const SCORE_BYTES = 2 ** 28;

/** Chunks of queries that keep the scores of self-attention within bounds. */
export const chunksFor = (tokens: number, heads: number): number =>
  Math.max(1, Math.ceil((tokens * tokens * heads * Float32Array.BYTES_PER_ELEMENT) / SCORE_BYTES));

export interface AttentionShape {
  channels: number;
  heads: number;
  /** Channels of the tokens that are attended to. */
  contextChannels: number;
  bias: boolean;
  /** See `attention`. */
  chunks?: number;
  upcast?: boolean;
}

/** Attention of a transformer block: projections in and out. `context` is the tokens themselves for self-attention. */
export const attentionLayer = (
  g: GraphBuilder,
  w: Weights,
  x: string,
  context: string,
  { channels, heads, contextChannels, bias, chunks, upcast }: AttentionShape,
): string => {
  const q = linear(g, w.at('to_q'), x, channels, channels, bias);
  const k = linear(g, w.at('to_k'), context, contextChannels, channels, bias);
  const v = linear(g, w.at('to_v'), context, contextChannels, channels, bias);
  return linear(g, w.at('to_out.0'), attention(g, q, k, v, heads, chunks, upcast), channels, channels);
};

/** Bytes that the scores of one attention may take where its probabilities are kept: these pass through memory several times. */
const MAP_BYTES = 2 ** 25;

/** To the end of an axis, for `Slice`. */
const END = 2 ** 31 - 1;

/**
 * Self-attention written out, for its probabilities: softmax(q k' / sqrt(channels of a head)), the mean over the heads, tokens x tokens.
 * In float32 and in chunks of queries: scores of all heads never stand in memory for all of them. What a chunk attends to and its
 * probabilities pass through one value, so that a runtime, which may choose its order, is done with a chunk before the next.
 * @param before probabilities of other layers, which these are added to, a chunk each
 * @param isLast nobody asks what is attended to: values are not even loaded
 * @returns tokens x channels, projected; the sums, a chunk each
 */
export const mappedAttention = (
  g: GraphBuilder,
  w: Weights,
  x: string,
  { channels, heads, chunks = 1 }: AttentionShape,
  before: readonly string[] = [],
  isLast = false,
): { attended: string; sums: string[] } => {
  const width = channels / heads;
  const ofHeads = (name: string, perm: readonly number[]): string => {
    const projected = g.full(linear(g, w.at(name), x, channels, channels, false));
    return g.op('Transpose', [g.op('Reshape', [projected, g.ints([-1, heads, width])])], { perm });
  };
  const queries = g.op('Mul', [ofHeads('to_q', [1, 0, 2]), g.single(1 / Math.sqrt(width))]);
  const keys = ofHeads('to_k', [1, 2, 0]);
  const values = isLast ? undefined : ofHeads('to_v', [1, 0, 2]);
  const parts = chunks === 1 ? [queries] : g.opN(chunks, 'Split', [queries], { axis: 1, num_outputs: chunks });
  const done = parts.map((part, i) => {
    const probabilities = g.op('Softmax', [g.op('MatMul', [part, keys])], { axis: -1 });
    const mean = g.op('ReduceMean', [probabilities, g.ints([0])], { keepdims: 0 });
    const sum = before[i] ? g.op('Add', [before[i], mean]) : mean;
    if (!values) return { attended: '', sum };
    const heads = g.op('Transpose', [g.op('MatMul', [probabilities, values])], { perm: [1, 0, 2] });
    const both = g.op('Concat', [g.op('Reshape', [heads, g.ints([-1, channels])]), sum], { axis: 1 });
    const columns = (from: number, to: number): string => g.op('Slice', [both, g.ints([from]), g.ints([to]), g.ints([1])]);
    return { attended: columns(0, channels), sum: columns(channels, END) };
  });
  const attended = (): string =>
    chunks === 1
      ? done[0].attended
      : g.op(
          'Concat',
          done.map((chunk) => chunk.attended),
          { axis: 0 },
        );
  return {
    attended: isLast ? '' : linear(g, w.at('to_out.0'), g.operand(attended()), channels, channels),
    sums: done.map(({ sum }) => sum),
  };
};

/** Chunks of queries for `mappedAttention`. */
export const mapChunksFor = (tokens: number, heads: number): number =>
  Math.max(1, Math.ceil((tokens * tokens * heads * Float32Array.BYTES_PER_ELEMENT) / MAP_BYTES));

/** Each pixel as 2 x 2. */
export const nearestTwice = (g: GraphBuilder, x: string): string =>
  g.op('Resize', [x, '', g.single([1, 1, 2, 2])], { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' });

/** The first half of the channels, activated, times the second. */
export const gated = (g: GraphBuilder, x: string, activation: (g: GraphBuilder, x: string) => string): string => {
  const [gate, value] = g.opN(2, 'Split', [x], { axis: -1, num_outputs: 2 });
  return g.op('Mul', [activation(g, gate), value]);
};

/** Feed-forward with a gate: half of the hidden layer times the GELU of the other half. */
export const geglu = (g: GraphBuilder, w: Weights, x: string, channels: number): string => {
  const hidden = 4 * channels;
  const [value, gate] = g.opN(2, 'Split', [linear(g, w.at('net.0.proj'), x, channels, 2 * hidden)], { axis: -1, num_outputs: 2 });
  return linear(g, w.at('net.2'), g.op('Mul', [value, g.op('Gelu', [gate])]), hidden, channels);
};

export interface ResnetShape {
  inputs: number;
  outputs: number;
  groups: number;
  epsilon: number;
  /** silu(embedding) and its channels, for networks that know the timestep. */
  time?: { activated: string; channels: number } | undefined;
}

/** Two convolutions beside a shortcut. */
export const resnet = (g: GraphBuilder, w: Weights, x: string, { inputs, outputs, groups, epsilon, time }: ResnetShape): string => {
  let h = conv(g, w.at('conv1'), silu(g, groupNorm(g, w.at('norm1'), x, inputs, groups, epsilon)), inputs, outputs);
  if (time) {
    const shift = linear(g, w.at('time_emb_proj'), time.activated, time.channels, outputs);
    h = g.op('Add', [h, g.op('Reshape', [shift, g.ints([1, outputs, 1, 1])])]);
  }
  h = conv(g, w.at('conv2'), silu(g, groupNorm(g, w.at('norm2'), h, outputs, groups, epsilon)), outputs, outputs);
  const shortcut = inputs === outputs ? x : conv(g, w.at('conv_shortcut'), x, inputs, outputs, { kernel: 1 });
  return g.op('Add', [shortcut, h]);
};
