/**
 * A graph as the bytes of an ONNX file, and the files that one keeps weights in. Only the messages and fields that our
 * graphs use; the numbers are those of onnx.proto3 (ONNX 1.16, IR version 9).
 */
import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import { type Attribute, type Constant, ELEMENT, type Element, type Graph, type PlacedWeight, type Value } from './graph.ts';

/** Where the bytes of a weight lie for the runtime: a file name beside the graph, and the range in it. */
export interface Placement {
  location: string;
  offset: number;
  length: number;
}

const IR_VERSION = 9;
const OPSETS = [
  ['', 20],
  ['com.microsoft', 1],
] as const;

/** Wire types: a number, a length with bytes, a 32-bit float. */
const VARINT = 0;
const BYTES = 2;
const FIXED32 = 5;

type Write = (writer: BinaryWriter) => void;

const int = (w: BinaryWriter, field: number, value: number): BinaryWriter => w.tag(field, VARINT).int64(value);
const text = (w: BinaryWriter, field: number, value: string): BinaryWriter => w.tag(field, BYTES).string(value);
const message = (w: BinaryWriter, field: number, write: Write): void => {
  w.tag(field, BYTES).fork();
  write(w);
  w.join();
};

const attribute =
  (name: string, value: Attribute): Write =>
  (w) => {
    text(w, 1, name);
    if (typeof value === 'string') {
      text(w, 4, value);
      int(w, 20, 3);
    } else if (Array.isArray(value)) {
      for (const n of value) int(w, 8, n);
      int(w, 20, 7);
    } else if (typeof value === 'object' && 'float' in value) {
      w.tag(2, FIXED32).float(value.float);
      int(w, 20, 1);
    } else {
      int(w, 3, value as number);
      int(w, 20, 2);
    }
  };

const constant =
  (name: string, { element, dims, data }: Constant): Write =>
  (w) => {
    for (const dim of dims) int(w, 1, dim);
    int(w, 2, ELEMENT[element]);
    text(w, 8, name);
    w.tag(9, BYTES).bytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  };

const external =
  (name: string, element: Element, dims: readonly number[], at: Placement): Write =>
  (w) => {
    for (const dim of dims) int(w, 1, dim);
    int(w, 2, ELEMENT[element]);
    text(w, 8, name);
    for (const [key, value] of Object.entries(at))
      message(w, 13, (entry) => {
        text(entry, 1, key);
        text(entry, 2, String(value));
      });
    int(w, 14, 1);
  };

const valueInfo =
  ({ name, element, dims }: Value): Write =>
  (w) => {
    text(w, 1, name);
    message(w, 2, (type) =>
      message(type, 1, (tensor) => {
        int(tensor, 1, ELEMENT[element]);
        message(tensor, 2, (shape) => {
          for (const dim of dims) message(shape, 1, (d) => (typeof dim === 'number' ? int(d, 1, dim) : text(d, 2, dim)));
        });
      }),
    );
  };

/**
 * @param place where the runtime finds the bytes of a weight
 * @returns the bytes of an ONNX model
 */
export const writeOnnx = (graph: Graph, place: (weight: PlacedWeight) => Placement): Uint8Array => {
  const w = new BinaryWriter();
  int(w, 1, IR_VERSION);
  text(w, 2, 'diffcut');
  message(w, 7, (g) => {
    for (const { type, domain, inputs, outputs, attributes } of graph.nodes)
      message(g, 1, (node) => {
        for (const input of inputs) text(node, 1, input);
        for (const output of outputs) text(node, 2, output);
        text(node, 3, outputs[0]);
        text(node, 4, type);
        for (const [name, value] of Object.entries(attributes)) message(node, 5, attribute(name, value));
        if (domain) text(node, 7, domain);
      });
    text(g, 2, graph.name);
    for (const [name, value] of graph.constants) message(g, 5, constant(name, value));
    for (const weight of graph.weights) message(g, 5, external(weight.name, weight.element, weight.dims, place(weight)));
    for (const value of graph.inputs) message(g, 11, valueInfo(value));
    for (const value of graph.outputs) message(g, 12, valueInfo(value));
  });
  for (const [domain, version] of OPSETS)
    message(w, 8, (set) => {
      text(set, 1, domain);
      int(set, 2, version);
    });
  return w.finish();
};

/** The fields on the way from a model to the files that its tensors lie in, by message. */
const NESTED: Record<string, Record<number, string>> = {
  model: { 7: 'graph', 20: 'training', 25: 'function' },
  training: { 1: 'graph', 2: 'graph' },
  function: { 7: 'node', 11: 'attribute' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  sparse: { 1: 'tensor', 2: 'tensor' },
  tensor: { 13: 'entry' },
};

/** Messages in messages; a graph in a graph is three of them. Protobuf's own limit. */
const DEEPEST = 100;

/** What is in none of these fields is passed over. @param found is told each entry's key and value */
const walk = (kind: string, bytes: Uint8Array, found: (key: string, value: string) => void, depth = 0): void => {
  if (depth > DEEPEST) throw new Error(`nested more than ${DEEPEST} levels deep`);
  const reader = new BinaryReader(bytes);
  const entry: Record<number, string> = { 1: '', 2: '' };
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (type === BYTES && NESTED[kind]?.[field]) walk(NESTED[kind][field], reader.bytes(), found, depth + 1);
    else if (type === BYTES && kind === 'entry' && field in entry) entry[field] = reader.string();
    else reader.skip(type, field);
  }
  if (kind === 'entry') found(entry[1], entry[2]);
};

/**
 * The files that an ONNX model keeps weights in, as it names them: relative to its own folder.
 * @param bytes of the model
 * @throws Error for bytes that are no protobuf message
 */
export const externalFiles = (bytes: Uint8Array): string[] => {
  const files = new Set<string>();
  walk('model', bytes, (key, value) => {
    if (key === 'location') files.add(value);
  });
  return [...files];
};
