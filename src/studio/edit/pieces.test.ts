import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { areaIn, labelMaps, sheetIn } from '../../../test/sheets.ts';
import { fillNearest, OPEN, WALL } from './nearest.ts';
import { eachRunOfRow, type Pieces, pieceAt, piecesOf } from './pieces.ts';
import { boxOf, type Sheet, sheetOf } from './sheet.ts';

/** The piece of each pixel, found one by one. */
const flood = ({ data, width, height }: Sheet, id: number): Int32Array => {
  const out = new Int32Array(data.length).fill(-1);
  let pieces = 0;
  for (let start = 0; start < data.length; start++) {
    if (out[start] >= 0 || data[start] !== id) continue;
    const piece = pieces++;
    for (const stack = [start]; stack.length > 0; ) {
      const i = stack.pop() as number;
      if (out[i] >= 0 || data[i] !== id) continue;
      out[i] = piece;
      if (i % width > 0) stack.push(i - 1);
      if (i % width < width - 1) stack.push(i + 1);
      if (i >= width) stack.push(i - width);
      if (i < width * (height - 1)) stack.push(i + width);
    }
  }
  return out;
};

const pieceMap = (pieces: Pieces, { width, height }: Sheet): Int32Array =>
  Int32Array.from({ length: width * height }, (_, i) => pieceAt(pieces, i % width, Math.floor(i / width)));

describe('piecesOf', () => {
  it('agrees with a flood fill', () => {
    fc.assert(
      fc.property(labelMaps(), fc.integer({ min: 0, max: 4 }), (labels, id) => {
        const sheet = sheetOf(labels);
        const box = boxOf(sheet, id);
        if (!box) return;
        const pieces = piecesOf(sheet, id, box);
        const flooded = flood(sheet, id);
        expect(pieceMap(pieces, sheet)).toEqual(flooded);
        expect([...pieces.area]).toEqual(Array.from(pieces.area, (_, piece) => flooded.filter((of) => of === piece).length));
        expect(pieces.first.map(([x, y]) => y * sheet.width + x)).toEqual(Array.from(pieces.area, (_, piece) => flooded.indexOf(piece)));
        const again = new Int32Array(flooded.length).fill(-1);
        for (let y = 0; y < sheet.height; y++)
          eachRunOfRow(pieces, y, (piece, from, to) => again.fill(piece, y * sheet.width + from, y * sheet.width + to));
        expect(again).toEqual(flooded);
      }),
    );
  });

  it('leaves out an area', () => {
    const sheet = sheetIn('00000', '00000', '00000');
    const pieces = piecesOf(sheet, 0, [0, 0, 5, 3], areaIn(['#', '#', '#', '#'], 2, -1));
    expect([...pieces.area]).toEqual([6, 6]);
    expect(pieceAt(pieces, 2, 1)).toBe(-1);
  });
});

/** Fewest steps to each cell through open ones, from each owner. */
const steps = (grid: readonly number[], width: number, owner: number): number[] => {
  const out = grid.map((cell) => (cell === owner ? 0 : Infinity));
  for (let round = 0; round < grid.length; round++) {
    for (let i = 0; i < grid.length; i++) {
      if (grid[i] !== OPEN) continue;
      const beside = [i - width, i + width, ...(i % width > 0 ? [i - 1] : []), ...(i % width < width - 1 ? [i + 1] : [])];
      out[i] = Math.min(out[i], ...beside.map((n) => (out[n] ?? Infinity) + 1));
    }
  }
  return out;
};

describe('fillNearest', () => {
  it('gives each cell an owner that no other is nearer than', () => {
    const cells = fc.array(fc.integer({ min: WALL, max: 2 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(cells, fc.integer({ min: 1, max: 6 }), (list, width) => {
        const height = Math.floor(list.length / width);
        if (height === 0) return;
        const before = list.slice(0, width * height);
        const grid = Int32Array.from(before);
        const left = fillNearest(grid, width, height);
        const ways = [0, 1, 2].map((owner) => steps(before, width, owner));
        before.forEach((cell, i) => {
          const least = Math.min(...ways.map((way) => way[i]));
          if (cell !== OPEN) expect(grid[i]).toBe(cell);
          else if (least === Infinity) expect(grid[i]).toBe(OPEN);
          else expect(ways[grid[i]][i]).toBe(least);
        });
        expect(left).toBe(grid.filter((cell) => cell === OPEN).length);
      }),
    );
  });

  it('of owners as near takes the one above, to the left, to the right, below', () => {
    const grid = Int32Array.of(OPEN, 1, OPEN, 2, OPEN, OPEN, OPEN, OPEN, OPEN);
    fillNearest(grid, 3, 3);
    expect([...grid]).toEqual([1, 1, 1, 2, 1, 1, 2, 1, 1]);
  });
});
