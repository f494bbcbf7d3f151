/**
 * Whether a pulled file is still what was pulled. Its header carries a SHA-256 of our own, the seal: of the whole file
 * with zeros in the seal's place. So file and seal appear by one rename, and a copy has both. What was found whole is
 * remembered beside it (`verified.json`: size and times), so that opening it again costs no reading.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { badModel } from '../errors.ts';
import { fileSource } from '../files/source-node.ts';
import { jsonObject } from '../json.ts';
import { notRead, textIfThere } from '../system-errors-node.ts';
import { writeStaged } from '../temporary-node.ts';
import { readHeader, type SafetensorsHeader } from '../weights/safetensors.ts';

/** Key of the seal in the header. */
export const SEAL = 'sha256';
/** What stands there before the file is whole. */
export const UNSEALED = '0'.repeat(64);

const READ = 2 ** 23;

/** SHA-256 of a file, hexadecimal. @param zeroed these bytes count as the digit 0 */
export const sha256Of = async (path: string, signal?: AbortSignal, zeroed: readonly [number, number] = [0, 0]): Promise<string> => {
  const hash = createHash('sha256');
  let at = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: READ, signal })) {
    const bytes = chunk as Buffer;
    const [start, end] = zeroed.map((place) => Math.min(Math.max(0, place - at), bytes.length));
    hash.update(bytes.fill('0', start, end));
    at += bytes.length;
  }
  return hash.digest('hex');
};

/** Where the seal stands in the file; undefined where it has none. */
const placeOf = ({ metadata, bytes }: SafetensorsHeader): [number, number] | undefined => {
  const seal = metadata[SEAL];
  if (seal === undefined || !/^[0-9a-f]{64}$/.test(seal)) return undefined;
  const key = `"${SEAL}":"`; // within the JSON of a config quotes are escaped, so this is no part of one
  const found = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(key + seal);
  return found < 0 ? undefined : [found + key.length, found + key.length + seal.length];
};

/** Writes the seal into a file that is whole but for it. @throws Error where its header has no place for one */
export const sealFile = async (path: string, signal?: AbortSignal): Promise<void> => {
  const place = placeOf(await readHeader(await fileSource(path)));
  if (!place) throw new Error(`${path}: no place for a seal`);
  const seal = await sha256Of(path, signal, place);
  const file = await open(path, 'r+');
  try {
    await file.write(seal, place[0], 'latin1');
  } finally {
    await file.close();
  }
};

const STAMP = 'verified.json';
const stampOf = (path: string): string => join(dirname(path), STAMP);

/** What changes with a file, and cannot be put back: a changed file has another time of change, whatever its date says. */
const stateOf = async (path: string): Promise<string> => {
  const { size, mtimeMs, ctimeMs, ino } = await stat(path);
  return [size, mtimeMs, ctimeMs, ino].join(':');
};

/** Whether the file was found whole, and nothing touched it since. */
export const isVerified = async (path: string): Promise<boolean> => {
  const text = await textIfThere(stampOf(path));
  try {
    return text !== undefined && jsonObject(text, STAMP).state === (await stateOf(path));
  } catch {
    return false;
  }
};

/** Best effort: where the folder cannot be written, the next opening reads the file again. */
const remember = async (path: string, state: string): Promise<void> => {
  await writeStaged(stampOf(path), Buffer.from(JSON.stringify({ state })), { replace: true }).catch(() => {});
};

/**
 * Reads all of a pulled file.
 * @returns its seal; undefined where it has none, as those that earlier versions pulled
 * @throws InputError where it is not what was pulled
 */
export const verifyFile = async (name: string, path: string, signal?: AbortSignal): Promise<string | undefined> => {
  try {
    const header = await readHeader(await fileSource(path));
    const place = placeOf(header);
    if (!place) return undefined;
    const state = await stateOf(path);
    const found = await sha256Of(path, signal, place);
    if (found !== header.metadata[SEAL]) throw altered(name, found, header.metadata[SEAL]);
    await remember(path, state);
    return found;
  } catch (error) {
    signal?.throwIfAborted();
    throw notRead(path, error);
  }
};

const altered = (name: string, found: string, wanted: string): Error =>
  badModel(
    `${name} is not what was pulled: the SHA-256 of its file is ${found.slice(0, 12)}... and should be ${wanted.slice(0, 12)}...; get it anew with "diffcut models pull ${name}"`,
  );

/** The same, at once where it was verified before and nothing touched the file since. */
export const verifyOnce = async (name: string, path: string): Promise<void> => {
  if (!(await isVerified(path))) await verifyFile(name, path);
};
