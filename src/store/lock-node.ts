/** One process at a time in a folder. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../errors.ts';
import { notWritten, statIfThere, textIfThere } from '../system-errors-node.ts';

interface Holder {
  pid: number;
  host: string;
  /** When the process started, milliseconds: tells it from a later one of the same number. */
  started: number;
  /** Of this one lock. */
  id: string;
}

const NAME = '.lock';
const BEAT = 10_000;
/** Without a beat for so long, the holder on another machine counts as gone, milliseconds. */
const SILENCE = 120_000;

const self = (): Holder => ({ pid: process.pid, host: hostname(), started: performance.timeOrigin, id: randomUUID() });

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0); // signal 0 only asks
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // another user's
  }
};

const parse = (text: string): Partial<Holder> => {
  try {
    return JSON.parse(text) as Partial<Holder>;
  } catch {
    return {}; // being written, or cut by a power loss: its age decides
  }
};

const isStale = async (path: string, { pid, host, started }: Partial<Holder>): Promise<boolean> => {
  const me = self();
  if (pid !== undefined && host === me.host) return pid === me.pid ? started !== me.started : !isRunning(pid);
  const there = await statIfThere(path);
  return !there || Date.now() - there.mtimeMs > SILENCE;
};

/** Takes a dead holder's lock away. By a rename, so that of two who try only one does. */
const clear = async (path: string, seen: string): Promise<void> => {
  const aside = `${path}.${process.pid}.${performance.now()}`;
  const moved = await rename(path, aside).then(
    () => true,
    () => false,
  );
  if (!moved) return; // another was faster
  const taken = await readFile(aside, 'utf8').catch(() => seen);
  if (taken === seen) await rm(aside, { force: true });
  else await rename(aside, path); // not the dead one's, but that of another who cleared it just before
};

const nameOf = ({ pid, host }: Partial<Holder>): string =>
  `process ${pid ?? 'unknown'}${host === hostname() ? '' : ` on ${host ?? 'an unknown machine'}`}`;

/**
 * Does the work while no other process, and no other call of this one, works in the folder. The lock of a process
 * that has died is taken over.
 * @throws InputError, one sentence, where another holds it
 */
export const withLock = async <T>(folder: string, what: string, work: () => Promise<T>): Promise<T> => {
  const path = join(folder, NAME);
  const mine = JSON.stringify(self());
  for (let tries = 0; ; tries++) {
    try {
      await mkdir(folder, { recursive: true });
      await writeFile(path, mine, { flag: 'wx' });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw notWritten(path, error);
    }
    const seen = await textIfThere(path);
    if (seen === undefined) continue; // given back in between
    const stale = await isStale(path, parse(seen));
    if (stale && tries < 10) await clear(path, seen);
    else {
      const sentence = `${what} is under way in ${nameOf(parse(seen))}: wait for it, or delete ${JSON.stringify(path)} if it is gone`;
      throw new InputError(sentence, { code: 'E_FILE' });
    }
  }
  const beat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), BEAT).unref();
  try {
    return await work();
  } finally {
    clearInterval(beat);
    if ((await readFile(path, 'utf8').catch(() => '')) === mine) await rm(path, { force: true });
  }
};
