/** What rows are called: solver and features, then no more than tells them from others that are called so. */
import type { Entry } from './entries.ts';
import { grouped } from './grouped.ts';
import { endOf, type Method } from './sets.ts';

type Unnamed = Omit<Entry, 'label'>;

const BETWEEN = ' · ';

const headOf = ({ solver, encoder }: Method): string => [solver, encoder].filter((part) => part !== '').join(BETWEEN);

/** All that was set beside solver and encoder, in words. */
export const restOf = ({ refine, rest }: Method): string[] => [`refine ${refine}`, ...rest];

/** The head, and what of the rest not all have that share it. */
const nameIn = (group: readonly Unnamed[], { method }: Unnamed): string => {
  const isShared = (part: string): boolean => group.every((other) => restOf(other.method).includes(part));
  return [headOf(method), ...restOf(method).filter((part) => !isShared(part))].join(BETWEEN);
};

/** Short names of files: as much of their paths as tells them apart. */
const fileNames = (paths: readonly string[]): Map<string, string> => {
  const all = [...new Set(paths)];
  for (const parts of [1, 2, 3]) {
    const names = new Map(all.map((path) => [path, endOf(path, parts)]));
    if (new Set(names.values()).size === all.length) return names;
  }
  return new Map(all.map((path) => [path, path]));
};

/** Each with its group. */
const groupsOf = <T>(all: readonly T[], keyOf: (one: T) => string): (readonly [one: T, group: T[]])[] => {
  const groups = new Map(grouped(all, keyOf).map((group) => [keyOf(group[0]), group]));
  return all.map((one) => [one, groups.get(keyOf(one)) as T[]]);
};

/** With a label each; of those with equal settings the file's name tells which is which. */
export const labelled = (entries: readonly Unnamed[]): Entry[] => {
  const named = groupsOf(entries, ({ frame, method }) => `${frame}\0${headOf(method)}`).map(
    ([entry, group]): Entry => ({ ...entry, label: nameIn(group, entry) }),
  );
  const files = fileNames(entries.map(({ drawing }) => drawing.files[0]));
  const fileOf = ({ files: [first, ...others] }: Entry['drawing']): string =>
    `${files.get(first)}${others.length > 0 ? ` and its other shards` : ''}`;
  return groupsOf(named, ({ place, label }) => `${place}\0${label}`).map(([entry, twins]) =>
    twins.length === 1 ? entry : { ...entry, label: `${entry.label}${BETWEEN}${fileOf(entry.drawing)}` },
  );
};
