/** ONNX files of a user's own, for tests: means of patches, in each layout, made here. */
import { createGraph, type Element, type GraphBuilder } from '../src/compile/graph.ts';
import { writeOnnx } from '../src/compile/proto.ts';
import type { WeightTensor } from '../src/weights/weights.ts';

export interface TinyOnnx {
  layout?: 'tokens' | 'channels-first' | 'channels-last' | undefined;
  /** Tokens before the patches, each full of 9. */
  prefix?: number;
  /** Tokens that it adds places to: it takes no other number of them. */
  places?: number;
  /** 1 x 3 x height x width; a name where it may be any. */
  dims?: readonly (number | string)[];
  input?: { name?: string; element?: Element };
  output?: { name?: string; element?: Element };
  /** Names of more inputs and outputs. */
  more?: { input?: string; output?: string };
  /** Tokens without the leading 1. */
  bare?: boolean;
  /** Where a file beside it holds what the picture is multiplied by: see `weightOf`. */
  location?: string;
}

/** Side of a patch, pixels. */
export const PATCH = 8;

/** The bytes of a file of weights: three numbers, after others. */
export const weightOf = (value: number): Uint8Array => new Uint8Array(Float32Array.of(0, value, value, value).buffer);
const OFFSET = 4;

const scaled = (g: GraphBuilder, picture: string): string => {
  const source = { name: 'weight', size: 16, read: async () => weightOf(1) };
  const tensor: WeightTensor = { source, key: 'weight', dtype: 'F32', shape: [1, 3, 1, 1], start: OFFSET, end: 16 };
  return g.op('Mul', [picture, g.weight(tensor)]);
};

const arranged = (g: GraphBuilder, means: string, { layout, prefix = 0, places }: TinyOnnx): string => {
  if (layout === 'channels-first') return means;
  if (layout === 'channels-last') return g.op('Transpose', [means], { perm: [0, 2, 3, 1] });
  const bare = g.op('Transpose', [g.op('Reshape', [means, g.ints([1, 3, -1])])], { perm: [0, 2, 1] });
  const tokens = places === undefined ? bare : g.op('Add', [bare, g.matrix(places, 3, () => 0)]);
  if (prefix === 0) return tokens;
  const before = g.op('Reshape', [g.matrix(prefix, 3, () => 9), g.ints([1, prefix, 3])]);
  return g.op('Concat', [before, tokens], { axis: 1 });
};

/** @returns the bytes of a network that gives the mean of each 8 x 8 patch of what it is given: three channels */
export const tinyOnnx = (told: TinyOnnx = {}): Uint8Array => {
  const { layout, dims = [1, 3, 32, 32], input, output, more, bare, location } = told;
  const g = createGraph('tiny');
  const given = g.input(input?.name ?? 'picture', input?.element ?? 'float32', dims);
  const picture = (input?.element ?? 'float32') === 'float32' ? given : g.cast(given, 'float32');
  const kernel = { kernel_shape: [PATCH, PATCH], strides: [PATCH, PATCH] };
  const means = g.op('AveragePool', [location === undefined ? picture : scaled(g, picture)], kernel);
  const whole = arranged(g, means, told);
  const result = bare ? g.op('Squeeze', [whole, g.ints([0])]) : whole;
  const rank = (layout === undefined || layout === 'tokens' ? 3 : 4) - (bare ? 1 : 0);
  const element = output?.element ?? 'float32';
  if (more?.output) g.output(more.output, g.op('Neg', [picture]), 'float32', ['a', 'b', 'c', 'd']);
  const cast = element === 'float32' ? result : g.cast(result, element);
  g.output(
    output?.name ?? 'features',
    cast,
    element,
    Array.from({ length: rank }, (_, i) => `n${i}`),
  ); // the runtime finds out more
  if (more?.input) g.output('other', g.op('Neg', [g.input(more.input, 'float32', [1])]), 'float32', [1]);
  return writeOnnx(g.finish(), () => ({ location: location ?? '', offset: OFFSET, length: 12 }));
};

/** The JSON that goes with it. */
export const TINY_JSON = { size: 32, patch: PATCH, mean: [0.5, 0.5, 0.5], deviation: [0.25, 0.5, 1] };
