/** The models that are on this machine: folders of our cache with a finished `weights.safetensors`. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../errors.ts';
import { fileSource } from '../files/source-node.ts';
import { notWritten } from '../system-errors-node.ts';
import { readHeader } from '../weights/safetensors.ts';
import { withLock } from './lock-node.ts';
import { modelFolder, ownCache, weightsOf } from './paths-node.ts';
import type { PulledModel } from './pulled.ts';

const isFile = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined))?.isFile() ?? false;

const bytesBelow = async (folder: string): Promise<number> => {
  let sum = 0;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    sum += entry.isDirectory() ? await bytesBelow(path) : ((await stat(path).catch(() => undefined))?.size ?? 0);
  }
  return sum;
};

const describe = async (name: string, folder: string): Promise<PulledModel> => {
  const path = weightsOf(folder);
  const model = { name, folder, path, bytes: await bytesBelow(folder), metadata: {}, tensors: 0 };
  try {
    const { metadata, tensors } = await readHeader(await fileSource(path));
    return { ...model, metadata, tensors: tensors.size };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { ...model, error: error.message };
  }
};

/** All finished models, by name. @param cache our own cache folder */
export const pulledModels = async (cache = ownCache()): Promise<PulledModel[]> => {
  const names = await readdir(join(cache, 'models')).catch(() => []);
  const out: PulledModel[] = [];
  for (const name of names.sort()) {
    const folder = join(cache, 'models', name);
    if (await isFile(weightsOf(folder))) out.push(await describe(name, folder));
  }
  return out;
};

const notHere = (name: string): InputError => new InputError(`${name} is not on this machine: get it with "diffcut models pull ${name}"`);

/** The safetensors file of a model. @throws InputError that says how to get it, where it is not here */
export const modelPath = async (name: string, cache = ownCache()): Promise<string> => {
  const path = weightsOf(modelFolder(name, cache));
  if (!(await isFile(path))) throw notHere(name);
  return path;
};

/**
 * Removes a model and whatever an unfinished pull left of it.
 * @returns the bytes that this freed
 * @throws InputError where nothing is there, or while it is being pulled
 */
export const removeModel = async (name: string, cache = ownCache()): Promise<number> => {
  const folder = modelFolder(name, cache);
  if (!(await stat(folder).catch(() => undefined))) throw notHere(name);
  const bytes = await bytesBelow(folder);
  return withLock(folder, `A pull of ${name}`, async () => {
    await rm(weightsOf(folder), { force: true }); // first what others take for whole
    await rm(folder, { recursive: true, force: true });
    return bytes;
  }).catch((error: unknown) => {
    throw notWritten(folder, error);
  });
};
