import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import * as ort from 'onnxruntime-node';
import { DEVICES, type Device, type Model, type Session, type SessionOptions, sessionOf } from './session.ts';

/** The bytes of a file that ships with the package. */
export const loadAsset = async (url: URL): Promise<Uint8Array> => readFile(url);

/** A GPU shows on Linux as one of these; without one, asking for it only costs time and warnings. */
const GPU_NODES = ['/dev/dri', '/dev/nvidiactl', '/dev/dxg', '/dev/kfd'];

/** The devices that `auto` may try here: those that onnxruntime was built with. Whether one works shows when it is opened. */
export const devicesHere = (): readonly Device[] => {
  const offered = ort.listSupportedBackends().map(({ name }) => name);
  const hasGpu = process.platform !== 'linux' || GPU_NODES.some((path) => existsSync(path));
  return DEVICES.filter((device) => device === 'cpu' || (hasGpu && offered.includes(device)));
};

/** How weights are cast, as options of the runtime. Constant folding is what would cast them at load. */
const OPTIMIZED = {
  loaded: { graphOptimizationLevel: 'all', extra: { disable_prepacking: '1' } },
  streamed: { graphOptimizationLevel: 'disabled', extra: {} },
} as const;

/** Memory of a run goes back to the system after it. */
const SHRINK = { extra: { memory: { enable_memory_arena_shrinkage: 'cpu:0' } } };

/**
 * @throws InputError for a model that cannot be read; the runtime's error where the device does not take it
 */
export const openSession = async (model: Model, { threads, device = 'cpu', weights }: SessionOptions): Promise<Session> => {
  ort.env.logLevel = 'fatal'; // what it has to say comes as the error, and its warnings are about itself
  const { graphOptimizationLevel, extra } = device === 'cpu' && weights ? OPTIMIZED[weights] : { graphOptimizationLevel: 'all' as const, extra: {} };
  const folder = model.weightsFolder === undefined ? {} : { model_external_initializers_file_folder_path: model.weightsFolder };
  const session = await ort.InferenceSession.create(model.bytes, {
    executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    graphOptimizationLevel,
    // A second plan of the same memory beside the first run's is what the pattern would cost.
    ...(weights ? { enableMemPattern: false } : {}),
    logSeverityLevel: 4,
    extra: { session: { ...extra, ...folder } },
  });
  const tensorOf = (data: Float32Array | BigInt64Array, dims: readonly number[]): ort.Tensor =>
    data instanceof Float32Array ? new ort.Tensor('float32', data, dims) : new ort.Tensor('int64', data, dims);
  return sessionOf(device, session, tensorOf, weights && device === 'cpu' ? SHRINK : {});
};
