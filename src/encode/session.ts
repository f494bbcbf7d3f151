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
