/** From the values that masks hold to the classes that are scored. */
import { InputError, type LabelMap } from '../../toolkit.ts';

/** What values stand for. */
export interface ValueMap {
  to: ReadonlyMap<number, number>;
  /** What all other values stand for; where it is left out there must be none. */
  others?: number;
}

/** The values from `first` to `last` stand for `to` and what comes after it. */
export const run = (first: number, last: number, to: number): [value: number, to: number][] =>
  Array.from({ length: last - first + 1 }, (_, i) => [first + i, to + i]);

/** The values from 0 on stand for these. */
export const listed = (list: readonly number[]): [value: number, to: number][] => [...list.entries()];

/** @throws InputError for a value that stands for nothing */
export const mapValues = (mask: LabelMap, { to, others }: ValueMap, path: string): LabelMap => ({
  ...mask,
  data: mask.data.map((value) => {
    const found = to.get(value) ?? others;
    if (found === undefined) throw new InputError(`The mask ${path} holds ${value}, which is no label of this data set: give its own masks`);
    return found;
  }),
});
