/** A queue of pictures on Redis, by BullMQ: where it is, what a job of it holds, and reaching it. */
import { createHash } from 'node:crypto';
import { type Job as BullJob, type ConnectionOptions, Queue } from 'bullmq';
import { InputError } from '../toolkit.ts';
import type { Picture } from './inputs-node.ts';
import type { PlanOptions } from './plan-node.ts';
import type { PlainRecipe } from './pool-node.ts';

/** Of the data below. A worker that knows another one leaves the job alone. */
export const FORMAT = 1;

/** A picture to be segmented by whichever machine takes it: plain data, its paths absolute. */
export interface QueuedPicture {
  format: typeof FORMAT;
  picture: Picture;
  plan: Pick<PlanOptions, 'formats' | 'asked' | 'overwrite' | 'durable'> & { target: { folder: string } };
  recipe: PlainRecipe;
}

/** What Redis keeps of a picture that is done. */
export interface Outcome {
  /** None of one that was finished before. */
  segments?: number;
  milliseconds?: number;
}

export type PictureQueue = Queue<QueuedPicture, Outcome>;
export type PictureJob = BullJob<QueuedPicture, Outcome>;

/** Where a queue is. */
export interface QueueAddress {
  url: URL;
  name: string;
  /** For people: without user and password. */
  told: string;
}

const EXAMPLE = 'redis://host:6379/0, with ?name=mine for one of several queues';

/** What the library calls a queue's keys by. */
const NAME = /^[\w.-]{1,64}$/;

/** @throws InputError, which does not repeat what may hold a password */
export const queueAddress = (text: string): QueueAddress => {
  const bad = (what: string): InputError => new InputError(`${what}: give ${EXAMPLE}`, { code: 'E_OPTION' });
  if (!/^rediss?:\/\//i.test(text) || !URL.canParse(text)) throw bad('The queue is to be an address of Redis');
  const url = new URL(text);
  if (url.hostname === '') throw bad('The address of the queue names no host');
  if (!/^\/?\d{0,5}$/.test(url.pathname)) throw bad('The path of the address of the queue is to be the number of a database');
  const name = url.searchParams.get('name') ?? 'diffcut';
  if ([...url.searchParams.keys()].some((key) => key !== 'name') || !NAME.test(name))
    throw bad('After "?" the address of the queue has its name alone, of letters, digits, ".", "_" and "-"');
  return { url, name, told: `${name} at ${url.protocol}//${url.host}${url.pathname}` };
};

/** A password with a "%" that nobody escaped is that password. */
const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** As the library's client takes it. @param retry milliseconds until it is tried again, null for no more */
export const connectionOf = ({ url }: QueueAddress, retry: (times: number) => number | null): ConnectionOptions => ({
  host: url.hostname.replace(/^\[|\]$/g, ''),
  port: Number(url.port || 6379),
  db: Number(url.pathname.slice(1)),
  ...(url.username && { username: decoded(url.username) }),
  ...(url.password && { password: decoded(url.password) }),
  ...(url.protocol === 'rediss:' && { tls: {} }),
  connectTimeout: PATIENCE,
  maxRetriesPerRequest: null, // what was asked of it waits until it is back
  retryStrategy: retry,
});

/** Milliseconds in which Redis is to answer first. */
const PATIENCE = 3000;

/** Once it was reached it is waited for: it starts again. */
export const retryForEver = (times: number): number => Math.min(200 * times, 3000);

/** Why Redis is not reached. Node's own error for several addresses has no message. */
const reasonOf = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
};

const isRefused = (error: unknown): boolean => /WRONGPASS|NOAUTH|NOPERM/.test((error as Error | undefined)?.message ?? '');

const unreached = ({ told }: QueueAddress, error: unknown): InputError => {
  const sentence = isRefused(error)
    ? `The queue ${told} wants another user or password: give redis://USER:PASSWORD@host, best in DIFFCUT_QUEUE`
    : `The queue ${told} is not reached (${reasonOf(error)}): start Redis there, or give another address`;
  return new InputError(sentence, { code: 'E_NETWORK', cause: error });
};

/** Tells once that Redis went away, and once that it is back. */
export const connectionTeller = (at: QueueAddress, say: (line: string) => void) => {
  let isAway = false;
  return {
    isConnection: (error: unknown): boolean => /^E[A-Z]+$/.test(reasonOf(error)) || /^Connection is closed|^LOADING/.test((error as Error).message),
    lost(error: unknown): void {
      if (!isAway) say(`The queue ${at.told} is not reached (${reasonOf(error)}): waiting for it`);
      isAway = true;
    },
    back(): void {
      if (isAway) say(`The queue ${at.told} is there again`);
      isAway = false;
    },
  };
};

/**
 * Reaches a queue.
 * @param say told where it goes away later, and that it is back
 * @throws InputError where it is not reached within seconds
 */
export const openQueue = async (at: QueueAddress, say: (line: string) => void): Promise<PictureQueue> => {
  const until = Date.now() + PATIENCE;
  let isReached = false;
  let last: unknown;
  const teller = connectionTeller(at, say);
  const retry = (times: number): number | null => (isReached || (Date.now() < until && !isRefused(last)) ? retryForEver(times) : null);
  // The library's own look at Redis prints what `risksOf` tells, once for each connection.
  const queue: PictureQueue = new Queue(at.name, { connection: connectionOf(at, retry), skipVersionCheck: true });
  queue.on('error', (error) => {
    last = error;
    if (isReached) teller.lost(error);
  });
  try {
    const client = await queue.client;
    client.on('ready', teller.back);
    isReached = true;
    return queue;
  } catch (error) {
    await queue.close().catch(() => {});
    throw unreached(at, last ?? error);
  }
};

/** Leaves it, whether Redis is there to hear of it or not. */
export const leaveQueue = async (queue: PictureQueue): Promise<void> => (await queue.client).disconnect();

/** What of Redis' settings loses jobs, a sentence each; none where it does not tell. */
export const risksOf = async (queue: PictureQueue): Promise<string[]> => {
  const client = await queue.client;
  const info = await client.info().catch(() => '');
  const setting = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const policy = setting('maxmemory_policy') ?? 'noeviction';
  return [
    ...(setting('aof_enabled') === '0' ? ['Redis keeps no log (appendonly no): what waits is lost where it is started again'] : []),
    ...(policy === 'noeviction' ? [] : [`Redis throws away what it has no room for (maxmemory-policy ${policy}): set it to noeviction`]),
  ];
};

/** The same for the same picture, outputs and settings: so a picture that waits is not added again. */
export const idOf = (queued: QueuedPicture): string => `p${createHash('sha256').update(JSON.stringify(queued)).digest('hex').slice(0, 32)}`; // the library takes no number for an id
