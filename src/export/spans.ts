/** Runs of single segments, for formats that write each by itself. */
import type { RunMap } from '../tensor/runs.ts';
import type { Segment } from '../types.ts';

/** A segment's runs, row by row from left to right, three numbers each: row, first column, and the column after the last. */
export type Spans = Int32Array;

/** The runs of every id, parts of one array, in order of first appearance. */
export const spansById = ({ height, rowStart, end, id }: RunMap): Map<number, Spans> => {
  const counts = new Map<number, number>();
  for (const one of id) counts.set(one, (counts.get(one) ?? 0) + 1);
  const all = new Int32Array(3 * id.length);
  const next = new Map<number, number>();
  const spans = new Map<number, Spans>();
  let from = 0;
  for (const [one, count] of counts) {
    next.set(one, from);
    spans.set(one, all.subarray(from, from + 3 * count));
    from += 3 * count;
  }
  for (let y = 0; y < height; y++) {
    for (let run = rowStart[y], left = 0; run < rowStart[y + 1]; left = end[run++]) {
      const at = next.get(id[run]) as number;
      all[at] = y;
      all[at + 1] = left;
      all[at + 2] = end[run];
      next.set(id[run], at + 3);
    }
  }
  return spans;
};

/**
 * How many pixels of a box are outside and inside in turn, row by row; the first are outside, none of them where the box begins
 * inside.
 */
export const maskRuns = (spans: Spans, [left, top, width, height]: Segment['boxXYWH']): number[] => {
  const runs: number[] = [];
  let at = 0;
  for (let i = 0; i < spans.length; i += 3) {
    const start = (spans[i] - top) * width + spans[i + 1] - left;
    const length = spans[i + 2] - spans[i + 1];
    if (start === at && i > 0) runs[runs.length - 1] += length;
    else runs.push(start - at, length);
    at = start + length;
  }
  if (at < width * height) runs.push(width * height - at);
  return runs;
};

/** The pixels of a box as rows of bits, 1 inside, the first in a byte's highest. @returns as many bytes a row as it takes */
export const maskBits = (spans: Spans, [left, top, width, height]: Segment['boxXYWH']): Uint8Array => {
  const rowBytes = Math.ceil(width / 8);
  const bits = new Uint8Array(rowBytes * height);
  for (let i = 0; i < spans.length; i += 3) {
    const row = (spans[i] - top) * rowBytes;
    const [from, to] = [spans[i + 1] - left, spans[i + 2] - left];
    const [first, last] = [from >> 3, (to - 1) >> 3];
    const [head, tail] = [0xff >> (from & 7), 0xff << (7 - ((to - 1) & 7))];
    if (first === last) bits[row + first] |= head & tail;
    else {
      bits[row + first] |= head;
      bits.fill(0xff, row + first + 1, row + last);
      bits[row + last] |= tail;
    }
  }
  return bits;
};
