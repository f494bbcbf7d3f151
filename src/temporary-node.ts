/**
 * What is half done lies in a folder of its own, the stage, beside where it goes. Its name cannot be guessed, it is made and never
 * taken over, and as long as its run lives its time is renewed: what has stood still too long, a later run clears away.
 */
import { createHash, randomBytes } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync } from 'node:fs';
import { lstat, mkdir, rename, rmdir, utimes } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { moveNew, syncFolder, writeNew } from './disk-node.ts';
import type { Content, WriteOptions } from './types.ts';

/** Milliseconds between two signs of life, and after which silence a run counts as dead: clocks on a network drive differ. */
const BEAT = 10_000;
const SILENCE = 600_000;

/** What has the same process ids: this start of the system, and in a container that container. Not everywhere to be had. */
const processesHere = (): string | undefined => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8') + readlinkSync('/proc/self/ns/pid');
  } catch {
    return undefined;
  }
};

const KNOWN = processesHere();

/** Names all that have the same process ids. Told to the processes of a batch, which are cleared up after by their ids. */
export const PROCESSES =
  KNOWN === undefined ? (process.env.DIFFCUT_HERE ?? randomBytes(6).toString('hex')) : createHash('sha256').update(KNOWN).digest('hex').slice(0, 12);

const STAGE = /^\.diffcut\.([\da-f]{12})\.(\d+)\.[\da-f]{16}\.tmp$/;

/** Within a stage: what stood in the place of an output, under its name. */
export const ASIDE = 'aside';
/** And what an earlier run had made beside them. */
export const STALE = 'stale';

export interface Stage {
  path: string;
  /** Removes it with all that is left in it, but for what is aside and has nothing in its place: that goes back. */
  end(): void;
  /** Has it outlast its end, under a name that no run clears away. @returns where it lies then */
  keep(): string;
}

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0); // signal 0 only asks
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // another user's
  }
};

/** Puts back what a run that died had taken from its place and not replaced, and removes the rest. */
const clearStage = (folder: string, name: string): void => {
  const path = join(folder, name);
  const aside = join(path, ASIDE);
  if (lstatSync(aside, { throwIfNoEntry: false })?.isDirectory())
    for (const old of readdirSync(aside))
      if (!lstatSync(join(folder, old), { throwIfNoEntry: false })) renameSync(join(aside, old), join(folder, old));
  rmSync(path, { recursive: true, force: true });
};

/** A stage holds nothing else: what came here by another way, in an archive perhaps, is not cleared away. */
const isOurs = (path: string): boolean => readdirSync(path).every((name) => /^\d+$/.test(name) || name === ASIDE || name === STALE);

/** @param isOver whether the run of a stage has ended */
const clearStages = (folder: string, isOver: (here: string, pid: number, path: string) => boolean): void => {
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const [, here, pid] = STAGE.exec(entry.name) ?? [];
      if (pid === undefined || !entry.isDirectory()) continue; // a link of that name is nobody's stage
      const path = join(folder, entry.name);
      if (isOver(here, Number(pid), path) && isOurs(path)) clearStage(folder, entry.name);
    }
  } catch {} // it is in nobody's way
};

/** Removes what a process of this run that has ended left half done in a folder. */
export const removeStages = (folder: string, pid: number): void => clearStages(folder, (here, of) => here === PROCESSES && of === pid);

/**
 * A process id alone says nothing: other machines and containers have the same ones, and each is used again.
 * @param now by the clock of the file system
 */
const isDead = (here: string, pid: number, path: string, now: number): boolean =>
  (KNOWN !== undefined && here === PROCESSES && !isRunning(pid)) || now - lstatSync(path).mtimeMs > SILENCE;

const swept = new Set<string>();

/** Clears away what dead runs left in a folder, once. */
const sweep = (folder: string, now: number): void => {
  const key = resolve(folder);
  if (swept.has(key)) return;
  swept.add(key);
  clearStages(folder, (here, pid, path) => isDead(here, pid, path, now));
};

/** When a new folder was made, by the clock of its file system: the only one that all have who share it. */
const timeOfNew = async (path: string): Promise<number> => {
  try {
    return (await lstat(path)).mtimeMs;
  } catch (error) {
    await rmdir(path).catch(() => {});
    throw error;
  }
};

/** Makes a stage in a folder. @throws what the system says */
export const openStage = async (folder: string): Promise<Stage> => {
  const path = join(folder, `.diffcut.${PROCESSES}.${process.pid}.${randomBytes(8).toString('hex')}.tmp`);
  await mkdir(path, 0o700);
  const now = await timeOfNew(path);
  const ahead = now - Date.now();
  sweep(folder, now);
  const beat = setInterval(() => {
    const time = new Date(Date.now() + ahead);
    utimes(path, time, time).catch(() => {});
  }, BEAT).unref();
  let isKept = false;
  return {
    path,
    end() {
      clearInterval(beat);
      try {
        if (!isKept) clearStage(folder, basename(path));
      } catch {} // a later run does it
    },
    keep() {
      isKept = true;
      const kept = path.replace(/tmp$/, 'kept');
      try {
        renameSync(path, kept);
        return kept;
      } catch {
        return path;
      }
    },
  };
};

/** Writes a file in a stage beside its place, then moves it there. @throws what the system says; EEXIST where one is that is not to be replaced */
export const writeStaged = async (path: string, content: Content, { replace = false, durable = false }: WriteOptions = {}): Promise<void> => {
  const stage = await openStage(dirname(path));
  try {
    const temporary = join(stage.path, '0');
    await writeNew(temporary, content, durable);
    await (replace ? rename : moveNew)(temporary, path);
    if (durable)
      await syncFolder(dirname(path)).catch(async (error) => {
        if (!replace) await rename(path, temporary);
        throw error;
      });
  } finally {
    stage.end();
  }
};
