/** Encoders of the page and of the program that served it, opened once; and how this page computes. */
import {
  DEFAULT_ENCODER,
  describeEncoder,
  type Encoder,
  type FeatureMap,
  InputError,
  type ModelFiles,
  openEncoder,
  type RgbImage,
  setAssets,
} from 'diffcut';
import type { EncoderChoice, Engine, Settings } from '../types.ts';
import { addEncoder, addedEncoders, addedFiles, type Picked, removeAdded } from './added.ts';
import type { Context } from './wire.ts';

const BASE = new URL('./', globalThis.location.href);
setAssets(new URL('files/', BASE));

/** Cores that the runtime may use; more than four gain little, and the page wants one. */
const threads = globalThis.crossOriginIsolated ? Math.max(1, Math.min(4, navigator.hardwareConcurrency || 1)) : 1;

interface Gpu {
  requestAdapter(): Promise<object | null>;
}

let device: Promise<Engine['device']> | undefined;
const deviceHere = (): Promise<Engine['device']> => {
  device ??= Promise.resolve((navigator as { gpu?: Gpu }).gpu?.requestAdapter())
    .catch(() => null)
    .then((adapter) => (adapter ? 'webgpu' : 'wasm'));
  return device;
};

export const engineHere = async (version: string): Promise<Engine> => ({
  device: await deviceHere(),
  threads,
  isolated: globalThis.crossOriginIsolated,
  version,
});

/** On this page's device; on the CPU where the GPU does not take it. */
const openHere = async (named: string | ModelFiles, options: { size?: number | undefined; signal?: AbortSignal } = {}): Promise<Encoder> => {
  const given = { worker: true, ...options };
  if ((await deviceHere()) === 'webgpu') {
    try {
      return await openEncoder(named, { ...given, device: 'webgpu' });
    } catch (error) {
      options.signal?.throwIfAborted();
      if (error instanceof InputError && ['E_OPTION', 'E_MODEL'].includes(error.code)) throw error;
      device = Promise.resolve('wasm'); // the GPU does not take it
    }
  }
  return openEncoder(named, { ...given, device: 'cpu', threads });
};

/** Encoders that stay open: each has memory of its own. */
const MOST_OPEN = 2;
interface Kept {
  encoder: Promise<Encoder>;
  /** Pictures that are being encoded. */
  uses: number;
}
/** By name and size; the one that was used last is the last. */
const open = new Map<string, Kept>();

const close = async (key: string): Promise<void> => {
  const kept = open.get(key);
  open.delete(key);
  await kept?.encoder.then((encoder) => encoder.dispose()).catch(() => {}); // who asked for it was told
};

const closeOldest = async (): Promise<void> => {
  for (const [key, { uses }] of [...open].slice(0, -MOST_OPEN)) if (uses === 0) await close(key);
};

/** Counts what is encoded, so that nothing is closed meanwhile. */
const counted = (encoder: Encoder, kept: Kept): Encoder => ({
  ...encoder,
  encode: async (...of) => {
    kept.uses++;
    try {
      return await encoder.encode(...of);
    } finally {
      kept.uses--;
    }
  },
});

export const encoderOf = async ({ encoder: name = DEFAULT_ENCODER, size }: Settings): Promise<Encoder> => {
  const key = JSON.stringify([name, size]);
  const kept: Kept = open.get(key) ?? {
    uses: 0,
    encoder: (name === DEFAULT_ENCODER ? Promise.resolve(name) : addedFiles(name)).then((named) =>
      openHere(named, { ...(size !== undefined && { size }) }),
    ),
  };
  open.delete(key);
  open.set(key, kept);
  kept.encoder.then(closeOldest, () => open.delete(key));
  return counted(await kept.encoder, kept);
};

/** Features from the program that served the page. @throws InputError with its sentence */
const featuresThere = async ({ encoder = DEFAULT_ENCODER, size }: Settings, picture: RgbImage, signal: AbortSignal): Promise<FeatureMap> => {
  const { width, height } = picture;
  const query = new URLSearchParams({ encoder, width: String(width), height: String(height), ...(size !== undefined && { size: String(size) }) });
  const response = await fetch(new URL(`api/features?${query}`, BASE), {
    method: 'POST',
    body: picture.data as Uint8Array<ArrayBuffer>,
    signal,
  }).catch((error) => {
    if (signal.aborted) throw error;
    throw new InputError('The program that served this page does not answer: start "diffcut studio" again', { code: 'E_NETWORK' });
  });
  if (!response.ok) {
    const { error = `The program answered ${response.status}`, code } = await response.json().catch(() => ({}));
    throw new InputError(error, { code: code ?? 'E_NETWORK' });
  }
  const [h, w, channels] = (response.headers.get('x-features-shape') ?? '').split(',').map(Number);
  const origin = JSON.parse(decodeURIComponent(response.headers.get('x-features-origin') ?? 'null')) ?? undefined;
  return { data: new Float32Array(await response.arrayBuffer()), width: w, height: h, channels, origin };
};

/** What `analyse` is given: an open encoder, or features that were computed elsewhere. */
export const sourceFor = async (
  settings: Settings,
  picture: RgbImage,
  signal: AbortSignal,
): Promise<{ encoder: Encoder } | { features: FeatureMap }> =>
  settings.where === 'computer' ? { features: await featuresThere(settings, picture, signal) } : { encoder: await encoderOf(settings) };

const ownEncoder = async (): Promise<EncoderChoice> => {
  const { name, what, licence, note, bytes, size, multiple } = await describeEncoder(DEFAULT_ENCODER);
  return { name, where: 'page', what, licence, note, bytes, size, multiple };
};

export const encoderHandlers = {
  /** Those of the page: its own, and those that were added. */
  encoders: async (): Promise<EncoderChoice[]> => [await ownEncoder(), ...(await addedEncoders())],

  /** Tries an encoder from a folder of the user's, and keeps it. */
  addEncoder: async (picked: Picked, context: Context): Promise<EncoderChoice> =>
    addEncoder(picked, (files, signal) => openHere(files, { signal }), [DEFAULT_ENCODER], context),

  removeEncoder: async ({ name }: { name: string }): Promise<void> => {
    for (const key of [...open.keys()]) if (JSON.parse(key)[0] === name) await close(key);
    await removeAdded(name);
  },
};
