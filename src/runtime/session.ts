/** What the two runtimes have in common: graphs in, tensors through, devices tried in order. */
import { checkAborted, firstLine, InputError } from '../errors.ts';

/** Row by row, `dims` from the outside in. */
export interface Tensor {
  data: Float32Array | BigInt64Array;
  dims: readonly number[];
}

/** What a graph says of one of its inputs or outputs. */
export interface Port {
  name: string;
  /** `float32`, `float16`, `uint8`, ... */
  type: string;
  /** undefined each where it may be any; none where the graph does not say how many there are. */
  dims: readonly (number | undefined)[];
}

/** What is known of a loaded graph. */
export interface Opened {
  /** The device that took it. */
  device: Device;
  inputs: readonly Port[];
  outputs: readonly Port[];
}

/** By the graph's names. */
export type Outputs = Record<string, { data: Float32Array; dims: readonly number[] }>;

/** A loaded graph, whatever runs it. */
export interface Session extends Opened {
  /**
   * Inputs and outputs by name.
   * @param signal heard at once in a worker, and on this thread when the graph is done @throws its reason
   */
  run(inputs: Record<string, Tensor>, signal?: AbortSignal): Promise<Outputs>;
  dispose(): Promise<void>;
}

/** The devices that can be named; `auto` takes the first of AUTO that works. In a browser `cpu` is WebAssembly anyway. */
export const DEVICES = ['cpu', 'wasm', 'webgpu', 'cuda', 'dml', 'coreml'] as const;
export type Device = (typeof DEVICES)[number];

/** The order in which `auto` tries: what is fastest where it is there, then what is always there. */
export const AUTO: readonly Device[] = ['cuda', 'dml', 'coreml', 'webgpu', 'cpu'];

/** A graph, and where the bytes of its weights lie. */
export interface Model {
  /** An ONNX file. */
  bytes: Uint8Array;
  /** Folder that the graph's file names are of (Node). */
  weightsFolder?: string;
  /** The files themselves, by the names that the graph has for them, where they lie on no disk. */
  weightsFiles?: readonly { path: string; data: Blob }[];
}

export interface SessionOptions {
  /** Threads of the runtime; its own choice where undefined. */
  threads?: number | undefined;
  device?: Device | undefined;
  /**
   * How half-precision weights are computed with in single precision: `loaded` casts them once, which is faster by a
   * few per cent and keeps both; `streamed` casts each when it is used, and keeps them in their file.
   */
  weights?: 'loaded' | 'streamed';
}

/**
 * @param signal of the opening alone: in a worker it ends the worker, on this thread nothing stops the runtime
 * @throws InputError for a model that cannot be read; the runtime's error where the device does not take it
 */
export type OpenSession = (model: Model, options: SessionOptions, signal?: AbortSignal) => Promise<Session>;

/** As both runtimes tell it: a dimension that may be any is a text, empty or not, or -1. */
type RuntimePort = { name: string; isTensor: false } | { name: string; isTensor: true; type: string; shape: readonly (number | string)[] };

const portOf = (port: RuntimePort): Port => {
  if (!port.isTensor) return { name: port.name, type: 'no tensor', dims: [] };
  return { name: port.name, type: port.type, dims: port.shape.map((dim) => (typeof dim === 'number' && dim > 0 ? dim : undefined)) };
};

/** What onnxruntime-node's and onnxruntime-web's sessions have in common, `T` being their tensors. */
interface RuntimeSession<T> {
  inputMetadata: readonly RuntimePort[];
  outputMetadata: readonly RuntimePort[];
  run(feeds: Record<string, T>): Promise<Record<string, { data: unknown; dims: readonly number[] }>>;
  release(): Promise<void>;
}

/** @param nextTurn of this thread: what came while it computed, an abort among it, is heard only then */
export const sessionOf = <T>(
  device: Device,
  runtime: RuntimeSession<T>,
  tensorOf: (data: Tensor['data'], dims: readonly number[]) => T,
  nextTurn: () => Promise<unknown>,
): Session => ({
  device,
  inputs: runtime.inputMetadata.map(portOf),
  outputs: runtime.outputMetadata.map(portOf),
  async run(inputs, signal) {
    checkAborted(signal);
    const feeds = Object.fromEntries(Object.entries(inputs).map(([name, { data, dims }]) => [name, tensorOf(data, dims)]));
    const outputs = await runtime.run(feeds);
    await nextTurn();
    checkAborted(signal);
    return Object.fromEntries(Object.entries(outputs).map(([name, { data, dims }]) => [name, { data: data as Float32Array, dims }]));
  },
  dispose: () => runtime.release(),
});

/** The runtime itself is not here, whatever the model. */
const isMissing = (error: unknown): boolean => error instanceof InputError && error.code === 'E_DEVICE';

/**
 * WebAssembly in the place of a CPU whose library does not load.
 * @throws what was missing at first, where that is missing too: its sentence names both ways
 */
const onWasm = <T>(open: (device: Device) => Promise<T>, missing: unknown): Promise<T> =>
  open('wasm').catch((error: unknown) => {
    throw isMissing(error) ? missing : error;
  });

/**
 * What `open` gives for the first device that takes it.
 * @param named the device that was asked for: no other is tried, but for `wasm` where the library of `cpu` does not load
 * @param devicesHere asked where it matters only: it may have to load the runtime
 * @throws InputError with every attempt and the runtime's own reason
 */
export const onDevice = async <T>(
  named: Device | 'auto',
  devicesHere: () => Promise<readonly Device[]>,
  open: (device: Device) => Promise<T>,
): Promise<T> => {
  const possible = async (): Promise<Device[]> => {
    const here = await devicesHere();
    return AUTO.filter((device) => here.includes(device));
  };
  const reasons: string[] = [];
  let cause: unknown;
  for (const device of named === 'auto' ? await possible() : [named]) {
    try {
      return await open(device);
    } catch (error) {
      if (device === 'cpu' && isMissing(error)) return onWasm(open, error);
      const isDevices = error instanceof InputError && error.code === 'E_MEMORY' && named === 'auto'; // another may have enough, or not crash
      if (error instanceof InputError && !isDevices) throw error; // the model's fault, whatever the device
      reasons.push(`${device}: ${firstLine(error)}`);
      cause = error;
    }
  }
  const offered = `What auto tries here: ${(await possible()).join(', ')}`;
  const where = named === 'auto' ? 'any device' : named;
  throw new InputError(`Could not load the model on ${where} (${reasons.join('; ')}). ${offered}`, { code: 'E_DEVICE', cause });
};
