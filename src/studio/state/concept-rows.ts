/** Regions of all pictures in rows: those of a class, those that a person put together, and those that are alike. Pure. */
import type { ClassRow } from '../types.ts';

/** A region of an open picture. */
export interface Part {
  /** Of all regions; it is an element's id too. */
  key: string;
  picture: string;
  id: number;
  classId?: number | undefined;
  /** Of its picture's area, 0..1. */
  share: number;
  /** Of its cut-out: another one once the picture's labels are others. */
  image: string;
}

/** Which of the rows that were found a region is in, and how like it is to the row. */
export interface Alike {
  /** The row's number. */
  row: number;
  /** -1..1. */
  cosine: number;
}

export interface Row {
  /** An element's id too: `class-3`, `row-0`. */
  key: string;
  /** Of its class; without one what it is called by, which stays until rows are found anew. */
  number: number;
  /** What its regions are named. */
  of?: ClassRow;
  /** Made by a person: it is not grouped anew. */
  isFixed: boolean;
  /** The likest first. */
  parts: readonly Part[];
  /** How many have a region in it. */
  pictures: number;
}

export const keyOf = (picture: string, id: number): string => `${picture}-${id}`;

/** What a person put together without a name: the number of each region's row, by key. */
export type ByHand = ReadonlyMap<string, number>;

export interface Known {
  parts: readonly Part[];
  classes: readonly ClassRow[];
  byHand: ByHand;
  alike: ReadonlyMap<string, Alike>;
}

const classOf = ({ classId }: Part, classes: readonly ClassRow[]): ClassRow | undefined => classes.find(({ id }) => id === classId);

/** Regions that are grouped by likeness: neither named nor put together. */
export const freeOf = ({ parts, classes, byHand }: Omit<Known, 'alike'>): Part[] =>
  parts.filter((part) => !classOf(part, classes) && !byHand.has(part.key));

/** The rows, the one with the most regions first. A class counts more than a hand, and a hand more than likeness; what is in none is left out. */
export const rowsOf = ({ parts, classes, byHand, alike }: Known): Row[] => {
  const rows = new Map<string, Row & { parts: Part[] }>();
  for (const part of parts) {
    const of = classOf(part, classes);
    const number = of?.id ?? byHand.get(part.key) ?? alike.get(part.key)?.row;
    if (number === undefined) continue;
    const key = `${of ? 'class' : 'row'}-${number}`;
    const row = rows.get(key) ?? { key, number, ...(of && { of }), isFixed: of !== undefined || byHand.has(part.key), parts: [], pictures: 0 };
    rows.set(key, row);
    row.parts.push(part);
  }
  const cosine = ({ key }: Part): number => alike.get(key)?.cosine ?? -1;
  for (const row of rows.values()) {
    row.parts.sort((a, b) => cosine(b) - cosine(a)); // stable: else as the pictures come
    row.pictures = new Set(row.parts.map(({ picture }) => picture)).size;
  }
  return [...rows.values()].sort((a, b) => b.parts.length - a.parts.length);
};

/** Numbers of rows that are found, the largest first: as `diffcut concepts` has them, but for those of rows by hand. */
export const freeNumbers = (count: number, byHand: ByHand): number[] => {
  const taken = new Set(byHand.values());
  return Array.from({ length: count + taken.size }, (_, n) => n)
    .filter((n) => !taken.has(n))
    .slice(0, count);
};

/** The number of a row that is none yet: past all others. */
export const newNumber = ({ byHand, alike }: Pick<Known, 'byHand' | 'alike'>): number =>
  1 + [...byHand.values(), ...[...alike.values()].map(({ row }) => row)].reduce((most, n) => Math.max(most, n), -1);

/** Whether rows have to be found anew: a region is in none of them, or in one whose number a row by hand has by now. */
export const isAmiss = ({ alike, ...known }: Known): boolean => {
  const taken = new Set(known.byHand.values());
  const isGone = (near: Alike | undefined): boolean => !near || taken.has(near.row);
  return freeOf(known).some(({ key }) => isGone(alike.get(key)));
};

/** Where regions go: to a row, or to a new one. */
export type Target = Row | 'new';

/** What has to be done so that regions are in a row. */
export interface Move {
  byHand: ByHand;
  /** Regions whose class changes, and to which; undefined for none. */
  named: readonly Part[];
  classId: number | undefined;
  /** The row that they are in then. */
  row: string;
}

/** @param fresh number of a row that is none yet. A row that was only found is one by hand as soon as something is put into it */
export const moveOf = (parts: readonly Part[], to: Target, byHand: ByHand, fresh: number): Move => {
  const { of, number, parts: members } = to === 'new' ? { of: undefined, number: fresh, parts: [] } : to;
  const named = parts.filter(({ classId }) => classId !== of?.id);
  if (of) return { byHand, named, classId: of.id, row: `class-${number}` };
  const next = new Map(byHand);
  for (const { key } of [...members, ...parts]) next.set(key, number);
  return { byHand: next, named, classId: undefined, row: `row-${number}` };
};

/** Of pictures, the ids of the regions that are theirs. */
export const byPicture = (parts: readonly Part[]): Map<string, number[]> => {
  const out = new Map<string, number[]>();
  for (const { picture, id } of parts) out.set(picture, [...(out.get(picture) ?? []), id]);
  return out;
};
