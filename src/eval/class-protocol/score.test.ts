import { describe, expect, it } from 'vitest';
import { random } from '../../../test/random.ts';
import { mergeBackground } from './background.ts';
import { confusion, idCount } from './confusion.ts';
import { assignMaximum } from './matching.ts';
import { matchPicture, rankIds, rowsOfSegments, scorePicture } from './score.ts';

const map = (...ids: number[]) => ({ data: Int32Array.from(ids), width: ids.length, height: 1 });
const truth = (...rows: number[]) => Int32Array.from(rows);
const list = ({ tp, fp, fn }: { tp: Float64Array; fp: Float64Array; fn: Float64Array }) => ({ tp: [...tp], fp: [...fp], fn: [...fn] });

describe('mergeBackground', () => {
  it('keeps the segments of classes that occur and makes all others one', () => {
    expect([...mergeBackground(map(0, 0, 1, 2, 3), truth(0, 0, -1, -1, -1), 2).data]).toEqual([0, 0, 4, 4, 4]);
  });

  it('merges all segments where no foreground class occurs', () => {
    expect([...mergeBackground(map(0, 1, 2), truth(-1, -1, -1), 3).data]).toEqual([3, 3, 3]);
  });

  it('keeps the segment of a class that it misses', () => {
    // Both classes lie in segment 0; class 1 gets another one, without a pixel of its own, and keeps it.
    expect([...mergeBackground(map(0, 0, 0, 1), truth(0, 0, 1, -1), 2).data]).toEqual([0, 0, 0, 1]);
  });
});

describe('scorePicture', () => {
  const background = { rows: 3, background: true };

  it('matches one segment to one class without a background', async () => {
    const counts = await scorePicture(map(5, 5, 0, 0), truth(0, 0, 1, -1), { rows: 2, background: false });
    expect(list(counts)).toEqual({ tp: [2, 1], fp: [0, 0], fn: [0, 0] });
    expect(counts.pixels).toBe(3);
  });

  it('counts void as background in the final match', async () => {
    const counts = await scorePicture(map(0, 0, 1, 2), truth(0, 0, 2, -1), background);
    expect(list(counts)).toEqual({ tp: [2, 0, 2], fp: [0, 0, 0], fn: [0, 0, 0] });
    expect(counts.pixels).toBe(4);
  });

  it('scores a picture that is all void as background only', async () => {
    const counts = await scorePicture(map(0, 1, 1, 2), truth(-1, -1, -1, -1), background);
    expect(list(counts)).toEqual({ tp: [0, 0, 4], fp: [0, 0, 0], fn: [0, 0, 0] });
  });

  it('scores nothing where all is ignored and there is no background', async () => {
    const counts = await scorePicture(map(0, 1), truth(-1, -1), { rows: 2, background: false });
    expect({ ...list(counts), pixels: counts.pixels }).toEqual({ tp: [0, 0], fp: [0, 0], fn: [0, 0], pixels: 0 });
  });

  it('scores an undivided picture by its largest class', async () => {
    const counts = await scorePicture(map(0, 0, 0, 0), truth(0, 1, 1, 1), { rows: 2, background: false });
    expect(list(counts)).toEqual({ tp: [0, 3], fp: [0, 1], fn: [1, 0] });
  });

  it('refines after the merge', async () => {
    const seen: number[][] = [];
    await scorePicture(map(0, 1, 2, 2), truth(0, 2, 2, 2), background, async (labels) => {
      seen.push([...labels.data]);
      return labels;
    });
    expect(seen).toEqual([[0, 3, 3, 3]]);
  });

  it('closes the gaps between ids when it refines, so that an absent class meets a segment', async () => {
    const classes = { rows: 2, background: false };
    const score = (refine?: Parameters<typeof scorePicture>[3]) => scorePicture(map(1, 4, 4, 4), truth(0, 0, 0, 0), classes, refine);
    expect([...(await score()).fp]).toEqual([0, 0]);
    expect([...(await score(async (labels) => labels)).fp]).toEqual([0, 1]);
  });

  it('numbers refined ids by their rank before, as the reference does', () => {
    expect([...rankIds(map(2, 7, 9), map(9, 9, 2)).data]).toEqual([2, 2, 0]);
  });
});

describe('mergeBackground by its definition', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('on random maps (%i)', (seed) => {
    const next = random(seed);
    const [classes, segments] = [2 + (seed % 3), 3 + (seed % 4)];
    const labels = map(...Array.from({ length: 60 }, () => Math.floor(segments * next() ** 2)));
    const rows = truth(...Array.from({ length: 60 }, () => Math.floor((classes + 1) * next()) - 1).map((row) => (row === seed % classes ? -1 : row)));
    const { counts, columns } = confusion(rows, labels.data, classes);
    const columnOf = assignMaximum(counts, classes, columns);
    // a class is there if a matched segment has pixels of it; its own segment then stays
    const isThere = (row: number) => [...rows.keys()].some((i) => rows[i] === row && columnOf.includes(labels.data[i]));
    const kept = new Set([...columnOf].filter((_, row) => isThere(row)));
    const merged = mergeBackground(labels, rows, classes).data;
    const other = idCount(labels.data);
    labels.data.forEach((id, i) => {
      if (kept.has(id)) expect(merged[i]).toBe(id);
      else expect(merged[i]).toBeGreaterThanOrEqual(other);
    });
    expect(new Set(merged.filter((_, i) => !kept.has(labels.data[i]))).size).toBeLessThanOrEqual(1);
  });

  it('counts ids from 0, one past the largest', () => {
    expect([[], [0], [0, 0, 4], [7, 1]].map(idCount)).toEqual([0, 1, 5, 8]);
  });
});

describe('rowsOfSegments', () => {
  it('tells the class of each segment, and none for what only fills the matching up', async () => {
    const match = await matchPicture(map(0, 0, 1, 1, 2), truth(1, 1, 0, 0, -1), { rows: 4, background: false });
    expect([...rowsOfSegments(match)].sort()).toEqual([
      [0, 1],
      [1, 0],
    ]);
  });

  it('gives all that was made background to it', async () => {
    const match = await matchPicture(map(0, 1, 2, 2), truth(0, 2, 2, -1), { rows: 3, background: true });
    expect([...match.labels.data]).toEqual([0, 3, 3, 3]);
    expect([...rowsOfSegments(match)].sort()).toEqual([
      [0, 0],
      [3, 2],
    ]);
  });
});
