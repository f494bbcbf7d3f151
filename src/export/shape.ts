/** Measures of segments' shapes, in one pass over the rows. */
import { type RunMap, rowReader } from '../tensor/runs.ts';
import { pause } from '../tensor/watch.ts';
import type { Watch } from '../types.ts';

export interface Shape {
  /** Pixels. */
  perimeter: number;
  /** Pixels whose centres lie in the convex hull of the segment's pixels. */
  convexArea: number;
}

/**
 * The shape of every segment by id, its pieces together. `perimeter` is that of scikit-image's `perimeter` with 4 neighbours: a line
 * through the centres of border pixels (those with one of the 4 neighbours outside), each step counted 1, √2, or their mean at a
 * bend. `convexArea` is its `area_convex`: the hull is of the middles of pixels' edges.
 * @throws the signal's reason once aborted
 */
export const shapesOfRuns = async (runs: RunMap, watch: Watch = {}): Promise<Map<number, Shape>> => {
  const hulls = await hullsOf(runs, watch);
  const perimeters = await perimetersOf(runs, watch);
  return new Map([...hulls].map(([id, hull]) => [id, { perimeter: perimeters.get(id) ?? 0, convexArea: areaOf(hull) }]));
};

/** Left and right line of a hull, from the top down: x and y in turn, in halves of pixels, so that all are whole numbers. */
interface Hull {
  left: number[];
  right: number[];
  /** The last row so far, and the segment's last pixel in it. */
  y: number;
  x: number;
}

const hullsOf = async ({ height, rowStart, end, id }: RunMap, watch: Watch): Promise<Map<number, Hull>> => {
  const hulls = new Map<number, Hull>();
  for (let y = 0; y < height; y++) {
    for (let run = rowStart[y], left = 0; run < rowStart[y + 1]; left = end[run++]) addRun(hulls, id[run], left, end[run] - 1, y);
    await pause(watch);
  }
  for (const { right, x, y } of hulls.values()) addPixel(right, x, y, -1);
  return hulls;
};

/** Of a row only the first and the last pixel can be on a hull. */
const addRun = (hulls: Map<number, Hull>, id: number, first: number, last: number, y: number): void => {
  const hull = hulls.get(id) ?? { left: [], right: [], y: -1, x: 0 };
  if (hull.y < 0) hulls.set(id, hull);
  if (hull.y < y) {
    if (hull.y >= 0) addPixel(hull.right, hull.x, hull.y, -1);
    addPixel(hull.left, first, y, 1);
    hull.y = y;
  }
  hull.x = last;
};

/** The middles of its edges. @param side 1 of the line that bounds to the left, -1 of the other */
const addPixel = (line: number[], x: number, y: number, side: number): void => {
  addPoint(line, 2 * x, 2 * y - 1, side);
  addPoint(line, 2 * x - side, 2 * y, side);
  addPoint(line, 2 * x, 2 * y + 1, side);
};

/** A point that is not above the line's last one; what it leaves inside goes. */
const addPoint = (line: number[], x: number, y: number, side: number): void => {
  if (line.at(-1) === y) {
    if (side * (line.at(-2) as number) <= side * x) return;
    line.length -= 2;
  }
  for (let n = line.length; n >= 4; n = line.length) {
    const [ax, ay, bx, by] = [line[n - 4], line[n - 3], line[n - 2], line[n - 1]];
    if (side * ((bx - ax) * (y - ay) - (x - ax) * (by - ay)) < 0) break;
    line.length -= 2;
  }
  line.push(x, y);
};

/** Pixels whose centres lie within, or on it. */
const areaOf = ({ left, right }: Hull): number => {
  let area = 0;
  const [leftAt, rightAt] = [columnsOf(left, Math.ceil), columnsOf(right, Math.floor)];
  for (let y = left[1] + 1; y < (left.at(-1) as number); y += 2) area += rightAt(y) - leftAt(y) + 1;
  return area;
};

/** Where a line crosses a row, rounded to pixels. @returns of rows in halves of pixels, from the top down */
const columnsOf = (line: readonly number[], rounded: (column: number) => number): ((y: number) => number) => {
  let i = 0;
  return (y) => {
    while (line[i + 3] < y) i += 2;
    const [ax, ay, bx, by] = [line[i], line[i + 1], line[i + 2], line[i + 3]];
    return rounded((ax * (by - ay) + (bx - ax) * (y - ay)) / (2 * (by - ay)));
  };
};

/** What a border pixel adds, by 1 + 2 for each of its 4 neighbours that is of the same border, + 10 for each diagonal one. */
const STEPS = new Float64Array(50);
for (const value of [5, 7, 15, 17, 25, 27]) STEPS[value] = 1;
for (const value of [21, 33]) STEPS[value] = Math.SQRT2;
for (const value of [13, 23]) STEPS[value] = (1 + Math.SQRT2) / 2;

/** A row with a pixel of no segment at each end. */
interface Row {
  ids: Int32Array;
  /** 1 for border pixels. */
  border: Uint8Array;
}

const perimetersOf = async (runs: RunMap, watch: Watch): Promise<Map<number, number>> => {
  const { width, height } = runs;
  const read = rowReader(runs);
  const perimeters = new Map<number, number>();
  const outside = (): Row => ({ ids: new Int32Array(width + 2).fill(-1), border: new Uint8Array(width + 2) });
  let rows = Array.from({ length: 4 }, outside); // y - 1 to y + 2
  if (height > 0) read(0, rows[3].ids.subarray(1, -1));
  for (let y = -1; y < height; y++) {
    // rows[3] is y + 2 from here on
    rows = [rows[1], rows[2], rows[3], rows[0]];
    if (y + 2 < height) read(y + 2, rows[3].ids.subarray(1, -1));
    else rows[3].ids.fill(-1);
    markBorder(rows[1].ids, rows[2], rows[3].ids);
    if (y >= 0) addSteps(perimeters, rows[0], rows[1], rows[2]);
    await pause(watch);
  }
  return perimeters;
};

const markBorder = (above: Int32Array, { ids, border }: Row, below: Int32Array): void => {
  for (let x = 1; x < ids.length - 1; x++) {
    const id = ids[x];
    border[x] = Number(above[x] !== id || below[x] !== id || ids[x - 1] !== id || ids[x + 1] !== id);
  }
};

const addSteps = (perimeters: Map<number, number>, above: Row, { ids, border }: Row, below: Row): void => {
  const isBorder = (row: Row, x: number, id: number): number => (row.ids[x] === id ? row.border[x] : 0);
  for (let x = 1; x < ids.length - 1; x++) {
    if (border[x] === 0) continue;
    const id = ids[x];
    const straight =
      isBorder(above, x, id) + isBorder(below, x, id) + (ids[x - 1] === id ? border[x - 1] : 0) + (ids[x + 1] === id ? border[x + 1] : 0);
    const diagonal = isBorder(above, x - 1, id) + isBorder(above, x + 1, id) + isBorder(below, x - 1, id) + isBorder(below, x + 1, id);
    const step = STEPS[1 + 2 * straight + 10 * diagonal];
    if (step > 0) perimeters.set(id, (perimeters.get(id) ?? 0) + step);
  }
};
