/** A loaded graph with one input and one output, whatever runs it. */
export interface Session {
  /** @param dims of the input, NCHW */
  run(data: Float32Array, dims: number[]): Promise<{ data: Float32Array; dims: readonly number[] }>;
  dispose(): Promise<void>;
}

export interface SessionOptions {
  /** Threads of the runtime; its own choice where undefined. */
  threads?: number | undefined;
}

/** What onnxruntime-node's and onnxruntime-web's sessions have in common, `T` being their tensors. */
interface RuntimeSession<T> {
  inputNames: readonly string[];
  outputNames: readonly string[];
  run(feeds: Record<string, T>): Promise<Record<string, { data: unknown; dims: readonly number[] }>>;
  release(): Promise<void>;
}

export const sessionOf = <T>(runtime: RuntimeSession<T>, tensorOf: (data: Float32Array, dims: number[]) => T): Session => {
  const [input] = runtime.inputNames;
  const [output] = runtime.outputNames;
  return {
    async run(data, dims) {
      const result = (await runtime.run({ [input]: tensorOf(data, dims) }))[output];
      return { data: result.data as Float32Array, dims: result.dims };
    },
    dispose: () => runtime.release(),
  };
};
