/**
 * A CLIP's files: a folder in transformers' layout (config.json, model.safetensors) or open_clip's (open_clip_config.json,
 * open_clip_model.safetensors), with the tokenizer's vocab.json and merges.txt; or the one file that `models pull` makes. In
 * that file the config is metadata, tensors have `clip.` as their prefix, and the tokenizer's two files are tensors of bytes.
 */
import { badModel, type InputError } from '../errors.ts';
import { type ByteSource, type ModelFiles, readJson } from '../files/source.ts';
import { type ClipWeights, clipWeights, openClipTensors } from './open-clip.ts';
import { type Json, packedConfig } from './pipeline.ts';
import { readHeader } from './safetensors.ts';
import { openTensors, tensorsOf, type WeightTensor } from './weights.ts';

/** Of the packed file: key of the config, and prefix of the tensors. */
export const CLIP = 'clip';
const PACKED = 'weights.safetensors';
/** What words are made of. */
export const TOKENIZER_FILES = ['vocab.json', 'merges.txt'] as const;

/** Bytes within a file. */
interface Part {
  source: ByteSource;
  start: number;
  end: number;
}

export interface ClipFiles extends ClipWeights {
  /** For messages. */
  name: string;
  /** open_clip's has `model_cfg`. */
  config: Json;
  /** The tokenizer's files, in the order of `TOKENIZER_FILES`; undefined where one is missing. */
  tokenizer?: readonly [Part, Part];
}

const wholeOf = (source: ByteSource): Part => ({ source, start: 0, end: source.size });

const tokenizerOf = (parts: readonly (Part | undefined)[]): ClipFiles['tokenizer'] =>
  parts.every((part) => part !== undefined) ? (parts as [Part, Part]) : undefined;

/** Texts of the tokenizer. @throws InputError where there is none */
export const tokenizerTexts = async ({ name, tokenizer }: Pick<ClipFiles, 'name' | 'tokenizer'>): Promise<[vocab: string, merges: string]> => {
  if (!tokenizer) throw badModel(`${name} has no ${TOKENIZER_FILES.join(' and ')}, which words need: get them from the same repository`);
  const read = async ({ source, start, end }: Part): Promise<string> => new TextDecoder().decode(await source.read(start, end));
  return [await read(tokenizer[0]), await read(tokenizer[1])];
};

const notOne = (files: ModelFiles): InputError =>
  badModel(
    `${files.name} is no CLIP: give a folder as transformers (config.json with "vision_config", model.safetensors) or open_clip (open_clip_config.json, open_clip_model.safetensors) writes it`,
  );

/** The config, with the tensors that go with it. */
const openFolder = async (files: ModelFiles): Promise<{ config: Json; tensors: [string, WeightTensor][] } | undefined> => {
  const open = await readJson(files, 'open_clip_config.json');
  if (open) {
    const tensors = await openClipTensors(files);
    if (!tensors) throw badModel(`${files.name} has an open_clip_config.json and no open_clip_model.safetensors: get it too`);
    return { config: open, tensors };
  }
  const config = await readJson(files, 'config.json');
  if (config?.vision_config === undefined) return undefined;
  const tensors = await openTensors(files, 'model.safetensors');
  if (!tensors) throw badModel(`${files.name} has no model.safetensors: get it too`);
  return { config, tensors };
};

/** A folder as it is published. @throws InputError for one that holds no CLIP, or files that are broken */
export const folderClip = async (files: ModelFiles): Promise<ClipFiles> => {
  const found = await openFolder(files);
  if (!found) throw notOne(files);
  const parts = await Promise.all(TOKENIZER_FILES.map(async (path) => files.open(path)));
  const tokenizer = tokenizerOf(parts.map((source) => source && wholeOf(source)));
  return { name: files.name, config: found.config, ...clipWeights(found.tensors), ...(tokenizer && { tokenizer }) };
};

/** @throws InputError for files that are no CLIP, or broken */
export const openClipFiles = async (files: ModelFiles): Promise<ClipFiles> => {
  const packed = await files.open(PACKED);
  if (!packed) return folderClip(files);
  const header = await readHeader(packed);
  const config = packedConfig(header, CLIP, packed.name);
  if (!config) throw notOne(files);
  const tensors = tensorsOf(packed, header).map(([key, tensor]): [string, WeightTensor] => [key.slice(CLIP.length + 1), tensor]);
  const tokenizer = tokenizerOf(TOKENIZER_FILES.map((name) => tensors.find(([key]) => key === name)?.[1]));
  return { name: files.name, config, ...clipWeights(tensors), ...(tokenizer && { tokenizer }) };
};
