/** Encoders of the page and of the program that served it, opened once; and how this page computes. */
import { DEFAULT_ENCODER, type Encoder, type FeatureMap, InputError, openEncoder, type RgbImage, setAssets } from 'diffcut';
import type { Engine, Settings } from '../types.ts';
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

/** Open encoders by name and size. */
const open = new Map<string, Promise<Encoder>>();

const openHere = async (name: string, size: number | undefined): Promise<Encoder> => {
  const given = { worker: true, ...(size !== undefined && { size }) };
  if ((await deviceHere()) === 'webgpu') {
    try {
      return await openEncoder(name, { ...given, device: 'webgpu' });
    } catch (error) {
      if (error instanceof InputError && error.code === 'E_OPTION') throw error;
      device = Promise.resolve('wasm'); // the GPU does not take it
    }
  }
  return openEncoder(name, { ...given, device: 'cpu', threads });
};

export const encoderOf = ({ encoder = DEFAULT_ENCODER, size }: Settings): Promise<Encoder> => {
  const key = `${encoder} ${size ?? ''}`;
  const opened = open.get(key) ?? openHere(encoder, size);
  open.set(key, opened);
  opened.catch(() => open.delete(key));
  return opened;
};

/** Features from the program that served the page. @throws InputError with its sentence */
const featuresThere = async ({ encoder = DEFAULT_ENCODER, size }: Settings, picture: RgbImage, { signal }: Context): Promise<FeatureMap> => {
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
export const sourceFor = async (settings: Settings, picture: RgbImage, context: Context): Promise<{ encoder: Encoder } | { features: FeatureMap }> =>
  settings.where === 'computer' ? { features: await featuresThere(settings, picture, context) } : { encoder: await encoderOf(settings) };
