/** Changed pixels as runs that know what was there before: small for a stroke, and no longer than the runs of both maps for a whole one. */
import { InputError } from 'diffcut';
import { type Box, joined, type Sheet, type Size } from './sheet.ts';
import { newWriter, type Reader, readNumber, type Writer, writeNumber, written } from './varint.ts';

/** Plain: it can be posted and kept as it is. */
export interface Patch {
  /** Around all that changes. */
  box: Box;
  /** Each change that occurs: `[before, after, before, after, ...]`, ids. */
  pairs: Int32Array;
  /** Three numbers a run, in the order of pixels: how many are passed over since the last one, its length, the index of its pair. */
  runs: Uint8Array;
}

/** A patch under way. */
interface Draft {
  box: Box;
  writer: Writer;
  pairs: number[];
  /** Index of a pair, by before and after. */
  known: Map<number, Map<number, number>>;
  /** The pixel after the last run that was written. */
  end: number;
  /** The run that may go on. */
  start: number;
  length: number;
  pair: number;
}

const pairOf = ({ known, pairs }: Draft, before: number, after: number): number => {
  const afters = known.get(before) ?? new Map<number, number>();
  known.set(before, afters);
  const found = afters.get(after);
  if (found !== undefined) return found;
  afters.set(after, pairs.length / 2);
  return pairs.push(before, after) / 2 - 1;
};

const flush = (draft: Draft): void => {
  if (draft.length === 0) return;
  for (const value of [draft.start - draft.end, draft.length, draft.pair]) writeNumber(draft.writer, value);
  draft.end = draft.start + draft.length;
};

const addRun = (draft: Draft, start: number, length: number, before: number, after: number): void => {
  const pair =
    draft.length > 0 && draft.pairs[2 * draft.pair] === before && draft.pairs[2 * draft.pair + 1] === after
      ? draft.pair
      : pairOf(draft, before, after);
  if (draft.length > 0 && pair === draft.pair && start === draft.start + draft.length) {
    draft.length += length;
    return;
  }
  flush(draft);
  Object.assign(draft, { start, length, pair });
};

/**
 * The patch that rewrites a box of a sheet, row by row; the sheet stays as it is.
 * @param change puts other ids into `row`, which holds those of the box's columns in row y of the picture
 * @returns undefined where nothing changes
 */
export const rewrite = ({ data, width }: Sheet, [left, top, columns, rows]: Box, change: (row: Int32Array, y: number) => void): Patch | undefined => {
  const draft: Draft = { box: [0, 0, 0, 0], writer: newWriter(), pairs: [], known: new Map(), end: 0, start: 0, length: 0, pair: 0 };
  const row = new Int32Array(columns);
  for (let y = top; y < top + rows; y++) {
    const at = y * width + left;
    row.set(data.subarray(at, at + columns));
    change(row, y);
    let first = -1;
    let end = 0;
    for (let x = 0; x < columns; ) {
      const before = data[at + x];
      const after = row[x];
      const start = x++;
      if (before === after) continue;
      while (x < columns && data[at + x] === before && row[x] === after) x++;
      addRun(draft, at + start, x - start, before, after);
      if (first < 0) first = start;
      end = x;
    }
    if (first >= 0) draft.box = joined(draft.box, [left + first, y, end - first, 1]);
  }
  flush(draft);
  return draft.pairs.length === 0 ? undefined : { box: draft.box, pairs: Int32Array.from(draft.pairs), runs: written(draft.writer) };
};

/**
 * Its runs one after the other, in the order of pixels.
 * @throws InputError for a patch that is damaged, or of a larger picture
 */
export const eachRun = (
  { pairs, runs }: Patch,
  { width, height }: Size,
  visit: (start: number, end: number, before: number, after: number) => void,
): void => {
  if (!(pairs instanceof Int32Array) || !(runs instanceof Uint8Array)) throw new InputError('This step of the history is damaged');
  const reader: Reader = { data: runs, at: 0 };
  for (let end = 0; reader.at < runs.length; ) {
    const start = end + readNumber(reader);
    end = start + readNumber(reader);
    const pair = readNumber(reader);
    if (end === start || end > width * height || 2 * pair + 1 >= pairs.length) throw new InputError('This step of the history is damaged');
    visit(start, end, pairs[2 * pair], pairs[2 * pair + 1]);
  }
};

/** Changes a sheet's pixels, or changes them back. All of the patch is looked at before any of it is done. @throws InputError as `eachRun` */
export const applyPatch = (sheet: Sheet, patch: Patch, isBack = false): void => {
  eachRun(patch, sheet, () => {});
  const { data } = sheet;
  eachRun(patch, sheet, (start, end, before, after) => data.fill(isBack ? before : after, start, end));
};
