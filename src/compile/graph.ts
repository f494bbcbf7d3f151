/** A graph under construction: nodes in the order they run, constants, and weights that stay in their file. */
import type { WeightTensor } from '../weights/weights.ts';

/** Element types that our graphs use, by their number in ONNX's TensorProto.DataType. */
export const ELEMENT = { float32: 1, int64: 7, float16: 10, bfloat16: 16 } as const;
export type Element = keyof typeof ELEMENT;

/** Whole numbers are ints; a real number says so, since 1 could be either. */
export type Attribute = number | string | readonly number[] | { float: number };

export interface Node {
  type: string;
  domain: string;
  inputs: string[];
  outputs: string[];
  attributes: Record<string, Attribute>;
}

/** An input or output; a dimension with a name is known when the graph runs. */
export interface Value {
  name: string;
  element: Element;
  dims: readonly (number | string)[];
}

export interface Constant {
  element: Element;
  dims: readonly number[];
  data: Float32Array | BigInt64Array;
}

/** A tensor of a weight file under a name of the graph. `dims` may differ from its shape by ones. */
export interface PlacedWeight {
  name: string;
  element: Element;
  dims: readonly number[];
  tensor: WeightTensor;
}

export interface Graph {
  name: string;
  nodes: Node[];
  inputs: Value[];
  outputs: Value[];
  constants: Map<string, Constant>;
  weights: PlacedWeight[];
}

/** What the activations are computed in. */
export type Precision = 'float32' | 'float16';

/** Element types by the names of safetensors. */
const ELEMENT_OF: Record<string, Element> = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' };

export interface GraphBuilder {
  readonly precision: Precision;
  input(name: string, element: Element, dims: readonly (number | string)[]): string;
  output(name: string, value: string, element: Element, dims: readonly (number | string)[]): void;
  /** One node with one output, whose name it returns. */
  op(type: string, inputs: string[], attributes?: Record<string, Attribute>): string;
  /** The same with several outputs. */
  opN(outputs: number, type: string, inputs: string[], attributes?: Record<string, Attribute>): string[];
  ints(values: readonly number[]): string;
  /** A scalar or a vector, in the precision of the activations. */
  floats(values: number | readonly number[]): string;
  /** The same in float32. */
  single(values: number | readonly number[]): string;
  /** A float32 matrix, `value(row, column)` each. */
  matrix(rows: number, columns: number, value: (row: number, column: number) => number): string;
  /** A float32 value in the precision of the activations. */
  operand(value: string): string;
  /** A value in the precision of the activations as float32. */
  full(value: string): string;
  /** A weight in the precision of the activations. @param dims where they differ from the tensor's shape by ones */
  weight(tensor: WeightTensor, dims?: readonly number[]): string;
  /** A weight as it lies in its file. */
  raw(tensor: WeightTensor): string;
  cast(value: string, to: Element): string;
  finish(): Graph;
}

/** Operators that onnxruntime adds to ONNX. */
const CONTRIB = new Set(['QuickGelu', 'MultiHeadAttention', 'RotaryEmbedding']);

export const createGraph = (name: string, precision: Precision = 'float32'): GraphBuilder => {
  const graph: Graph = { name, nodes: [], inputs: [], outputs: [], constants: new Map(), weights: [] };
  const known = new Map<string, string>();
  /** The value that `make` adds, made once a key. */
  const once = (key: string, make: () => string): string => {
    const value = known.get(key) ?? make();
    known.set(key, value);
    return value;
  };
  let count = 0;
  const opN: GraphBuilder['opN'] = (outputs, type, inputs, attributes = {}) => {
    const names = Array.from({ length: outputs }, () => `v${count++}`);
    graph.nodes.push({ type, domain: CONTRIB.has(type) ? 'com.microsoft' : '', inputs, outputs: names, attributes });
    return names;
  };
  const op: GraphBuilder['op'] = (type, inputs, attributes) => opN(1, type, inputs, attributes)[0];
  const constant = (key: string, value: Constant): string =>
    once(key, () => {
      graph.constants.set(key, value);
      return key;
    });
  const cast: GraphBuilder['cast'] = (value, to) => op('Cast', [value], { to: ELEMENT[to] });
  const single: GraphBuilder['single'] = (values) => {
    const flat = typeof values === 'number' ? [values] : values;
    const dims = typeof values === 'number' ? [] : [flat.length];
    return constant(`f${dims.length}[${flat}]`, { element: 'float32', dims, data: Float32Array.from(flat) });
  };
  const operand: GraphBuilder['operand'] = (value) => (precision === 'float32' ? value : once(`${value}:${precision}`, () => cast(value, precision)));
  const place = (tensor: WeightTensor, dims: readonly number[]): string =>
    once(`${tensor.source.name}:${tensor.key}`, () => {
      const placed = `w${graph.weights.length}.${tensor.key}`;
      graph.weights.push({ name: placed, element: ELEMENT_OF[tensor.dtype], dims, tensor });
      return placed;
    });
  return {
    precision,
    op,
    opN,
    cast,
    input(name, element, dims) {
      graph.inputs.push({ name, element, dims });
      return name;
    },
    output(name, value, element, dims) {
      graph.nodes.push({ type: 'Identity', domain: '', inputs: [value], outputs: [name], attributes: {} });
      graph.outputs.push({ name, element, dims });
    },
    ints: (values) => constant(`i[${values}]`, { element: 'int64', dims: [values.length], data: BigInt64Array.from(values, BigInt) }),
    single,
    floats: (values) => operand(single(values)),
    operand,
    full: (value) => (precision === 'float32' ? value : cast(value, 'float32')),
    matrix: (rows, columns, value) => {
      const data = Float32Array.from({ length: rows * columns }, (_, i) => value(Math.floor(i / columns), i % columns));
      return constant(`m${graph.constants.size}`, { element: 'float32', dims: [rows, columns], data });
    },
    raw: (tensor) => place(tensor, tensor.shape),
    weight(tensor, dims = tensor.shape) {
      const placed = place(tensor, dims);
      return ELEMENT_OF[tensor.dtype] === precision ? placed : once(`${placed}:${precision}`, () => cast(placed, precision));
    },
    finish: () => graph,
  };
};
