/**
 * What a stroke takes that holds to the picture's edges. Superpixels are small at edges and large where there are none, so
 * neither whole superpixels nor the bare stroke would do: what is nearly covered is taken whole; of a large one that is meant,
 * only what is covered; what is merely grazed, at the brush's rim, is left alone. Pure.
 */
import type { LabelMap } from 'diffcut';
import { type Area, type Point, polygonArea, strokeArea } from '../edit/index.ts';

/** Where a brush or a lasso went, in pixels of the picture. */
export type Stroke = { points: readonly Point[]; radius: number } | { polygon: readonly Point[] };

/** How much of a superpixel is taken, by its id. */
export const HELD = { none: 0, covered: 1, whole: 2 } as const;

/** A superpixel of which a stroke covers this share is taken whole. */
const NEARLY = 0.5;
/** One that the brush's middle goes through is taken whole up to this many times what the brush covers at rest. */
const SMALL = 1.5;
/** One that has this share of all that a lasso holds is meant by it. */
const MEANT = 0.3;

/** The number above all ids, and each one's pixels and `left, top, right, bottom`: looked at once. */
interface Seen {
  areas: Float64Array;
  sides: Int32Array;
}
const SEEN = new WeakMap<LabelMap, Seen>();

const look = (map: LabelMap): Seen => {
  const known = SEEN.get(map);
  if (known) return known;
  const { data, width, height } = map;
  let count = 0;
  for (let i = 0; i < data.length; i++) if (data[i] >= count) count = data[i] + 1;
  const areas = new Float64Array(count);
  const sides = new Int32Array(4 * count);
  for (let id = 0; id < count; id++) sides.set([width, height, 0, 0], 4 * id);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const id = data[i];
      areas[id]++;
      const at = 4 * id;
      if (x < sides[at]) sides[at] = x;
      if (y < sides[at + 1]) sides[at + 1] = y;
      if (x >= sides[at + 2]) sides[at + 2] = x + 1;
      sides[at + 3] = y + 1;
    }
  }
  const seen = { areas, sides };
  SEEN.set(map, seen);
  return seen;
};

/** The pixels that a stroke covers. @throws InputError for points or a radius that are no numbers, or far from any picture */
export const covered = (stroke: Stroke, size: { width: number; height: number }): Area =>
  'polygon' in stroke ? polygonArea(stroke.polygon, size) : strokeArea(stroke.points, stroke.radius, size);

/** Calls for each pixel of an area, with its place in a map of the picture's size. */
const eachPixel = ({ box, mask }: Area, width: number, visit: (at: number) => void): void => {
  const [left, top, columns] = box;
  for (let i = 0, x = 0, at = top * width + left; i < mask.length; i++) {
    if (mask[i]) visit(at);
    at++;
    if (++x < columns) continue;
    x = 0;
    at += width - columns;
  }
};

/** The superpixels that the middle of a brush goes through: those of a stroke as thin as can be. */
const goneThrough = (stroke: Extract<Stroke, { points: unknown }>, map: LabelMap): Set<number> => {
  const ids = new Set<number>();
  eachPixel(covered({ points: stroke.points, radius: Math.min(1, stroke.radius) }, map), map.width, (at) => ids.add(map.data[at]));
  return ids;
};

/** How much of each superpixel a stroke takes. @param area what it covers */
export const heldBy = (stroke: Stroke, map: LabelMap, area = covered(stroke, map)): Uint8Array => {
  const { areas } = look(map);
  const inside = new Map<number, number>();
  let all = 0;
  eachPixel(area, map.width, (at) => {
    inside.set(map.data[at], (inside.get(map.data[at]) ?? 0) + 1);
    all++;
  });
  const middle = 'polygon' in stroke ? undefined : goneThrough(stroke, map);
  const small = 'polygon' in stroke ? 0 : SMALL * Math.PI * stroke.radius ** 2;
  const held = new Uint8Array(areas.length);
  for (const [id, pixels] of inside) {
    const isMeant = middle ? middle.has(id) : pixels >= MEANT * all;
    if (pixels >= NEARLY * areas[id] || (isMeant && areas[id] <= small)) held[id] = HELD.whole;
    else if (isMeant) held[id] = HELD.covered;
  }
  return held;
};

/**
 * The pixels that a stroke takes as it holds to edges.
 * @param map superpixels, of the picture's size
 * @throws InputError as `covered`
 */
export const heldArea = (stroke: Stroke, map: LabelMap): Area => {
  const area = covered(stroke, map);
  const held = heldBy(stroke, map, area);
  const { sides } = look(map);
  let [left, top, right, bottom] = [area.box[0], area.box[1], area.box[0] + area.box[2], area.box[1] + area.box[3]];
  for (let id = 0; id < held.length; id++) {
    if (held[id] !== HELD.whole) continue;
    left = Math.min(left, sides[4 * id]);
    top = Math.min(top, sides[4 * id + 1]);
    right = Math.max(right, sides[4 * id + 2]);
    bottom = Math.max(bottom, sides[4 * id + 3]);
  }
  const columns = Math.max(0, right - left);
  const mask = new Uint8Array(columns * Math.max(0, bottom - top));
  const placeOf = (at: number): number => (Math.floor(at / map.width) - top) * columns + (at % map.width) - left;
  eachPixel(area, map.width, (at) => {
    if (held[map.data[at]] === HELD.covered) mask[placeOf(at)] = 1;
  });
  for (let y = top, i = 0; y < bottom; y++) for (let x = left; x < right; x++, i++) if (held[map.data[y * map.width + x]] === HELD.whole) mask[i] = 1;
  return { box: [left, top, columns, Math.max(0, bottom - top)], mask };
};
