/** Finds a model by what the user called it. */
import { realpath } from 'node:fs/promises';
import { freemem, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { badModel } from '../errors.ts';
import type { ModelFiles } from '../files/source.ts';
import { fileSource, folderFiles } from '../files/source-node.ts';
import { statIfThere } from '../system-errors-node.ts';
import { readHeader } from '../weights/safetensors.ts';
import { refuseCheckpoint } from '../weights/weights.ts';
import { modelPath } from './models-node.ts';
import { modelFolder, ownCache } from './paths-node.ts';
import { verifyOnce } from './seal-node.ts';

/**
 * A model that `models pull` got. At its first use, and where its file was touched since, all of the file is read and held
 * against the SHA-256 that was kept.
 * @throws InputError that says how to get it, where it is not here or is not what was pulled
 */
export const pulledFiles = async (name: string): Promise<ModelFiles> => {
  await verifyOnce(name, await modelPath(name));
  return folderFiles(modelFolder(name, ownCache()));
};

/** A file and what lies beside it: in its folder, or in the one that it is really in where it is a link. */
const besideFile = async (path: string): Promise<ModelFiles> => {
  const [given, real] = [folderFiles(dirname(path)), folderFiles(dirname(await realpath(path)))];
  return { name: path, open: async (name) => (await given.open(name)) ?? real.open(name) };
};

/**
 * A folder of the user's own, or an ONNX file with what lies beside it; undefined where there is none.
 * @throws InputError for a single-file checkpoint
 */
export const givenFiles = async (path: string): Promise<ModelFiles | undefined> => {
  const found = await statIfThere(path);
  if (found?.isFile() && /\.(safetensors|ckpt|bin|pt|pth)$/i.test(path)) {
    if (path.toLowerCase().endsWith('.safetensors')) refuseCheckpoint(await readHeader(await fileSource(path)), path);
    throw badModel(
      `${JSON.stringify(path)} is one file: give the folder of a model as diffusers writes it (unet/, vae/, text_encoder/) or timm (config.json, model.safetensors)`,
    );
  }
  if (found?.isFile() && /\.onnx$/i.test(path)) return besideFile(path);
  return found?.isDirectory() ? folderFiles(path) : undefined;
};

/** Bytes of memory that can be had: what is free on Linux, what there is elsewhere, where "free" leaves caches out. */
export const memoryHere = (): number => {
  const limit = process.constrainedMemory?.() ?? 0;
  const free = process.platform === 'linux' ? freemem() : totalmem();
  return limit > 0 ? Math.min(limit, free) : free;
};
