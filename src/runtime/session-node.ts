import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type * as Ort from 'onnxruntime-node';
import type { Precision } from '../compile/graph.ts';
import { DEVICES, type Device, type OpenSession, sessionOf } from './session.ts';

/** The bytes of a file that ships with the package. */
export const loadAsset = async (url: URL): Promise<Uint8Array> => readFile(url);

/** A GPU shows on Linux as one of these; without one, asking for it only costs time and warnings. */
const GPU_NODES = ['/dev/dri', '/dev/nvidiactl', '/dev/dxg', '/dev/kfd'];

/** Loaded when it is used: where a worker computes, this process has no need of it. */
const loadRuntime = (): Promise<typeof Ort> => import('onnxruntime-node');

/** What onnxruntime was built with, `cpu` among it. */
const offeredHere = async (): Promise<string[]> => (await loadRuntime()).listSupportedBackends().map(({ name }) => name);

/** The devices that `auto` may try here. Whether one works shows when it is opened. */
export const devicesHere = async (): Promise<readonly Device[]> => {
  if (process.platform === 'linux' && !GPU_NODES.some((path) => existsSync(path))) return ['cpu'];
  const offered = await offeredHere();
  return DEVICES.filter((device) => device === 'cpu' || offered.includes(device));
};

/** Whether attention goes over blocks of scores by itself: onnxruntime does that on the CPU, and elsewhere where it likes the shapes. */
export const isAttentionBounded = (device: Device): boolean => device === 'cpu';

/** Devices that compute in half precision: their memory is small and their halves are fast. */
const HALVES: readonly Device[] = ['cuda', 'webgpu'];

/** What the activations are best computed in. */
export const precisionOn = async (device: Device): Promise<Precision> => (HALVES.includes(device) ? 'float16' : 'float32');

/** @throws Error for a device that onnxruntime was built without: it would go on without it, as if nothing had been asked for */
export const checkDevice = async (device: Device): Promise<void> => {
  if (device !== 'cpu' && !(await offeredHere()).includes(device)) throw new Error(`onnxruntime has no ${device} on ${process.platform}`);
};

/** How weights are cast, as options of the runtime. Constant folding is what would cast them at load. */
const OPTIMIZED = {
  loaded: { graphOptimizationLevel: 'all', extra: { disable_prepacking: '1' } },
  streamed: { graphOptimizationLevel: 'disabled', extra: {} },
} as const;

/**
 * @throws InputError for a model that cannot be read; the runtime's error where the device does not take it
 */
export const openSession: OpenSession = async (model, { threads, device = 'cpu', weights }) => {
  // Since 1.29 the runtime reports to Microsoft unless told not to before it starts; pictures are nobody else's business.
  process.env.ORT_DISABLE_TELEMETRY ??= '1';
  const ort = await loadRuntime();
  ort.env.logLevel = 'fatal'; // what it has to say comes as the error, and its warnings are about itself
  await checkDevice(device);
  const { graphOptimizationLevel, extra } = device === 'cpu' && weights ? OPTIMIZED[weights] : { graphOptimizationLevel: 'all' as const, extra: {} };
  const folder = model.weightsFolder === undefined ? {} : { model_external_initializers_file_folder_path: model.weightsFolder };
  // Files that do not lie on a disk, as in a browser. The runtime here takes no Blobs.
  const externalData = await Promise.all(
    (model.weightsFiles ?? []).map(async ({ path, data }) => ({ path, data: new Uint8Array(await data.arrayBuffer()) })),
  );
  const session = await ort.InferenceSession.create(model.bytes, {
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
  const tensorOf = (data: Float32Array | BigInt64Array, dims: readonly number[]): Ort.Tensor =>
    data instanceof Float32Array ? new ort.Tensor('float32', data, dims) : new ort.Tensor('int64', data, dims);
  return sessionOf(device, session, tensorOf, nextTurn);
};
