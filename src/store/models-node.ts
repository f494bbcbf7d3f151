/** The models that are on this machine: folders of our cache with a finished `weights.safetensors`. */
import { lstat, readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { badModel, expected, InputError } from '../errors.ts';
import { fileSource } from '../files/source-node.ts';
import { isAbsent, isFile, noneIfAbsent, notRead, notWritten, statIfThere } from '../system-errors-node.ts';
import { readHeader } from '../weights/safetensors.ts';
import { LOCK, type Lock, withLock } from './lock-node.ts';
import { originsIn } from './origins.ts';
import { modelFolder, ownCache, weightsOf } from './paths-node.ts';
import type { PulledModel } from './pulled.ts';
import { isVerified, SEAL, verifyFile } from './seal-node.ts';

const bytesBelow = async (folder: string): Promise<number> => {
  let sum = 0;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    sum += entry.isDirectory() ? await bytesBelow(path) : ((await lstat(path).catch(noneIfAbsent))?.size ?? 0);
  }
  return sum;
};

const describe = async (name: string, folder: string): Promise<PulledModel> => {
  const path = weightsOf(folder);
  const model = { name, folder, path, bytes: await bytesBelow(folder), metadata: {}, tensors: 0, origins: [], verified: false };
  try {
    const { metadata, tensors } = await readHeader(await fileSource(path));
    const { [SEAL]: sha256 } = metadata;
    const known = { ...model, metadata, tensors: tensors.size, ...(sha256 !== undefined && { sha256, verified: await isVerified(path) }) };
    return { ...known, origins: Object.values(originsIn(metadata, path)) };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { ...model, error: error.message };
  }
};

const checkCache = (cache: string): string => {
  if (typeof cache !== 'string') throw expected('a folder', 'cache', cache);
  return cache;
};

/** All finished models, by name. @param cache our own cache folder */
export const pulledModels = async (cache = ownCache()): Promise<PulledModel[]> => {
  const folder = join(checkCache(cache), 'models');
  const names = await readdir(folder).catch((error: unknown) => {
    if (isAbsent(error)) return [];
    throw notRead(folder, error);
  });
  const out: PulledModel[] = [];
  for (const name of names.sort()) {
    if (await isFile(weightsOf(join(folder, name)))) out.push(await describe(name, join(folder, name)));
  }
  return out;
};

const notHere = (name: string): InputError => badModel(`${name} is not on this machine: get it with "diffcut models pull ${name}"`);

/** The safetensors file of a model. @throws InputError that says how to get it, where it is not here */
export const modelPath = async (name: string, cache = ownCache()): Promise<string> => {
  const path = weightsOf(modelFolder(name, cache));
  if (!(await isFile(path))) throw notHere(name);
  return path;
};

/**
 * Reads all of a model's file, and holds it against the SHA-256 that was kept when it was pulled.
 * @returns that SHA-256, hexadecimal
 * @throws InputError where the file is another one, an earlier version pulled it and kept none, or the model is not here
 */
export const verifyModel = async (name: string, cache = ownCache()): Promise<string> => {
  const found = await verifyFile(name, await modelPath(name, checkCache(cache)));
  if (found !== undefined) return found;
  throw badModel(`${name} was pulled without a SHA-256 being kept: "diffcut models pull ${name}" gets it anew, with one`);
};

const nothingToRemove = async (name: string, cache: string): Promise<InputError> => {
  const here = (await pulledModels(cache)).map((model) => model.name);
  const known = here.length > 0 ? `: ${here.join(', ')} could be` : '';
  return new InputError(`${name} is not on this machine, so there is nothing to remove${known}`, { code: 'E_OPTION' });
};

/**
 * Removes a model and whatever an unfinished pull left of it.
 * @param say takes a line where a dead pull's lock is to be waited for
 * @returns the bytes that this freed
 * @throws InputError where nothing is there, or while it is being pulled
 */
export const removeModel = async (name: string, cache = ownCache(), say?: (line: string) => void): Promise<number> => {
  const folder = modelFolder(name, checkCache(cache));
  if (!(await statIfThere(folder))) throw await nothingToRemove(name, cache);
  const bytes = await bytesBelow(folder);
  const work = async (lock: Lock): Promise<void> => {
    await lock.check();
    await rm(weightsOf(folder), { force: true }); // first what others take for whole
    for (const entry of await readdir(folder)) if (entry !== LOCK) await rm(join(folder, entry), { recursive: true, force: true });
  };
  try {
    await withLock(folder, `A pull of ${name}`, work, { say });
    await rmdir(folder).catch(() => undefined); // another pull has begun in it
  } catch (error) {
    throw notWritten(folder, error);
  }
  return bytes;
};
