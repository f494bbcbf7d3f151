/**
 * What outlives the page: pictures, their labels as they were drawn, and every step since. A step is kept when it is
 * made, so a crash loses nothing. Where the browser gives no room the work goes on in memory, the page is told before
 * anything is lost, and all of it is kept once there is room again. What is on the disk is at any time the work as it
 * stood after some step: writes are done in order, and none is done after one that failed.
 */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { ClassRow, PictureRow, Settings } from '../types.ts';

/** The page's own state. */
export interface WorkRow {
  activeId?: string;
  classes: ClassRow[];
  /** Classes that were deleted: regions of theirs have none until one of that name is added again. */
  gone?: ClassRow[];
  settings: Settings;
}

interface Schema extends DBSchema {
  pictures: { key: string; value: PictureRow };
  /** `packSheet` of the labels before the first step. */
  bases: { key: string; value: unknown };
  steps: { key: [picture: string, n: number]; value: unknown };
  work: { key: string; value: WorkRow };
}

export type Table = 'pictures' | 'bases' | 'steps' | 'work';
export type Key = string | [string, number];
const TABLES: readonly Table[] = ['pictures', 'bases', 'steps', 'work'];

export interface Store {
  get(table: Table, key: Key): Promise<unknown>;
  /** In the order of their keys. */
  all(table: Table, from?: Key, to?: Key): Promise<unknown[]>;
  put(table: Table, key: Key, value: unknown): Promise<void>;
  /** Puts what a function makes of what is there; nothing comes in between. @returns it */
  update<T>(table: Table, key: Key, change: (before: unknown) => T): Promise<T>;
  /** All keys from the first to the last. */
  remove(table: Table, from: Key, to?: Key): Promise<void>;
  clear(): Promise<void>;
}

/** A change of one key; without a value it goes. */
export interface Entry {
  table: Table;
  key: Key;
  value?: unknown;
}

/** Where things are kept. */
export interface Disk {
  get(table: Table, key: Key): Promise<unknown>;
  keys(table: Table, from?: Key, to?: Key): Promise<Key[]>;
  /** In the order of `keys`. */
  all(table: Table, from?: Key, to?: Key): Promise<unknown[]>;
  /** Together or not at all. */
  write(entries: readonly Entry[]): Promise<void>;
}

/** `full` where a write found no room, `none` where the browser keeps nothing at all, `room` where everything is kept again. */
export type Trouble = { kind: 'full' | 'none' | 'room'; message: string };

const flat = (key: Key): string => (typeof key === 'string' ? key : `${key[0]} ${String(key[1]).padStart(16, '0')}`);
const nameOf = (table: Table, key: Key): string => `${table} ${flat(key)}`;
const isBetween = (key: Key, from?: Key, to?: Key): boolean =>
  (from === undefined || flat(key) >= flat(from)) && (to === undefined || flat(key) <= flat(to));

/** Errors of whoever asked, not of the disk. */
const isMisuse = (error: unknown): boolean => ['DataCloneError', 'DataError', 'TypeError'].includes((error as Error)?.name);

/** Milliseconds after which a full disk is tried again. */
const RETRY = 30_000;

/** @param troubled is told when there is no room, once until there is again */
export const createStore = (disk: Disk, troubled: (trouble: Trouble) => void, now = (): number => performance.now()): Store => {
  /** What could not be written, in the order in which it came. */
  const unkept = new Map<string, Entry>();
  let lastTry = 0;
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const turn = last.then(task);
    last = turn.catch(() => {});
    return turn;
  };

  const remember = (entries: readonly Entry[]): void => {
    for (const entry of entries) {
      const name = nameOf(entry.table, entry.key);
      unkept.delete(name);
      unkept.set(name, entry);
    }
  };

  const write = async (entries: readonly Entry[], isRoomier = false): Promise<void> => {
    const wasFull = unkept.size > 0;
    if (wasFull && !isRoomier && now() - lastTry < RETRY) return remember(entries);
    lastTry = now();
    try {
      await disk.write([...unkept.values(), ...entries]);
      unkept.clear();
      if (wasFull) troubled({ kind: 'room', message: '' });
    } catch (error) {
      if (isMisuse(error)) throw error;
      const { name, message } = error as Error;
      remember(entries);
      if (!wasFull) troubled({ kind: name === 'QuotaExceededError' ? 'full' : 'none', message });
    }
  };

  const get: Store['get'] = async (table, key) => {
    const entry = unkept.get(nameOf(table, key));
    return entry ? entry.value : disk.get(table, key);
  };

  const keys = async (table: Table, from?: Key, to?: Key): Promise<Key[]> => {
    const own = [...unkept.values()].filter((entry) => entry.table === table && isBetween(entry.key, from, to)).map(({ key }) => key);
    return [...(await disk.keys(table, from, to)), ...own];
  };

  return {
    get,
    all: async (table, from, to) => {
      const own = [...unkept.values()].filter((entry) => entry.table === table && isBetween(entry.key, from, to));
      if (own.length === 0) return disk.all(table, from, to);
      const [names, values] = await Promise.all([disk.keys(table, from, to), disk.all(table, from, to)]);
      const found = new Map(names.map((key, i) => [flat(key), values[i]]));
      for (const { key, value } of own) value === undefined ? found.delete(flat(key)) : found.set(flat(key), value);
      return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
    },
    put: (table, key, value) => inTurn(() => write([{ table, key, value }])),
    update: (table, key, change) =>
      inTurn(async () => {
        const value = change(await get(table, key));
        await write([{ table, key, value }]);
        return value;
      }),
    remove: (table, from, to = from) =>
      inTurn(async () =>
        write(
          (await keys(table, from, to)).map((key) => ({ table, key })),
          true,
        ),
      ),
    clear: () =>
      inTurn(async () => {
        unkept.clear();
        for (const table of TABLES) await disk.write((await disk.keys(table)).map((key) => ({ table, key })));
      }),
  };
};

const range = (from?: Key, to?: Key): IDBKeyRange | undefined =>
  from && to ? IDBKeyRange.bound(from, to) : from ? IDBKeyRange.lowerBound(from) : undefined;

const onDisk = (db: IDBPDatabase<Schema>): Disk => ({
  get: (table, key) => db.get(table, key as never),
  keys: (table, from, to) => db.getAllKeys(table, range(from, to) as never),
  all: (table, from, to) => db.getAll(table, range(from, to) as never),
  write: async (entries) => {
    if (entries.length === 0) return;
    const transaction = db.transaction([...new Set(entries.map(({ table }) => table))], 'readwrite');
    const asked: Promise<unknown>[] = [transaction.done];
    try {
      for (const { table, key, value } of entries) {
        const rows = transaction.objectStore(table);
        asked.push(value === undefined ? rows.delete(key as never) : rows.put(value as never, key as never));
      }
    } catch (error) {
      transaction.abort();
      await Promise.allSettled(asked);
      throw error;
    }
    await Promise.all(asked);
  },
});

/** In the place of a disk where there is none. */
const NO_DISK: Disk = {
  get: async () => undefined,
  keys: async () => [],
  all: async () => [],
  write: async (entries) => {
    if (entries.length > 0) throw new DOMException('nothing is kept here', 'InvalidStateError');
  },
};

/** @param troubled is told of each kind of trouble; from then on what could not be written stands in memory */
export const openStore = async (troubled: (trouble: Trouble) => void): Promise<Store> => {
  try {
    const db = await openDB<Schema>('diffcut-studio', 1, {
      upgrade: (fresh) => {
        for (const table of TABLES) fresh.createObjectStore(table);
      },
      blocking: (_old, _new, event) => (event.target as IDBDatabase).close(),
    });
    return createStore(onDisk(db), troubled);
  } catch (error) {
    troubled({ kind: 'none', message: (error as Error).message });
    return createStore(NO_DISK, () => {});
  }
};
