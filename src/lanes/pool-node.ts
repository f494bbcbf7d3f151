/** Lanes that are processes: each may run out of memory, or be killed, for itself, and another takes its place. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { describeEncoder } from '../encode/open.ts';
import { InputError } from '../errors.ts';
import type { EncoderRow } from '../models/table.ts';
import { memoryHere } from '../store/locate-node.ts';
import type { Hearing, Lanes } from './lanes.ts';
import { type Process, type Starting, startProcess } from './process-node.ts';

/** Bytes that are left for each picture: nearly twice what one of 12 megapixels takes (docs/results.md). */
const ROOM = 1.5e9;

/** Yes in the built package. Beside the sources, which vitest runs, and in a bundle there is no such file. */
export const isBuilt = (entry: URL): boolean => entry.protocol === 'file:' && existsSync(entry);

/**
 * How many pictures at a time suit the encoder and this machine. Encoders that take gigabytes, a GPU, or most of a
 * picture's time on all cores, get one.
 */
export const usualCount = ({ kind }: EncoderRow, device = 'auto'): number => {
  if (kind !== 'embedded' || !['auto', 'cpu'].includes(device)) return 1;
  return Math.max(1, Math.min(availableParallelism(), Math.floor(memoryHere() / ROOM)));
};

/**
 * How many pictures at a time: what was asked for, or what suits encoder and machine; no more than there are.
 * @param entry the file that each process runs
 * @throws InputError where several are asked for and there is no build
 */
export const countFor = async (
  encoder: string,
  { jobs, device }: { jobs?: number | undefined; device?: string | undefined },
  pictures: number,
  entry: URL,
): Promise<number> => {
  if (jobs !== undefined && jobs > 1 && !isBuilt(entry))
    throw new InputError('There is no built code beside the sources: run "npm run build", or leave jobs out');
  if (jobs !== undefined || pictures < 2) return Math.min(jobs ?? 1, pictures);
  return isBuilt(entry) ? Math.min(pictures, usualCount(await describeEncoder(encoder), device)) : 1;
};

/** Places to work in, given out in the order in which they were asked for. */
const places = (count: number) => {
  const waiting: (() => void)[] = [];
  let free = count;
  return {
    /** @throws the signal's reason once it is aborted */
    take(signal: AbortSignal | undefined): Promise<void> {
      signal?.throwIfAborted();
      if (free > 0) return Promise.resolve(void free--);
      return new Promise((resolve, reject) => {
        const leave = (): void => {
          waiting.splice(waiting.indexOf(go), 1);
          reject(signal?.reason);
        };
        const go = (): void => {
          signal?.removeEventListener('abort', leave);
          resolve();
        };
        signal?.addEventListener('abort', leave, { once: true });
        waiting.push(go);
      });
    },
    leave(): void {
      const next = waiting.shift();
      if (next) next();
      else free++;
    },
  };
};

/** Lanes of these processes, each started when it is first needed. */
export const openPool = <T, R>(count: number, { opened, ...starting }: Omit<Starting<T>, 'threads'>): Lanes<T, R> => {
  const threads = Math.max(1, Math.floor(availableParallelism() / count));
  const processes = new Set<Process<T, R>>();
  const idle: Process<T, R>[] = [];
  const place = places(count);
  const closed = new AbortController();
  let isOpened = false;
  let refusal: Lanes<T, R>['refusal'];
  const start = (): Process<T, R> => {
    const one = startProcess<T, R>({
      ...starting,
      threads,
      opened(encoder) {
        isOpened = true;
        opened(encoder);
      },
    });
    processes.add(one);
    return one;
  };
  const drop = (one: Process<T, R>): void => {
    one.kill();
    processes.delete(one);
  };
  const next = (): Process<T, R> => {
    for (let one = idle.pop(); one; one = idle.pop()) {
      if (!one.isOver) return one;
      processes.delete(one);
    }
    return start();
  };
  /** What no encoder opens for fails them all, where none ever did. */
  const refused = (one: Process<T, R>, error: unknown): never => {
    drop(one);
    if (!isOpened) refusal = { error };
    throw error;
  };
  /** In a process; an abort is heard once it has stopped, for what it may have finished nevertheless. */
  const work = async (one: Process<T, R>, task: T, { signal, onStage }: Hearing): Promise<R> => {
    const stop = (): void => one.stop();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      const outcome = await one.work(task, (stage) => onStage?.(stage)).catch((error) => refused(one, error));
      if (one.isOver) processes.delete(one);
      else if (!idle.includes(one)) idle.push(one);
      if ('result' in outcome) return outcome.result;
      signal?.throwIfAborted(); // whatever the abort broke, the abort is the reason
      throw outcome.error;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  };
  const killAll = (): void => {
    for (const one of processes) drop(one);
  };
  process.on('exit', killAll);
  return {
    count,
    get refusal() {
      return refusal;
    },
    async open() {
      if (isOpened) return;
      const one = next();
      await one.open().catch((error) => refused(one, error));
      idle.push(one);
    },
    async run(task, hearing = {}) {
      await place.take(hearing.signal ? AbortSignal.any([hearing.signal, closed.signal]) : closed.signal);
      try {
        hearing.signal?.throwIfAborted();
        closed.signal.throwIfAborted();
        if (refusal) throw refusal.error;
        const one = next();
        hearing.begin?.();
        return await work(one, task, hearing);
      } finally {
        place.leave();
      }
    },
    async close() {
      closed.abort();
      for (const one of processes) one.kill();
      const ending = [...processes].map((one) => one.end());
      processes.clear();
      process.off('exit', killAll);
      await Promise.all(ending);
    },
  };
};
