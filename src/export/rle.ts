/**
 * COCO run-length encoding, as cocoapi's common/maskApi.c: runs of a mask read column by column, the first of
 * zeros; from the fourth on (i > 2) the difference to the run two before; 5 bits a character, lowest first,
 * bit 0x20 = more follow, sign from bit 0x10 of the last, plus 48.
 */
import { expected, InputError } from '../errors.ts';
import { SEGMENT } from '../options/segment.ts';
import { checkWatch } from '../options/spec.ts';
import { type AnyLabels, columnReader, isRuns } from '../tensor/runs.ts';
import { pause } from '../tensor/watch.ts';
import type { LabelMap, Watch } from '../types.ts';
import { checkAnyLabels } from './check.ts';

/** A mask as COCO's JSON has it. */
export interface Rle {
  /** `[height, width]`, pixels. */
  size: [number, number];
  counts: string;
}

/** The same as COCO's JSON has it uncompressed: the runs themselves, the first of zeros. */
export interface PlainRle {
  size: [number, number];
  counts: readonly number[];
}

/** Columns that are turned into rows together: reading single columns of a large map misses the cache at every pixel. */
const BAND = 16;

/** Calls `visit(value, start, end)` for every run of equal values, column by column; positions are `x * height + y`. */
const columnRuns = async (labels: AnyLabels, watch: Watch, visit: (value: number, start: number, end: number) => void): Promise<void> => {
  const { width, height } = labels;
  const band = new Int32Array(BAND * height);
  const read = columnReader(labels);
  let value = isRuns(labels) ? labels.id[0] : labels.data[0];
  let start = 0;
  for (let left = 0; left < width; left += BAND) {
    const columns = Math.min(BAND, width - left);
    read(left, left + columns, band);
    for (let i = 0; i < columns * height; i++) {
      if (band[i] === value) continue;
      visit(value, start, left * height + i);
      value = band[i];
      start = left * height + i;
    }
    await pause(watch);
  }
  visit(value, start, width * height);
};

const toCounts = (runs: readonly number[]): string => {
  let out = '';
  for (let i = 0; i < runs.length; i++) {
    let rest = i > 2 ? runs[i] - runs[i - 2] : runs[i];
    for (let more = true; more; ) {
      const bits = rest & 0x1f;
      rest >>= 5;
      more = bits & 0x10 ? rest !== -1 : rest !== 0;
      out += String.fromCharCode((more ? bits | 0x20 : bits) + 48);
    }
  }
  return out;
};

/** Bits before a number's last character: 30 in all, and no mask has as many pixels. */
const MOST_BITS = 25;

/** @param most runs that there may be */
const fromCounts = (counts: string, most: number): number[] => {
  const runs: number[] = [];
  for (let at = 0; at < counts.length; ) {
    if (runs.length > most) throw new InputError(`Run-length counts hold more than ${most} runs, which no mask of their size has: give other counts`);
    let value = 0;
    for (let shift = 0, more = true; more; shift += 5) {
      const bits = counts.charCodeAt(at++) - 48; // NaN past the end
      if (!(bits >= 0 && bits < 64) || shift > MOST_BITS)
        throw new InputError(`Run-length counts are damaged at character ${at - 1}: give counts that COCO's tools wrote`);
      value |= (bits & 0x1f) << shift;
      more = (bits & 0x20) !== 0;
      if (!more && bits & 0x10) value |= -1 << (shift + 5);
    }
    runs.push(runs.length > 2 ? value + runs[runs.length - 2] : value);
  }
  return runs;
};

/** Runs of one mask under way: zeros and ones in turn. */
interface Runs {
  counts: number[];
  end: number;
}

const addRun = (runs: Runs, start: number, end: number): void => {
  if (start === runs.end && runs.counts.length > 0) runs.counts[runs.counts.length - 1] += end - start;
  else runs.counts.push(start - runs.end, end - start);
  runs.end = end;
};

const finish = ({ counts, end }: Runs, width: number, height: number): Rle => {
  const all = end < width * height ? [...counts, width * height - end] : counts;
  return { size: [height, width], counts: toCounts(all) };
};

/** The mask of all pixels that are not 0. @param mask row by row */
export const rleFromMask = async (mask: Uint8Array, width: number, height: number, watch: Watch = {}): Promise<Rle> => {
  if (mask.length !== width * height) throw new InputError(`Expected ${width} x ${height} bytes for mask but received ${mask.length}`);
  const runs: Runs = { counts: [], end: 0 };
  await columnRuns({ data: Int32Array.from(mask), width, height }, watch, (value, start, end) => value !== 0 && addRun(runs, start, end));
  return finish(runs, width, height);
};

/** The mask of one segment; an id that does not occur gives an empty one. */
export const encodeRle = async (labels: LabelMap, id: number, watch: Watch = {}): Promise<Rle> => {
  checkAnyLabels(labels);
  const runs: Runs = { counts: [], end: 0 };
  await columnRuns(labels, watch, (value, start, end) => value === id && addRun(runs, start, end));
  return finish(runs, labels.width, labels.height);
};

/**
 * The masks of all segments by id, in one pass over the map.
 * @throws InputError for labels that are none; the signal's reason once aborted
 */
export const encodeAllRles = async (labels: AnyLabels, watch: Watch = {}): Promise<Map<number, Rle>> => {
  const { width, height } = checkAnyLabels(labels);
  checkWatch('encodeAllRles', watch);
  const byId = new Map<number, Runs>();
  await columnRuns(labels, watch, (id, start, end) => {
    const runs = byId.get(id) ?? { counts: [], end: 0 };
    byId.set(id, runs);
    addRun(runs, start, end);
  });
  const out = new Map<number, Rle>();
  for (const [id, runs] of [...byId].sort(([a], [b]) => a - b)) {
    out.set(id, finish(runs, width, height));
    await pause(watch);
  }
  return out;
};

/** @throws InputError unless it is a size that a mask may have, with counts of either kind */
const checkRle = (rle: Rle | PlainRle): void => {
  const { size, counts } = rle ?? {};
  if (!Array.isArray(size) || (typeof counts !== 'string' && !Array.isArray(counts)))
    throw expected('{ size: [height, width], counts }', 'the mask', rle);
  if (size.length !== 2 || !size.every((n) => Number.isInteger(n) && n >= 1)) throw expected('whole numbers [height, width]', 'size', size);
  if (size[0] * size[1] > SEGMENT.maxPixels.default)
    throw new InputError(
      `The mask has ${size[1]} x ${size[0]} pixels, more than one may have: give a size within ${SEGMENT.maxPixels.default} pixels`,
    );
};

/** Runs of zeros and ones in turn, column by column. @throws InputError unless they fill the size */
export const rleRuns = (rle: Rle | PlainRle): readonly number[] => {
  checkRle(rle);
  const { size, counts } = rle;
  const runs = typeof counts === 'string' ? fromCounts(counts, 2 * size[0] * size[1] + 1) : counts;
  const bad = runs.findIndex((n) => !Number.isInteger(n) || n < 0);
  if (bad >= 0) throw expected('a whole number from 0', `counts[${bad}]`, runs[bad]);
  const total = runs.reduce((a, b) => a + b, 0);
  if (total !== size[0] * size[1]) {
    throw new InputError(`Run-length counts cover ${total} pixels but the size is ${size[0]} x ${size[1]}: give counts of a mask of this size`);
  }
  return runs;
};

/**
 * The mask, row by row: 1 inside, 0 outside.
 * @param rle counts compressed to a text, or the runs themselves
 * @throws InputError for counts that are damaged or of another size
 */
export const decodeRle = (rle: Rle | PlainRle): Uint8Array => {
  const runs = rleRuns(rle);
  const [height, width] = rle.size;
  const mask = new Uint8Array(width * height);
  let at = 0;
  runs.forEach((run, n) => {
    const end = at + run;
    if (n % 2) for (; at < end; at++) mask[(at % height) * width + Math.floor(at / height)] = 1;
    at = end;
  });
  return mask;
};

/** Pixels inside. */
export const rleArea = (rle: Rle | PlainRle): number => rleRuns(rle).reduce((sum, run, n) => (n % 2 ? sum + run : sum), 0);

/** `[left, top, width, height]` around the pixels inside; zeros where there are none. */
export const rleBox = (rle: Rle | PlainRle): [number, number, number, number] => {
  const height = rle.size[0];
  let [left, top, right, bottom] = [Number.POSITIVE_INFINITY, height, -1, -1];
  let at = 0;
  rleRuns(rle).forEach((run, n) => {
    if (n % 2 && run > 0) {
      const first = Math.floor(at / height);
      const last = Math.floor((at + run - 1) / height);
      left = Math.min(left, first);
      right = last;
      // a run that goes on in the next column touches the bottom of one and the top of the other
      top = last > first ? 0 : Math.min(top, at % height);
      bottom = last > first ? height - 1 : Math.max(bottom, (at + run - 1) % height);
    }
    at += run;
  });
  return right < 0 ? [0, 0, 0, 0] : [left, top, right - left + 1, bottom - top + 1];
};
