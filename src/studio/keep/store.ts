/**
 * What outlives the page: pictures, their labels as they were drawn, and every step since. A step is kept when it is
 * made, so a crash loses nothing. Where the browser gives no room the work goes on in memory, and the page is told before
 * anything is lost.
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

export interface KeptBase {
  /** `packSheet` of the labels before the first step. */
  packed: Uint8Array;
}

interface Schema extends DBSchema {
  pictures: { key: string; value: PictureRow };
  bases: { key: string; value: unknown };
  steps: { key: [picture: string, n: number]; value: unknown };
  work: { key: string; value: WorkRow };
}

export type Table = 'pictures' | 'bases' | 'steps' | 'work';
type Key = string | [string, number];

export interface Store {
  get(table: Table, key: Key): Promise<unknown>;
  all(table: Table, from?: Key, to?: Key): Promise<unknown[]>;
  put(table: Table, key: Key, value: unknown): Promise<void>;
  /** All keys from the first to the last. */
  remove(table: Table, from: Key, to?: Key): Promise<void>;
}

const flat = (key: Key): string => (typeof key === 'string' ? key : `${key[0]} ${String(key[1]).padStart(9, '0')}`);

/** For a browser without room: the same until the page is closed. */
const inMemory = (): Store => {
  const tables = new Map<Table, Map<string, unknown>>();
  const of = (table: Table) => tables.get(table) ?? tables.set(table, new Map()).get(table)!;
  const between = (table: Table, from?: Key, to?: Key): string[] =>
    [...of(table).keys()].filter((key) => (!from || key >= flat(from)) && (!to || key <= flat(to))).sort();
  return {
    get: async (table, key) => of(table).get(flat(key)),
    all: async (table, from, to) => between(table, from, to).map((key) => of(table).get(key)),
    put: async (table, key, value) => void of(table).set(flat(key), value),
    remove: async (table, from, to = from) => {
      for (const key of between(table, from, to)) of(table).delete(key);
    },
  };
};

const range = (from?: Key, to?: Key): IDBKeyRange | undefined =>
  from && to ? IDBKeyRange.bound(from, to) : from ? IDBKeyRange.lowerBound(from) : undefined;

const onDisk = (db: IDBPDatabase<Schema>): Store => ({
  get: (table, key) => db.get(table, key as never),
  all: (table, from, to) => db.getAll(table, range(from, to) as never),
  put: async (table, key, value) => void (await db.put(table, value as never, key as never)),
  remove: (table, from, to = from) => db.delete(table, range(from, to) as never),
});

/** `full` where a write found no room, `none` where the browser keeps nothing at all. */
export type Trouble = { kind: 'full' | 'none'; message: string };

const TABLES: readonly Table[] = ['pictures', 'bases', 'steps', 'work'];

/** @param troubled is told once of each kind of trouble; from then on what could not be written stands in memory */
export const openStore = async (troubled: (trouble: Trouble) => void): Promise<Store> => {
  const memory = inMemory();
  let disk: Store | undefined;
  try {
    const db = await openDB<Schema>('diffcut-studio', 1, {
      upgrade: (fresh) => {
        for (const table of TABLES) fresh.createObjectStore(table);
      },
      blocking: (_old, _new, event) => (event.target as IDBDatabase).close(),
    });
    disk = onDisk(db);
  } catch (error) {
    troubled({ kind: 'none', message: (error as Error).message });
    return memory;
  }
  let isFull = false;
  const kept = disk;
  return {
    get: async (table, key) => (await memory.get(table, key)) ?? kept.get(table, key),
    all: async (table, from, to) => {
      const unkept = await memory.all(table, from, to);
      return unkept.length > 0 ? [...(await kept.all(table, from, to)), ...unkept] : kept.all(table, from, to);
    },
    put: async (table, key, value) => {
      try {
        await kept.put(table, key, value);
        await memory.remove(table, key);
      } catch (error) {
        await memory.put(table, key, value);
        if (!isFull) troubled({ kind: 'full', message: (error as Error).message });
        isFull = true;
      }
    },
    remove: async (table, from, to) => {
      await memory.remove(table, from, to);
      await kept.remove(table, from, to);
    },
  };
};
