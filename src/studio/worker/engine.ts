/** How this page computes: on its GPU where there is one, else by WebAssembly. */
import { InputError, setAssets } from 'diffcut';
import type { Engine } from '../types.ts';

/** The folder of the page. */
export const BASE = new URL('./', globalThis.location.href);
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

/** What opening a model is told of this page. */
export type Here = { worker: true } & ({ device: 'webgpu' } | { device: 'cpu'; threads: number });

/** Opens a model on this page's device; on the CPU where the GPU does not take it. */
export const openHere = async <M>(open: (here: Here) => Promise<M>, signal?: AbortSignal): Promise<M> => {
  if ((await deviceHere()) === 'webgpu') {
    try {
      return await open({ worker: true, device: 'webgpu' });
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof InputError && ['E_OPTION', 'E_MODEL'].includes(error.code)) throw error;
      device = Promise.resolve('wasm'); // the GPU does not take it
    }
  }
  return open({ worker: true, device: 'cpu', threads });
};
