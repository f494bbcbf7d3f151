import { describe, expect, it } from 'vitest';
import { random } from '../../test/random.ts';
import { watershed } from './watershed.ts';

const flood = async (rows: number[][]) => {
  const { data, count } = await watershed(Uint16Array.from(rows.flat()), rows[0].length, rows.length);
  return { basins: rows.map((row, y) => [...data.subarray(y * row.length, (y + 1) * row.length)]), count };
};

/** The definition, without a queue: of all pixels at the water's edge the lowest comes next, of equal ones the first that was reached. */
const slow = (levels: Uint16Array, width: number, height: number): Int32Array => {
  const around = (i: number, diagonal: boolean) =>
    [-1, 0, 1].flatMap((dy) =>
      [-1, 0, 1]
        .filter((dx) => (dx !== 0 || dy !== 0) && (diagonal || dx === 0 || dy === 0))
        .map((dx) => [(i % width) + dx, Math.floor(i / width) + dy])
        .filter(([x, y]) => x >= 0 && y >= 0 && x < width && y < height)
        .map(([x, y]) => y * width + x),
    );
  const basin = new Int32Array(levels.length).fill(-1);
  let edge: { i: number; level: number }[] = [];
  for (let start = 0, ids = 0; start < levels.length; start++) {
    if (basin[start] >= 0) continue;
    const plateau = [start];
    for (const i of plateau) plateau.push(...around(i, true).filter((j) => levels[j] === levels[start] && !plateau.includes(j)));
    if (plateau.some((i) => around(i, true).some((j) => levels[j] < levels[start]))) continue;
    for (const first of plateau) {
      if (basin[first] >= 0) continue;
      const piece = [first]; // what hangs together the way water goes
      for (const i of piece) piece.push(...around(i, false).filter((j) => plateau.includes(j) && !piece.includes(j)));
      for (const i of piece) basin[i] = ids;
      ids++;
    }
  }
  edge = [...basin.keys()].filter((i) => basin[i] >= 0).map((i) => ({ i, level: levels[i] }));
  while (edge.length > 0) {
    const lowest = Math.min(...edge.map(({ level }) => level));
    const at = edge.findIndex(({ level }) => level === lowest);
    const [{ i, level }] = edge.splice(at, 1);
    for (const j of around(i, false).sort((a, b) => a - b)) {
      if (basin[j] >= 0) continue;
      basin[j] = basin[i];
      edge.push({ i: j, level: Math.max(level, levels[j]) });
    }
  }
  return basin;
};

/** Ids in order of first appearance. */
const inOrder = (ids: Int32Array): Int32Array => {
  const seen = [...new Set(ids)];
  return ids.map((id) => seen.indexOf(id));
};

describe('watershed', () => {
  it('meets on the ridge, the first source first', async () => {
    expect(await flood([[0, 1, 2, 1, 0]])).toEqual({ basins: [[0, 0, 0, 1, 1]], count: 2 });
    expect((await flood([[0], [5], [5], [5], [1]])).basins.flat()).toEqual([0, 0, 0, 1, 1]);
  });

  it('has one basin for a flat map, one pixel, and a slope', async () => {
    expect(await flood([[3]])).toEqual({ basins: [[0]], count: 1 });
    expect(
      (
        await flood([
          [7, 7, 7],
          [7, 7, 7],
        ])
      ).count,
    ).toBe(1);
    expect((await flood([[1, 2, 3, 4]])).basins).toEqual([[0, 0, 0, 0]]);
  });

  it('looks for lower ground at corners too, but lets water through sides only: every basin is connected', async () => {
    expect(
      (
        await flood([
          [0, 9, 9],
          [9, 1, 9],
          [9, 9, 9],
        ])
      ).count,
    ).toBe(1);
    expect(
      (
        await flood([
          [0, 9, 9],
          [9, 0, 9],
          [9, 9, 9],
        ])
      ).count,
    ).toBe(2);
  });

  it('does not take a terrace above lower ground for a minimum', async () => {
    expect(await flood([[5, 5, 2, 2, 6, 1]])).toEqual({ basins: [[0, 0, 0, 0, 1, 1]], count: 2 }); // the lower water reaches the ridge first
  });

  it('follows a valley round a hill', async () => {
    const { basins, count } = await flood([
      [0, 0, 0, 9, 1],
      [0, 9, 0, 9, 1],
      [0, 0, 0, 9, 1],
    ]);
    expect(count).toBe(2);
    expect(basins.map((row) => [row[1], row[4]])).toEqual([
      [0, 1],
      [0, 1],
      [0, 1],
    ]);
  });

  it.each([1, 2, 3, 4, 5, 6])('is the definition on random maps (%i)', async (seed) => {
    const next = random(seed);
    const [width, height] = [3 + Math.floor(next() * 12), 3 + Math.floor(next() * 12)];
    const levels = Uint16Array.from({ length: width * height }, () => Math.floor(next() * 6));
    expect((await watershed(levels, width, height)).data).toEqual(inOrder(slow(levels, width, height)));
    expect(
      (
        await watershed(
          levels.map((level) => level + 40),
          width,
          height,
        )
      ).data,
    ).toEqual(inOrder(slow(levels, width, height)));
  });
});
