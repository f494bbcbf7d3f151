import { InputError } from '../../errors.ts';

/** Two regions, one of each map, and the pixels that both hold. */
export interface Overlap {
  first: number;
  second: number;
  pixels: number;
}

/** How two label maps of the same pixels share them; regions are numbered anew from 0, by first appearance. */
export interface Contingency {
  /** The maps' own ids of the regions. */
  ids: { first: number[]; second: number[] };
  /** Pixels of each region. */
  areas: { first: number[]; second: number[] };
  /** The pairs that meet. */
  overlaps: Overlap[];
  /** All pixels that were counted. */
  pixels: number;
}

/** Numbers ids by first appearance and adds up their pixels. */
const tally = () => {
  const placeOf = new Map<number, number>();
  const areas: number[] = [];
  const add = (id: number, pixels: number): number => {
    let place = placeOf.get(id);
    if (place === undefined) {
      place = areas.length;
      placeOf.set(id, place);
      areas.push(0);
    }
    areas[place] += pixels;
    return place;
  };
  return { add, areas, ids: (): number[] => [...placeOf.keys()] };
};

/**
 * Counts the pixels that two maps' regions share. Whole runs of a pair are counted at once, and only pairs that meet are
 * kept: maps of many thousand regions cost no more than their borders.
 * @param first id of each pixel; pixels of a negative id are left out
 * @param second as many ids, of any value
 * @throws InputError for unequal lengths
 */
export const contingency = (first: Int32Array, second: Int32Array): Contingency => {
  if (first.length !== second.length) throw new InputError(`Expected as many labels as pixels but received ${first.length} and ${second.length}`);
  const a = tally();
  const b = tally();
  const shared = new Map<number, Map<number, Overlap>>();
  const overlaps: Overlap[] = [];
  let pixels = 0;
  for (let from = 0, to = 0; from < first.length; from = to) {
    const [idA, idB] = [first[from], second[from]];
    while (to < first.length && first[to] === idA && second[to] === idB) to++;
    if (idA < 0) continue;
    pixels += to - from;
    const pair = { first: a.add(idA, to - from), second: b.add(idB, to - from), pixels: to - from };
    const row = shared.get(pair.first) ?? new Map<number, Overlap>();
    const known = row.get(pair.second);
    if (known) {
      known.pixels += pair.pixels;
      continue;
    }
    overlaps.push(pair);
    shared.set(pair.first, row.set(pair.second, pair));
  }
  return { ids: { first: a.ids(), second: b.ids() }, areas: { first: a.areas, second: b.areas }, overlaps, pixels };
};

/** Intersection over union of two regions that meet, 0..1. */
export const overlapIou = ({ areas }: Contingency, { first, second, pixels }: Overlap): number =>
  pixels / (areas.first[first] + areas.second[second] - pixels);
