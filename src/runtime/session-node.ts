import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import * as ort from 'onnxruntime-node';
import { DEVICES, type Device, type Model, type Session, type SessionOptions, sessionOf } from './session.ts';

/** The bytes of a file that ships with the package. */
export const loadAsset = async (url: URL): Promise<Uint8Array> => readFile(url);

/** A GPU shows on Linux as one of these; without one, asking for it only costs time and warnings. */
const GPU_NODES = ['/dev/dri', '/dev/nvidiactl', '/dev/dxg', '/dev/kfd'];

/** What onnxruntime was built with, `cpu` among it. */
const offeredHere = (): string[] => ort.listSupportedBackends().map(({ name }) => name);

/** The devices that `auto` may try here. Whether one works shows when it is opened. */
export const devicesHere = (): readonly Device[] => {
  const offered = offeredHere();
  const hasGpu = process.platform !== 'linux' || GPU_NODES.some((path) => existsSync(path));
  return DEVICES.filter((device) => device === 'cpu' || (hasGpu && offered.includes(device)));
};

/** Whether attention goes over blocks of scores by itself: onnxruntime does that on the CPU, and elsewhere where it likes the shapes. */
export const isAttentionBounded = (device: Device): boolean => device === 'cpu';

/** @throws Error for a device that onnxruntime was built without: it would go on without it, as if nothing had been asked for */
export const checkDevice = async (device: Device): Promise<void> => {
  if (!offeredHere().includes(device)) throw new Error(`onnxruntime has no ${device} on ${process.platform}`);
};

/** How weights are cast, as options of the runtime. Constant folding is what would cast them at load. */
const OPTIMIZED = {
  loaded: { graphOptimizationLevel: 'all', extra: { disable_prepacking: '1' } },
  streamed: { graphOptimizationLevel: 'disabled', extra: {} },
} as const;

/**
 * @throws InputError for a model that cannot be read; the runtime's error where the device does not take it
 */
export const openSession = async (model: Model, { threads, device = 'cpu', weights }: SessionOptions): Promise<Session> => {
  // Since 1.29 the runtime reports to Microsoft unless told not to before it starts; pictures are nobody else's business.
  process.env.ORT_DISABLE_TELEMETRY ??= '1';
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
  const tensorOf = (data: Float32Array | BigInt64Array, dims: readonly number[]): ort.Tensor =>
    data instanceof Float32Array ? new ort.Tensor('float32', data, dims) : new ort.Tensor('int64', data, dims);
  const opened = sessionOf(device, session, tensorOf);
  const run: Session['run'] = async (inputs) => {
    const outputs = await opened.run(inputs);
    await nextTurn(); // it computes on this thread, and what came meanwhile, an abort among it, is heard only now
    return outputs;
  };
  return { ...opened, run };
};
