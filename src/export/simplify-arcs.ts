/**
 * Arcs with fewer points, the way that they lie to each other kept: arcs are simplified, not polygons, and nodes stay where they
 * are, so that neighbours share their border as before, without gap or overlap.
 *
 * First steps of a pixel are straightened: where a border turns beside a step, it goes through the middles of the pixels' edges
 * there, as marching squares draws it. It moves within the half pixels beside it, where no other border is.
 *
 * Then points are taken out by Visvalingam and Whyatt (Cartographic Journal 30, 1993): that with the least triangle between it and
 * its two neighbours first, triangles of acute corners counting less (as in mapshaper). A point stays where its triangle holds
 * a point of any arc, its rim included: a straight line through a triangle that no border crosses has an end in it, so without one
 * the new line meets none. Coordinates are multiples of 1/2, and so these tests are exact.
 */
import { Heap } from '../tensor/heap.ts';
import { inBands, pause } from '../tensor/watch.ts';
import type { Watch } from '../types.ts';
import type { Arcs } from './arcs.ts';

/** The side of a triangle's square that counts as a pixel of tolerance, and what acute corners count less: mapshaper's. */
const SIDE = 0.65;
const ACUTE = 0.7;

/** A closed arc has as many points besides its end, which is its start. */
const FEWEST = 3;

/** Straight pieces between corners, of one arc. */
interface Steps {
  count: number;
  isClosed: boolean;
  dx: Float64Array;
  dy: Float64Array;
  length: Float64Array;
}

const stepsOf = ({ points, start, from }: Arcs, arc: number): Steps => {
  const count = start[arc + 1] - start[arc] - 1;
  const [dx, dy, length] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  for (let i = 0, at = 2 * start[arc]; i < count; i++, at += 2) {
    const [across, down] = [points[at + 2] - points[at], points[at + 3] - points[at + 1]];
    length[i] = Math.abs(across + down);
    dx[i] = across / length[i];
    dy[i] = down / length[i];
  }
  return { count, isClosed: from[arc] < 0, dx, dy, length };
};

/** Whether a piece lies between two steps of a pixel that go the same way: the line from the one's middle to the other's is straighter. */
const isStair = ({ count, isClosed, dx, dy, length }: Steps, i: number): boolean => {
  if (length[i] < 2 || (!isClosed && (i === 0 || i === count - 1))) return false;
  const [before, after] = [(i + count - 1) % count, (i + 1) % count];
  return length[before] === 1 && length[after] === 1 && dx[before] === dx[after] && dy[before] === dy[after];
};

/** An arc's points, its steps straightened. @returns how many were written to `out` from point `to` on */
const straighten = (arcs: Arcs, arc: number, out: Float64Array, to: number): number => {
  const { points, start } = arcs;
  const steps = stepsOf(arcs, arc);
  const { count, isClosed, dx, dy, length } = steps;
  let end = to;
  const add = (x: number, y: number): void => {
    if (end > to && out[2 * end - 2] === x && out[2 * end - 1] === y) return; // the middle of a step, from its other corner
    out[2 * end] = x;
    out[2 * end++ + 1] = y;
  };
  for (let i = 0; i < count; i++) {
    const [x, y] = [points[2 * (start[arc] + i)], points[2 * (start[arc] + i) + 1]];
    const before = (i + count - 1) % count;
    if ((i === 0 && !isClosed) || (length[before] > 1 && length[i] > 1)) {
      add(x, y);
      continue;
    }
    if (!isStair(steps, before)) add(x - dx[before] / 2, y - dy[before] / 2);
    if (!isStair(steps, i)) add(x + dx[i] / 2, y + dy[i] / 2);
  }
  const last = 2 * start[arc + 1] - 2;
  if (isClosed) add(out[2 * to], out[2 * to + 1]);
  else add(points[last], points[last + 1]);
  return end - to;
};

const straightened = async (arcs: Arcs, watch: Watch): Promise<Arcs> => {
  const count = arcs.from.length;
  const out = new Float64Array(2 * arcs.points.length);
  const start = new Int32Array(count + 1);
  await inBands(count, 1024, watch, (first, last) => {
    for (let arc = first; arc < last; arc++) start[arc + 1] = start[arc] + straighten(arcs, arc, out, start[arc]);
  });
  return { ...arcs, points: out.slice(0, 2 * start[count]), start };
};

/** Points by the squares of a grid that they lie in. */
class Grid {
  readonly #points: Float64Array;
  readonly #side: number;
  readonly #columns: number;
  readonly #first: Int32Array;
  readonly #inOrder: Int32Array;

  constructor(points: Float64Array, width: number, height: number) {
    const count = points.length / 2;
    this.#points = points;
    this.#side = Math.ceil(Math.sqrt((width * height) / count)); // whole, so that a point's square is exact
    this.#columns = Math.floor(width / this.#side) + 1;
    this.#first = new Int32Array(this.#columns * (Math.floor(height / this.#side) + 1) + 1);
    this.#inOrder = new Int32Array(count);
    const squares = Int32Array.from({ length: count }, (_, i) => this.#column(points[2 * i]) + this.#columns * this.#column(points[2 * i + 1]));
    for (const square of squares) this.#first[square + 1]++;
    for (let i = 1; i < this.#first.length; i++) this.#first[i] += this.#first[i - 1];
    const next = this.#first.slice();
    squares.forEach((square, i) => {
      this.#inOrder[next[square]++] = i;
    });
  }

  #column(x: number): number {
    return Math.floor(x / this.#side);
  }

  /** Whether a point that is not gone lies in a triangle or on its rim, but for its corners. */
  holdsPoint(a: number, b: number, c: number, isGone: Uint8Array): boolean {
    const p = this.#points;
    const side = this.#side;
    const [ax, ay, bx, by, cx, cy] = [p[2 * a], p[2 * a + 1], p[2 * b], p[2 * b + 1], p[2 * c], p[2 * c + 1]];
    const bottom = this.#column(Math.max(ay, by, cy));
    for (let row = this.#column(Math.min(ay, by, cy)); row <= bottom; row++) {
      const [top, under] = [row * side, (row + 1) * side];
      const span = { left: Number.POSITIVE_INFINITY, right: Number.NEGATIVE_INFINITY };
      widen(span, ax, ay, bx, by, top, under);
      widen(span, bx, by, cx, cy, top, under);
      widen(span, cx, cy, ax, ay, top, under);
      const from = this.#first[row * this.#columns + Math.max(0, this.#column(span.left - 0.01))];
      const to = this.#first[row * this.#columns + Math.min(this.#columns - 1, this.#column(span.right + 0.01)) + 1];
      for (let i = from; i < to; i++) {
        const at = this.#inOrder[i];
        if (isGone[at]) continue;
        const [x, y] = [p[2 * at], p[2 * at + 1]];
        if ((x === ax && y === ay) || (x === bx && y === by) || (x === cx && y === cy)) continue;
        const one = (bx - ax) * (y - ay) - (by - ay) * (x - ax);
        const two = (cx - bx) * (y - by) - (cy - by) * (x - bx);
        const three = (ax - cx) * (y - cy) - (ay - cy) * (x - cx);
        if ((one >= 0 && two >= 0 && three >= 0) || (one <= 0 && two <= 0 && three <= 0)) return true;
      }
    }
    return false;
  }
}

/** Widens a span by what a line covers between two heights. */
const widen = (span: { left: number; right: number }, ax: number, ay: number, bx: number, by: number, top: number, under: number): void => {
  const [low, high] = [Math.max(top, Math.min(ay, by)), Math.min(under, Math.max(ay, by))];
  if (low > high) return;
  const at = (y: number): number => (ay === by ? ax : ax + ((bx - ax) * (y - ay)) / (by - ay));
  const [from, to] = ay === by ? [ax, bx] : [at(low), at(high)];
  span.left = Math.min(span.left, from, to);
  span.right = Math.max(span.right, from, to);
};

/** Points being taken out. */
class Thinner {
  readonly #arcs: Arcs;
  readonly #most: number;
  readonly #grid: Grid;
  readonly #heap: Heap;
  readonly #versions: Int32Array;
  readonly #before: Int32Array;
  readonly #after: Int32Array;
  readonly #arcOf: Int32Array;
  /** Points of each arc, its end not counted where it is closed. */
  readonly #left: Int32Array;
  /** Pairs of nodes that a straight arc joins. */
  readonly #joined = new Set<number>();
  readonly isGone: Uint8Array;

  constructor(arcs: Arcs, tolerance: number) {
    const { points, width, height, start, from } = arcs;
    const count = points.length / 2;
    this.#arcs = arcs;
    this.#most = (tolerance / SIDE) ** 2;
    this.#grid = new Grid(points, width, height);
    this.#heap = new Heap(count);
    this.#versions = new Int32Array(count);
    this.#before = Int32Array.from({ length: count }, (_, i) => i - 1);
    this.#after = Int32Array.from({ length: count }, (_, i) => i + 1);
    this.#arcOf = new Int32Array(count);
    this.#left = Int32Array.from(from, (node, arc) => start[arc + 1] - start[arc] - (node < 0 ? 1 : 0));
    this.isGone = new Uint8Array(count);
    for (let arc = 0; arc < from.length; arc++) this.#begin(arc);
  }

  #begin(arc: number): void {
    const { start, from } = this.#arcs;
    const [first, last] = [start[arc], start[arc + 1] - 1];
    this.#arcOf.fill(arc, first, last + 1);
    if (from[arc] < 0) {
      this.isGone[last] = 1; // the first again
      this.#before[first] = last - 1;
      this.#after[last - 1] = first;
    } else {
      this.#before[first] = -1;
      this.#after[last] = -1;
      if (this.#left[arc] === 2) this.#joined.add(this.#pairOf(arc));
    }
    for (let at = first; at <= last; at++) this.#weigh(at);
  }

  #pairOf(arc: number): number {
    const { from, to, start } = this.#arcs;
    return Math.min(from[arc], to[arc]) * start.length * 2 + Math.max(from[arc], to[arc]); // an arc has two nodes at most
  }

  /** Puts a point in line, if its triangle is small enough. */
  #weigh(at: number): void {
    const [before, after] = [this.#before[at], this.#after[at]];
    this.#versions[at]++;
    if (before < 0 || after < 0 || this.isGone[at]) return;
    const p = this.#arcs.points;
    const [ux, uy] = [p[2 * before] - p[2 * at], p[2 * before + 1] - p[2 * at + 1]];
    const [vx, vy] = [p[2 * after] - p[2 * at], p[2 * after + 1] - p[2 * at + 1]];
    const cosine = (ux * vx + uy * vy) / Math.sqrt((ux * ux + uy * uy) * (vx * vx + vy * vy));
    const weight = (Math.abs(ux * vy - uy * vx) / 2) * (1 - ACUTE * cosine);
    if (weight < this.#most) this.#heap.push(weight, at, this.#versions[at]);
  }

  /** Takes out some of the points that may go; false where none is left. */
  run(some: number): boolean {
    const { top } = this.#heap;
    for (let i = 0; i < some; i++) {
      if (!this.#heap.pop()) return false;
      if (top.version === this.#versions[top.item] && this.#mayGo(top.item)) this.#take(top.item);
    }
    return true;
  }

  #mayGo(at: number): boolean {
    const arc = this.#arcOf[at];
    const { from, to } = this.#arcs;
    if (from[arc] === to[arc] ? this.#left[arc] <= FEWEST + (from[arc] < 0 ? 0 : 1) : this.#left[arc] === 3 && this.#joined.has(this.#pairOf(arc)))
      return false;
    return !this.#grid.holdsPoint(this.#before[at], at, this.#after[at], this.isGone);
  }

  #take(at: number): void {
    const arc = this.#arcOf[at];
    const [before, after] = [this.#before[at], this.#after[at]];
    this.isGone[at] = 1;
    this.#after[before] = after;
    this.#before[after] = before;
    if (--this.#left[arc] === 2) this.#joined.add(this.#pairOf(arc));
    this.#weigh(before);
    this.#weigh(after);
  }
}

/** What is left of the points. */
const compacted = (arcs: Arcs, isGone: Uint8Array): Arcs => {
  const { points, start, from } = arcs;
  const out = new Float64Array(points.length);
  const starts = new Int32Array(start.length);
  let end = 0;
  for (let arc = 0; arc < from.length; arc++) {
    for (let at = start[arc]; at < start[arc + 1]; at++) {
      if (isGone[at]) continue;
      out[2 * end] = points[2 * at];
      out[2 * end++ + 1] = points[2 * at + 1];
    }
    if (from[arc] < 0) {
      out.copyWithin(2 * end, 2 * starts[arc], 2 * starts[arc] + 2);
      end++;
    }
    starts[arc + 1] = end;
  }
  return { ...arcs, points: out.slice(0, 2 * end), start: starts };
};

/**
 * The same arcs with fewer points.
 * @param tolerance pixels, as mapshaper's `interval`: a point goes while 0.65 times the root of its triangle's weighted area is
 *   less. At 0 nothing changes.
 * @throws the signal's reason once aborted
 */
export const simplifyArcs = async (arcs: Arcs, tolerance: number, watch: Watch = {}): Promise<Arcs> => {
  if (tolerance === 0) return arcs;
  const straight = await straightened(arcs, watch);
  const thinner = new Thinner(straight, tolerance);
  while (thinner.run(4096)) await pause(watch);
  return compacted(straight, thinner.isGone);
};
