/** A queue of pictures on Redis, by BullMQ: where it is, what a job of it holds, and reaching it. */
import { createHash } from 'node:crypto';
import { type Job as BullJob, Queue, type QueueOptions } from 'bullmq';
import { InputError } from '../toolkit.ts';
import type { Picture } from './inputs-node.ts';
import type { PlanOptions } from './plan-node.ts';
import type { PlainRecipe } from './pool-node.ts';

/** Of the data below. A worker that knows another one leaves the job alone. */
export const FORMAT = 2;

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

/** What the keys of all our queues begin with. The library's own prefix is that of others who use it, whose jobs are none of ours. */
const PREFIX = 'diffcut';

/** How the library finds a queue. @param retry milliseconds until Redis is tried again, null for no more */
export const placeOf = ({ url }: QueueAddress, retry: (times: number) => number | null): QueueOptions => ({
  prefix: PREFIX,
  skipVersionCheck: true, // its own look at Redis prints what `risksOf` tells, once for each connection
  connection: {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || 6379),
    db: Number(url.pathname.slice(1)),
    ...(url.username && { username: decoded(url.username) }),
    ...(url.password && { password: decoded(url.password) }),
    ...(url.protocol === 'rediss:' && { tls: {} }),
    connectTimeout: PATIENCE,
    maxRetriesPerRequest: null, // what was asked of it waits until it is back
    retryStrategy: retry,
  },
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

/** What Redis refuses, by the words of its answer, and what to do. */
const REFUSALS: readonly [words: RegExp, sentence: string][] = [
  [/WRONGPASS|NOAUTH/, 'wants another user or password: give redis://USER:PASSWORD@host, best in DIFFCUT_QUEUE'],
  [/NOPERM/, `does not permit this user what is to be done: permit all commands on the keys ${PREFIX}:*, or give another user`],
  [/OOM/, 'has no room left: raise its maxmemory'],
  [/READONLY/, 'lies on a Redis that only copies another one: give the address of that'],
  [/MISCONF/, 'cannot be saved by its Redis, which changes nothing until it can: make room on its disk'],
  [/DB index/, 'lies in a database that there is not: give a smaller number after the host'],
];

/** Why Redis, which is there, does not do what it is asked, as a sentence; undefined for any other error. */
export const refusalOf = ({ told }: QueueAddress, error: unknown): string | undefined => {
  const { name, message } = (error ?? {}) as Partial<Error>;
  const found = name === 'ReplyError' && REFUSALS.find(([words]) => words.test(message as string));
  return found ? `The queue ${told} ${found[1]}` : undefined;
};

/** As a Redis without a password ends what comes from other machines (its protected mode), and one with TLS what comes without. */
const HUNG_UP = /^(EPIPE|ECONNRESET)$/;

const unreached = (at: QueueAddress, error: unknown): InputError => {
  const reason = reasonOf(error);
  const advice = HUNG_UP.test(reason)
    ? 'it hung up, as Redis does with other machines until it has a password, and where it wants rediss://'
    : 'start Redis there, or give another address';
  const sentence = refusalOf(at, error) ?? `The queue ${at.told} is not reached (${reason}): ${advice}`;
  return new InputError(sentence, { code: 'E_NETWORK', cause: error });
};

/** The library's word for what was asked of a connection that is over. */
const isClosed = (error: unknown): boolean => /^Connection is closed/.test((error as Error).message);

/** Whether an error of the library says that Redis is away, or not ready yet. */
export const isConnection = (error: unknown): boolean =>
  /^E[A-Z]+$/.test(reasonOf(error)) || isClosed(error) || /^LOADING/.test((error as Error).message);

/** Tells once that Redis went away or refuses, and once that it is back. */
export const connectionTeller = (at: QueueAddress, say: (line: string) => void) => {
  let isAway = false;
  return {
    lost(error: unknown): void {
      const refusal = refusalOf(at, error);
      if (!isAway) say(refusal ? `${refusal}; it is waited for` : `The queue ${at.told} is not reached (${reasonOf(error)}): waiting for it`);
      isAway = true;
    },
    back(): void {
      if (isAway) say(`The queue ${at.told} is there again`);
      isAway = false;
    },
  };
};

/** @throws InputError where it is not reached within seconds */
const openQueue = async (at: QueueAddress, say: (line: string) => void): Promise<PictureQueue> => {
  const until = Date.now() + PATIENCE;
  let isReached = false;
  let last: unknown;
  const teller = connectionTeller(at, say);
  const isRefused = (): boolean => refusalOf(at, last) !== undefined;
  const retry = (times: number): number | null => (isReached || (Date.now() < until && !isRefused()) ? retryForEver(times) : null);
  const queue: PictureQueue = new Queue(at.name, placeOf(at, retry));
  queue.on('error', (error) => {
    last = error;
    if (isReached) teller.lost(error);
  });
  try {
    const client = await queue.client;
    if (isRefused()) throw last; // such as its database, in the place of which the library takes another
    client.on('ready', teller.back);
    isReached = true;
    return queue;
  } catch (error) {
    await queue.close().catch(() => {});
    throw unreached(at, last ?? error);
  }
};

/**
 * Reaches a queue, and leaves it after its use, whether Redis is there to hear of it or not.
 * @param say told where it goes away meanwhile, and that it is back
 * @throws InputError where it is not reached within seconds, or refuses what it is asked
 */
export const withQueue = async <T>(at: QueueAddress, say: (line: string) => void, use: (queue: PictureQueue) => Promise<T>): Promise<T> => {
  const queue = await openQueue(at, say);
  try {
    return await use(queue);
  } catch (error) {
    throw refusalOf(at, error) !== undefined || isClosed(error) ? unreached(at, error) : error;
  } finally {
    (await queue.client).disconnect();
  }
};

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
