/**
 * A file put together from byte ranges of others, so that an interruption costs nothing.
 *
 * It is written front to back under `<path>.part`. Beside it, `<path>.part.json` says of what plan it is and up to
 * which byte it is safe on the disk; the next call for the same plan goes on there. Who renames it has checked it.
 */
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, rename, rm, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolders } from '../disk-node.ts';
import { checkAborted, InputError } from '../errors.ts';
import type { ByteSource } from '../files/source.ts';
import { HubFailure } from '../hub/answers-node.ts';
import { jsonObject } from '../json.ts';
import { isAbsent, noneIfAbsent, notWritten, textIfThere } from '../system-errors-node.ts';
import { writeStaged } from '../temporary-node.ts';

/** Bytes `start` to `end` of a source. */
export interface Piece {
  source: ByteSource;
  start: number;
  end: number;
}

export interface Assembly {
  /** Of the finished file. */
  path: string;
  /** What it will hold: a part with another identity is started over. */
  identity: string;
  /** The file's first bytes. */
  head: Uint8Array;
  /** What follows, in this order, without gaps. */
  pieces: readonly Piece[];
}

/** Writes all bytes at a place in the file. */
export type WriteAt = (file: FileHandle, bytes: Uint8Array, at: number) => Promise<void>;

export interface AssemblyWatch {
  signal?: AbortSignal;
  /** How far it is: bytes of the file from its start. */
  onReached?: (bytes: number) => void;
  write?: WriteAt;
}

/** Bytes nobody wants that are fetched rather than asked around: about what a request costs. */
const GAP = 2 ** 20;
/** Bytes that a crash of the machine may cost. */
const SAVE_EVERY = 2 ** 25;
const READ = 2 ** 23;

const { O_RDWR } = constants;
/** A link that lies in the place of a part is not written through; Windows has no such flag. */
const O_NOFOLLOW = constants.O_NOFOLLOW ?? 0;

export const partOf = (path: string): string => `${path}.part`;
const journalOf = (path: string): string => `${path}.part.json`;

const writeAll: WriteAt = async (file, bytes, at) => {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
};

interface Journal {
  identity: string;
  reached: number;
}

const writeJournal = (path: string, journal: Journal): Promise<void> =>
  writeStaged(journalOf(path), Buffer.from(JSON.stringify(journal)), { replace: true });

const readJournal = async (path: string): Promise<Partial<Journal>> => {
  const text = await textIfThere(journalOf(path));
  try {
    return jsonObject(text ?? '{}', 'The journal');
  } catch {
    return {}; // cut by a power loss: the part is worth nothing without
  }
};

/** Up to which byte the part of this very plan is there: 0 where there is none. */
export const reachedOf = async ({ path, identity }: Pick<Assembly, 'path' | 'identity'>): Promise<number> => {
  const journal = await readJournal(path);
  const there = await lstat(partOf(path)).catch(noneIfAbsent);
  const reached = Number.isSafeInteger(journal.reached) ? Math.max(0, journal.reached as number) : 0;
  return journal.identity === identity && there?.isFile() && there.size >= reached ? reached : 0;
};

/** Bytes of the assembled file. */
export const sizeOf = ({ head, pieces }: Pick<Assembly, 'head' | 'pieces'>): number =>
  pieces.reduce((sum, { start, end }) => sum + end - start, head.length);

/** Without the file's first `skip` bytes. */
const remaining = (pieces: readonly Piece[], skip: number): Piece[] => {
  let at = 0;
  return pieces.flatMap((piece) => {
    const gone = Math.min(Math.max(0, skip - at), piece.end - piece.start);
    at += piece.end - piece.start;
    return gone < piece.end - piece.start ? [{ ...piece, start: piece.start + gone }] : [];
  });
};

/** Pieces of one source that one request brings: each begins at most GAP after the end of the one before. */
export const coalesce = (pieces: readonly Piece[]): Piece[][] => {
  const runs: Piece[][] = [];
  for (const piece of pieces) {
    const last = runs.at(-1)?.at(-1);
    const follows = last && last.source === piece.source && piece.start >= last.end && piece.start - last.end <= GAP;
    if (follows) runs.at(-1)?.push(piece);
    else runs.push([piece]);
  }
  return runs;
};

interface Streaming {
  stream(start: number, end: number, signal?: AbortSignal): AsyncIterable<Uint8Array>;
}
const streams = (source: ByteSource): source is ByteSource & Streaming => 'stream' in source;

async function* bytesOf(source: ByteSource, start: number, end: number, signal?: AbortSignal): AsyncGenerator<Uint8Array, void> {
  if (streams(source)) yield* source.stream(start, end, signal);
  else for (let at = start; at < end; at += READ) yield await source.read(at, Math.min(at + READ, end), signal);
}

/** The bytes of a run's pieces, without those between. */
async function* wanted(run: readonly Piece[], signal?: AbortSignal): AsyncGenerator<Uint8Array, void> {
  let at = run[0].start;
  let next = 0;
  for await (const chunk of bytesOf(run[0].source, at, run[run.length - 1].end, signal)) {
    const end = at + chunk.length;
    for (; next < run.length && run[next].start < end; next++) {
      const piece = run[next];
      yield chunk.subarray(Math.max(piece.start, at) - at, Math.min(piece.end, end) - at);
      if (piece.end > end) break; // goes on in the next chunk
    }
    at = end;
  }
}

/** A part of no use, removed: what was fetched is not what it should have been. */
export const discard = async (path: string): Promise<void> => {
  for (const old of [journalOf(path), partOf(path)]) await rm(old, { force: true }); // first what would vouch for the other
};

/**
 * Writes the part up to its end, from where an earlier call stopped. Stopping by the signal, or by any error, keeps
 * what is there; only a file that changed on the hub starts over.
 * @throws InputError, one sentence; the signal's reason
 */
export const assemble = async (assembly: Assembly, { signal, onReached, write = writeAll }: AssemblyWatch = {}): Promise<void> => {
  const { path, identity, head, pieces } = assembly;
  let at = await reachedOf(assembly);
  let file: FileHandle | undefined;
  let saved = at;
  const save = async (): Promise<void> => {
    await file?.datasync();
    await writeJournal(path, { identity, reached: at });
    saved = at;
  };
  const append = async (bytes: Uint8Array): Promise<void> => {
    await write(file!, bytes, at);
    at += bytes.length;
    onReached?.(at);
    if (at - saved >= SAVE_EVERY) await save();
    checkAborted(signal);
  };
  try {
    await makeFolders(dirname(path));
    if (at === 0) await discard(path);
    file = await open(partOf(path), at === 0 ? 'wx' : O_RDWR | O_NOFOLLOW);
    if (at < head.length) await append(head.subarray(at));
    else await write(file, head, 0); // that of an earlier call may tell of other sources
    for (const run of coalesce(remaining(pieces, at - head.length))) {
      for await (const bytes of wanted(run, signal)) await append(bytes);
    }
    if (at !== sizeOf(assembly)) throw new Error(`${path}: ${at} bytes instead of ${sizeOf(assembly)}`);
    await save();
  } catch (error) {
    if (error instanceof HubFailure && error.kind === 'changed') await discard(path);
    else if (at > saved && !(signal?.reason instanceof InputError)) await save().catch(() => undefined); // the first error is the one to tell
    checkAborted(signal);
    throw notWritten(path, error);
  } finally {
    await file?.close();
  }
};

/** The part, on the disk for good, under the file's own name. @param check throws where the part is another's by now */
export const finish = async (path: string, check = async (): Promise<void> => {}): Promise<void> => {
  try {
    const file = await open(partOf(path), 'r+');
    await file.sync().finally(() => file.close());
    await check();
    await rename(partOf(path), path);
    await rm(journalOf(path), { force: true });
  } catch (error) {
    throw notWritten(path, error);
  }
};

/**
 * Bytes that may be written below a folder that need not exist yet.
 * @returns Infinity where the file system does not say
 */
export const freeBytes = async (folder: string): Promise<number> => {
  for (let at = folder; ; at = dirname(at)) {
    try {
      const { bavail, bsize } = await statfs(at);
      return bavail * bsize;
    } catch (error) {
      if (!isAbsent(error) || at === dirname(at)) return Number.POSITIVE_INFINITY;
    }
  }
};

/** For people, e.g. `847.2 MB`. */
export const readable = (bytes: number): string => (bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : `${(bytes / 1e6).toFixed(1)} MB`);

/** Room left for the file system's own needs, bytes. */
const SPARE = 50e6;

/** @throws InputError, one sentence, where so many bytes do not fit below a folder */
export const checkFree = async (needed: number, folder: string, free = freeBytes): Promise<void> => {
  const there = await free(folder);
  if (needed === 0 || needed + SPARE <= there) return;
  const help = 'free some space, or set DIFFCUT_CACHE to a folder on another disk';
  throw new InputError(`${readable(needed)} are needed in ${JSON.stringify(folder)} but ${readable(there)} are free: ${help}`, { code: 'E_FILE' });
};
