/** Outlines of segments for formats that have polygons. */
import type { AnyLabels } from '../tensor/runs.ts';
import type { Watch } from '../types.ts';
import { type Polygon, polygonsOf, simplifyArcs, traceArcs } from './arcs.ts';

/** Of each id its pieces, in corner coordinates: pixel (0, 0) covers 0 to 1. @param tolerance pixels */
export const outlinesOf = async (labels: AnyLabels, tolerance: number, watch: Watch): Promise<Map<number, Polygon[]>> => {
  const arcs = await traceArcs(labels, watch);
  return polygonsOf(await simplifyArcs(arcs, tolerance, watch), watch);
};

/** Corners of a ring that may be a bridge's end. */
const ENDS = 128;

/** Corners of both rings that are near each other, as indices of points: the nearest among some, spread evenly. */
const bridge = (one: readonly number[], other: readonly number[]): [number, number] => {
  const [step, otherStep] = [one, other].map(({ length }) => 2 * Math.ceil(length / 2 / ENDS));
  let best: [number, number] = [0, 0];
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < one.length; i += step)
    for (let k = 0; k < other.length; k += otherStep) {
      const distance = (one[i] - other[k]) ** 2 + (one[i + 1] - other[k + 1]) ** 2;
      if (distance < least) [least, best] = [distance, [i, k]];
    }
  return best;
};

/** A ring's points from one to before another, around its end where need be; the whole ring where they are the same. */
const stretch = (ring: readonly number[], from: number, to: number): number[] =>
  from < to ? ring.slice(from, to) : [...ring.slice(from), ...ring.slice(0, to)];

/**
 * Rings as one, each joined to the one before it by a line there and back, so that by the even-odd rule the same is inside.
 * @param rings x and y in turn, the first point not again at the end
 */
export const joinedRing = (rings: readonly (readonly number[])[]): number[] => {
  if (rings.length === 0) return [];
  const bridges = rings.slice(1).map((ring, i) => bridge(rings[i], ring));
  const there: number[][] = [];
  const back: number[][] = [];
  rings.forEach((ring, i) => {
    const entry = bridges[i - 1]?.[1] ?? 0;
    const exit = bridges[i]?.[0] ?? entry;
    // where it is left stands in both halves, since the way comes by there twice, and so does where it was entered
    if (i === rings.length - 1) there.push([...stretch(ring, entry, entry), ...(i > 0 ? ring.slice(entry, entry + 2) : [])]);
    else {
      there.push([...(entry === exit ? [] : stretch(ring, entry, exit)), ...ring.slice(exit, exit + 2)]);
      back.push([...stretch(ring, exit, entry), ...(i > 0 ? ring.slice(entry, entry + 2) : [])]);
    }
  });
  return [...there, ...back.reverse()].flat();
};
