import { readFile } from 'node:fs/promises';
import * as ort from 'onnxruntime-node';
import type { Session, SessionOptions } from './session.ts';

/** The bytes of a file that ships with the package. */
export const loadAsset = async (url: URL): Promise<Uint8Array> => readFile(url);

export const openSession = async (model: Uint8Array, { threads }: SessionOptions): Promise<Session> => {
  ort.env.logLevel = 'error'; // its warnings are about itself, not about the picture
  const session = await ort.InferenceSession.create(model, {
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  });
  const [input] = session.inputNames;
  const [output] = session.outputNames;
  return {
    async run(data, dims) {
      const result = (await session.run({ [input]: new ort.Tensor('float32', data, dims) }))[output];
      return { data: result.data as Float32Array, dims: result.dims };
    },
    dispose: () => session.release(),
  };
};
