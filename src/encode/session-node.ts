import { readFile } from 'node:fs/promises';
import * as ort from 'onnxruntime-node';
import { type Session, type SessionOptions, sessionOf } from './session.ts';

/** The bytes of a file that ships with the package. */
export const loadAsset = async (url: URL): Promise<Uint8Array> => readFile(url);

export const openSession = async (model: Uint8Array, { threads }: SessionOptions): Promise<Session> => {
  ort.env.logLevel = 'error'; // its warnings are about itself, not about the picture
  const session = await ort.InferenceSession.create(model, {
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  });
  return sessionOf(session, (data, dims) => new ort.Tensor('float32', data, dims));
};
