/** Encoders of the page and of the program that served it, opened once. */
import { DEFAULT_ENCODER, describeEncoder, type Encoder, type FeatureMap, type ModelFiles, openEncoder, type RgbImage } from 'diffcut';
import type { EncoderChoice, ModelChoice, Settings } from '../types.ts';
import { addedFiles, addedModels, addModel, type Picked, removeAdded } from './added.ts';
import { openHere } from './engine.ts';
import { askProgram } from './program.ts';
import type { Context } from './wire.ts';

/** An encoder on this page's device. */
const openOne = (named: string | ModelFiles, options: { size?: number | undefined; signal?: AbortSignal } = {}): Promise<Encoder> =>
  openHere((here) => openEncoder(named, { ...here, ...options }), options.signal);

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
      openOne(named, { ...(size !== undefined && { size }) }),
    ),
  };
  open.delete(key);
  open.set(key, kept);
  kept.encoder.then(closeOldest, () => open.delete(key));
  return counted(await kept.encoder, kept);
};

/** Features from the program that served the page. @throws InputError with its sentence */
const featuresThere = async ({ encoder = DEFAULT_ENCODER, size }: Settings, picture: RgbImage, signal: AbortSignal): Promise<FeatureMap> => {
  const { width, height, data } = picture;
  const response = await askProgram('features', { encoder, width, height, size }, data, signal);
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

const isEncoder = (model: ModelChoice): model is EncoderChoice => !model.isNamer;

const ownEncoder = async (): Promise<EncoderChoice> => {
  const { name, what, licence, note, bytes, size, multiple } = await describeEncoder(DEFAULT_ENCODER);
  return { name, where: 'page', what, licence, note, bytes, size, multiple };
};

export const encoderHandlers = {
  /** Those of the page: its own, and those that were added. */
  encoders: async (): Promise<EncoderChoice[]> => [await ownEncoder(), ...(await addedModels()).filter(isEncoder)],

  /** Tries an encoder from a folder of the user's, and keeps it. */
  addEncoder: async (picked: Picked, context: Context): Promise<EncoderChoice> =>
    addModel(
      picked,
      async (files, signal) => {
        const encoder = await openOne(files, { signal });
        await encoder.dispose();
        const { what, licence, note, size, multiple } = encoder.row;
        return { what, licence, note, size, multiple };
      },
      [DEFAULT_ENCODER],
      context,
    ),

  removeEncoder: async ({ name }: { name: string }): Promise<void> => {
    for (const key of [...open.keys()]) if (JSON.parse(key)[0] === name) await close(key);
    await removeAdded(name);
  },
};
