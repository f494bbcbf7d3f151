/** Colours of segments in a row of results: what two methods both found has one colour. */
import { segmentPalette } from '../export/palette.ts';
import type { LabelMap } from '../types.ts';

const countOf = ({ data }: LabelMap): number => data.reduce((most, id) => Math.max(most, id), -1) + 1;

/** Pairs of segments that share pixels, those that share most first. */
const overlaps = (labels: LabelMap, reference: LabelMap, count: number): [id: number, other: number][] => {
  const shared = new Map<number, number>();
  for (let i = 0; i < labels.data.length; i++) {
    const key = labels.data[i] * count + reference.data[i];
    shared.set(key, (shared.get(key) ?? 0) + 1);
  }
  return [...shared].sort(([p, a], [q, b]) => b - a || p - q).map(([key]) => [Math.floor(key / count), key % count]);
};

/**
 * Of each id, its place in the palette: that of the segment of the reference with which it shares most, each place given once;
 * what finds none has one that is not the reference's.
 * @param reference of the same size
 */
export const matchedPlaces = (labels: LabelMap, reference: LabelMap): Int32Array => {
  const count = countOf(reference);
  const places = new Int32Array(countOf(labels)).fill(-1);
  const taken = new Set<number>();
  for (const [id, other] of overlaps(labels, reference, count)) {
    if (places[id] >= 0 || taken.has(other)) continue;
    places[id] = other;
    taken.add(other);
  }
  let next = count;
  return places.map((place) => (place < 0 ? next++ : place));
};

/** 3 bytes for each id. */
export const matchedColours = (labels: LabelMap, reference: LabelMap): Uint8Array => {
  const places = matchedPlaces(labels, reference);
  const palette = segmentPalette(places.reduce((most, place) => Math.max(most, place), -1) + 1);
  return Uint8Array.from({ length: places.length * 3 }, (_, i) => palette[places[Math.floor(i / 3)] * 3 + (i % 3)]);
};
