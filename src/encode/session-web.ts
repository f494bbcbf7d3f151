import * as ort from 'onnxruntime-web/wasm';
import { InputError } from '../errors.ts';
import { type Session, type SessionOptions, sessionOf } from './session.ts';

/** The bytes of a file that ships with the package, from where the bundler put it. */
export const loadAsset = async (url: URL): Promise<Uint8Array> => {
  const response = await fetch(url);
  if (!response.ok) throw new InputError(`Could not load ${url}: the server answered ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
};

export const openSession = async (model: Uint8Array, { threads }: SessionOptions): Promise<Session> => {
  // More than one thread needs a cross-origin isolated page.
  ort.env.wasm.numThreads = globalThis.crossOriginIsolated ? (threads ?? 0) : 1;
  const session = await ort.InferenceSession.create(model, { executionProviders: ['wasm'], graphOptimizationLevel: 'all' });
  return sessionOf(session, (data, dims) => new ort.Tensor('float32', data, dims));
};
