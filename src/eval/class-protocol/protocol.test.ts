import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  centreSquare,
  classRows,
  cropLabels,
  cropPicture,
  EVAL_PAMR,
  EVAL_SIDE,
  evaluationLabels,
  reducedPrediction,
  refinementPicture,
  toRows,
} from './protocol.ts';

const picture = (width: number, height: number, at: (x: number, y: number) => number) => {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => at(Math.floor(i / 3) % width, Math.floor(i / 3 / width)));
  return { data, width, height };
};

describe('centreSquare', () => {
  it.each([
    [500, 375, { left: 63, top: 0, side: 374 }],
    // Halves go to the even neighbour: 62.5 to 62, 63.5 to 64.
    [499, 375, { left: 62, top: 0, side: 374 }],
    [501, 375, { left: 64, top: 0, side: 374 }],
    [321, 481, { left: 0, top: 80, side: 320 }],
    [2, 2, { left: 0, top: 0, side: 1 }],
  ])('of %i x %i', (width, height, square) => {
    expect(centreSquare(width, height)).toEqual(square);
  });

  it('refuses a picture that is too thin', () => {
    expect(() => centreSquare(1, 5000)).toThrow(/at least 2 x 2 pixels.*1 x 5000/);
  });
});

describe('the geometry', () => {
  it('crops', () => {
    const crop = cropPicture(
      picture(4, 3, (x, y) => y * 10 + x),
      { left: 1, top: 0, side: 2 },
    );
    expect([crop.width, crop.height, ...crop.data.filter((_, i) => i % 3 === 0)]).toEqual([2, 2, 1, 2, 11, 12]);
  });

  it('crops labels as pictures', () => {
    const labels = { data: Int32Array.from({ length: 12 }, (_, i) => i), width: 4, height: 3 };
    expect(cropLabels(labels, { left: 1, top: 1, side: 2 })).toEqual({ data: Int32Array.of(5, 6, 9, 10), width: 2, height: 2 });
  });

  it('takes the same pixels of a drawing of the square as of the mask', () => {
    const square = { left: 63, top: 0, side: 374 };
    const labels = { data: Int32Array.from({ length: 500 * 375 }, (_, i) => i), width: 500, height: 375 };
    expect(reducedPrediction(cropLabels(labels, square)).data).toEqual(evaluationLabels(labels, square));
  });

  it('leaves a drawing of 128 x 128 as it is', () => {
    const drawing = { data: Int32Array.from({ length: EVAL_SIDE ** 2 }, (_, i) => i), width: EVAL_SIDE, height: EVAL_SIDE };
    expect(reducedPrediction(drawing)).toEqual(drawing);
  });

  it('takes labels at floor((8j + 0.5) side / 1024)', () => {
    const side = 374;
    const labels = { data: Int32Array.from({ length: 500 * 375 }, (_, i) => i), width: 500, height: 375 };
    const out = evaluationLabels(labels, { left: 63, top: 0, side });
    const at = (j: number): number => Math.floor(((8 * j + 0.5) * side) / 1024);
    for (const [y, x] of [
      [0, 0],
      [1, 2],
      [100, 50],
      [127, 127],
    ])
      expect(out[y * EVAL_SIDE + x]).toBe(at(y) * 500 + 63 + at(x));
  });

  it('equals the two bilinear steps made one after the other', () => {
    const resize = (line: number[], to: number): number[] =>
      Array.from({ length: to }, (_, i) => {
        const position = Math.max(0, ((i + 0.5) * line.length) / to - 0.5);
        const low = Math.min(Math.floor(position), line.length - 1);
        return line[low] + (position - low) * (line[Math.min(low + 1, line.length - 1)] - line[low]);
      });
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 2, maxLength: 300 }), (line) => {
        const side = line.length - 1;
        const out = refinementPicture(
          picture(line.length, line.length, (x) => line[x]),
          { left: 0, top: 0, side },
        );
        const wanted = resize(resize(line.slice(0, side), 1024), 128);
        for (const [x, value] of wanted.entries()) expect(out.data[(77 * EVAL_SIDE + x) * 3 + 1]).toBeCloseTo(value, 3);
      }),
      { numRuns: 30 },
    );
  });
});

describe('toRows', () => {
  it('puts the background last and keeps the order of the others', () => {
    expect(classRows(4, 255, 1).values).toEqual([0, 2, 3, 1]);
    expect([...toRows(Int32Array.of(0, 1, 2, 3, 255), classRows(4, 255, 1))]).toEqual([0, 3, 1, 2, -1]);
    expect([...toRows(Int32Array.of(0, 1, 255), classRows(2, 255))]).toEqual([0, 1, -1]);
  });

  it('lets a class be the ignored one', () => {
    expect([...toRows(Int32Array.of(0, 1), classRows(2, 0))]).toEqual([-1, 1]);
  });

  it('refuses a value that is no class', () => {
    expect(() => toRows(Int32Array.of(0, 7), classRows(3, 255))).toThrow(/mask values 0 to 2 or 255.*found 7/);
  });
});

describe('every pixel of the geometry', () => {
  const noisy = picture(23, 17, (x, y) => (x * 37 + y * 101 + x * y) % 251);
  const square = { left: 5, top: 2, side: 13 };

  it('is cropped, all three channels of it', () => {
    const { data } = noisy;
    const coloured = { ...noisy, data: data.map((v, i) => v + (i % 3)) };
    const crop = cropPicture(coloured, square);
    expect(crop.data).toHaveLength(13 * 13 * 3);
    crop.data.forEach((v, i) => {
      const [x, y] = [Math.floor(i / 3) % 13, Math.floor(i / 39)];
      expect(v).toBe(coloured.data[((2 + y) * 23 + 5 + x) * 3 + (i % 3)]);
    });
  });

  it('is refined from both bilinear steps, made one after the other in both directions', () => {
    const resize = (line: number[], to: number): number[] =>
      Array.from({ length: to }, (_, i) => {
        const position = Math.max(0, ((i + 0.5) * line.length) / to - 0.5);
        const low = Math.min(Math.floor(position), line.length - 1);
        return line[low] + (position - low) * (line[Math.min(low + 1, line.length - 1)] - line[low]);
      });
    const down = (line: number[]) => resize(resize(line, 1024), EVAL_SIDE);
    const out = refinementPicture(noisy, square).data;
    expect(out).toHaveLength(EVAL_SIDE ** 2 * 3);
    for (let c = 0; c < 3; c++) {
      const rows = Array.from({ length: 13 }, (_, y) => down(Array.from({ length: 13 }, (_x, x) => noisy.data[((2 + y) * 23 + 5 + x) * 3 + c])));
      const columns = rows[0].map((_, x) => down(rows.map((row) => row[x])));
      let worst = 0;
      for (let i = 0; i < EVAL_SIDE ** 2; i++) worst = Math.max(worst, Math.abs(out[3 * i + c] - columns[i % EVAL_SIDE][Math.floor(i / EVAL_SIDE)]));
      expect(worst).toBeLessThan(1e-3);
    }
  });

  it('lies in a square whose halves are rounded to even', () => {
    const lefts = [7, 8, 9, 10, 11, 12, 13, 14, 15].map((width) => centreSquare(width, 7).left);
    expect(lefts).toEqual([0, 1, 2, 2, 2, 3, 4, 4, 4]); // of 0.5, 1, 1.5, ... 4.5
    expect([7, 8, 9, 10, 11, 12, 13, 14, 15].map((height) => centreSquare(7, height).top)).toEqual(lefts);
  });

  it("is refined with the reference's settings", () => {
    expect(EVAL_PAMR).toEqual({ iterations: 10, dilations: [1, 2, 4, 8], median: 'numeric' });
  });
});
