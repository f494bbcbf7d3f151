import { describe, expect, it } from 'vitest';
import { areasOf, byFirstPixel, eachRun, renamed } from './ids.ts';
import { findRoot } from './union-find.ts';

const map = (...ids: number[]) => ({ data: Int32Array.from(ids), width: ids.length, height: 1 });
const runs = (...ids: number[]) => {
  const out: number[][] = [];
  eachRun(Int32Array.from(ids), (...run) => void out.push(run));
  return out;
};

describe('ids', () => {
  it('come in runs, the end exclusive', () => {
    expect(runs()).toEqual([]);
    expect(runs(4)).toEqual([[4, 0, 1]]);
    expect(runs(4, 4, 0, 4, 4, 4)).toEqual([
      [4, 0, 2],
      [0, 2, 3],
      [4, 3, 6],
    ]);
  });

  it('have areas, in order of first appearance', () => {
    expect([...areasOf(map(7, 7, 2, 7, 0, 2))]).toEqual([
      [7, 3],
      [2, 2],
      [0, 1],
    ]);
  });

  it('are renamed, each asked for once, 0 among the names', () => {
    const asked: number[] = [];
    const out = renamed(map(5, 3, 3, 5, 9), (id) => {
      asked.push(id);
      return id === 5 ? 0 : id + 1;
    });
    expect(out).toEqual(map(0, 4, 4, 0, 10));
    expect(asked).toEqual([5, 3, 9]);
  });

  it('are numbered by their first pixels', () => {
    expect(byFirstPixel({ data: Int32Array.of(9, 9, 4, 0, 9, 4), width: 3, height: 2 })).toEqual({
      data: Int32Array.of(0, 0, 1, 2, 0, 1),
      width: 3,
      height: 2,
    });
  });

  it('have a root, where all that leads there points from then on, or nearly', () => {
    const parent = Int32Array.of(0, 0, 1, 2, 3, 5);
    expect([5, 4, 3, 2, 1, 0].map((i) => findRoot(parent, i))).toEqual([5, 0, 0, 0, 0, 0]);
  });
});
