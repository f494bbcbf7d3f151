/**
 * A vision transformer's files: a folder in timm's layout (config.json, model.safetensors, else open_clip's file), or
 * the one file that `models pull` makes. In that file the config is metadata and tensors have `vit.` as their prefix.
 */
import { badModel, type InputError } from '../errors.ts';
import { type ModelFiles, readJson } from '../files/source.ts';
import { openClip } from './open-clip.ts';
import { type Json, packedConfig } from './pipeline.ts';
import { readHeader } from './safetensors.ts';
import { openWeights, tensorsOf, type Weights, weightsOf } from './weights.ts';

/** Of the packed file: key of the config, and prefix of the tensors. */
export const VIT = 'vit';
const PACKED = 'weights.safetensors';

export interface VitFiles {
  config: Json;
  weights: Weights;
}

const folderConfig = async (files: ModelFiles): Promise<Json | undefined> => {
  const config = await readJson(files, 'config.json');
  return config?.architecture === undefined ? undefined : config;
};

/** The config of a transformer; undefined where the files are of something else. */
export const vitConfig = async (files: ModelFiles): Promise<Json | undefined> => {
  const packed = await files.open(PACKED);
  return packed ? packedConfig(await readHeader(packed), VIT, packed.name) : folderConfig(files);
};

const notOne = (files: ModelFiles): InputError =>
  badModel(`${files.name} has no config.json with an "architecture": give a model's folder as timm writes it`);

/** A folder in timm's layout, or with its config and open_clip's weights. @throws InputError for another one, or weights that cannot be read */
export const folderVit = async (files: ModelFiles): Promise<VitFiles> => {
  const config = await folderConfig(files);
  if (!config) throw notOne(files);
  const isPlain = (await files.open('model.safetensors')) !== undefined;
  return { config, weights: (!isPlain && (await openClip(files))) || (await openWeights(files, '', 'model')) };
};

/** @throws InputError for files that are no vision transformer, or have no weights that can be read */
export const openVitFiles = async (files: ModelFiles): Promise<VitFiles> => {
  const packed = await files.open(PACKED);
  if (!packed) return folderVit(files);
  const header = await readHeader(packed);
  const config = packedConfig(header, VIT, packed.name);
  if (!config) throw notOne(files);
  return { config, weights: weightsOf(tensorsOf(packed, header)).at(VIT) };
};
