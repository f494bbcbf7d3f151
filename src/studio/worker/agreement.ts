/** How two label maps of one picture agree. Pure. */
import type { Labels } from './render.ts';

/** Pixels of the regions of two maps, and of what each has in common with each, by ids. */
export interface Overlap {
  a: Map<number, number>;
  b: Map<number, number>;
  both: { a: number; b: number; pixels: number }[];
}

/** Two ids as one number. */
const SHIFT = 2 ** 26;

const addTo = (map: Map<number, number>, key: number, pixels: number): void => {
  map.set(key, (map.get(key) ?? 0) + pixels);
};

/** @param a looked up at the middle of each pixel of b: of b's size or larger */
export const overlapOf = (a: Labels, b: Labels): Overlap => {
  const columns = Int32Array.from({ length: b.width }, (_, x) => Math.floor(((x + 0.5) * a.width) / b.width));
  const pairs = new Map<number, number>();
  for (let y = 0, i = 0; y < b.height; y++) {
    const row = Math.floor(((y + 0.5) * a.height) / b.height) * a.width;
    for (let x = 0; x < b.width; ) {
      const [start, idA, idB] = [x, a.data[row + columns[x]], b.data[i]];
      while (x < b.width && a.data[row + columns[x]] === idA && b.data[i] === idB) {
        x++;
        i++;
      }
      addTo(pairs, idA * SHIFT + idB, x - start);
    }
  }
  const out: Overlap = { a: new Map(), b: new Map(), both: [] };
  for (const [pair, pixels] of pairs) {
    const [idA, idB] = [Math.floor(pair / SHIFT), pair % SHIFT];
    addTo(out.a, idA, pixels);
    addTo(out.b, idB, pixels);
    out.both.push({ a: idA, b: idB, pixels });
  }
  return out;
};

/** Intersection over union of each two regions that have a pixel in common, the most alike first. */
const iousOf = ({ a, b, both }: Overlap): { a: number; b: number; iou: number }[] =>
  both
    .map((pair) => ({ a: pair.a, b: pair.b, iou: pair.pixels / ((a.get(pair.a) as number) + (b.get(pair.b) as number) - pair.pixels) }))
    .sort((one, other) => other.iou - one.iou || one.a - other.a || one.b - other.b);

/**
 * How well the regions of A are found in B, 0..1: the intersection over union of each with the region of B that is most like it,
 * weighted by its area. 1 where both are the same.
 */
export const agreementOf = (overlap: Overlap): number => {
  const best = new Map<number, number>();
  for (const { a, iou } of iousOf(overlap)) if (!best.has(a)) best.set(a, iou);
  let [sum, area] = [0, 0];
  for (const [id, pixels] of overlap.a) {
    sum += pixels * (best.get(id) ?? 0);
    area += pixels;
  }
  return sum / area;
};

/** The region of A that each region of B stands for, those that are most alike first, each once; B's that are left have none. */
export const matchOf = (overlap: Overlap): Map<number, number> => {
  const match = new Map<number, number>();
  const taken = new Set<number>();
  for (const { a, b } of iousOf(overlap)) {
    if (match.has(b) || taken.has(a)) continue;
    match.set(b, a);
    taken.add(a);
  }
  return match;
};
