/**
 * A diffusion pipeline's parts by folder (`unet`, `vae`, `text_encoder`, ...), wherever they lie: a folder of diffusers'
 * layout, or the one file that `models pull` makes. In that file tensors have the folder as their prefix
 * (`unet.conv_in.weight`) and the configs are metadata (`unet`: the JSON of unet/config.json).
 */
import { badModel } from '../errors.ts';
import { type ModelFiles, readJson, readSmall } from '../files/source.ts';
import { jsonObject } from '../json.ts';
import { readHeader, type SafetensorsHeader } from './safetensors.ts';
import { openWeights, tensorsOf, type Weights, weightsOf } from './weights.ts';

export type Json = Record<string, unknown>;

export interface Pipeline {
  /** For messages. */
  name: string;
  /** Undefined where the pipeline has no such folder. */
  config(folder: string): Promise<Json | undefined>;
  /** @throws InputError where the folder has no weights that can be read */
  weights(folder: string): Promise<Weights>;
  /** A text file of it. */
  text(path: string): Promise<string | undefined>;
  /** What the empty prompt is to the network, where it is kept with the weights. */
  constants?: Weights;
}

/** The file that `models pull` makes. */
const PACKED = 'weights.safetensors';
/** Where it keeps the empty prompt. */
export const CONSTANTS = 'constants';
/** The folder of the small stand-in for the VAE. */
export const TINY = 'vae_tiny';
/** Configs that the packed file carries. */
export const PARTS = ['unet', 'vae', TINY, 'scheduler'] as const;

const CONFIG_NAME: Record<string, string> = { scheduler: 'scheduler_config.json' };
const stemOf = (folder: string): string => (folder.startsWith('text_encoder') ? 'model' : 'diffusion_pytorch_model');

const textOf = async (files: ModelFiles, path: string): Promise<string | undefined> => {
  const source = await files.open(path);
  return source && new TextDecoder().decode(await readSmall(source));
};

/** @param prefer which of two variants of the weights, where both are there */
export const folderPipeline = (files: ModelFiles, prefer: 'fp16' | 'full' = 'full'): Pipeline => ({
  name: files.name,
  config: (folder) => readJson(files, `${folder}/${CONFIG_NAME[folder] ?? 'config.json'}`),
  weights: (folder) => openWeights(files, folder, stemOf(folder), prefer),
  text: (path) => textOf(files, path),
});

/** A config that the packed file carries. @throws InputError for one that is no JSON object */
export const packedConfig = ({ metadata }: SafetensorsHeader, key: string, name: string): Json | undefined =>
  metadata[key] === undefined ? undefined : jsonObject(metadata[key], `The config "${key}" in ${JSON.stringify(name)}`);

/** Where a pull leaves the files that it was told to keep: a folder a source, the model's own first. */
const keptFiles = (files: ModelFiles): ModelFiles => ({ ...files, open: (path) => files.open(`files/main/${path}`) });

/** Opens the packed file, if the folder has one. What it lacks is looked for beside it. */
const packedPipeline = async (files: ModelFiles): Promise<Pipeline | undefined> => {
  const source = await files.open(PACKED);
  if (!source) return undefined;
  const header = await readHeader(source);
  const beside = folderPipeline(keptFiles(files));
  const all = weightsOf(tensorsOf(source, header));
  return {
    ...beside,
    config: async (folder) => packedConfig(header, folder, source.name) ?? beside.config(folder),
    weights: async (folder) => (header.metadata[folder] === undefined ? beside.weights(folder) : all.at(folder)),
    constants: all.at(CONSTANTS),
  };
};

/** @throws InputError for a folder that is no diffusion pipeline */
export const openPipeline = async (files: ModelFiles): Promise<Pipeline> => {
  const pipeline = (await packedPipeline(files)) ?? folderPipeline(files);
  if ((await pipeline.config('unet')) !== undefined) return pipeline;
  if ((await readJson(files, 'config.json'))?.model_type !== undefined)
    throw badModel(`${files.name} is laid out as transformers writes models, which is not read: get the same model from the repositories of timm`);
  throw badModel(
    `${files.name} has no unet/config.json: give a model's folder as diffusers writes it, with unet/, vae/ and text_encoder/, or as timm does, with config.json and model.safetensors`,
  );
};

/** A config that a pipeline cannot do without. @throws InputError where it has none */
export const neededConfig = async (pipeline: Pipeline, folder: string): Promise<Json> => {
  const json = await pipeline.config(folder);
  if (!json) throw badModel(`${pipeline.name} has no ${folder}/config.json: get the whole model, as diffusers writes it`);
  return json;
};

export interface TinyVae {
  config: Json;
  weights: Weights;
}

/** The tiny VAE of a pulled model, its tensors by the keys of its own repository; undefined where there is none. */
export const packedTiny = async (files: ModelFiles): Promise<TinyVae | undefined> => {
  const packed = await packedPipeline(files);
  const config = await packed?.config(TINY);
  const weights = config && (await packed?.weights(TINY));
  return weights && { config, weights: weightsOf(weights.names().map((key) => [key, { ...weights.take(key, weights.shapeOf(key) ?? []), key }])) };
};

/** The tiny VAE lies in the root of its own repository. */
export const openTiny = async (files: ModelFiles): Promise<TinyVae> => {
  const config = await readJson(files, 'config.json');
  if (!config) throw badModel(`${files.name} has no config.json: give the folder of an AutoencoderTiny, such as madebyollin/taesdxl`);
  return { config, weights: await openWeights(files, '', 'diffusion_pytorch_model') };
};
