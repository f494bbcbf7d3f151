/**
 * A vision transformer's files: a folder in timm's layout (config.json, model.safetensors), or the one file that
 * `models pull` makes. In that file the config is metadata and tensors have `vit.` as their prefix.
 */
import { badModel, type InputError } from '../errors.ts';
import { jsonObject, type ModelFiles, readJson } from '../files/source.ts';
import type { Json } from './pipeline.ts';
import { readHeader, type SafetensorsHeader } from './safetensors.ts';
import { openWeights, tensorsOf, type Weights, weightsOf } from './weights.ts';

/** Of the packed file: key of the config, and prefix of the tensors. */
export const VIT = 'vit';
const PACKED = 'weights.safetensors';

export interface VitFiles {
  config: Json;
  weights: Weights;
}

const packedConfig = ({ metadata }: SafetensorsHeader, { name }: ModelFiles): Json | undefined =>
  metadata[VIT] === undefined ? undefined : jsonObject(() => metadata[VIT], `The config of ${JSON.stringify(`${name}/${PACKED}`)}`);

const folderConfig = async (files: ModelFiles): Promise<Json | undefined> => {
  const config = await readJson(files, 'config.json');
  return config?.architecture === undefined ? undefined : config;
};

/** The config of a transformer; undefined where the files are of something else. */
export const vitConfig = async (files: ModelFiles): Promise<Json | undefined> => {
  const packed = await files.open(PACKED);
  return packed ? packedConfig(await readHeader(packed), files) : folderConfig(files);
};

const notOne = (files: ModelFiles): InputError =>
  badModel(`${files.name} has no config.json with an "architecture": give a model's folder as timm writes it`);

/** A folder in timm's layout. @throws InputError for another one, or weights that cannot be read */
export const folderVit = async (files: ModelFiles): Promise<VitFiles> => {
  const config = await folderConfig(files);
  if (!config) throw notOne(files);
  return { config, weights: await openWeights(files, '', 'model') };
};

/** @throws InputError for files that are no vision transformer, or have no weights that can be read */
export const openVitFiles = async (files: ModelFiles): Promise<VitFiles> => {
  const packed = await files.open(PACKED);
  if (!packed) return folderVit(files);
  const header = await readHeader(packed);
  const config = packedConfig(header, files);
  if (!config) throw notOne(files);
  return { config, weights: weightsOf(tensorsOf(packed, header)).at(VIT) };
};
