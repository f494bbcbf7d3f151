/** A set's files: written to a stage as they come, and moved to their place whole. */
import { mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import { syncFolder, writeNew } from '../disk-node.ts';
import { type Ledger, type Mark, printOfNew, readLedger } from '../jobs/ledger-node.ts';
import { makeFolder, type Writing } from '../jobs/outputs-node.ts';
import { checkAlike, checkPlace, ELSEWHERE, nowAt, putInPlace } from '../jobs/place-node.ts';
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

type Where = Pick<WriteSetOptions, 'overwrite' | 'durable' | 'mark'>;

/** With what the ledger says of what is there. */
const writingOf = async (path: string, { mark, ...options }: Where, ledgerOf = readLedger): Promise<Writing> => {
  const plain: Writing = { outputs: [{ path, format: '' }], stem: `./${basename(path)}`, mark };
  return withLedger(plain, await ledgerOf(dirname(path)), options);
};

/**
 * Before the work for it.
 * @param alike whether what was made with other options stays, too
 * @param ledgerOf reads the ledger of a folder: for many sets of one folder once
 * @throws InputError where something is in a set's place that `writeSet` would not replace
 */
export const checkSet = async (
  path: string,
  { isFolder, alike, ...options }: Where & Pick<WriteSetOptions, 'isFolder'> & { alike?: boolean },
  ledgerOf?: (folder: string) => Promise<Ledger>,
): Promise<void> => {
  try {
    const writing = await writingOf(path, options, ledgerOf);
    await checkPlace(path, isFolder, writing);
    if (alike) await checkAlike(path, writing);
  } catch (error) {
    throw notWritten(path, error, ELSEWHERE);
  }
};

/** Takes away what an earlier run of ours wrote there; what is somebody else's, or was changed since, stays. */
export const removeSet = async (path: string, mark: Mark): Promise<void> => {
  if (['whole', 'older'].includes(await nowAt(path, await writingOf(path, { mark })))) await rm(path, { recursive: true });
};

/**
 * Writes a set to where it belongs, whole or not at all: what is there of an earlier run of ours is replaced, anything else is kept.
 * @returns how many files it has
 * @throws InputError where something is in its place, or nothing can be written; the signal's reason once aborted
 */
export const writeSet = async (path: string, files: AsyncIterable<SetFile>, options: WriteSetOptions): Promise<number> => {
  const { isFolder, durable, signal } = options;
  const folder = dirname(path);
  await makeFolder(folder, durable);
  const writing = await writingOf(path, options);
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
