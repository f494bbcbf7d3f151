/**
 * All eigenpairs of a small dense symmetric matrix: Householder reduction to tridiagonal form, then
 * the implicit QL method (Golub & Van Loan, Matrix Computations, sections 8.3.1 and 8.3.3).
 */
import type { Watch } from '../types.ts';
import { pause } from './watch.ts';

/** Rows that take no time to speak of: smaller matrices are worked without a pause. */
const LARGE = 128;

/**
 * @param a n x n, row by row, symmetric; overwritten
 * @returns values ascending; vector k is column k of `vectors` (n x n, row by row), of unit length
 */
export const symmetricEigen = async (a: Float64Array, n: number, watch: Watch = {}): Promise<{ values: Float64Array; vectors: Float64Array }> => {
  const diagonal = new Float64Array(n);
  const off = new Float64Array(n);
  const q = await tridiagonalise(a, n, diagonal, off, watch);
  await implicitQl(diagonal, off, q, n, watch);
  const order = Array.from(diagonal.keys()).sort((i, j) => diagonal[i] - diagonal[j]);
  const vectors = new Float64Array(n * n);
  for (let k = 0; k < n; k++) for (let i = 0; i < n; i++) vectors[i * n + k] = q[order[k] * n + i];
  return { values: Float64Array.from(order, (k) => diagonal[k]), vectors };
};

/** Q^T A Q = T; fills T's diagonal and off-diagonal (off[i] joins i and i + 1). Returns Q^T, row by row. */
const tridiagonalise = async (a: Float64Array, n: number, diagonal: Float64Array, off: Float64Array, watch: Watch): Promise<Float64Array> => {
  const q = new Float64Array(n * n);
  for (let i = 0; i < n; i++) q[i * n + i] = 1;
  const v = new Float64Array(n);
  const p = new Float64Array(n);
  // What is left of a matrix of low rank is rounding; its squares would underflow, and no longer make a reflection.
  const negligible = Number.EPSILON * a.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (let k = 0; k < n - 1; k++) {
    if (n > LARGE) await pause(watch);
    // v zeroes column k below the sub-diagonal: H = I - 2 v v^T
    let norm = 0;
    for (let i = k + 1; i < n; i++) norm += a[i * n + k] ** 2;
    norm = Math.sqrt(norm);
    const beta = a[(k + 1) * n + k] > 0 ? -norm : norm;
    diagonal[k] = a[k * n + k];
    off[k] = norm <= negligible ? 0 : k === n - 2 ? a[(k + 1) * n + k] : beta;
    if (k === n - 2 || norm <= negligible) continue;
    let length = 0;
    for (let i = k + 1; i < n; i++) {
      v[i] = a[i * n + k] - (i === k + 1 ? beta : 0);
      length += v[i] ** 2;
    }
    const scale = 1 / Math.sqrt(length);
    for (let i = k + 1; i < n; i++) v[i] *= scale;
    // A <- H A H = A - v w^T - w v^T with p = 2 A v, w = p - (v^T p) v
    let vp = 0;
    for (let i = k + 1; i < n; i++) {
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += a[i * n + j] * v[j];
      p[i] = 2 * sum;
      vp += v[i] * p[i];
    }
    for (let i = k + 1; i < n; i++) p[i] -= vp * v[i];
    for (let i = k + 1; i < n; i++) for (let j = k + 1; j < n; j++) a[i * n + j] -= v[i] * p[j] + p[i] * v[j];
    // Q^T <- H Q^T, by rows
    for (let j = 0; j < n; j++) p[j] = 0;
    for (let i = k + 1; i < n; i++) for (let j = 0; j < n; j++) p[j] += v[i] * q[i * n + j];
    for (let i = k + 1; i < n; i++) for (let j = 0; j < n; j++) q[i * n + j] -= 2 * v[i] * p[j];
  }
  diagonal[n - 1] = a[n * n - 1];
  return q;
};

/** Diagonalises T by shifted QL steps, carrying the rows of q along. */
const implicitQl = async (d: Float64Array, e: Float64Array, q: Float64Array, n: number, watch: Watch): Promise<void> => {
  // Against the whole matrix's size: beside a cluster of zeros no off-diagonal is small by its neighbours' measure.
  let size = 0;
  for (let i = 0; i < n; i++) size = Math.max(size, Math.abs(d[i]) + Math.abs(e[i]));
  const negligible = Number.EPSILON * size;
  for (let l = 0; l < n; l++) {
    for (let sweep = 0; ; sweep++) {
      if (n > LARGE) await pause(watch);
      let m = l;
      while (m < n - 1 && !(Math.abs(e[m]) <= negligible)) m++;
      if (m === l) break;
      if (sweep === 60) throw new Error('The QL method did not converge in 60 sweeps: the matrix holds a value that is not finite');
      // Wilkinson's shift from the leading 2 x 2 block
      let g = (d[l + 1] - d[l]) / (2 * e[l]);
      g = d[m] - d[l] + e[l] / (g + (g >= 0 ? 1 : -1) * Math.hypot(g, 1));
      let s = 1;
      let c = 1;
      let p = 0;
      let i = m - 1;
      for (; i >= l; i--) {
        const f = s * e[i];
        const b = c * e[i];
        const r = Math.hypot(f, g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1] -= p;
          e[m] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - p;
        const t = (d[i] - g) * s + 2 * c * b;
        p = s * t;
        d[i + 1] = g + p;
        g = c * t - b;
        rotate(q, i * n, (i + 1) * n, n, c, s);
      }
      if (i >= l) continue;
      d[l] -= p;
      e[l] = g;
      e[m] = 0;
    }
  }
};

const rotate = (q: Float64Array, a: number, b: number, n: number, c: number, s: number): void => {
  for (let k = 0; k < n; k++) {
    const f = q[b + k];
    q[b + k] = s * q[a + k] + c * f;
    q[a + k] = c * q[a + k] - s * f;
  }
};
