/**
 * One process at a time in a folder, whoever shares it: containers and other machines too.
 *
 * Who holds the lock writes its file anew every two seconds, its beat. Numbers of processes say nothing, since each
 * container counts from 1 and the system gives them out again; nor do times, since machines' clocks differ. So whoever
 * finds a lock watches it: one that changes is held, one that stands still for half a minute is dead and taken over.
 * A holder that was paused for as long finds another's lock in the place of its own when it wakes, and stops.
 */
import { randomUUID } from 'node:crypto';
import { type FileHandle, link, lstat, open, readdir, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { makeFolders } from '../disk-node.ts';
import { checkAborted, InputError } from '../errors.ts';
import { parseJson } from '../json.ts';
import { isAbsent, noneIfAbsent, notRead, notWritten } from '../system-errors-node.ts';

/** Its name in the folder. */
export const LOCK = '.lock';

/** Milliseconds. */
interface Rhythm {
  beat: number;
  /** Without a beat for so long, watched all the while, a holder counts as dead. Loading a large network takes a process 10 s. */
  silence: number;
}

const RHYTHM: Rhythm = { beat: 2000, silence: 30_000 };

/** Looks for each beat of those that are watched. */
const LOOKS = 4;

export interface LockOptions {
  /** Ends the waiting and, by way of the lock's own, the work. */
  signal?: AbortSignal | undefined;
  say?: ((line: string) => void) | undefined;
  /** For tests. */
  rhythm?: Rhythm | undefined;
}

/** A lock that is held. */
export interface Lock {
  /** Aborted by the caller's signal, or with the sentence once the lock is lost. */
  signal: AbortSignal;
  /** @throws InputError, one sentence, where another has taken the lock over: before what is done for good */
  check(): Promise<void>;
}

interface Holder {
  /** For messages only, as is `host`. */
  pid: number;
  host: string;
  /** Of this one lock. */
  id: string;
  beat: number;
}

/** More than any lock has, bytes. */
const LONGEST = 4096;

const readText = async (file: FileHandle): Promise<string> => {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(LONGEST), 0, LONGEST, 0);
  return buffer.toString('utf8', 0, bytesRead);
};

/** What a lock says; undefined where there is none. @throws InputError for what is no file */
const textAt = async (path: string): Promise<string | undefined> => {
  try {
    const there = await lstat(path);
    if (!there.isFile()) {
      const kind = there.isDirectory() ? 'a folder' : 'no plain file';
      throw new InputError(`${JSON.stringify(path)} is ${kind}, in the place of a lock: remove it`, { code: 'E_FILE' });
    }
    const file = await open(path);
    return await readText(file).finally(() => file.close());
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw notRead(path, error);
  }
};

/** What a lock says of its holder: nothing where it is being written, or was cut by a power loss. */
const holderOf = (text: string): Partial<Holder> => {
  try {
    return (parseJson(text) as Partial<Holder> | null) ?? {};
  } catch {
    return {};
  }
};

const nameOf = (text: string): string => {
  const { pid, host } = holderOf(text);
  if (!Number.isSafeInteger(pid) || typeof host !== 'string') return 'an unknown process';
  return `process ${pid}${host === hostname() ? '' : ` on ${host.slice(0, 64)}`}`;
};

const underWay = (what: string, text: string): InputError =>
  new InputError(`${what} is under way in ${nameOf(text)}: wait for it`, { code: 'E_FILE' });

/** Takes a lock away if it is the one that is meant. By a rename, so that of several who try only one does. */
const takeAway = async (path: string, isMeant: (text: string) => boolean): Promise<void> => {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    return noneIfAbsent(error); // another was faster
  }
  const isAnothers = !isMeant((await textAt(aside)) ?? '');
  if (isAnothers) await link(aside, path).catch(() => undefined); // goes back, and never over one that came meanwhile
  await rm(aside, { force: true });
};

/** Whether the lock's holder lives; undefined where it gave the lock back. By looks, not by time: who slept has not watched. */
const isAlive = async (path: string, seen: string, what: string, { signal, say, rhythm = RHYTHM }: LockOptions): Promise<boolean | undefined> => {
  const look = rhythm.beat / LOOKS;
  const looks = Math.ceil(rhythm.silence / look);
  for (let i = 0; i < looks; i++) {
    if (i === 3 * LOOKS) say?.(`${what} in ${nameOf(seen)} shows no sign of life: taken over in ${Math.ceil(((looks - i) * look) / 1000)} s`);
    await sleepFor(look, undefined, { signal }).catch(() => checkAborted(signal));
    const now = await textAt(path);
    if (now !== seen) return now === undefined ? undefined : true;
  }
  return false;
};

/** The lock's file, there by this call alone. @returns false where one is there already */
const create = async (folder: string, text: string): Promise<boolean> => {
  const path = join(folder, LOCK);
  await makeFolders(folder).catch((error) => {
    throw notWritten(folder, error, undefined, 'could not be made');
  });
  try {
    const file = await open(path, 'wx');
    try {
      await file.writeFile(text);
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOENT') return false; // ENOENT: the folder was removed in between
    throw notWritten(path, error);
  }
};

const acquire = async (folder: string, what: string, mine: string, options: LockOptions): Promise<void> => {
  const path = join(folder, LOCK);
  let seen: string | undefined;
  for (let tries = 0; tries < 10; tries++) {
    checkAborted(options.signal);
    if (await create(folder, mine)) return;
    seen = await textAt(path);
    if (seen === undefined) continue; // given back in between
    const alive = await isAlive(path, seen, what, options);
    if (alive) break;
    if (alive === false) await takeAway(path, (text) => text === seen);
  }
  throw underWay(what, seen ?? '');
};

/** What those who were killed while they took a lock away left. */
const tidy = async (folder: string): Promise<void> => {
  for (const name of await readdir(folder)) if (name.startsWith(`${LOCK}.`)) await rm(join(folder, name), { force: true }).catch(() => {}); // a folder is not ours
};

/** Keeps a lock by its beat, which finds out where it is lost. */
const keep = (path: string, me: Holder, what: string, { signal, rhythm = RHYTHM }: LockOptions) => {
  const lost = new AbortController();
  /** Only ever in the file that is looked at, so never in another's that comes in its place. */
  const look = async (): Promise<void> => {
    const file = await open(path, 'r+').catch(noneIfAbsent);
    const isMine = file && holderOf(await readText(file)).id === me.id;
    me.beat++;
    if (isMine) await file.write(JSON.stringify(me), 0);
    await file?.close();
    if (isMine) return;
    const why = `another process took it over, since this one stood still for ${rhythm.silence / 1000} s, or its lock was deleted`;
    throw new InputError(`${what} was stopped, as ${why}: run the same command again`, { code: 'E_FILE' });
  };
  let last: Promise<void> = Promise.resolve();
  /** One look after the other: two at once would write over each other's beat. */
  const check = (): Promise<void> => {
    const now = last.then(look);
    last = now.catch(() => {});
    return now;
  };
  const beat = (): void => void check().catch((error: unknown) => error instanceof InputError && lost.abort(error)); // the disk may come back
  const timer = setInterval(beat, rhythm.beat).unref();
  const release = async (): Promise<void> => {
    clearInterval(timer);
    await last;
    await takeAway(path, (text) => holderOf(text).id === me.id).catch(() => undefined); // without a beat it dies by itself
  };
  return { lock: { signal: signal ? AbortSignal.any([signal, lost.signal]) : lost.signal, check }, release };
};

/** Those of this process. */
const held = new Set<string>();

/**
 * Does the work while no other process, and no other call of this one, works in the folder. A dead holder's lock is
 * taken over, which takes half a minute and is said.
 * @throws InputError, one sentence, where another holds it; the signal's reason
 */
export const withLock = async <T>(folder: string, what: string, work: (lock: Lock) => Promise<T>, options: LockOptions = {}): Promise<T> => {
  const path = resolve(folder, LOCK);
  const me: Holder = { pid: process.pid, host: hostname(), id: randomUUID(), beat: 0 };
  const mine = JSON.stringify(me);
  if (held.has(path)) throw underWay(what, mine);
  held.add(path);
  try {
    await acquire(folder, what, mine, options);
    await tidy(folder);
    const { lock, release } = keep(path, me, what, options);
    try {
      return await work(lock);
    } finally {
      await release();
    }
  } finally {
    held.delete(path);
  }
};
