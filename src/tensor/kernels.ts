/**
 * The hot loops, behind one seam: WebAssembly SIMD where the engine has it, else the same functions
 * in plain TypeScript. A job asks for one `Kernels` with all the memory it needs, works in arrays
 * allocated from it, and frees it: the next job may take over its memory, which starts as zeros and never grows under a view.
 */
import { InputError } from '../errors.ts';
import { KERNELS_BASE64 } from './kernels.generated.ts';
import { PLAIN } from './kernels-plain.ts';

/** Matrices are symmetric, as packed lower triangles: row i holds columns 0..i from i(i+1)/2 on. */
export interface KernelFunctions {
  /** Each row of n x c to unit length into n x stride (stride >= c, a multiple of 4, zero-filled). A zero row stays zero. */
  normalizeRows(src: Float32Array, n: number, c: number, dst: Float32Array, stride: number): void;
  /** Columns from..to-1 of out = f f^T for n x stride rows; from is a multiple of 4. */
  gram(f: Float32Array, n: number, stride: number, from: number, to: number, out: Float32Array): void;
  /** out[0], out[1] = least and greatest of the first `count` numbers. */
  extent(a: Float32Array, count: number, out: Float32Array): void;
  /** a = ((a - lo) / (hi - lo)) ^ alpha in place. */
  affinityPower(a: Float32Array, count: number, lo: number, hi: number, alpha: number): void;
  /** mark[i] = 1 where row i of the n x n matrix holds an exact zero. */
  markZeros(a: Float32Array, n: number, mark: Uint8Array): void;
  /** out = the sub-matrix of the m ascending indices. */
  gather(a: Float32Array, indices: Int32Array, m: number, out: Float32Array): void;
  /** y = A x; `band` is scratch of n. */
  symv(a: Float32Array, n: number, x: Float32Array, y: Float64Array, band: Float32Array): void;
  /** sums[p * bins + q] = sum of A[i][j], j <= i, over i of bin p and j of bin q; `row` is scratch of `bins`. */
  binSums(a: Float32Array, n: number, bin: Uint8Array, bins: number, sums: Float64Array, row: Float64Array): void;
  /** out[s][i] = sum over j of a[i][j] q[s][j]; a of n rows, q and out of k, all `stride` floats long (a multiple of 4, zero-filled). */
  matmul(a: Float32Array, n: number, stride: number, q: Float32Array, k: number, out: Float32Array): void;
  /**
   * Separable Gaussian of one plane, edges mirrored; `weights` of the centre and of each distance up to `radius`, `line`
   * scratch of width + 2 radius.
   */
  blur(src: Float32Array, out: Float32Array, width: number, height: number, weights: Float32Array, radius: number, line: Float32Array): void;
  /**
   * Softmax weights of PAMR for `rows` rows, [row][group of 4 pixels][neighbour][pixel]. `image` starts at the
   * first pixel inside the padding of the first of three planes, `planeBytes` apart; `offsets` are bytes.
   */
  pamrWeights(
    image: Float32Array,
    planeBytes: number,
    stride: number,
    groups: number,
    rows: number,
    offsets: Int32Array,
    count: number,
    weights: Float32Array,
    scratch: Float32Array,
  ): void;
  /** One round of PAMR for `rows` rows of `planes` masks: out = sum over neighbours of weight x mask. */
  pamrStep(
    masks: Float32Array,
    out: Float32Array,
    planes: number,
    planeBytes: number,
    stride: number,
    groups: number,
    rows: number,
    offsets: Int32Array,
    count: number,
    weights: Float32Array,
  ): void;
}

export interface Kernels extends KernelFunctions {
  readonly kind: 'wasm' | 'plain';
  /** Arrays of zeros in the job's memory. */
  f32(length: number): Float32Array;
  f64(length: number): Float64Array;
  i32(length: number): Int32Array;
  u8(length: number): Uint8Array;
  /** Ends the job: its arrays must not be used any more, the next job may get their memory. */
  free(): void;
  /** Where allocation stands now; `release(mark)` frees all that came after. */
  mark(): number;
  release(mark: number): void;
}

const PAGE = 65_536;
const WASM_LIMIT = 65_536 * PAGE;

const said = new Set<string>();

/** On the console, once: who calls has no other place where what still works, but slower, could be told. */
const warnOnce = (sentence: string): void => {
  if (said.has(sentence)) return;
  said.add(sentence);
  globalThis.console?.warn(`diffcut: ${sentence}`);
};

const REFUSED =
  "this page does not allow WebAssembly, so the kernels run as plain JavaScript, which is slower: add 'wasm-unsafe-eval' to script-src in its " +
  'Content-Security-Policy header';
const FAILED = 'there was too little memory for WebAssembly, so the kernels run as plain JavaScript for now, which is slower';

/** A page's policy, as engines tell it: by the specification, and as WebKit did before it. The bytes themselves are valid. */
const isRefusal = (error: unknown): boolean => error instanceof WebAssembly.CompileError || error instanceof EvalError;

const compileKernels = async (): Promise<WebAssembly.Module | null> => {
  const bytes = Uint8Array.from(atob(KERNELS_BASE64), (c) => c.charCodeAt(0));
  if (typeof WebAssembly !== 'object' || !WebAssembly.validate(bytes)) return null;
  try {
    return await WebAssembly.compile(bytes);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    warnOnce(REFUSED);
    return null;
  }
};

let compiled: Promise<WebAssembly.Module | null> | undefined;

/**
 * The compiled module, or null where the engine has no WebAssembly SIMD or the page does not allow it. Compiled once: it
 * is immutable. What failed otherwise is tried anew by the next job.
 */
const compile = (): Promise<WebAssembly.Module | null> => {
  compiled ??= compileKernels().catch((error: unknown) => {
    compiled = undefined;
    throw error;
  });
  return compiled;
};

/**
 * The memory of the last job that ended: the next one takes it if it is large enough, and so spares the operating
 * system handing out and clearing hundreds of megabytes. Held weakly, so that it goes when memory is wanted.
 */
let idle: WeakRef<WebAssembly.Memory> | undefined;

const takeMemory = (pages: number): { memory: WebAssembly.Memory; clean: boolean } => {
  const memory = idle?.deref();
  if (!memory || memory.buffer.byteLength < pages * PAGE) return { memory: new WebAssembly.Memory({ initial: pages, maximum: pages }), clean: true };
  idle = undefined;
  return { memory, clean: false };
};

/** Bytes that an array of `length` numbers of `bytesEach` takes in a job's memory. */
export const room = (length: number, bytesEach: number): number => Math.ceil((length * bytesEach) / 16) * 16;

/**
 * @param bytes all the memory that the job will have allocated at once: a sum of `room(...)`
 * @param kind 'plain' forces the TypeScript functions; they are also what there is where WebAssembly is not to be had
 * @throws InputError when the job needs more than WebAssembly can address (4 GiB)
 */
export const createKernels = async (bytes: number, kind: 'wasm' | 'plain' = 'wasm'): Promise<Kernels> => {
  if (kind === 'plain') return plainKernels();
  try {
    const module = await compile();
    return module ? await wasmKernels(module, bytes) : plainKernels();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    warnOnce(FAILED); // arrays of its own may well be had: an engine reserves far more for a memory than that has
    return plainKernels();
  }
};

const wasmKernels = async (module: WebAssembly.Module, bytes: number): Promise<Kernels> => {
  const base = PAGE; // the first page holds the tables of the module itself
  const pages = Math.ceil((bytes + base) / PAGE) + 1;
  if (pages * PAGE > WASM_LIMIT) {
    const sentence = `The work needs ${Math.round(bytes / 2 ** 20)} MiB at once and can have 4 GiB: take a smaller picture or a smaller --size`;
    throw new InputError(sentence, { code: 'E_MEMORY' });
  }
  const { memory, clean } = takeMemory(pages);
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  let top = base;
  let used = clean ? base : memory.buffer.byteLength; // memory from here on is still zero
  const take = (length: number, each: number): number => {
    const at = top;
    top += room(length, each);
    if (top > pages * PAGE) throw new RangeError(`The job's memory is used up: ${top} of ${pages * PAGE} bytes`);
    if (at < used) new Uint8Array(memory.buffer, at, Math.min(top, used) - at).fill(0);
    used = Math.max(used, top);
    return at;
  };
  const functions = Object.fromEntries(
    Object.keys(PLAIN).map((name) => {
      const f = exports[name] as (...args: number[]) => void;
      return [name, (...args: (number | ArrayBufferView)[]) => f(...args.map((a) => (typeof a === 'number' ? a : a.byteOffset)))];
    }),
  ) as unknown as KernelFunctions;
  return {
    ...functions,
    kind: 'wasm',
    f32: (length) => new Float32Array(memory.buffer, take(length, 4), length),
    f64: (length) => new Float64Array(memory.buffer, take(length, 8), length),
    i32: (length) => new Int32Array(memory.buffer, take(length, 4), length),
    u8: (length) => new Uint8Array(memory.buffer, take(length, 1), length),
    free: () => {
      idle = new WeakRef(memory);
    },
    mark: () => top,
    release: (mark) => {
      top = mark;
    },
  };
};

const plainKernels = (): Kernels => ({
  ...PLAIN,
  kind: 'plain',
  f32: (length) => new Float32Array(length),
  f64: (length) => new Float64Array(length),
  i32: (length) => new Int32Array(length),
  u8: (length) => new Uint8Array(length),
  free: () => {},
  mark: () => 0,
  release: () => {},
});
