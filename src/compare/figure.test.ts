import { describe, expect, it } from 'vitest';
import { blank, type Colour } from '../figure/canvas.ts';
import type { RgbImage } from '../types.ts';
import { type Cell, comparisonSize, drawComparison, type Head, type Row } from './figure.ts';

const WIDTH = 128;
const RED: Colour = [200, 20, 20];
const BLUE: Colour = [20, 20, 200];
const head = (title: string): Head => ({ title, encoder: 'embedded encoder' });
const found = (height = 80, colour = RED): Cell => ({ image: blank(WIDTH, height, colour), segments: 3, seconds: 1.26 });
const row = (cells: Cell[], height = 80): Row => ({ caption: 'a.jpg', image: blank(WIDTH, height, BLUE), cells });

const pixelAt = ({ data, width }: RgbImage, x: number, y: number): number[] => [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
/** Where pixels are of exactly this colour: left, top, right, bottom, and how many. */
const boxOf = ({ data, width }: RgbImage, [r, g, b]: Colour) => {
  const at = { left: Infinity, top: Infinity, right: -1, bottom: -1, count: 0 };
  for (let i = 0; i < data.length / 3; i++) {
    if (data[3 * i] !== r || data[3 * i + 1] !== g || data[3 * i + 2] !== b) continue;
    const [x, y] = [i % width, Math.floor(i / width)];
    Object.assign(at, { left: Math.min(at.left, x), top: Math.min(at.top, y), right: Math.max(at.right, x), bottom: Math.max(at.bottom, y) });
    at.count++;
  }
  return at;
};
const PALE = [240, 240, 240];
const same = (a: number[], b: number[]): boolean => a.every((v, i) => v === b[i]);
const ink = ({ data }: RgbImage): number => data.reduce((sum, v) => sum + (255 - v), 0);

describe('drawComparison', () => {
  it('is as large as its parts: a cell a method and the picture, a row a picture', () => {
    const sizeOf = (columns: number, heights: number[]) => {
      const rows = heights.map((height) => row(Array(columns).fill(found(height)), height));
      const { width, height } = drawComparison(Array(columns).fill(head('ncut')), rows, WIDTH);
      expect({ width, height }).toEqual(comparisonSize(columns, heights, WIDTH));
      return [width, height];
    };
    const [one, two, three] = [sizeOf(1, [80]), sizeOf(2, [80, 60]), sizeOf(3, [80, 60, 60])];
    expect(two[0] - one[0]).toBeGreaterThan(WIDTH);
    expect(three[0] - two[0]).toBe(two[0] - one[0]);
    expect(three[1] - two[1]).toBe(two[1] - one[1]);
    expect(two[1] - one[1]).toBeGreaterThan(60);
  });

  it('cells stand whole in a line with their picture, their numbers below', () => {
    const figure = drawComparison([head('ncut')], [row([found()])], WIDTH);
    const [picture, cell] = [boxOf(figure, BLUE), boxOf(figure, RED)];
    expect([picture.count, cell.count]).toEqual([WIDTH * 80, WIDTH * 80]);
    expect([cell.top, cell.right - cell.left, cell.bottom - cell.top]).toEqual([picture.top, WIDTH - 1, 79]);
    expect(cell.left).toBeGreaterThan(picture.right);
    const green = found(60, [20, 160, 20]);
    const two = drawComparison([head('ncut')], [row([found()]), row([green], 60), row([found()])], WIDTH);
    const step = comparisonSize(1, [80, 60], WIDTH).height - comparisonSize(1, [60], WIDTH).height; // of the first row
    expect(boxOf(two, [20, 160, 20])).toMatchObject({ left: cell.left, top: cell.top + step, count: WIDTH * 60 });
    const without = drawComparison([head('ncut')], [row([{ ...found(), segments: 30_000, seconds: 12 } as Cell])], WIDTH);
    expect(ink(without)).not.toBe(ink(figure));
  });

  it('tells in a pale box why a cell is empty, and across a row why a picture is', () => {
    const problem = 'ssd-1b is not on this machine: get it with "diffcut models pull ssd-1b"';
    const figure = drawComparison([head('ncut'), head('DiffCut')], [row([found(), { problem }]), { caption: 'b.jpg', problem: 'damaged' }], WIDTH);
    const [picture, cell] = [boxOf(figure, BLUE), boxOf(figure, RED)];
    const left = 2 * cell.left - picture.left; // of the next column
    for (const [x, y] of [
      [left, cell.top],
      [left + WIDTH - 1, cell.bottom],
    ])
      expect(pixelAt(figure, x, y)).toEqual(PALE);
    expect(pixelAt(figure, left + WIDTH, cell.top)).toEqual([255, 255, 255]);
    const across = Array.from({ length: figure.height }, (_, y) => y).filter((y) =>
      [picture.left, left + WIDTH - 1].every((x) => same(pixelAt(figure, x, y), PALE)),
    );
    expect(across.length).toBeGreaterThan(30);
    expect(across[0]).toBeGreaterThan(cell.bottom);
    const endless = drawComparison([head('x')], [row([{ problem: 'word '.repeat(500) }])], WIDTH);
    expect(pixelAt(endless, cell.left, cell.bottom)).toEqual(PALE);
    expect(pixelAt(endless, cell.left, cell.bottom + 1)).toEqual([255, 255, 255]); // what does not fit is left out
  });

  it.each<[string, () => unknown, RegExp]>([
    ['no method', () => drawComparison([], [row([])]), /one method and one picture/],
    ['no picture', () => drawComparison([head('x')], []), /one method and one picture/],
    ['a row without a cell a method', () => drawComparison([head('x'), head('y')], [row([found()])], WIDTH), /"a\.jpg" does not fit/],
    ['a picture that is too wide', () => drawComparison([head('x')], [row([found()])], 64), /at most 64 pixels/],
    ['a width out of range', () => drawComparison([head('x')], [row([found()])], 63), /from 64 to 4096 for width/],
    ['what no memory holds', () => comparisonSize(10, Array(500).fill(360), 4096), /compare fewer pictures at once/],
  ])('refuses %s', (_, make, sentence) => {
    expect(make).toThrow(sentence);
  });
});
