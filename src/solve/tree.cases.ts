/** A tree small enough to be known by heart, for the tests of what walks over trees. */
import type { CutTree } from '../types.ts';

/**
 * Four regions of a pixel each, in pairs:  0 -> 1, 2;  1 -> regions 0, 1 (nodes 6, 5);  2 -> regions 2, 3 (nodes 4, 3).
 * All numbers are sums of powers of two, so that what a split gains is exact.
 */
export const fourRegions = (worth: number[], share = [1, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25]): CutTree => ({
  solver: 'merge',
  cells: { data: Int32Array.of(3, 2, 1, 0), width: 4, height: 1 },
  order: Int32Array.of(0, 1, 2, 3),
  from: Int32Array.of(0, 0, 2, 3, 2, 1, 0),
  to: Int32Array.of(4, 2, 4, 4, 3, 2, 1),
  parent: Int32Array.of(-1, 0, 0, 2, 2, 1, 1),
  children: Int32Array.of(1, 2, 6, 5, 4, 3, -1, -1, -1, -1, -1, -1, -1, -1),
  share: Float64Array.from(share),
  worth: Float64Array.from(worth),
  cost: new Float64Array(7),
  cut: null,
});
