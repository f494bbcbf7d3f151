/** Small results that are kept between runs, in our own cache folder: a file each, by a key that says what made it. */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { makeFolders } from '../disk-node.ts';
import type { ByteSource } from '../files/source.ts';
import { isFile, readIfThere } from '../system-errors-node.ts';
import { writeStaged } from '../temporary-node.ts';
import type { Kept } from './cache-key.ts';
import { ownCache } from './paths-node.ts';

/** SHA-256 of all parts, in hex. */
export const digest = async (parts: readonly (string | Uint8Array)[]): Promise<string> => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(String(part.length)).update(':').update(part);
  return hash.digest('hex');
};

/**
 * What changes when one of the files does; undefined where one does not lie on a disk, since a name and a size are the
 * same for every model that was trained on from another.
 */
export const identityOf = async (sources: readonly ByteSource[]): Promise<string | undefined> => {
  const parts: string[] = [];
  for (const { path } of sources) {
    if (path === undefined) return undefined;
    const { size, mtimeMs } = await stat(path);
    parts.push(`${path}:${size}:${mtimeMs}`);
  }
  return JSON.stringify(parts);
};

const pathOf = (kind: Kept, key: string): string => join(ownCache(), kind, key);

/** Of what stands before the bytes. */
const FORMAT = 1;
const LINE_END = 0x0a;

/** What stands before the bytes: what was cut short, altered, or made from something else has another line. */
const lineOf = async (kind: Kept, key: string, bytes: Uint8Array): Promise<string> =>
  `${JSON.stringify({ diffcut: 'kept', format: FORMAT, kind, key, bytes: bytes.length, sha256: await digest([bytes]) })}\n`;

/** The bytes; undefined where none are kept, or others than were kept. */
export const kept = async (kind: Kept, key: string): Promise<Uint8Array | undefined> => {
  const path = pathOf(kind, key);
  const file = (await isFile(path)) ? await readIfThere(path) : undefined;
  if (!file) return undefined;
  const end = file.indexOf(LINE_END) + 1;
  const bytes = file.subarray(end);
  return new TextDecoder().decode(file.subarray(0, end)) === (await lineOf(kind, key, bytes)) ? bytes : undefined;
};

/** Keeps the bytes, whole or not at all: a disk that is full or not ours to write only costs the next run its time. */
export const keep = async (kind: Kept, key: string, bytes: Uint8Array): Promise<void> => {
  const path = pathOf(kind, key);
  try {
    await makeFolders(dirname(path));
    await writeStaged(path, Readable.from([Buffer.from(await lineOf(kind, key, bytes)), bytes]), { replace: true });
  } catch {}
};
