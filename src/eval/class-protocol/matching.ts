/**
 * The assignment of segments to classes that the evaluation scores with.
 *
 * Shortest augmenting paths (Crouse, "On implementing 2D rectangular assignment algorithms", IEEE TAES 2016),
 * with the ties of `scipy.optimize.linear_sum_assignment`, because other tie orders move small sets by a point or
 * two: a row looks at the open columns from the last to the first, a column taken off that list is replaced by the
 * list's last one, the first least column wins, and among equally near columns the last free one does. The npm
 * package linear-sum-assignment finds the same sum with other ties (see the test).
 *
 * Notation: u, v the dual variables of rows and columns; near[j] the length of the shortest alternating path to
 * column j found so far and from[j] the row before it; columnOf and rowOf the assignment, -1 where there is none.
 */
import { InputError } from '../../errors.ts';
import { checkCount } from '../check.ts';

interface State {
  cost: Float64Array;
  rows: number;
  columns: number;
  u: Float64Array;
  v: Float64Array;
  columnOf: Int32Array;
  rowOf: Int32Array;
  near: Float64Array;
  from: Int32Array;
  open: Int32Array;
}

/** Position in `open` of the nearest column once `row`, reached at length `length`, has been looked through. */
const nearestOpen = (s: State, row: number, length: number, count: number): number => {
  let best = -1;
  let least = Infinity;
  for (let at = 0; at < count; at++) {
    const j = s.open[at];
    const through = length + s.cost[row * s.columns + j] - s.u[row] - s.v[j];
    if (through < s.near[j]) {
      s.from[j] = row;
      s.near[j] = through;
    }
    if (s.near[j] < least || (s.near[j] === least && s.rowOf[j] === -1)) {
      least = s.near[j];
      best = at;
    }
  }
  return best;
};

/** Grows the shortest path tree from `start` until it meets a free column, updates the duals, returns that column. */
const shortestPath = (s: State, start: number): number => {
  s.near.fill(Infinity);
  for (let at = 0; at < s.columns; at++) s.open[at] = s.columns - 1 - at;
  const treeRows: number[] = [];
  const treeColumns: number[] = [];
  let count = s.columns;
  let row = start;
  let length = 0;
  for (;;) {
    if (row !== start) treeRows.push(row);
    const at = nearestOpen(s, row, length, count);
    const column = s.open[at];
    length = s.near[column];
    treeColumns.push(column);
    s.open[at] = s.open[--count];
    if (s.rowOf[column] === -1) break;
    row = s.rowOf[column];
  }
  s.u[start] += length;
  for (const i of treeRows) s.u[i] += length - s.near[s.columnOf[i]];
  for (const j of treeColumns) s.v[j] -= length - s.near[j];
  return treeColumns[treeColumns.length - 1];
};

/**
 * One column for every row, so that the sum of the gains is the largest there is.
 * @param gains finite numbers, row by row, `rows * columns` of them; whole numbers keep the ties exact
 * @returns the column of each row, all different
 * @throws InputError with more rows than columns, a wrong length, or a gain that is not finite
 */
export const assignMaximum = (gains: ArrayLike<number>, rows: number, columns: number): Int32Array => {
  checkCount(rows, 'rows');
  checkCount(columns, 'columns');
  if (gains?.length !== rows * columns) throw new InputError(`Expected ${rows} x ${columns} gains but received ${gains?.length ?? 'none'}`);
  if (rows > columns) throw new InputError(`Expected at least as many columns as rows but received ${rows} rows and ${columns} columns`);
  const cost = Float64Array.from(gains, (gain) => -gain);
  if (!cost.every(Number.isFinite)) throw new InputError('Expected finite gains');
  const s: State = {
    cost,
    rows,
    columns,
    u: new Float64Array(rows),
    v: new Float64Array(columns),
    columnOf: new Int32Array(rows).fill(-1),
    rowOf: new Int32Array(columns).fill(-1),
    near: new Float64Array(columns),
    from: new Int32Array(columns).fill(-1),
    open: new Int32Array(columns),
  };
  for (let start = 0; start < rows; start++) {
    // Flip the path: every column on it goes to the row before it, back to the row that it began with.
    for (let column = shortestPath(s, start); column !== -1; ) {
      const row = s.from[column];
      const given = s.columnOf[row];
      s.rowOf[column] = row;
      s.columnOf[row] = column;
      column = row === start ? -1 : given;
    }
  }
  return s.columnOf;
};
