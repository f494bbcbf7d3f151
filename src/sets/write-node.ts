/** A set's files: written to a stage as they come, and moved to their place whole. */
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import { syncFolder, writeNew } from '../disk-node.ts';
import { type Mark, printOfNew, readLedger } from '../jobs/ledger-node.ts';
import { makeFolder, type Writing } from '../jobs/outputs-node.ts';
import { ELSEWHERE, putInPlace } from '../jobs/place-node.ts';
import { withLedger } from '../jobs/plan-node.ts';
import { notWritten } from '../system-errors-node.ts';
import { openStage } from '../temporary-node.ts';
import type { SetFile } from '../toolkit.ts';

export interface WriteSetOptions {
  /** The set is a folder with files; otherwise one file. */
  isFolder: boolean;
  /** Another's file in its place is replaced; a folder only where it is as we left it. */
  overwrite?: boolean | undefined;
  durable?: boolean | undefined;
  /** What the set is made from, for the ledger. */
  mark: Mark;
  signal: AbortSignal;
}

/** Every folder above a path, the nearest one last. */
const foldersAbove = (path: string): string[] => {
  const above = posix.dirname(path);
  return above === '.' ? ['.'] : [...foldersAbove(above), above];
};

/** Folders are made once; @returns where a file goes, and all that were made */
const folderMaker = (root: string) => {
  const made = new Set<string>();
  const place = async (path: string): Promise<string> => {
    for (const folder of foldersAbove(path)) {
      if (made.has(folder)) continue;
      await mkdir(join(root, folder));
      made.add(folder);
    }
    return join(root, path);
  };
  return { place, made };
};

/**
 * Writes a set to where it belongs, whole or not at all: what is there of an earlier run of ours is replaced, anything else is kept.
 * @returns how many files it has
 * @throws InputError where something is in its place, or nothing can be written; the signal's reason once aborted
 */
export const writeSet = async (path: string, files: AsyncIterable<SetFile>, options: WriteSetOptions): Promise<number> => {
  const { isFolder, durable, mark, signal } = options;
  const folder = dirname(path);
  await makeFolder(folder, durable);
  const plain: Writing = { outputs: [{ path, format: '' }], stem: `./${basename(path)}`, mark };
  const writing = await withLedger(plain, await readLedger(folder), options);
  const stage = await openStage(folder).catch((error: unknown) => {
    throw notWritten(folder, error, ELSEWHERE);
  });
  try {
    const temporary = join(stage.path, '0');
    const hashes = new Map<string, string>();
    const { place, made } = folderMaker(temporary);
    for await (const { path: name, content } of files) {
      signal.throwIfAborted();
      hashes.set(isFolder ? name : '', await writeNew(isFolder ? await place(name) : temporary, content, durable));
    }
    if (durable) for (const one of made) await syncFolder(join(temporary, one));
    signal.throwIfAborted();
    await putInPlace(stage, [{ path, temporary, print: await printOfNew(temporary, hashes) }], writing);
    return hashes.size;
  } catch (error) {
    throw notWritten(path, error, ELSEWHERE);
  } finally {
    stage.end();
  }
};
