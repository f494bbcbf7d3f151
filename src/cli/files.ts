/** Files of arrays: read and written by what they hold, told by their names' ends. */
import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import { nameOf, sourceNamed } from '../jobs/inputs-node.ts';
import { existingPaths } from '../jobs/outputs-node.ts';
import { parseJson } from '../json.ts';
import { readInput } from '../pipes-node.ts';
import { statIfThere } from '../system-errors-node.ts';
import {
  checkOrigin,
  decodeImage,
  decodeLabelPng,
  type ENCODER,
  encodeIndexedPng,
  type FeatureMap,
  featuresFromNpy,
  type Given,
  InputError,
  type LabelMap,
  labelsFromNpy,
  type Origin,
  openEncoder,
  encoderOptionsOf as ownOf,
  PAPER,
  type READING,
  type RgbImage,
  readNpy,
  segmentPalette,
  settingsFor,
  type WriteOptions,
  writeNpy,
  writeWhole,
} from '../toolkit.ts';
import { say, UsageError, usageIfOption } from './terminal.ts';

/** Says in a line what a user should know of a picture's file. */
export const sayNotes = (path: string, { source }: RgbImage): void => {
  if (source?.notes?.length) say(`${nameOf(path)}: ${source.notes.join('; ')}`);
};

/** A picture from its file, address or object, or from standard input for `-`. */
export const readPicture = async (path: string, reading: Given<typeof READING>, signal: AbortSignal): Promise<RgbImage> =>
  decodeImage(await sourceNamed(path, reading, signal), { ...reading, signal });

/** Where the origin of features lies: beside them, and never in the place of a segmentation's or an encoder's JSON. */
const originPath = (path: string): string => `${path}.json`;

/** The file beside features: their origin, and of which array it is. */
interface Told extends Origin {
  shape?: readonly number[];
  /** Of the whole NPY file. */
  sha256?: string;
}

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const readOrigin = async (path: string, signal?: AbortSignal): Promise<Told | undefined> => {
  if ((await existingPaths([path])).length === 0) return undefined;
  const text = new TextDecoder().decode(await readInput(path, 'a file', signal));
  try {
    return checkOrigin(parseJson(text) as Told, JSON.stringify(path));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new InputError(`${JSON.stringify(path)} is not JSON (${error.message}): encode the picture again, or remove it`, { cause: error });
  }
};

/**
 * Features from an NPY file, with their origin where it lies beside them.
 * @throws InputError for features that are none, or others than those that the origin is of
 */
export const readFeatures = async (path: string, signal?: AbortSignal): Promise<FeatureMap> => {
  const bytes = await readInput(path, 'a file.npy', signal);
  const told = await readOrigin(originPath(path), signal);
  if (told?.sha256 !== undefined && told.sha256 !== sha256Of(bytes)) {
    const names = [path, originPath(path)].map((name) => JSON.stringify(name));
    throw new InputError(`${names[0]} is not the file that ${names[1]} was written with: encode the picture again, or remove ${names[1]}`);
  }
  const features = featuresFromNpy(bytes, JSON.stringify(path));
  if (!told) return features;
  const { shape, sha256, ...origin } = told;
  return { ...features, origin };
};

/** Says of features that do not tell how they are cut what is done instead. */
export const sayUnknown = (path: string, features: FeatureMap): void => {
  if (settingsFor(features) !== PAPER) return;
  say(`${path}: of unknown origin, so the paper's alpha ${PAPER.alpha} and tau ${PAPER.tau} where nothing else is given`);
};

interface LabelsKind {
  read(bytes: Uint8Array, name: string): LabelMap;
  write(labels: LabelMap): Uint8Array | Promise<Uint8Array>;
}

const NPY: LabelsKind = { read: labelsFromNpy, write: ({ data, width, height }) => writeNpy(data, [height, width]) };

/** How labels are kept, by the end of the file's name; a name without one (a device, a pipe) is NPY. */
const LABELS: Record<string, LabelsKind> = {
  '': NPY,
  '.npy': NPY,
  '.png': { read: decodeLabelPng, write: (labels) => encodeIndexedPng(labels, segmentPalette(256)) },
};

const labelsKind = (path: string): LabelsKind => {
  const kind = LABELS[extname(path).toLowerCase()];
  if (!kind) throw new UsageError(`${JSON.stringify(path)} does not say how labels are kept: let its name end in .npy or .png`);
  return kind;
};

/** @throws UsageError unless labels can be kept in a file of this name */
export const checkLabelsName = (path: string): void => void labelsKind(path);

/** Labels from an NPY or PNG file. */
export const readLabels = async (path: string, signal?: AbortSignal): Promise<LabelMap> =>
  labelsKind(path).read(await readInput(path, 'a label map', signal), JSON.stringify(path));

/** Labels to an NPY or PNG file, whole or not at all. */
export const writeLabels = async (path: string, labels: LabelMap, options: WriteOptions): Promise<void> =>
  writeWhole(path, await labelsKind(path).write(labels), options);

/** What `openEncoder` takes of a command's options; `noise` may still be a file. @throws UsageError for a tap that is not the solver's */
export const encoderOptionsOf = (options: Record<string, unknown>): Given<typeof ENCODER> => {
  try {
    return ownOf(options);
  } catch (error) {
    return usageIfOption(error);
  }
};

/** Options of the encoder with the noise read, where it is a file. */
export const withNoise = async (options: Given<typeof ENCODER>, signal?: AbortSignal): Promise<Given<typeof ENCODER>> => {
  const { noise } = options;
  if (typeof noise !== 'string' || !noise.endsWith('.npy')) return options;
  const { shape, data } = readNpy(await readInput(noise, 'a file.npy', signal), JSON.stringify(noise));
  if (!(data instanceof Float32Array)) throw new InputError(`${JSON.stringify(noise)} holds integers: noise is floating point`);
  return { ...options, noise: { shape, data } };
};

/** An encoder as the command line names it. @throws UsageError for options that it does not take */
export const openAsked: typeof openEncoder = (name, options) => openEncoder(name, options).catch(usageIfOption);

/** What `writeFeatures` writes: features, and their origin beside them unless they go to a device or a pipe. */
export const featuresPaths = async (path: string): Promise<string[]> => {
  const there = await statIfThere(path);
  if (there && !there.isFile() && !there.isDirectory()) return [path];
  const ending = extname(path).toLowerCase();
  if (ending !== '' && ending !== '.npy')
    throw new UsageError(`${JSON.stringify(path)} has an ending that features do not have: give a file.npy with -o`);
  return [path, originPath(path)];
};

/** Features to an NPY file and their origin to a JSON beside it, each whole or not at all. */
export const writeFeatures = async (path: string, { data, width, height, channels, origin }: FeatureMap, options: WriteOptions): Promise<void> => {
  const [array, about] = await featuresPaths(path);
  const shape = [height, width, channels];
  const bytes = writeNpy(data, shape);
  await writeWhole(array, bytes, options);
  if (!origin || !about) return;
  const told: Told = { ...origin, shape, sha256: sha256Of(bytes) };
  await writeWhole(about, new TextEncoder().encode(`${JSON.stringify(told, undefined, 2)}\n`), options);
};
