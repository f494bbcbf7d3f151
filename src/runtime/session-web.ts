import type * as Ort from 'onnxruntime-web/wasm';
import type { Precision } from '../compile/graph.ts';
import { InputError } from '../errors.ts';
import { inTurn } from '../files/in-turn.ts';
import { assetBytes, assetUrl } from './assets.ts';
import { type Device, type OpenSession, sessionOf } from './session.ts';

/** WebGPU where the browser has it, and WebAssembly. */
export const devicesHere = async (): Promise<readonly Device[]> => ('gpu' in globalThis.navigator ? ['webgpu', 'cpu'] : ['cpu']);

/** Whether attention goes over blocks of scores by itself: WebAssembly's does not know its caches, and so does not. */
export const isAttentionBounded = (_device: Device): boolean => false;

/** What is used of WebGPU's `navigator.gpu`. */
interface Gpu {
  requestAdapter(): Promise<{ features: ReadonlySet<string> } | null>;
}

const adapterHere = async () => (globalThis.navigator as { gpu?: Gpu }).gpu?.requestAdapter();

/** What the activations are best computed in: some GPUs have no half precision. */
export const precisionOn = async (device: Device): Promise<Precision> =>
  device === 'webgpu' && (await adapterHere())?.features.has('shader-f16') ? 'float16' : 'float32';

/** Two names for WebAssembly here. */
const isWasm = (device: Device): boolean => device === 'cpu' || device === 'wasm';

/** @throws InputError for a device that browsers do not have; Error where there is no GPU, before gigabytes are moved for it */
export const checkDevice = async (device: Device): Promise<void> => {
  if (isWasm(device)) return;
  if (device !== 'webgpu') throw new InputError(`There is no device ${device} in a browser: choose auto, webgpu or cpu`, { code: 'E_DEVICE' });
  if (!(await adapterHere())) throw new Error('the browser offers no GPU');
};

/** @throws InputError for threads in a page that may not share memory between them */
const checkThreads = (threads = 1): void => {
  if (threads === 1 || globalThis.crossOriginIsolated) return;
  throw new InputError(
    `threads: ${threads} needs a page that is cross-origin isolated: serve it with the headers "Cross-Origin-Opener-Policy: same-origin" and "Cross-Origin-Embedder-Policy: require-corp", or leave threads out`,
    { code: 'E_OPTION' },
  );
};

const nextTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** Each build of the runtime is loaded when it is asked for: the one for GPUs is twice as large. */
const runtimeFor = async (device: Device): Promise<typeof Ort> =>
  device === 'webgpu' ? ((await import('onnxruntime-web/webgpu')) as unknown as typeof Ort) : import('onnxruntime-web/wasm');

/** Tells the runtime where its own file is, if the application says so: else it is where the bundler put it. */
const placeWasm = async ({ wasm }: typeof Ort.env, device: Device): Promise<void> => {
  const name = device === 'webgpu' ? 'ort-wasm-simd-threaded.asyncify.wasm' : 'ort-wasm-simd-threaded.wasm';
  const bytes = await assetBytes(name);
  const url = assetUrl(name);
  if (bytes) wasm.wasmBinary = bytes;
  else if (url) wasm.wasmPaths = { wasm: url.href };
};

/**
 * One load after the other: the runtime has a single place in the page for the weights of the model that it loads, and
 * two at once would be given the same ones.
 */
const loading = inTurn();

/**
 * @throws InputError for a device that browsers do not have, and for threads that the page may not have; the runtime's
 *   error where it does not take the model
 */
export const openSession: OpenSession = async (model, { threads, device = 'cpu', weights }) => {
  checkThreads(threads);
  await checkDevice(device);
  const runtime = await runtimeFor(device);
  const session = await loading(async () => {
    await placeWasm(runtime.env, device);
    runtime.env.wasm.numThreads = globalThis.crossOriginIsolated ? (threads ?? 0) : 1; // of the page, so set in turn
    return runtime.InferenceSession.create(model.bytes, {
      executionProviders: [isWasm(device) ? 'wasm' : device],
      graphOptimizationLevel: isWasm(device) && weights === 'streamed' ? 'disabled' : 'all',
      externalData: model.weightsFiles ?? [],
    });
  });
  const tensorOf = (data: Float32Array | BigInt64Array, dims: readonly number[]): Ort.Tensor =>
    data instanceof Float32Array ? new runtime.Tensor('float32', data, dims) : new runtime.Tensor('int64', data, dims);
  return sessionOf(device, session, tensorOf, nextTurn);
};
