/**
 * ConvNeXt as timm names it (Liu et al., *A ConvNet for the 2020s*, CVPR 2022): picture to a grid of features, a cell for
 * 32 x 32 pixels. Widths, depths and kernels are read from the tensors.
 *
 * 1. x = norm(convolution of the picture, stride = kernel)
 * 2. each stage but the first: x = convolution(norm(x)), 2 x 2, stride 2
 * 3. each block: x += gamma mlp(norm(depthwise convolution of x))
 */
import { badModel } from '../../errors.ts';
import type { Weights } from '../../weights/weights.ts';
import { createGraph, type Graph, type GraphBuilder } from '../graph.ts';
import { ACTIVATIONS, conv, layerNorm, linear, toPicture, toTokens } from '../ops.ts';

/** Of the norms. timm's widest model, `convnext_xxlarge`, which begins with 384 channels, has another. */
const epsilonOf = (first: number): number => (first >= 384 ? 1e-5 : 1e-6);

export interface ConvnextEncoder {
  graph: Graph;
  channels: number;
  /** Pixels of a side that a cell stands for. */
  stride: number;
}

/** Of a tensor that there has to be. */
const sideOf = (w: Weights, name: string, dims: number): readonly number[] => {
  const shape = w.shapeOf(name);
  if (shape?.length !== dims) w.take(name, new Array(dims).fill(0)); // says what there is instead
  return shape as readonly number[];
};

/** Normalises each pixel's channels. */
const pixelNorm = (g: GraphBuilder, w: Weights, x: string, channels: number, epsilon: number): string =>
  toPicture(g, layerNorm(g, w, toTokens(g, x, channels), channels, epsilon), x);

const block = (g: GraphBuilder, w: Weights, x: string, channels: number, epsilon: number): string => {
  const kernel = sideOf(w, 'conv_dw.weight', 4)[2];
  const mixed = toTokens(g, conv(g, w.at('conv_dw'), x, channels, channels, { kernel, depthwise: true }), channels);
  const hidden = sideOf(w, 'mlp.fc1.weight', 2)[0];
  const wide = ACTIVATIONS.gelu(g, linear(g, w.at('mlp.fc1'), layerNorm(g, w.at('norm'), mixed, channels, epsilon), channels, hidden));
  const fed = linear(g, w.at('mlp.fc2'), wide, hidden, channels);
  const scaled = w.has('gamma') ? g.op('Mul', [fed, g.weight(w.take('gamma', [channels]))]) : fed;
  return g.op('Add', [x, toPicture(g, scaled, x)]);
};

/** A convolution whose kernel is its stride. */
const patches = (g: GraphBuilder, w: Weights, x: string, inputs: number): { x: string; channels: number; stride: number } => {
  const [channels, , stride] = sideOf(w, 'weight', 4);
  return { x: conv(g, w, x, inputs, channels, { kernel: stride, stride, pads: [0, 0] }), channels, stride };
};

/**
 * Input: `picture` (1 x 3 x height x width). Output: `features` (cells x channels), row by row. All float32.
 * @param trunk tensors below `stem.` and `stages.`
 * @param head what is done with the features, cells x channels, and given out
 * @throws InputError naming the tensor that does not fit
 */
export const compileConvnext = (
  trunk: Weights,
  head: (g: GraphBuilder, features: string, channels: number) => void = (g, features, channels) =>
    g.output('features', features, 'float32', ['cells', channels]),
): ConvnextEncoder => {
  if (trunk.has('norm_pre.weight')) throw badModel('This ConvNeXt has a norm after its trunk (norm_pre), which is not computed');
  const g = createGraph('convnext');
  const stem = patches(g, trunk.at('stem.0'), g.input('picture', 'float32', [1, 3, 'height', 'width']), 3);
  const epsilon = epsilonOf(stem.channels);
  let { channels, stride } = stem;
  let x = pixelNorm(g, trunk.at('stem.1'), stem.x, channels, epsilon);
  for (let s = 0; s === 0 || trunk.has(`stages.${s}.downsample.1.weight`); s++) {
    const stage = trunk.at(`stages.${s}`);
    if (stage.has('downsample.1.weight')) {
      const down = patches(g, stage.at('downsample.1'), pixelNorm(g, stage.at('downsample.0'), x, channels, epsilon), channels);
      [x, channels, stride] = [down.x, down.channels, stride * down.stride];
    }
    for (let b = 0; b === 0 || stage.has(`blocks.${b}.conv_dw.weight`); b++) x = block(g, stage.at(`blocks.${b}`), x, channels, epsilon);
  }
  head(g, toTokens(g, x, channels), channels);
  return { graph: g.finish(), channels, stride };
};
