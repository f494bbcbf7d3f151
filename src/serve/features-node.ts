/** Pictures of the page to features, computed here. */
import { unknown } from '../errors.ts';
import { type ENCODER, type Encoder, type EncoderRow, type Given, MODELS, modelPath, openEncoder, untilAborted } from '../toolkit.ts';
import type { FeatureMap } from '../types.ts';
import { keepOpen, type OpenModel } from './open-models-node.ts';
import { Refusal } from './refusal-node.ts';
import { pictureOf, type Turns } from './turns-node.ts';

/** Encoders that stay open. */
const MOST_OPEN = 2;

type Options = Given<typeof ENCODER>;
export type OpenEncoder = OpenModel<Encoder, Options>;

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
  /** Closes the encoders. */
  close(): Promise<void>;
}

/** @param open in the place of `openEncoder` */
export const makeFeatures = (turns: Turns, options: Options, open: OpenEncoder = openEncoder): FeatureMaker => {
  const encoders = keepOpen(open, MOST_OPEN);
  return {
    async make(request) {
      const query = new URL(request.url).searchParams;
      const picture = pictureOf(query);
      const row = await encoderOf(query);
      const size = Number(query.get('size') ?? row.size);
      return turns.take(request, 3 * picture.width * picture.height, async (data, signal) => {
        const encoder = await untilAborted(encoders.get(row.name, { ...options, size }), signal);
        return encoder.encode({ ...picture, data }, { signal });
      });
    },
    close: encoders.close,
  };
};
