/** Eigenvectors to segments at once (Damle, Minden & Ying 2019, "Simple, direct and efficient multi-way spectral clustering"). */
import { symmetricEigen } from '../../tensor/symmetric-eigen.ts';

/**
 * Each row of V to one of K groups: a pivoted QR of V^T finds K rows that stand for the groups, the orthogonal matrix nearest to
 * them turns V so that each row's largest entry tells its group.
 * @param columns of V, K of them, a number a node each
 * @returns a number below K for each node; some may occur nowhere
 */
export const clusterQr = async (columns: readonly Float64Array[]): Promise<Int32Array> => {
  const k = columns.length;
  const n = columns[0].length;
  if (k === 1) return new Int32Array(n);
  const rows = new Float64Array(n * k);
  for (const [c, column] of columns.entries()) for (let i = 0; i < n; i++) rows[i * k + c] = column[i];
  const pivots = pivotRows(rows.slice(), n, k);
  // M has the pivots as columns; its polar factor is M (M^T M)^-1/2
  const m = Float64Array.from({ length: k * k }, (_, at) => rows[pivots[at % k] * k + Math.floor(at / k)]);
  const turn = await polarFactor(m, k);
  return Int32Array.from({ length: n }, (_, i) => {
    let best = 0;
    let most = -1;
    for (let g = 0; g < k; g++) {
      let along = 0;
      for (let c = 0; c < k; c++) along += rows[i * k + c] * turn[c * k + g];
      if (Math.abs(along) > most) [best, most] = [g, Math.abs(along)];
    }
    return best;
  });
};

/** The k rows that a QR with column pivoting of the transpose takes first; the first of equals. @param rows changed in place */
const pivotRows = (rows: Float64Array, n: number, k: number): Int32Array => {
  const pivots = new Int32Array(k);
  const direction = new Float64Array(k);
  for (let step = 0; step < k; step++) {
    let pivot = 0;
    let most = -1;
    for (let i = 0; i < n; i++) {
      let square = 0;
      for (let c = 0; c < k; c++) square += rows[i * k + c] ** 2;
      if (square > most) [pivot, most] = [i, square];
    }
    pivots[step] = pivot;
    const length = Math.sqrt(most) || 1;
    for (let c = 0; c < k; c++) direction[c] = rows[pivot * k + c] / length;
    for (let i = 0; i < n; i++) {
      let along = 0;
      for (let c = 0; c < k; c++) along += rows[i * k + c] * direction[c];
      for (let c = 0; c < k; c++) rows[i * k + c] -= along * direction[c];
    }
  }
  return pivots;
};

/** The orthogonal matrix nearest to m, k x k. */
const polarFactor = async (m: Float64Array, k: number): Promise<Float64Array> => {
  const square = (at: (i: number, j: number) => number): Float64Array =>
    Float64Array.from({ length: k * k }, (_, place) => at(Math.floor(place / k), place % k));
  const sum = (of: (c: number) => number): number => {
    let total = 0;
    for (let c = 0; c < k; c++) total += of(c);
    return total;
  };
  const gram = square((i, j) => sum((c) => m[c * k + i] * m[c * k + j]));
  const { values, vectors: w } = await symmetricEigen(gram, k);
  const floor = Number.EPSILON * values[k - 1]; // a group that hardly stands out
  const inverseRoot = square((i, j) => sum((c) => (w[i * k + c] * w[j * k + c]) / Math.sqrt(Math.max(values[c], floor, Number.MIN_VALUE))));
  return square((i, j) => sum((c) => m[i * k + c] * inverseRoot[c * k + j]));
};
