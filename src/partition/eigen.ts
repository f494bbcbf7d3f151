/**
 * The eigenvector behind a bipartition: of the second smallest eigenvalue of the normalised Laplacian
 * D^-1/2 (D - A) D^-1/2 (paper section 3.2; Shi & Malik 2000), which is the largest of
 * B = D^-1/2 A D^-1/2 once the trivial one, D^1/2 1 with eigenvalue 1, is deflated.
 *
 * Thick-restart Lanczos (Wu & Simon 2000) with full re-orthogonalisation. A dense solver can return a
 * mixture with the trivial vector where the graph nearly falls apart; ours stays orthogonal to it.
 */
import type { Kernels } from '../tensor/kernels.ts';
import { symmetricEigen } from '../tensor/symmetric-eigen.ts';

/** Residual |B v - theta v| at which the vector counts as found; float32 affinities carry no more. */
const TOLERANCE = 1e-6;
/** Vectors kept before a restart, and carried over one. */
const BASIS = 48;
const CARRIED = 12;
const CHECK_EVERY = 4;
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

/**
 * @returns y = D^-1/2 v, one number a token, its entry of largest magnitude positive; null where no
 * vector but the trivial one exists (fewer than two tokens with a neighbour). Tokens without any
 * affinity get 0.
 */
export const secondEigenvector = (kernels: Kernels, graph: Graph, scratch: EigenScratch): Float64Array | null => {
  const { n, degrees } = graph;
  const root = degrees.slice(0, n).map((d) => (d > 0 ? Math.sqrt(d) : 0));
  const inverseRoot = root.map((d) => (d > 0 ? 1 / d : 0));
  const live = root.reduce((count, d) => count + (d > 0 ? 1 : 0), 0);
  if (live < 2) return null;
  const trivial = normalise(root);
  const apply = (v: Float64Array): Float64Array => {
    const out = new Float64Array(n);
    for (let i = 0; i < n; i++) scratch.x[i] = v[i] * inverseRoot[i];
    kernels.symv(graph.a, n, scratch.x, scratch.y, scratch.band);
    for (let i = 0; i < n; i++) out[i] = scratch.y[i] * inverseRoot[i];
    return out;
  };
  const v = (n > DENSE ? lanczos(apply, trivial, inverseRoot, live - 1) : null) ?? dense(graph, trivial, inverseRoot);
  for (let i = 0; i < n; i++) v[i] *= inverseRoot[i];
  return flipSign(v);
};

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
 * @returns the leading unit vector of B in that space; null if the residual stays too large
 */
const lanczos = (
  apply: (v: Float64Array) => Float64Array,
  trivial: Float64Array,
  inverseRoot: Float64Array,
  dimension: number,
): Float64Array | null => {
  const limit = Math.min(BASIS, dimension);
  const h = new Float64Array(BASIS * BASIS); // B in the basis: a diagonal with one arrow, then tridiagonal
  const start = startVector(inverseRoot);
  orthogonalise(start, [trivial], 1);
  let basis = [normalise(start)];
  for (let restart = 0; restart < RESTARTS; restart++) {
    for (let j = basis.length - 1; ; j++) {
      const w = apply(basis[j]);
      h[j * BASIS + j] = dot(w, basis[j]);
      orthogonalise(w, [trivial, ...basis], 2);
      const beta = Math.sqrt(dot(w, w));
      const size = j + 1;
      const full = size >= limit;
      const invariant = beta < 1e-10;
      if (!full && !invariant && size % CHECK_EVERY !== 0) {
        h[j * BASIS + size] = h[size * BASIS + j] = beta;
        basis.push(scale(w, 1 / beta));
        continue;
      }
      const { values, vectors } = ritz(h, size);
      const residual = beta * Math.abs(vectors[j * size + size - 1]);
      if (residual <= TOLERANCE || invariant || size >= dimension) return combine(basis, vectors, size, size - 1);
      if (!full) {
        h[j * BASIS + size] = h[size * BASIS + j] = beta;
        basis.push(scale(w, 1 / beta));
        continue;
      }
      // Restart from the leading Ritz vectors and the residual's direction.
      const kept = Math.min(CARRIED, size - 1);
      const next = Array.from({ length: kept }, (_, k) => combine(basis, vectors, size, size - 1 - k));
      h.fill(0);
      for (let k = 0; k < kept; k++) {
        h[k * BASIS + k] = values[size - 1 - k];
        h[k * BASIS + kept] = h[kept * BASIS + k] = beta * vectors[j * size + size - 1 - k];
      }
      basis = [...next, scale(w, 1 / beta)];
      break;
    }
  }
  return null;
};

/** Eigenpairs of the leading size x size block of h. */
const ritz = (h: Float64Array, size: number) => {
  const block = new Float64Array(size * size);
  for (let i = 0; i < size; i++) block.set(h.subarray(i * BASIS, i * BASIS + size), i * size);
  return symmetricEigen(block, size);
};

/** The exact way: every eigenpair of B with the trivial one moved from 1 to -1, below all others of interest. */
const dense = ({ a, n }: Graph, trivial: Float64Array, inverseRoot: Float64Array): Float64Array => {
  const b = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const value = a[(i * (i + 1)) / 2 + j] * inverseRoot[i] * inverseRoot[j] - 2 * trivial[i] * trivial[j];
      b[i * n + j] = b[j * n + i] = value;
    }
    if (inverseRoot[i] === 0) b[i * n + i] = -2; // no affinity at all: not a vector of interest
  }
  const { vectors } = symmetricEigen(b, n);
  const v = Float64Array.from({ length: n }, (_, i) => vectors[i * n + n - 1]);
  orthogonalise(v, [trivial], 1);
  return v;
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
