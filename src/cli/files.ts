/** Files of arrays: read and written by what they hold, told by their names' ends. */
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import {
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
  type RgbImage,
  readNpy,
  segmentPalette,
  writeNpy,
  writeWhole,
} from '../toolkit.ts';
import { readStdin } from './inputs.ts';
import { UsageError } from './terminal.ts';

const REASONS: Record<string, string> = {
  ENOENT: 'does not exist: check the path',
  EISDIR: 'is a folder: give a file',
  EACCES: 'may not be read: check its permissions',
};

const readBytes = async (path: string): Promise<Uint8Array> => {
  try {
    return await readFile(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new InputError(`${JSON.stringify(path)} ${REASONS[code ?? ''] ?? `could not be read (${message})`}`);
  }
};

/** A picture from its file, or from standard input for `-`. */
export const readPicture = async (path: string, signal: AbortSignal): Promise<RgbImage> =>
  decodeImage(path === '-' ? await readStdin(signal) : path, { signal });

/** Features from an NPY file. */
export const readFeatures = async (path: string): Promise<FeatureMap> => featuresFromNpy(await readBytes(path), JSON.stringify(path));

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
export const readLabels = async (path: string): Promise<LabelMap> => labelsKind(path).read(await readBytes(path), JSON.stringify(path));

/** Labels to an NPY or PNG file, whole or not at all. */
export const writeLabels = async (path: string, labels: LabelMap): Promise<void> => writeWhole(path, await labelsKind(path).write(labels));

/** Options of the encoder with the noise read, where it is a file. */
export const withNoise = async (options: Given<typeof ENCODER>): Promise<Given<typeof ENCODER>> => {
  const { noise } = options;
  if (typeof noise !== 'string' || !noise.endsWith('.npy')) return options;
  const { shape, data } = readNpy(await readBytes(noise), JSON.stringify(noise));
  if (!(data instanceof Float32Array)) throw new InputError(`${JSON.stringify(noise)} holds integers: noise is floating point`);
  return { ...options, noise: { shape, data } };
};

/** Features to an NPY file, whole or not at all. */
export const writeFeatures = async (path: string, { data, width, height, channels }: FeatureMap): Promise<void> =>
  writeWhole(path, writeNpy(data, [height, width, channels]));
