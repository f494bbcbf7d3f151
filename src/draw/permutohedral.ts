/**
 * Gaussian filter of points in a few dimensions (Adams, Baek & Davis, "Fast high-dimensional filtering using the permutohedral
 * lattice", Eurographics 2010). Each point shares its values out to the corners of the lattice's simplex that it lies in, the
 * corners are blurred along each of the lattice's axes, and each point reads its own again. The result is the Gaussian's up to a
 * factor that is the same for all points.
 */
import { inBands } from '../tensor/watch.ts';
import type { Watch } from '../types.ts';

/** Values of a point that are filtered in one pass. */
export const LANES = 4;

/** Points or corners that are worked between two pauses. */
const BAND = 2 ** 13;

/** Where points lie in the lattice. The corners that are near a point have numbers from 1 on; 0 stands for all others. */
export interface Lattice {
  points: number;
  dimensions: number;
  corners: number;
  /** The corners of each point's simplex, dimensions + 1 a point, and how near it is to each, of sum 1. */
  corner: Int32Array;
  weight: Float32Array;
  /** The two neighbours of each corner along an axis, 0's among them; corners + 1 pairs an axis. */
  neighbours: Int32Array[];
}

/**
 * @param features `dimensions` finite numbers a point, in units of the Gaussian's standard deviation
 * @throws the signal's reason once aborted
 */
export const createLattice = async (features: Float32Array, dimensions: number, watch: Watch = {}): Promise<Lattice> => {
  const points = features.length / dimensions;
  const ends = dimensions + 1;
  const table = createTable(points * ends, dimensions);
  const corner = new Int32Array(points * ends);
  const weight = new Float32Array(points * ends);
  const simplex = createSimplex(dimensions);
  await inBands(points, BAND, watch, (from, to) => placePoints(features, simplex, table, corner, weight, from, to));
  const neighbours: Int32Array[] = [];
  for (let axis = 0; axis < ends; axis++) {
    const pairs = new Int32Array(2 * (table.filled + 1));
    await inBands(table.filled, BAND, watch, (from, to) => findNeighbours(table, axis, pairs, from + 1, to + 1));
    neighbours.push(pairs);
  }
  return { points, dimensions, corners: table.filled, corner, weight, neighbours };
};

/** Numbers that `filterInto` works with. */
export const scratchOf = ({ corners }: Lattice): Float32Array => new Float32Array(2 * LANES * (corners + 1));

/**
 * Adds `say` x scale_i x filtered(scale x values)_i to `out` at each point.
 * @param values, out LANES numbers a point
 * @param scale a number a point
 */
export const filterInto = async (
  lattice: Lattice,
  values: Float32Array,
  scale: Float32Array,
  say: number,
  out: Float32Array,
  scratch: Float32Array,
  watch: Watch = {},
): Promise<void> => {
  const half = scratch.length / 2;
  let [now, next] = [scratch.subarray(0, half).fill(0), scratch.subarray(half).fill(0)];
  await inBands(lattice.points, BAND, watch, (from, to) => splat(lattice, values, scale, now, from, to));
  for (const pairs of lattice.neighbours) {
    await inBands(lattice.corners, BAND, watch, (from, to) => blurAxis(pairs, now, next, from + 1, to + 1));
    [now, next] = [next, now];
  }
  await inBands(lattice.points, BAND, watch, (from, to) => slice(lattice, now, scale, say, out, from, to));
};

/** Each point's values to its corners. */
const splat = (
  { dimensions, corner, weight }: Lattice,
  values: Float32Array,
  scale: Float32Array,
  into: Float32Array,
  from: number,
  to: number,
): void => {
  for (let i = from, at = from * (dimensions + 1); i < to; i++) {
    const own = i * LANES;
    const a = values[own] * scale[i];
    const b = values[own + 1] * scale[i];
    const c = values[own + 2] * scale[i];
    const d = values[own + 3] * scale[i];
    for (const end = at + dimensions; at <= end; at++) {
      const target = corner[at] * LANES;
      const w = weight[at];
      into[target] += w * a;
      into[target + 1] += w * b;
      into[target + 2] += w * c;
      into[target + 3] += w * d;
    }
  }
};

/** A quarter, a half, a quarter of the corners in a row along an axis, times 2. */
const blurAxis = (pairs: Int32Array, now: Float32Array, next: Float32Array, from: number, to: number): void => {
  for (let i = from; i < to; i++) {
    const own = i * LANES;
    const one = pairs[2 * i] * LANES;
    const other = pairs[2 * i + 1] * LANES;
    next[own] = now[own] + 0.5 * (now[one] + now[other]);
    next[own + 1] = now[own + 1] + 0.5 * (now[one + 1] + now[other + 1]);
    next[own + 2] = now[own + 2] + 0.5 * (now[one + 2] + now[other + 2]);
    next[own + 3] = now[own + 3] + 0.5 * (now[one + 3] + now[other + 3]);
  }
};

/** Each point's values back from its corners. */
const slice = (
  { dimensions, corner, weight }: Lattice,
  now: Float32Array,
  scale: Float32Array,
  say: number,
  out: Float32Array,
  from: number,
  to: number,
): void => {
  for (let i = from, at = from * (dimensions + 1); i < to; i++) {
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (const end = at + dimensions; at <= end; at++) {
      const source = corner[at] * LANES;
      const w = weight[at];
      a += w * now[source];
      b += w * now[source + 1];
      c += w * now[source + 2];
      d += w * now[source + 3];
    }
    const by = say * scale[i];
    const own = i * LANES;
    out[own] += by * a;
    out[own + 1] += by * b;
    out[own + 2] += by * c;
    out[own + 3] += by * d;
  }
};

/** A point in the lattice: in the hyperplane of sum 0 of one dimension more, the lattice's points are those of whole numbers. */
interface Simplex {
  dimensions: number;
  /** Of each axis: what makes the lattice's blur as wide as the Gaussian (page 6 of the paper, and E on page 5). */
  stretch: Float64Array;
  elevated: Float64Array;
  /** The nearest lattice point whose coordinates are multiples of dimensions + 1. */
  nearest: Int32Array;
  /** How many coordinates lie farther above that point than each: says which simplex around it is the point's. */
  rank: Int32Array;
  /** How near the point is to each corner. */
  shares: Float64Array;
  key: Int32Array;
}

const createSimplex = (dimensions: number): Simplex => ({
  dimensions,
  stretch: Float64Array.from({ length: dimensions }, (_, i) => (Math.sqrt(2 / 3) * (dimensions + 1)) / Math.sqrt((i + 1) * (i + 2))),
  elevated: new Float64Array(dimensions + 1),
  nearest: new Int32Array(dimensions + 1),
  rank: new Int32Array(dimensions + 1),
  shares: new Float64Array(dimensions + 2),
  key: new Int32Array(dimensions),
});

/** Finds the corners of the points `from` to `to`, and makes those that are new. */
const placePoints = (
  features: Float32Array,
  simplex: Simplex,
  table: Table,
  corner: Int32Array,
  weight: Float32Array,
  from: number,
  to: number,
): void => {
  const { dimensions, nearest, rank, shares, key } = simplex;
  for (let i = from, at = from * (dimensions + 1); i < to; i++) {
    elevate(features, i * dimensions, simplex);
    enclose(simplex);
    for (let colour = 0; colour <= dimensions; colour++, at++) {
      for (let k = 0; k < dimensions; k++) key[k] = nearest[k] + colour - (rank[k] > dimensions - colour ? dimensions + 1 : 0);
      corner[at] = numberOf(table, key, true);
      weight[at] = shares[colour];
    }
  }
};

/** The point at `at` of the features in the lattice's hyperplane. */
const elevate = (features: Float32Array, at: number, { dimensions, stretch, elevated }: Simplex): void => {
  let sum = 0;
  for (let k = dimensions; k > 0; k--) {
    const value = features[at + k - 1] * stretch[k - 1];
    elevated[k] = sum - k * value;
    sum += value;
  }
  elevated[0] = sum;
};

/** Which simplex the elevated point lies in, and where (pages 9 and 10 of the paper). */
const enclose = ({ dimensions, elevated, nearest, rank, shares }: Simplex): void => {
  const ends = dimensions + 1;
  let off = 0; // how far the rounded point lies from the hyperplane, in units of dimensions + 1
  for (let k = 0; k < ends; k++) {
    const rounded = Math.round(elevated[k] / ends);
    nearest[k] = rounded * ends;
    off += rounded;
  }
  for (let k = 0; k < ends; k++) {
    const above = elevated[k] - nearest[k];
    rank[k] = off;
    for (let j = 0; j < ends; j++) {
      const other = elevated[j] - nearest[j];
      if (other > above || (other === above && j < k)) rank[k]++;
    }
  }
  for (let k = 0; k < ends; k++) {
    const back = rank[k] < 0 ? ends : rank[k] >= ends ? -ends : 0; // to the hyperplane
    rank[k] += back;
    nearest[k] += back;
  }
  shares.fill(0);
  for (let k = 0; k < ends; k++) {
    const above = (elevated[k] - nearest[k]) / ends;
    shares[dimensions - rank[k]] += above;
    shares[ends - rank[k]] -= above;
  }
  shares[0] += 1 + shares[ends];
};

/** Numbers of lattice points by their coordinates: a hash table with open addressing. */
interface Table {
  dimensions: number;
  filled: number;
  /** Coordinates of number n from n x dimensions on; the last follows from the others. */
  keys: Int32Array;
  /** 0 where there is none. */
  slots: Int32Array;
  /** Coordinates that are looked up. */
  sought: Int32Array;
}

const createTable = (most: number, dimensions: number): Table => ({
  dimensions,
  filled: 0,
  keys: new Int32Array((most + 1) * dimensions),
  slots: new Int32Array(2 ** Math.ceil(Math.log2(2 * most))),
  sought: new Int32Array(dimensions),
});

/** @returns 0 for one that is not there and is not to be created */
const numberOf = (table: Table, key: Int32Array, create: boolean): number => {
  const { dimensions, keys, slots } = table;
  let hash = 0;
  for (let k = 0; k < dimensions; k++) hash = Math.imul(hash + key[k], 1_664_525);
  for (let slot = (hash ^ (hash >>> 15)) & (slots.length - 1); ; slot = (slot + 1) & (slots.length - 1)) {
    const found = slots[slot];
    if (found === 0) {
      if (!create) return 0;
      slots[slot] = ++table.filled;
      keys.set(key, table.filled * dimensions);
      return table.filled;
    }
    const own = found * dimensions;
    let k = 0;
    while (k < dimensions && keys[own + k] === key[k]) k++;
    if (k === dimensions) return found;
  }
};

/** Tells the corners `from` to `to` their neighbours before them along an axis, and these theirs after them. */
const findNeighbours = (table: Table, axis: number, pairs: Int32Array, from: number, to: number): void => {
  const { dimensions, keys, sought } = table;
  for (let i = from; i < to; i++) {
    for (let k = 0; k < dimensions; k++) sought[k] = keys[i * dimensions + k] + (k === axis ? dimensions : -1);
    const before = numberOf(table, sought, false);
    pairs[2 * i] = before;
    if (before > 0) pairs[2 * before + 1] = i;
  }
};
