/**
 * The borders between the segments of a label map, each traced once, whoever lies on its sides: a planar graph of pixels' corners.
 *
 * Corner (0, 0) is the picture's first, and pixel (x, y) covers x..x + 1, y..y + 1. Arcs run from node to node: to where three or
 * more borders meet, or two pieces touch at a corner, or the frame turns. Arcs without any node are closed. Pieces are segments'
 * connected parts (4 neighbours): what touches at a corner alone is two pieces, whose rings touch at a node.
 */
import { type AnyLabels, componentsOfRuns, isRuns, type RunMap, toRuns } from '../tensor/runs.ts';
import { inBands, pause } from '../tensor/watch.ts';
import type { Watch } from '../types.ts';

export { simplifyArcs } from './simplify-arcs.ts';

export interface Arcs {
  width: number;
  height: number;
  /** x, y in turn, of arc k from point `start[k]` to before `start[k + 1]`, its ends among them; a closed one ends where it starts. */
  points: Float64Array;
  start: Int32Array;
  /** The nodes that each arc runs between; -1 for closed ones that have none. */
  from: Int32Array;
  to: Int32Array;
  /** The pieces on its sides, as seen with y down; -1 outside of the picture. */
  left: Int32Array;
  right: Int32Array;
  /** Half arc 2k is arc k as it runs, 2k + 1 the same backwards; the one that follows it on the ring of the piece on its right. */
  next: Int32Array;
  /** The segment that each piece is of; pieces are in order of their first pixels. */
  pieces: Int32Array;
}

/** A connected part of a segment: x, y in turn, no point twice. */
export interface Polygon {
  /** Clockwise as seen with y down: the sum of x1 y2 - x2 y1 is positive. */
  outer: number[];
  /** The other way round. */
  holes: number[][];
}

/** Directions, clockwise as seen. Quadrants around a corner likewise: right of direction d lies quadrant d, left of it d + 3. */
const [EAST, SOUTH, WEST, NORTH] = [0, 1, 2, 3];

/** Corners where runs end above or below, line by line. One that is none comes first, and each line's last is followed by nothing. */
interface Corners {
  count: number;
  x: Int32Array;
  y: Int32Array;
  /** The pieces above and below the line from a corner to the next. */
  above: Int32Array;
  below: Int32Array;
  /** The corners that end the vertical edges from it; -1 where there is none. */
  up: Int32Array;
  down: Int32Array;
}

const createCorners = (room: number): Corners => {
  const [x, y, above, below, up, down] = Array.from({ length: 6 }, () => new Int32Array(room).fill(-1));
  return { count: 1, x, y, above, below, up, down };
};

/**
 * Adds the corners of the line above row y.
 * @param hanging the corners that the edges of row y - 1 hang from, left to right; those of row y afterwards
 */
const addLine = (corners: Corners, { width, height, rowStart, end, id }: RunMap, y: number, hanging: Int32Array): void => {
  const { x: xs, y: ys, above, below, up, down } = corners;
  let [upper, upperEnd] = y > 0 ? [rowStart[y - 1], rowStart[y]] : [0, 0];
  let [lower, lowerEnd] = y < height ? [rowStart[y], rowStart[y + 1]] : [0, 0];
  const hung = hanging.slice(0, upperEnd - upper + 1);
  let [edge, next] = [0, 0];
  for (let x = 0; ; ) {
    const at = corners.count++;
    xs[at] = x;
    ys[at] = y;
    if (y > 0 && (x === 0 || end[upper] === x)) {
      if (x > 0) upper++;
      up[at] = hung[edge];
      down[hung[edge++]] = at;
    }
    if (y < height && (x === 0 || end[lower] === x)) {
      if (x > 0) lower++;
      hanging[next++] = at;
    }
    if (x === width) return;
    if (upper < upperEnd) above[at] = id[upper];
    if (lower < lowerEnd) below[at] = id[lower];
    x = Math.min(upper < upperEnd ? end[upper] : width, lower < lowerEnd ? end[lower] : width);
  }
};

const cornersOf = async (pieces: RunMap, watch: Watch): Promise<Corners> => {
  const { width, height } = pieces;
  const corners = createCorners(2 * (pieces.id.length + height) + 1);
  const hanging = new Int32Array(width + 1);
  await inBands(height + 1, 256, watch, (top, bottom) => {
    for (let y = top; y < bottom; y++) addLine(corners, pieces, y, hanging);
  });
  return corners;
};

const hasEdge = ({ above, below, up, down }: Corners, at: number, direction: number): boolean => {
  if (direction === EAST) return above[at] !== below[at];
  if (direction === WEST) return above[at - 1] !== below[at - 1];
  return (direction === SOUTH ? down : up)[at] >= 0;
};

const stepped = ({ up, down }: Corners, at: number, direction: number): number => {
  if (direction === EAST) return at + 1;
  if (direction === WEST) return at - 1;
  return (direction === SOUTH ? down : up)[at];
};

/** The piece in a quadrant around a corner: 0 lower right, then clockwise. */
const pieceAt = ({ above, below }: Corners, at: number, quadrant: number): number =>
  (quadrant === 0 || quadrant === 1 ? below : above)[quadrant === 0 || quadrant === 3 ? at : at - 1];

const degreeOf = (corners: Corners, at: number): number => {
  let degree = 0;
  for (let direction = EAST; direction <= NORTH; direction++) if (hasEdge(corners, at, direction)) degree++;
  return degree;
};

/** Where the ring of the piece on the right goes on from a corner that it comes to. */
const turned = (corners: Corners, at: number, heading: number): number => {
  const [right, left] = [(heading + 1) % 4, (heading + 3) % 4];
  // A piece that touches itself here goes round its neighbour: no ring passes a corner twice, but a hole and the outer ring touch.
  if (pieceAt(corners, at, right) === pieceAt(corners, at, left)) return left;
  return [right, heading, left].find((direction) => hasEdge(corners, at, direction)) as number;
};

/** Arcs under way. */
class Tracer {
  readonly #corners: Corners;
  readonly #isPassed: Uint8Array;
  /** Corners that are nodes, the number of each, and the half arcs that leave it by direction. */
  readonly nodes: number[] = [];
  readonly #nodeAt: Int32Array;
  readonly #leaving: Int32Array;
  #points = new Float64Array(4096);
  #count = 0;
  readonly #start: number[] = [0];
  readonly #ends: number[] = [];
  readonly #sides: number[] = [];
  /** Of each half arc, the corner that it comes to and how. */
  readonly #arrivals: number[] = [];

  constructor(corners: Corners, width: number, height: number) {
    const { count, x, y } = corners;
    this.#corners = corners;
    this.#isPassed = new Uint8Array(count);
    this.#nodeAt = new Int32Array(count).fill(-1);
    for (let at = 1; at < count; at++) {
      const turnsFrame = (x[at] === 0 || x[at] === width) && (y[at] === 0 || y[at] === height);
      if (turnsFrame || degreeOf(corners, at) > 2) this.#nodeAt[at] = this.nodes.push(at) - 1;
    }
    this.#leaving = new Int32Array(4 * this.nodes.length).fill(-1);
  }

  /** The arcs that leave a node and are not yet traced. */
  leave(node: number): void {
    const from = this.nodes[node];
    for (let direction = EAST; direction <= NORTH; direction++) {
      if (this.#leaving[4 * node + direction] >= 0 || !hasEdge(this.#corners, from, direction)) continue;
      const half = 2 * (this.#start.length - 1);
      const { at, heading } = this.#walk(from, direction);
      this.#ends.push(node, this.#nodeAt[at]);
      this.#leaving[4 * node + direction] = half;
      this.#leaving[4 * this.#nodeAt[at] + ((heading + 2) % 4)] = half + 1;
    }
  }

  /** The closed arc that a corner begins, if none passed it: its first in rows. */
  close(at: number): void {
    if (this.#nodeAt[at] >= 0 || this.#isPassed[at] || !hasEdge(this.#corners, at, EAST) || !hasEdge(this.#corners, at, SOUTH)) return;
    this.#walk(at, EAST);
    this.#ends.push(-1, -1);
  }

  /** Writes an arc down: where the way turns, and where it ends. */
  #walk(from: number, direction: number): { at: number; heading: number } {
    const corners = this.#corners;
    this.#sides.push(pieceAt(corners, from, (direction + 3) % 4), pieceAt(corners, from, direction));
    this.#add(from);
    let heading = direction;
    let at = stepped(corners, from, heading);
    while (this.#nodeAt[at] < 0 && at !== from) {
      this.#isPassed[at] = 1;
      if (!hasEdge(corners, at, heading)) {
        this.#add(at);
        heading = (heading + (hasEdge(corners, at, (heading + 1) % 4) ? 1 : 3)) % 4;
      }
      at = stepped(corners, at, heading);
    }
    this.#isPassed[at] = 1;
    this.#add(at);
    this.#start.push(this.#count);
    this.#arrivals.push(at, heading, from, (direction + 2) % 4);
    return { at, heading };
  }

  #add(at: number): void {
    if (2 * this.#count === this.#points.length) {
      const more = new Float64Array(4 * this.#count);
      more.set(this.#points);
      this.#points = more;
    }
    this.#points[2 * this.#count] = this.#corners.x[at];
    this.#points[2 * this.#count++ + 1] = this.#corners.y[at];
  }

  finish(): Omit<Arcs, 'width' | 'height' | 'pieces'> {
    const of = (list: readonly number[], first: number): Int32Array => Int32Array.from({ length: list.length / 2 }, (_, k) => list[2 * k + first]);
    const next = of(this.#arrivals, 0).map((at, half) => {
      const node = this.#nodeAt[at];
      return node < 0 ? half : this.#leaving[4 * node + turned(this.#corners, at, this.#arrivals[2 * half + 1])];
    });
    const [ends, sides] = [this.#ends, this.#sides];
    return {
      points: this.#points.slice(0, 2 * this.#count),
      start: Int32Array.from(this.#start),
      from: of(ends, 0),
      to: of(ends, 1),
      left: of(sides, 0),
      right: of(sides, 1),
      next,
    };
  }
}

/**
 * The borders of a label map as they lie between pixels, in time that goes with their length.
 * @param labels checked ones
 * @throws the signal's reason once aborted
 */
export const traceArcs = async (labels: AnyLabels, watch: Watch = {}): Promise<Arcs> => {
  const { transparent: _, ...runs } = isRuns(labels) ? labels : await toRuns(labels, watch);
  const pieces = componentsOfRuns(runs);
  const ids: number[] = [];
  pieces.id.forEach((piece, run) => {
    if (piece === ids.length) ids.push(runs.id[run]);
  });
  await pause(watch);
  const corners = await cornersOf(pieces, watch);
  const tracer = new Tracer(corners, runs.width, runs.height);
  await inBands(tracer.nodes.length, 256, watch, (from, to) => {
    for (let node = from; node < to; node++) tracer.leave(node);
  });
  await inBands(corners.count, 2 ** 14, watch, (from, to) => {
    for (let at = Math.max(1, from); at < to; at++) tracer.close(at);
  });
  return { width: runs.width, height: runs.height, ...tracer.finish(), pieces: Int32Array.from(ids) };
};

/** Twice the area within a ring: above 0 where it is clockwise as seen with y down. */
export const ringArea2 = (ring: readonly number[]): number => {
  let sum = 0;
  let [x, y] = ring.slice(-2);
  for (let i = 0; i < ring.length; i += 2) {
    sum += x * ring[i + 1] - ring[i] * y;
    x = ring[i];
    y = ring[i + 1];
  }
  return sum;
};

/** Adds an arc's points to a ring, all but the one that it ends with. */
const addArc = ({ points, start }: Arcs, half: number, ring: number[]): void => {
  const [first, last] = [start[half >> 1], start[(half >> 1) + 1] - 1];
  if (half % 2) for (let i = last; i > first; i--) ring.push(points[2 * i], points[2 * i + 1]);
  else for (let i = first; i < last; i++) ring.push(points[2 * i], points[2 * i + 1]);
};

/**
 * Every segment as polygons with holes, ascending by id, its pieces in order of their first pixels. All of them together cover
 * the picture once.
 * @throws the signal's reason once aborted
 */
export const polygonsOf = async (arcs: Arcs, watch: Watch = {}): Promise<Map<number, Polygon[]>> => {
  const { left, right, next, pieces } = arcs;
  const polygons: Polygon[] = Array.from(pieces, () => ({ outer: [], holes: [] }));
  const isDone = new Uint8Array(next.length);
  await inBands(next.length, 2 ** 12, watch, (from, to) => {
    for (let half = from; half < to; half++) {
      const piece = (half % 2 ? left : right)[half >> 1];
      if (piece < 0 || isDone[half]) continue;
      const ring: number[] = [];
      for (let on = half; !isDone[on]; on = next[on]) {
        isDone[on] = 1;
        addArc(arcs, on, ring);
      }
      if (ringArea2(ring) > 0) polygons[piece].outer = ring;
      else polygons[piece].holes.push(ring);
    }
  });
  const byId = new Map<number, Polygon[]>([...new Set(pieces)].sort((a, b) => a - b).map((id) => [id, []]));
  polygons.forEach((polygon, piece) => byId.get(pieces[piece])?.push(polygon));
  return byId;
};
