/** JSON that other tools wrote: what it must be, told in a sentence where it is not. */
import { expected, firstLine, InputError } from '../../errors.ts';
import { isObject, parseJson } from '../../json.ts';
import type { LabelMap } from '../../types.ts';

/** What label files are read as. */
export interface ReadLabels {
  labels: LabelMap;
  /** Of each id; undefined for what has no name. */
  names: (string | undefined)[];
  /** RGB of each id, where the file says any. */
  colours?: Uint8Array;
  /** What of the file is no region, a sentence each. */
  notes: string[];
}

/** A name that regions may have. */
export interface LabelClass {
  id: number;
  name: string;
  /** RGB, where the file says any. */
  colour?: [number, number, number];
}

/** `expected`, of what a file holds. */
export const unfit = (what: string, where: string, got: unknown): InputError => new InputError(expected(what, where, got).message);

/** The value of a text, or the value itself. @param name of the file in error sentences */
export const valueIn = (json: unknown, name: string): unknown => {
  if (typeof json !== 'string') return json;
  try {
    return parseJson(json);
  } catch (error) {
    throw new InputError(`${name} is not JSON (${firstLine(error)}): give the file that the tool wrote`, { cause: error });
  }
};

/** @param of what it is a member of, for the sentence */
export const listIn = (value: unknown, member: string, of: string): unknown[] => {
  const list = isObject(value) ? value[member] : undefined;
  if (Array.isArray(list)) return list;
  throw unfit(`${of}, which has a list "${member}",`, 'the JSON', value);
};

export const objectsIn = (value: unknown, member: string, of: string): Record<string, unknown>[] => {
  const list = listIn(value, member, of);
  const bad = list.findIndex((one) => !isObject(one));
  if (bad >= 0) throw unfit('an object', `${member}[${bad}]`, list[bad]);
  return list as Record<string, unknown>[];
};

/** Pixels from a picture's corner beyond which no point lies. */
const FARTHEST = 2 ** 31;

/** Coordinates, checked. @param where they stand, for the sentence */
export const checkCoordinates = (values: readonly unknown[], where: string): number[] => {
  const bad = values.findIndex((v) => !(typeof v === 'number' && Math.abs(v) <= FARTHEST)); // NaN, too
  if (bad >= 0) throw unfit('a number of pixels', `coordinate ${bad} of ${where}`, values[bad]);
  return values as number[];
};

/** How many there were of each. */
export const counted = (names: readonly string[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
};
