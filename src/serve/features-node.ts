/** Pictures of the page to features, computed here: one at a time, in the order in which they came. */
import { expected, unknown } from '../errors.ts';
import { type EncoderRow, inTurn, MODELS, modelPath, untilAborted } from '../toolkit.ts';
import type { FeatureMap } from '../types.ts';
import { readBody } from './body-node.ts';
import { keepEncoders, type OpenEncoder } from './encoders-node.ts';
import { ended, Refusal } from './refusal-node.ts';

/** Of the largest picture that is taken. */
const MOST_PIXELS = 2 ** 26;
const MOST_SIDE = 65_535;

const sideOf = (query: URLSearchParams, name: string): number => {
  const text = query.get(name) ?? undefined;
  const side = /^\d{1,9}$/.test(text ?? '') ? Number(text) : 0;
  if (side < 1 || side > MOST_SIDE) throw expected(`a whole number from 1 to ${MOST_SIDE}`, name, text);
  return side;
};

/** @throws Refusal (413) for a picture that is too large */
const pictureOf = (query: URLSearchParams): { width: number; height: number } => {
  const [width, height] = [sideOf(query, 'width'), sideOf(query, 'height')];
  if (width * height <= MOST_PIXELS) return { width, height };
  throw new Refusal(413, `A picture of ${width} x ${height} pixels is too large: at most ${MOST_PIXELS} pixels are taken`);
};

/** A row of the table, never a path. @throws Refusal (404) for another name, InputError for a model that is not on this machine */
const encoderOf = async (query: URLSearchParams): Promise<EncoderRow> => {
  const name = query.get('encoder') ?? '';
  const names = MODELS.map((row) => row.name);
  const row = MODELS[names.indexOf(name)];
  if (!row) throw new Refusal(404, unknown('encoder', name, names).message, 'E_OPTION');
  if (row.kind !== 'embedded') await modelPath(name);
  return row;
};

export interface FeatureMaker {
  /** The features of the picture that a request posts. @throws InputError, one sentence; what the request's signal has as its reason */
  make(request: Request): Promise<FeatureMap>;
  /** Stops the work and closes the encoders. */
  close(): Promise<void>;
}

/** @param open in the place of `openEncoder` */
export const makeFeatures = (options: Parameters<OpenEncoder>[1], open?: OpenEncoder, patience?: number): FeatureMaker => {
  const encoders = keepEncoders(open);
  const stop = new AbortController();
  const queue = inTurn();
  return {
    async make(request) {
      const query = new URL(request.url).searchParams;
      const picture = pictureOf(query);
      const row = await encoderOf(query);
      const size = Number(query.get('size') ?? row.size);
      const signal = AbortSignal.any([request.signal, stop.signal]);
      return queue(async () => {
        signal.throwIfAborted();
        const data = await readBody(request, 3 * picture.width * picture.height, patience);
        const encoder = await untilAborted(encoders.get(row.name, { ...options, size }), signal);
        return encoder.encode({ ...picture, data }, { signal });
      });
    },
    async close() {
      stop.abort(ended());
      await encoders.close();
    },
  };
};
