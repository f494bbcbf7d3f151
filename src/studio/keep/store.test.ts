import { describe, expect, it, vi } from 'vitest';
import { createStore, type Disk, type Entry, type Key, type Store, type Table, type Trouble } from './store.ts';

const flat = (key: Key): string => (typeof key === 'string' ? key : `${key[0]} ${String(key[1]).padStart(16, '0')}`);

/** A disk that has room for so many rows. */
const diskOf = (room: number) => {
  const tables = new Map<Table, Map<string, { key: Key; value: unknown }>>();
  const of = (table: Table) => tables.get(table) ?? tables.set(table, new Map()).get(table)!;
  const between = (table: Table, from?: Key, to?: Key) =>
    [...of(table)]
      .filter(([name]) => (from === undefined || name >= flat(from)) && (to === undefined || name <= flat(to)))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, row]) => row);
  const disk: Disk & { room: number; writes: number } = {
    room,
    writes: 0,
    get: async (table, key) => of(table).get(flat(key))?.value,
    keys: async (table, from, to) => between(table, from, to).map(({ key }) => key),
    all: async (table, from, to) => between(table, from, to).map(({ value }) => value),
    write: async (entries: readonly Entry[]) => {
      disk.writes++;
      const names = new Set([...tables].flatMap(([table, rows]) => [...rows.keys()].map((name) => `${table} ${name}`)));
      for (const { table, key, value } of entries) value === undefined ? names.delete(`${table} ${flat(key)}`) : names.add(`${table} ${flat(key)}`);
      if (names.size > disk.room) throw new DOMException('full', 'QuotaExceededError');
      for (const { table, key, value } of entries) value === undefined ? of(table).delete(flat(key)) : of(table).set(flat(key), { key, value });
    },
  };
  return disk;
};

const storeOn = (disk: Disk) => {
  const troubles: Trouble['kind'][] = [];
  let time = 0;
  const store: Store = createStore(
    disk,
    ({ kind }) => troubles.push(kind),
    () => time,
  );
  const wait = (): void => {
    time += 60_000;
  };
  return { store, troubles, wait };
};

const all = (store: Store): Promise<unknown[]> => store.all('steps', ['a', 0], ['a', Number.MAX_SAFE_INTEGER]);

describe('the store', () => {
  it('keeps, changes and removes rows in the order of their keys', async () => {
    const { store, troubles } = storeOn(diskOf(100));
    for (const n of [2, 10, 1]) await store.put('steps', ['a', n], n);
    await store.put('steps', ['b', 0], 'of another');
    expect(await all(store)).toEqual([1, 2, 10]);
    expect(await store.update('steps', ['a', 2], (before) => Number(before) + 0.5)).toBe(2.5);
    await store.remove('steps', ['a', 2], ['a', Number.MAX_SAFE_INTEGER]);
    expect(await all(store)).toEqual([1]);
    await store.remove('steps', ['a', 1]);
    expect(await all(store)).toEqual([]);
    expect(await store.get('steps', ['b', 0])).toBe('of another');
    await store.clear();
    expect(await store.get('steps', ['b', 0])).toBeUndefined();
    expect(troubles).toEqual([]);
  });

  it('changes a row as one, whoever else does at once', async () => {
    const { store } = storeOn(diskOf(10));
    await store.put('pictures', 'a', {});
    const add = (name: string) => store.update('pictures', 'a', (before) => ({ ...(before as object), [name]: true }));
    await Promise.all([add('thumb'), add('at'), add('used')]);
    expect(await store.get('pictures', 'a')).toEqual({ thumb: true, at: true, used: true });
  });

  it('goes on in memory where there is no room, tells that once, and shows what was done since', async () => {
    const disk = diskOf(2);
    const { store, troubles } = storeOn(disk);
    await store.put('steps', ['a', 0], 0);
    await store.put('steps', ['a', 1], 1);
    await store.put('steps', ['a', 2], 2);
    await store.put('steps', ['a', 1], 'changed');
    await store.put('pictures', 'a', { at: 3 });
    expect(troubles).toEqual(['full']);
    expect(await all(store)).toEqual([0, 'changed', 2]);
    expect(await store.get('pictures', 'a')).toEqual({ at: 3 });
    expect(await store.update('pictures', 'a', (before) => ({ ...(before as object), isDone: true }))).toEqual({ at: 3, isDone: true });
  });

  it('leaves on the disk the work as it stood before the first write that failed', async () => {
    const disk = diskOf(2);
    const { store } = storeOn(disk);
    await store.put('pictures', 'a', { at: 0 });
    await store.put('steps', ['a', 0], 0);
    await store.put('steps', ['a', 1], 1); // no room
    await store.put('pictures', 'a', { at: 2 }); // there would be room for this one
    expect(await disk.get('pictures', 'a')).toEqual({ at: 0 });
    expect(await disk.all('steps')).toEqual([0]);
  });

  it('keeps all of it once there is room: when something is removed, and after a while', async () => {
    const disk = diskOf(2);
    const { store, troubles, wait } = storeOn(disk);
    for (const n of [0, 1, 2, 3]) await store.put('steps', ['a', n], n);
    await store.remove('steps', ['a', 0]); // three are left: still too many
    expect(await all(store)).toEqual([1, 2, 3]);
    expect(troubles).toEqual(['full']);
    await store.remove('steps', ['a', 1]);
    expect(troubles).toEqual(['full', 'room']);
    expect(await disk.all('steps')).toEqual([2, 3]);

    await store.put('steps', ['a', 4], 4);
    expect(troubles).toEqual(['full', 'room', 'full']);
    disk.room = 10;
    const { writes } = disk;
    await store.put('steps', ['a', 5], 5);
    expect(disk.writes).toBe(writes); // a full disk is not asked each time
    wait();
    await store.put('steps', ['a', 6], 6);
    expect(troubles).toEqual(['full', 'room', 'full', 'room']);
    expect(await disk.all('steps')).toEqual([2, 3, 4, 5, 6]);
  });

  it('hides what was removed while there was no room', async () => {
    const disk = diskOf(1);
    const { store } = storeOn(disk);
    await store.put('steps', ['a', 0], 0);
    await store.put('steps', ['a', 1], 1);
    disk.write = vi.fn().mockRejectedValue(new DOMException('gone', 'UnknownError'));
    await store.remove('steps', ['a', 0]);
    expect(await store.get('steps', ['a', 0])).toBeUndefined();
    expect(await all(store)).toEqual([1]);
  });

  it('tells a disk that fails from one that is full', async () => {
    const disk = diskOf(10);
    disk.write = vi.fn().mockRejectedValue(new DOMException('gone', 'InvalidStateError'));
    const { store, troubles } = storeOn(disk);
    await store.put('work', 'work', 1);
    expect(troubles).toEqual(['none']);
    expect(await store.get('work', 'work')).toBe(1);
  });

  it('hands on what cannot be kept at all', async () => {
    const disk = diskOf(10);
    disk.write = vi.fn().mockRejectedValue(new DOMException('a function', 'DataCloneError'));
    const { store, troubles } = storeOn(disk);
    await expect(store.put('work', 'work', () => {})).rejects.toMatchObject({ name: 'DataCloneError' });
    expect(troubles).toEqual([]);
    expect(await store.get('work', 'work')).toBeUndefined();
  });
});
