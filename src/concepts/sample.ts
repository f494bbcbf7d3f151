/** Few segments that stand for many: farthest points first. */
import { pause } from '../tensor/watch.ts';
import type { Watch } from '../types.ts';
import { dotRows } from './place.ts';
import type { SegmentVectors } from './vectors.ts';

/** So many times the wanted ones are looked at; of more, every n-th. */
const LOOKED_AT = 4;

/** Rows of those segments. */
export const rowsOf = ({ data, channels }: SegmentVectors, indices: Int32Array): SegmentVectors => {
  const out = new Float32Array(indices.length * channels);
  indices.forEach((index, i) => {
    out.set(data.subarray(index * channels, (index + 1) * channels), i * channels);
  });
  return { data: out, count: indices.length, channels };
};

/**
 * Farthest-point sampling by the cosine: each is the one least like all before it, from the first segment on; the first of equals.
 * @param count at most as many as there are
 * @returns ascending
 * @throws the signal's reason once aborted
 */
export const farthestPoints = async (segments: SegmentVectors, count: number, watch: Watch = {}): Promise<Int32Array> => {
  const step = Math.max(1, segments.count / (LOOKED_AT * count));
  const pool = Int32Array.from({ length: Math.floor(segments.count / step) }, (_, i) => Math.floor(i * step));
  const rows = rowsOf(segments, pool);
  const nearest = new Float32Array(pool.length).fill(-Infinity); // cosine with the nearest that was taken
  const taken = new Int32Array(count);
  for (let k = 0, next = 0; k < count; k++) {
    taken[k] = pool[next];
    next = farthestFrom(rows, next, nearest);
    await pause(watch);
  }
  return taken.sort();
};

/** Takes a row. @returns the one least like all that were taken */
const farthestFrom = (rows: SegmentVectors, row: number, nearest: Float32Array): number => {
  let next = 0;
  for (let i = 0; i < rows.count; i++) {
    nearest[i] = i === row ? Infinity : Math.max(nearest[i], dotRows(rows, i, rows, row));
    if (nearest[i] < nearest[next]) next = i;
  }
  return next;
};
