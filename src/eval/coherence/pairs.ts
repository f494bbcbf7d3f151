/**
 * Which points are compared. A draw gives two pairs with one anchor: with a point of its class, and with one of another.
 *
 *                    within a picture                       across pictures
 *   anchor           a picture that has the class and another   a picture that has the class     each in turn
 *   same class       another point of that picture              a point of another picture
 *   another class    any other class of that picture            any other class, in another picture
 *
 * Pictures take turns; points, partners and other classes are drawn with equal chances, with replacement. So neither
 * large objects, nor common classes, nor pictures with many classes outweigh the others.
 */

import { type Draw, drawer } from '../random.ts';
import type { Group, Sample } from './sample.ts';

export type Scope = 'within' | 'across';
export const SCOPES: readonly Scope[] = ['within', 'across'];

/** Draws of a class and scope, at most: far finer than what the choice of the pictures leaves open. */
const DRAWS = 10_000;
/** Pairs of all classes and scopes, at most. */
const ALL_PAIRS = 1_600_000;

/** Numbers of points, one of each a draw. */
export interface Draws {
  anchor: Int32Array;
  same: Int32Array;
  other: Int32Array;
}

/** The draws of a class. */
export interface ClassDraws extends Draws {
  scope: Scope;
  value: number;
}

/** Where a class's draws come from: one anchor's turn, and how many different pairs of the class there are. */
interface Source {
  turns: (() => [anchor: number, same: number, other: number])[];
  distinct: number;
}

/** All pictures' points of a class, and where in the list a picture stands. */
interface ClassGroups {
  list: Group[];
  at: Map<number, number>;
}

/** The groups of a sample, by what they share. */
interface Index {
  byClass: Map<number, ClassGroups>;
  byPicture: Map<number, Group[]>;
}

const indexOf = (groups: readonly Group[]): Index => {
  const byClass = new Map<number, ClassGroups>();
  const byPicture = new Map<number, Group[]>();
  for (const group of groups) {
    const { list, at }: ClassGroups = byClass.get(group.value) ?? { list: [], at: new Map() };
    byClass.set(group.value, { list, at: at.set(group.picture, list.push(group) - 1) });
    byPicture.set(group.picture, [...(byPicture.get(group.picture) ?? []), group]);
  }
  return { byClass, byPicture };
};

const pointOf = ({ first, count }: Group, draw: Draw): number => first + draw(count);

/** One of a list but for the one at `except` (-1: any). */
const anyBut = <T>(list: readonly T[], except: number, draw: Draw): T => {
  const at = draw(list.length - (except < 0 ? 0 : 1));
  return list[except >= 0 && at >= except ? at + 1 : at];
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const withinSource = (value: number, { byClass, byPicture }: Index, draw: Draw): Source => {
  const groups = (byClass.get(value)?.list ?? []).filter(({ count, picture }) => count > 1 && (byPicture.get(picture) as Group[]).length > 1);
  const turns = groups.map((group) => {
    const there = byPicture.get(group.picture) as Group[];
    const own = there.indexOf(group);
    return (): [number, number, number] => {
      const anchor = draw(group.count);
      const step = 1 + draw(group.count - 1);
      return [group.first + anchor, group.first + ((anchor + step) % group.count), pointOf(anyBut(there, own, draw), draw)];
    };
  });
  return { turns, distinct: sum(groups.map(({ count }) => (count * (count - 1)) / 2)) };
};

const acrossSource = (value: number, { byClass }: Index, draw: Draw): Source => {
  const groups = byClass.get(value)?.list ?? [];
  const others = [...byClass].filter(([other]) => other !== value).map(([, other]) => other);
  const turns = groups.flatMap((group, own) => {
    // a class that is in the anchor's picture alone cannot be met across pictures
    const met = others
      .map(({ list, at }) => ({ list, own: at.get(group.picture) ?? -1 }))
      .filter(({ list, own: there }) => list.length > (there < 0 ? 0 : 1));
    if (groups.length < 2 || met.length === 0) return [];
    return (): [number, number, number] => {
      const other = anyBut(met, -1, draw);
      return [pointOf(group, draw), pointOf(anyBut(groups, own, draw), draw), pointOf(anyBut(other.list, other.own, draw), draw)];
    };
  });
  const counts = groups.map(({ count }) => count);
  return { turns, distinct: (sum(counts) ** 2 - sum(counts.map((count) => count ** 2))) / 2 };
};

const SOURCES = { within: withinSource, across: acrossSource };

const drawAll = ({ turns, distinct }: Source, most: number): Draws => {
  const count = turns.length === 0 ? 0 : Math.min(most, distinct);
  const out: Draws = { anchor: new Int32Array(count), same: new Int32Array(count), other: new Int32Array(count) };
  for (let i = 0; i < count; i++) [out.anchor[i], out.same[i], out.other[i]] = turns[i % turns.length]();
  return out;
};

/**
 * The draws of every class, both scopes, classes ascending: equally many a class, fewer only where it has fewer
 * different pairs; none (empty arrays) where there is nothing to compare.
 * @param background class whose points stand against others but are no anchors: it is not one thing
 */
export const drawPairs = ({ groups }: Sample, seed: number, background?: number): ClassDraws[] => {
  const index = indexOf(groups);
  const values = [...index.byClass.keys()].filter((value) => value !== background).sort((a, b) => a - b);
  const most = Math.max(1, Math.min(DRAWS, Math.floor(ALL_PAIRS / (4 * values.length))));
  return values.flatMap((value) =>
    SCOPES.map((scope) => ({ scope, value, ...drawAll(SOURCES[scope](value, index, drawer(`${seed} ${scope} ${value}`)), most) })),
  );
};
