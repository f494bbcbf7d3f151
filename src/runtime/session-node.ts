import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type * as Ort from 'onnxruntime-node';
import type { Precision } from '../compile/graph.ts';
import { externalFiles } from '../compile/proto.ts';
import { loadNative, loadWasm } from './load-node.ts';
import { AUTO, type Device, type Model, type OpenSession, type SessionOptions, sessionOf } from './session.ts';

/** A GPU shows on Linux as one of these; without one, asking for it only costs time and warnings. */
const GPU_NODES = ['/dev/dri', '/dev/nvidiactl', '/dev/dxg', '/dev/kfd'];

/** What onnxruntime was built with, `cpu` among it. */
const offeredHere = async (): Promise<string[]> => (await loadNative()).listSupportedBackends().map(({ name }) => name);

/** The devices that `auto` may try here. Whether one works shows when it is opened. */
export const devicesHere = async (): Promise<readonly Device[]> => {
  if (process.platform === 'linux' && !GPU_NODES.some((path) => existsSync(path))) return ['cpu'];
  const offered = await offeredHere().catch((): string[] => []); // what does not load is told by who opens a session
  return AUTO.filter((device) => device === 'cpu' || offered.includes(device));
};

/** Whether attention goes over blocks of scores by itself: onnxruntime does that on the CPU, and elsewhere where it likes the shapes. */
export const isAttentionBounded = (device: Device): boolean => device === 'cpu';

/** Devices that compute in half precision: their memory is small and their halves are fast. */
const HALVES: readonly Device[] = ['cuda', 'webgpu'];

/** What the activations are best computed in. */
export const precisionOn = async (device: Device): Promise<Precision> => (HALVES.includes(device) ? 'float16' : 'float32');

/** Devices that are always there, as far as the runtime itself is. */
const ALWAYS: readonly Device[] = ['cpu', 'wasm'];

/** @throws Error for a device that onnxruntime was built without: it would go on without it, as if nothing had been asked for */
export const checkDevice = async (device: Device): Promise<void> => {
  if (ALWAYS.includes(device)) return;
  if (!(await offeredHere()).includes(device)) throw new Error(`onnxruntime has no ${device} on ${process.platform}`);
};

/** How weights are cast, as options of the runtime. Constant folding is what would cast them at load. */
const OPTIMIZED = {
  loaded: { graphOptimizationLevel: 'all', extra: { disable_prepacking: '1' } },
  streamed: { graphOptimizationLevel: 'disabled', extra: {} },
} as const;

type Created = Promise<Ort.InferenceSession>;

/** Files that do not lie on a disk, as in a browser. The runtimes here take no Blobs. */
const filesOf = ({ weightsFiles = [] }: Model) =>
  Promise.all(weightsFiles.map(async ({ path, data }) => ({ path, data: new Uint8Array(await data.arrayBuffer()) })));

const createNative = async (ort: typeof Ort, model: Model, device: Device, { threads, weights }: SessionOptions): Created => {
  const { graphOptimizationLevel, extra } = device === 'cpu' && weights ? OPTIMIZED[weights] : { graphOptimizationLevel: 'all' as const, extra: {} };
  const folder = model.weightsFolder === undefined ? {} : { model_external_initializers_file_folder_path: model.weightsFolder };
  const externalData = await filesOf(model);
  return ort.InferenceSession.create(model.bytes, {
    ...(externalData.length > 0 && { externalData }),
    executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    graphOptimizationLevel,
    // A second plan of the same memory beside the first run's is what the pattern would cost.
    ...(weights ? { enableMemPattern: false } : {}),
    logSeverityLevel: 4,
    // Threads that spin after a run take a core from what comes next: regions and borders.
    extra: { session: { ...extra, ...folder, intra_op: { allow_spinning: '0' } } },
  });
};

/** WebAssembly maps no files: it reads them whole. */
const createWasm = async (ort: typeof Ort, model: Model, { threads, weights }: SessionOptions): Created => {
  const { weightsFolder: folder } = model;
  ort.env.wasm.numThreads = threads ?? 0;
  return ort.InferenceSession.create(model.bytes, {
    executionProviders: ['wasm'],
    graphOptimizationLevel: weights === 'streamed' ? 'disabled' : 'all',
    externalData: folder === undefined ? await filesOf(model) : externalFiles(model.bytes).map((path) => ({ path, data: join(folder, path) })),
    logSeverityLevel: 4,
  });
};

/**
 * @throws InputError for a runtime that does not load; the runtime's error where the device does not take the model
 */
export const openSession: OpenSession = async (model, options) => {
  const { device = 'cpu' } = options;
  const ort = await (device === 'wasm' ? loadWasm() : loadNative());
  ort.env.logLevel = 'fatal'; // what it has to say comes as the error, and its warnings are about itself
  await checkDevice(device);
  const session = await (device === 'wasm' ? createWasm(ort, model, options) : createNative(ort, model, device, options));
  const tensorOf = (data: Float32Array | BigInt64Array, dims: readonly number[]): Ort.Tensor =>
    data instanceof Float32Array ? new ort.Tensor('float32', data, dims) : new ort.Tensor('int64', data, dims);
  return sessionOf(device, session, tensorOf, nextTurn);
};
