import { describe, expect, it } from 'vitest';
import type { RegionGraph } from '../../regions/regions.ts';
import { colourSums } from './colour.ts';

/** A line of pixels, a region each unless said. */
const line = (colours: [number, number, number][], regions = colours.map((_, i) => i)): RegionGraph => {
  const n = colours.length;
  const lab = Float32Array.from({ length: 3 * n }, (_, i) => colours[i % n][Math.floor(i / n)]);
  return { data: Int32Array.from(regions), width: n, height: 1, count: Math.max(...regions) + 1, lab } as unknown as RegionGraph;
};

const rowsOf = (graph: RegionGraph): Float64Array[] => {
  const { sums, bins } = colourSums(graph);
  return Array.from({ length: graph.count }, (_, i) => sums.slice(i * bins, (i + 1) * bins));
};
const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, v, i) => sum + v * b[i], 0);

describe('colourSums', () => {
  it('gives each pixel a vector of length 1, and a region their sum', () => {
    const [a, b] = rowsOf(
      line(
        [
          [50, 3, -7],
          [51, 80, -99],
          [51, 80, -99],
        ],
        [0, 1, 1],
      ),
    ); // past the last bin too
    expect(Math.hypot(...a)).toBeCloseTo(1, 6);
    expect(Math.hypot(...b)).toBeCloseTo(2, 6);
  });

  it('spreads a colour over the bins around it: alike where they are near, nothing in common a bin away', () => {
    const [a, near, far] = rowsOf(
      line([
        [50, 0, 0],
        [56.25, 0, 0],
        [75, 0, 0],
      ]),
    );
    expect(dot(a, near)).toBeCloseTo(Math.SQRT1_2, 6); // half way to the next bin
    expect(dot(a, far)).toBe(0);
    const [b, halfRed, red, halfYellow, yellow] = rowsOf(
      line([
        [50, 0, 0],
        [50, 5, 0],
        [50, 10, 0],
        [50, 0, -5],
        [50, 0, -10],
      ]),
    );
    for (const half of [halfRed, halfYellow]) expect(dot(b, half)).toBeCloseTo(Math.SQRT1_2, 6);
    for (const whole of [red, yellow]) expect(dot(b, whole)).toBeCloseTo(0, 6);
    expect(
      rowsOf(
        line([
          [0, -60, -60],
          [100, 60, 60],
        ]),
      ).map((row) => [...row].filter((v) => v > 0)),
    ).toEqual([[1], [1]]);
  });

  it('takes a colour beyond the bins for the last one there is, at both ends of each axis', () => {
    const ends: [number, number, number][] = [
      [100, 60, 60],
      [0, -60, -60],
    ];
    const beyond: [number, number, number][] = [
      [140, 60, 60],
      [100, 90, 60],
      [100, 60, 127],
      [-9, -60, -60],
      [0, -99, -60],
      [0, -60, -128],
    ];
    const [top, bottom, ...others] = rowsOf(line([...ends, ...beyond]));
    others.forEach((row, i) => expect(dot(row, i < 3 ? top : bottom)).toBeCloseTo(1, 12));
  });

  it('has a column for each bin around some colour, and no other', () => {
    // neighbours in lightness share four bins of eight, whichever comes first
    for (const [a, b] of [
      [52, 40],
      [40, 52],
    ])
      expect(
        colourSums(
          line([
            [a, 3, 3],
            [b, 3, 3],
            [a, 3, 3],
          ]),
        ).bins,
      ).toBe(12);
  });
});
