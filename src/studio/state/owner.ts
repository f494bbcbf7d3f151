/**
 * One tab at a time owns the work. All tabs of an address share what the browser keeps, and two that wrote would mix it up: so
 * whoever works holds a lock, and lets it go when another tab asks for it. Where there are no locks (a page that is not secure)
 * the tabs only ask each other.
 */
import { signal } from '@preact/signals';
import type { Trouble } from '../keep/store.ts';
import { bridge, onEvent } from './bridge.ts';

/**
 * `asking` until it is known, `here` in the one tab that works, `elsewhere` in the others, `coming` while another tab lets go,
 * `refused` where it cannot: what it has not kept would be lost.
 */
export const owner = signal<'asking' | 'here' | 'coming' | 'elsewhere' | 'refused'>('asking');

const NAME = 'diffcut-studio';
/** Milliseconds in which a tab answers that is alive; and in which it has saved what is on its way. */
const ALIVE = 2_000;
const SAVED = 30_000;
/** Where there are no locks nobody knows before this time has passed. */
const NOBODY = 400;

type What = 'who' | 'here' | 'take' | 'refused' | 'letting' | 'free' | 'stolen';
interface Word {
  from: number;
  what: What;
}

const me = crypto.getRandomValues(new Uint32Array(1))[0];
const channel = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel(NAME);
const tell = (what: What): void => channel?.postMessage({ from: me, what } satisfies Word);

/** Waits for one of some words of another tab. @returns the one that came in time */
const hears = (words: readonly What[], within: number): Promise<What | undefined> =>
  new Promise((resolve) => {
    const heard = new AbortController();
    const end = (what?: What): void => {
      clearTimeout(timer);
      heard.abort();
      resolve(what);
    };
    const timer = setTimeout(end, within);
    channel?.addEventListener('message', ({ data }: MessageEvent<Word>) => words.includes(data.what) && end(data.what), { signal: heard.signal });
  });

type How = Pick<LockOptions, 'ifAvailable' | 'steal' | 'signal'>;
let release = (): void => {};

/** Holds the lock until it is released. @returns false where it was not given */
const holdLock = (how: How): Promise<boolean> =>
  new Promise((resolve) => {
    let isGiven = false;
    const given = (lock: Lock | null): Promise<void> | undefined => {
      isGiven = lock !== null;
      resolve(isGiven);
      return isGiven ? new Promise((done) => (release = done)) : undefined;
    };
    navigator.locks.request(NAME, how, given).catch(() => {
      resolve(false); // it took too long
      if (isGiven) stop(); // it was stolen
    });
  });

const holdByWord = async ({ steal }: How): Promise<boolean> => {
  tell(steal ? 'stolen' : 'who');
  return steal === true || !(await hears(['here'], NOBODY));
};
const hasLocks = typeof navigator !== 'undefined' && navigator.locks !== undefined;
const hold = hasLocks ? holdLock : holdByWord;

/** What is done once this tab works; done already where it is not there. */
let begin: (() => void) | undefined;

/** From now on nothing is written here. */
const stop = (): void => {
  if (owner.value === 'here') owner.value = 'elsewhere';
  bridge.end();
};

/** There is work in memory alone, since the browser has no room for it. */
let isUnkept = false;
onEvent((event, value) => {
  if (event === 'trouble') isUnkept = (value as Trouble).kind !== 'room';
});

const letGo = async (): Promise<void> => {
  if (isUnkept) return tell('refused');
  tell('letting');
  owner.value = 'elsewhere';
  await bridge.kept();
  bridge.end();
  release();
  tell('free');
};

/** What other tabs say to the one that works. */
const ANSWERS: Partial<Record<What, () => unknown>> = { who: () => tell('here'), take: letGo };
channel?.addEventListener('message', ({ data: { what, from } }: MessageEvent<Word>) => {
  if (what === 'stolen' && !begin) stop();
  else if (owner.value === 'here') ANSWERS[what]?.();
  else if (what === 'who' && !hasLocks && owner.value === 'asking' && me < from) tell('here'); // of two that begin at once, one
});

const become = (): void => {
  if (!begin) return location.reload(); // what this page knows is of before
  owner.value = 'here';
  begin();
  begin = undefined;
};

/** Works here, once no other tab does. @param start what is done then, once */
export const own = async (start: () => void): Promise<void> => {
  begin = start;
  if (await hold({ ifAvailable: true })) return become();
  // a page that was loaded again may be here before it is gone: its lock comes, another tab says that it has it
  const answered = new AbortController();
  void hears(['here'], ALIVE).then(() => answered.abort());
  tell('who');
  if (hasLocks && (await hold({ signal: answered.signal }))) return become();
  owner.value = 'elsewhere';
};

/** Has the tab that works save and stop, and works here, unless that one has no room to save. One that does not answer loses the lock. */
export const workHere = async (): Promise<void> => {
  owner.value = 'coming';
  if (!(await hold({ ifAvailable: true }))) {
    tell('take');
    const answer = await hears(['letting', 'refused'], ALIVE);
    if (answer === 'refused') {
      owner.value = 'refused';
      return;
    }
    if (answer === 'letting') await hears(['free'], SAVED);
    (await hold(hasLocks ? { signal: AbortSignal.timeout(ALIVE) } : {})) || (await hold({ steal: true }));
  }
  become();
};
