import * as ort from 'onnxruntime-web/wasm';
import { InputError } from '../errors.ts';
import { type Device, type Model, type Session, type SessionOptions, sessionOf } from './session.ts';

/** The bytes of a file that ships with the package, from where the bundler put it. */
export const loadAsset = async (url: URL): Promise<Uint8Array> => {
  const response = await fetch(url);
  if (!response.ok) throw new InputError(`Could not load ${url}: the server answered ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
};

/** WebGPU where the browser has it, and WebAssembly. */
export const devicesHere = (): readonly Device[] => ('gpu' in globalThis.navigator ? ['webgpu', 'cpu'] : ['cpu']);

/** Each build of the runtime is loaded when it is asked for: the one for GPUs is twice as large. */
const runtimeFor = async (device: Device): Promise<typeof ort> =>
  device === 'webgpu' ? ((await import('onnxruntime-web/webgpu')) as unknown as typeof ort) : ort;

/**
 * @throws InputError for a device that browsers do not have; the runtime's error where it does not take the model
 */
export const openSession = async (model: Model, { threads, device = 'cpu', weights }: SessionOptions): Promise<Session> => {
  if (device !== 'cpu' && device !== 'webgpu') throw new InputError(`There is no device ${device} in a browser: choose auto, webgpu or cpu`);
  const runtime = await runtimeFor(device);
  // More than one thread needs a cross-origin isolated page.
  runtime.env.wasm.numThreads = globalThis.crossOriginIsolated ? (threads ?? 0) : 1;
  const externalData = await Promise.all(
    (model.weightsFiles ?? []).map(async ({ path, data }) => ({ path, data: new Uint8Array(await data.arrayBuffer()) })),
  );
  const session = await runtime.InferenceSession.create(model.bytes, {
    executionProviders: [device === 'cpu' ? 'wasm' : device],
    graphOptimizationLevel: device === 'cpu' && weights === 'streamed' ? 'disabled' : 'all',
    externalData,
  });
  const tensorOf = (data: Float32Array | BigInt64Array, dims: readonly number[]): ort.Tensor =>
    data instanceof Float32Array ? new runtime.Tensor('float32', data, dims) : new runtime.Tensor('int64', data, dims);
  return sessionOf(device, session, tensorOf);
};
