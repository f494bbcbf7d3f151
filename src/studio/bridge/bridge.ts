/**
 * The page's side of the one worker: typed calls with priorities, aborts and keys. What is pointed at goes at once;
 * long work waits its turn, the more urgent first; what nobody waits for never stands before what somebody does. Of calls with one key only the latest is answered, so nothing stale is
 * drawn. A worker that dies is started again, and what may be asked twice is asked again.
 */
import { texts } from '../texts.ts';
import type { Handlers } from '../worker/handlers.ts';
import type { Answer, Request, Told } from '../worker/wire.ts';

type Args<K extends keyof Handlers> = Parameters<Handlers[K]>[0];
type Value<K extends keyof Handlers> = Awaited<ReturnType<Handlers[K]>>;

/** Long work from this priority on is done in the background: begun while there is no other, and what comes does not wait for it. */
export const BEHIND = 5;

export interface CallOptions {
  /** Long work with a lower number goes first; 0 where not given. From `BEHIND` on it is done in the background. */
  priority?: number;
  signal?: AbortSignal;
  /** A later call with this key takes the place of this one. */
  key?: string;
  onProgress?(stage: string, done: number, total: number): void;
  /** These leave the page with the call. */
  transfer?: Transferable[];
}

/** Calls that compute for long: one at a time, and one in the background. All others are answered in between. */
const LONG: ReadonlySet<keyof Handlers> = new Set<keyof Handlers>([
  'settle',
  'ready',
  'prepare',
  'heatPicture',
  'heatNumbers',
  'similar',
  'nameRegions',
  'snapTo',
  'exported',
  'exportedSets',
  'zipped',
  'savedProject',
  'openProject',
  'previews',
  'tree',
  'addEncoder',
  'addNamer',
  'compareWith',
  'conceptRegions',
  'concepts',
]);
/** Calls that change what is kept: after a crash nobody knows whether they were done, so they are not asked again. */
const CHANGING: ReadonlySet<keyof Handlers> = new Set<keyof Handlers>([
  'edit',
  'undo',
  'redo',
  'addEncoder',
  'addNamer',
  'openProject',
  'openLabels',
]);

/** Calls after which something is kept that was not before. */
const KEEPING: ReadonlySet<keyof Handlers> = new Set<keyof Handlers>([...CHANGING, 'settle', 'adopt', 'note', 'keepWork', 'setAside', 'forget']);

/** Every so many milliseconds a worker with something to do is asked for a sign of life; without any of so many times it counts as dead. */
const PING = 3_000;
const MOST_SILENT = 5;

/** A call that a later one, or its own signal, made void. */
export const isVoid = (error: unknown): boolean => (error as Error)?.name === 'AbortError';
const voided = (why: string): DOMException => new DOMException(why, 'AbortError');

/** What the worker said in one sentence, with its code. */
export class WorkerError extends Error {
  readonly code: string | undefined;
  constructor({ name, message, code }: Told) {
    super(message);
    this.name = name;
    this.code = code;
  }
}

interface Call {
  id: number;
  name: keyof Handlers;
  args: unknown;
  options: CallOptions;
  isSent: boolean;
  tries: number;
  resolve(value: never): void;
  reject(error: unknown): void;
}

export interface Bridge {
  call<K extends keyof Handlers>(name: K, args: Args<K>, options?: CallOptions): Promise<Value<K>>;
  /** Whether something is on its way that is not kept yet. */
  isKeeping(): boolean;
  /** Waits until all that was on its way is kept, or has failed. */
  kept(): Promise<void>;
  /** While held, nothing is begun in the background. */
  hold(isHeld: boolean): void;
  /** Ends the worker, as a crash would. */
  kill(): void;
  /** Ends the worker for good: what was asked, and what is asked from now on, is never answered. */
  end(): void;
}

/**
 * @param start makes the worker
 * @param heard of the worker's own events, and of `restarted`, once what can be asked again was
 */
export const createBridge = (start: () => Worker, heard: (event: string, value: unknown) => void): Bridge => {
  const calls = new Map<number, Call>();
  let worker: Worker | undefined;
  let lastId = 0;
  /** Pings in a row that nothing came after. */
  let silent = 0;
  let isEnded = false;

  const isKeeping = (): boolean => [...calls.values()].some(({ name }) => KEEPING.has(name));
  let waiting: (() => void)[] = [];
  /** To be called when there are fewer calls than before. */
  const tellKept = (): void => {
    if (isKeeping()) return;
    for (const done of waiting) done();
    waiting = [];
  };
  let isHeld = false;
  const isBehind = ({ options }: Call): boolean => (options.priority ?? 0) >= BEHIND;

  const send = (call: Call): void => {
    call.isSent = true;
    worker ??= started();
    const request: Request = { id: call.id, call: call.name, args: call.args, ...(isBehind(call) && { isBehind: true }) };
    worker.postMessage(request, call.options.transfer ?? []);
  };

  /** Sends long work: the most urgent first, one at a time; what is for the background where there is no other. */
  const sendNext = (): void => {
    const long = [...calls.values()].filter(({ name }) => LONG.has(name));
    const ahead = long.filter((call) => !isBehind(call));
    if (ahead.length === 0 && isHeld) return;
    const lane = ahead.length > 0 ? ahead : long;
    if (lane.some(({ isSent }) => isSent)) return;
    lane.sort((a, b) => (a.options.priority ?? 0) - (b.options.priority ?? 0) || a.id - b.id);
    if (lane[0]) send(lane[0]);
  };

  const finish = (call: Call): void => {
    calls.delete(call.id);
    sendNext();
    tellKept();
  };

  const drop = (call: Call, why: string): void => {
    if (!calls.has(call.id)) return;
    call.reject(voided(why));
    if (call.isSent) worker?.postMessage({ abort: call.id } satisfies Request);
    finish(call); // what it still answers is nobody's
  };

  const answered = ({ data }: MessageEvent<Answer>): void => {
    silent = 0;
    if ('event' in data) return heard(data.event, data.value);
    const call = calls.get(data.id);
    if (!call) {
      if ('value' in data) closeBitmaps(data.value);
      return;
    }
    if ('progress' in data) return call.options.onProgress?.(...data.progress);
    if ('error' in data) call.reject(data.error.name === 'AbortError' ? voided(data.error.message) : new WorkerError(data.error));
    else call.resolve(data.value as never);
    finish(call);
  };

  const died = (reason: string): void => {
    if (worker) worker.onmessage = worker.onerror = null; // what it may still have sent is of before
    worker?.terminate();
    worker = undefined;
    silent = 0;
    for (const call of [...calls.values()].filter(({ isSent }) => isSent)) {
      call.isSent = false;
      call.tries++;
      if (CHANGING.has(call.name) || call.tries > 1 || call.options.transfer) {
        call.reject(new WorkerError({ name: 'WorkerError', message: texts.worker.ended(reason), code: 'E_WORKER' }));
        calls.delete(call.id);
      } else if (!LONG.has(call.name)) send(call);
    }
    sendNext();
    tellKept();
    heard('restarted', reason);
  };

  const started = (): Worker => {
    const made = start();
    made.onmessage = answered;
    made.onerror = (event) => {
      event.preventDefault();
      if (made === worker) died(event.message || texts.worker.notLoaded);
    };
    return made;
  };

  setInterval(() => {
    if (!worker || document.hidden) return;
    const isBusy = [...calls.values()].some(({ isSent }) => isSent);
    if (!isBusy) {
      silent = 0;
      return;
    }
    if (silent === MOST_SILENT) return died(texts.worker.silent);
    silent++;
    worker.postMessage({ id: 0, call: 'ping', args: undefined } satisfies Request);
  }, PING);

  return {
    call: (name, args, options = {}) =>
      new Promise((resolve, reject) => {
        const { signal, key } = options;
        if (isEnded) return;
        if (signal?.aborted) return reject(voided('it is not wanted any more'));
        if (key !== undefined) for (const other of calls.values()) if (other.options.key === key) drop(other, 'a later call took its place');
        const call: Call = { id: ++lastId, name, args, options, isSent: false, tries: 0, resolve, reject };
        calls.set(call.id, call);
        signal?.addEventListener('abort', () => drop(call, 'it is not wanted any more'), { once: true });
        if (LONG.has(name)) sendNext();
        else send(call);
      }),
    isKeeping,
    kept: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        tellKept();
      }),
    hold: (isOn) => {
      isHeld = isOn;
      sendNext();
    },
    kill: () => died(texts.worker.killed),
    end: () => {
      isEnded = true;
      if (worker) worker.onmessage = worker.onerror = null;
      worker?.terminate();
      worker = undefined;
      calls.clear();
      tellKept();
    },
  };
};

/** Pictures that came too late hold memory of the GPU until they are closed. */
const closeBitmaps = (value: unknown): void => {
  if (value instanceof ImageBitmap) value.close();
  else if (value && typeof value === 'object' && !ArrayBuffer.isView(value)) for (const one of Object.values(value)) closeBitmaps(one);
};
