/**
 * The eigenvectors behind cuts and contours: of the smallest eigenvalues of the normalised Laplacian
 * D^-1/2 (D - A) D^-1/2 (paper section 3.2; Shi & Malik 2000), which are the largest of
 * B = D^-1/2 A D^-1/2 once the trivial one, D^1/2 1 with eigenvalue 1, is deflated.
 *
 * Thick-restart Lanczos (Wu & Simon 2000) with full re-orthogonalisation. A dense solver can return a
 * mixture with the trivial vector where the graph nearly falls apart; ours stays orthogonal to it.
 */
import type { Kernels } from '../tensor/kernels.ts';
import { symmetricEigen } from '../tensor/symmetric-eigen.ts';
import { pause } from '../tensor/watch.ts';
import type { Watch } from '../types.ts';

/** How a search for leading vectors goes. */
interface Search {
  wanted: number;
  /** Residual |B v - theta v| at which a vector counts as found. */
  tolerance: number;
  /** Vectors kept before a restart, and carried over one. */
  basis: number;
  carried: number;
  checkEvery: number;
}

/** One vector, as exactly as float32 affinities carry it. */
const SECOND: Search = { wanted: 1, tolerance: 1e-6, basis: 48, carried: 12, checkEvery: 4 };
const RESTARTS = 40;
/** Up to this many tokens the dense solver is as quick, and never stuck. */
const DENSE = 24;

/** A packed affinity with its degrees and scratch, all in a job's memory. */
export interface Graph {
  a: Float32Array;
  n: number;
  degrees: Float64Array;
}

/** Scratch for one eigenproblem of up to n tokens. */
export interface EigenScratch {
  x: Float32Array;
  y: Float64Array;
  band: Float32Array;
}

export const eigenScratch = (kernels: Kernels, n: number): EigenScratch => ({ x: kernels.f32(n), y: kernels.f64(n), band: kernels.f32(n) });

/** A packed affinity with its degrees. */
export const graphOf = (kernels: Kernels, a: Float32Array, n: number, { x, y, band }: EigenScratch): Graph => {
  kernels.symv(a, n, x.fill(1, 0, n), y, band);
  return { a, n, degrees: y.slice(0, n) };
};

/**
 * @returns y = D^-1/2 v, one number a token, its entry of largest magnitude positive; null where no
 * vector but the trivial one exists (fewer than two tokens with a neighbour). Tokens without any
 * affinity get 0.
 * @throws the signal's reason once aborted
 */
export const secondEigenvector = async (kernels: Kernels, graph: Graph, scratch: EigenScratch, watch: Watch = {}): Promise<Float64Array | null> => {
  const found = await leadingPairs(kernels, graph, scratch, SECOND, watch);
  return found.length > 0 ? flipSign(found[0].vector) : null;
};

/** An eigenpair of the normalised Laplacian. */
export interface Eigenpair {
  /** 0..2. */
  value: number;
  /** y = D^-1/2 v, one number a node; its sign is arbitrary. */
  vector: Float64Array;
}

/**
 * The pairs of the smallest eigenvalues after the trivial one, ascending; fewer where the graph has fewer.
 * @param tolerance residual at which a vector counts as found (a smaller one than 1e-3 changes no contour)
 */
export const spectrum = (
  kernels: Kernels,
  graph: Graph,
  scratch: EigenScratch,
  wanted: number,
  watch: Watch = {},
  tolerance = 1e-3,
): Promise<Eigenpair[]> =>
  leadingPairs(kernels, graph, scratch, { wanted, tolerance, basis: 4 * wanted + 24, carried: 2 * wanted, checkEvery: 12 }, watch);

const leadingPairs = async (kernels: Kernels, graph: Graph, scratch: EigenScratch, search: Search, watch: Watch): Promise<Eigenpair[]> => {
  const { n, degrees } = graph;
  // D^1/2 and D^-1/2; D^1/2 1 is the trivial vector
  const root = degrees.slice(0, n).map((d) => (d > 0 ? Math.sqrt(d) : 0));
  const inverseRoot = root.map((d) => (d > 0 ? 1 / d : 0));
  const live = root.reduce((count, d) => count + (d > 0 ? 1 : 0), 0);
  if (live < 2) return [];
  const trivial = normalise(root);
  // B v
  const apply = (v: Float64Array): Float64Array => {
    const out = new Float64Array(n);
    for (let i = 0; i < n; i++) scratch.x[i] = v[i] * inverseRoot[i];
    kernels.symv(graph.a, n, scratch.x, scratch.y, scratch.band);
    for (let i = 0; i < n; i++) out[i] = scratch.y[i] * inverseRoot[i];
    return out;
  };
  const enough = { ...search, wanted: Math.min(search.wanted, live - 1) };
  const pairs =
    (n > DENSE ? await lanczos(apply, trivial, inverseRoot, live - 1, enough, watch) : null) ??
    (await dense(graph, trivial, inverseRoot, enough.wanted, watch));
  return pairs.map(({ theta, v }) => ({ value: 1 - theta, vector: v.map((value, i) => value * inverseRoot[i]) }));
};

/** An eigenpair of B, v of unit length. */
interface Leading {
  theta: number;
  v: Float64Array;
}

/** Deterministic start: no symmetry of the picture is orthogonal to it. Zero where a token has no affinity. */
const startVector = (inverseRoot: Float64Array): Float64Array => {
  let state = 0x9e3779b9;
  return inverseRoot.map((d) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return d > 0 ? state / 2 ** 32 - 0.5 : 0;
  });
};

/**
 * @param dimension of the space orthogonal to the trivial vector
 * @returns the leading pairs of B in that space, largest first; null if a residual stays too large
 */
const lanczos = async (
  apply: (v: Float64Array) => Float64Array,
  trivial: Float64Array,
  inverseRoot: Float64Array,
  dimension: number,
  { wanted, tolerance, basis: most, carried, checkEvery }: Search,
  watch: Watch,
): Promise<Leading[] | null> => {
  const limit = Math.min(most, dimension);
  const h = new Float64Array(most * most); // B in the basis: a diagonal with one arrow, then tridiagonal
  const start = startVector(inverseRoot);
  orthogonalise(start, [trivial], 1);
  let basis = [normalise(start)];
  for (let restart = 0; restart < RESTARTS; restart++) {
    for (let j = basis.length - 1; ; j++) {
      // 1. One more direction: w = B q_j, without its parts along what is there
      await pause(watch);
      const w = apply(basis[j]);
      h[j * most + j] = dot(w, basis[j]);
      orthogonalise(w, [trivial, ...basis], 2);
      const beta = Math.sqrt(dot(w, w));
      const size = j + 1;
      const full = size >= limit;
      const invariant = beta < 1e-10;
      if (!full && !invariant && (size % checkEvery !== 0 || size < 2 * wanted)) {
        h[j * most + size] = h[size * most + j] = beta;
        basis.push(scale(w, 1 / beta));
        continue;
      }
      // 2. Ritz pairs of the basis so far; theta's residual is beta |last entry of its vector|
      const { values, vectors } = await ritz(h, most, size);
      const known = Math.min(wanted, size);
      let residual = 0; // the largest of the wanted ones
      for (let k = 0; k < known; k++) residual = Math.max(residual, beta * Math.abs(vectors[j * size + size - 1 - k]));
      if ((known === wanted && residual <= tolerance) || invariant || size >= dimension)
        return Array.from({ length: known }, (_, k) => ({ theta: values[size - 1 - k], v: combine(basis, vectors, size, size - 1 - k) }));
      if (!full) {
        h[j * most + size] = h[size * most + j] = beta;
        basis.push(scale(w, 1 / beta));
        continue;
      }
      // 3. The basis is full: on from the leading Ritz vectors and the residual's direction, which B couples to each of them
      const kept = Math.min(carried, size - 1);
      const next = Array.from({ length: kept }, (_, k) => combine(basis, vectors, size, size - 1 - k));
      h.fill(0);
      for (let k = 0; k < kept; k++) {
        h[k * most + k] = values[size - 1 - k];
        h[k * most + kept] = h[kept * most + k] = beta * vectors[j * size + size - 1 - k];
      }
      basis = [...next, scale(w, 1 / beta)];
      break;
    }
  }
  return null;
};

/** Eigenpairs of the leading size x size block of h, whose rows are `stride` apart. */
const ritz = (h: Float64Array, stride: number, size: number) => {
  const block = new Float64Array(size * size);
  for (let i = 0; i < size; i++) block.set(h.subarray(i * stride, i * stride + size), i * size);
  return symmetricEigen(block, size);
};

/** The exact way: every eigenpair of B with the trivial one moved from 1 to -1, below all others of interest. */
const dense = async ({ a, n }: Graph, trivial: Float64Array, inverseRoot: Float64Array, wanted: number, watch: Watch): Promise<Leading[]> => {
  const b = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const value = a[(i * (i + 1)) / 2 + j] * inverseRoot[i] * inverseRoot[j] - 2 * trivial[i] * trivial[j];
      b[i * n + j] = b[j * n + i] = value;
    }
    if (inverseRoot[i] === 0) b[i * n + i] = -2; // no affinity at all: not a vector of interest
  }
  const { values, vectors } = await symmetricEigen(b, n, watch);
  return Array.from({ length: wanted }, (_, k) => {
    const v = Float64Array.from({ length: n }, (_, i) => vectors[i * n + n - 1 - k]);
    orthogonalise(v, [trivial], 1);
    return { theta: values[n - 1 - k], v };
  });
};

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};

const scale = (v: Float64Array, by: number): Float64Array => {
  for (let i = 0; i < v.length; i++) v[i] *= by;
  return v;
};

const normalise = (v: Float64Array): Float64Array => scale(v, 1 / Math.sqrt(dot(v, v)));

/** Takes out of v its parts along the unit vectors of `basis`; twice is enough (Parlett). */
const orthogonalise = (v: Float64Array, basis: readonly Float64Array[], passes: number): void => {
  for (let pass = 0; pass < passes; pass++) {
    for (const u of basis) {
      const along = dot(v, u);
      for (let i = 0; i < v.length; i++) v[i] -= along * u[i];
    }
  }
};

const combine = (basis: readonly Float64Array[], vectors: Float64Array, size: number, column: number): Float64Array => {
  const out = new Float64Array(basis[0].length);
  for (let k = 0; k < size; k++) {
    const weight = vectors[k * size + column];
    for (let i = 0; i < out.length; i++) out[i] += weight * basis[k][i];
  }
  return out;
};

const flipSign = (v: Float64Array): Float64Array => {
  let largest = 0;
  for (let i = 1; i < v.length; i++) if (Math.abs(v[i]) > Math.abs(v[largest])) largest = i;
  return v[largest] < 0 ? scale(v, -1) : v;
};
