import { describe, expect, it } from 'vitest';
import { borderPixels, dilateDisc, scoreBorders } from './borders.ts';

/** Two halves of a 12 x 4 map; the right one begins at column `at`. */
const halves = (at: number) => ({ data: Int32Array.from({ length: 48 }, (_, p) => (p % 12 < at ? 0 : 1)), width: 12, height: 4 });
const rows = (marks: Uint8Array, width: number): string[] =>
  Array.from({ length: marks.length / width }, (_, y) => marks.slice(y * width, (y + 1) * width).join(''));

describe('borderPixels', () => {
  it('marks pixels that differ from the left or the upper neighbour', () => {
    const map = { data: Int32Array.of(0, 0, 1, 0, 2, 1, 0, 2, 2), width: 3, height: 3 };
    expect(rows(borderPixels(map), 3)).toEqual(['001', '011', '011']);
  });
});

describe('dilateDisc', () => {
  it('reaches two pixels along the axes, not to the corners of the square', () => {
    const marks = new Uint8Array(49);
    marks[24] = 1;
    expect(rows(dilateDisc(marks, 7, 7, 2), 7)).toEqual(['0000000', '0001000', '0011100', '0111110', '0011100', '0001000', '0000000']);
  });

  it('stops at the edges', () => {
    const marks = new Uint8Array(9);
    marks[2] = 1;
    expect(rows(dilateDisc(marks, 3, 3, 2), 3)).toEqual(['111', '011', '001']);
  });
});

describe('scoreBorders', () => {
  it('forgives two pixels, not three', () => {
    expect(scoreBorders(halves(5), [halves(7)])).toEqual({ precision: 1, recall: 1 });
    expect(scoreBorders(halves(5), [halves(8)])).toEqual({ precision: 0, recall: 0 });
  });

  it('counts a border that any annotator drew, and averages recall over them', () => {
    expect(scoreBorders(halves(5), [halves(5), halves(10)])).toEqual({ precision: 1, recall: 0.5 });
  });

  it('gives an undivided picture nothing', () => {
    expect(scoreBorders(halves(0), [halves(5)])).toEqual({ precision: 0, recall: 0 });
  });

  it('leaves an annotator without a border out of recall', () => {
    expect(scoreBorders(halves(5), [halves(5), halves(0)])).toEqual({ precision: 1, recall: 1 });
    expect(scoreBorders(halves(5), [halves(0)])).toEqual({ precision: 0, recall: 0 });
  });

  it('refuses another size, and nobody', () => {
    expect(() => scoreBorders(halves(5), [{ ...halves(5), width: 4, height: 12 }])).toThrow(/12 x 4 but received 4 x 12/);
    expect(() => scoreBorders(halves(5), [])).toThrow(/at least one annotator/);
  });
});
