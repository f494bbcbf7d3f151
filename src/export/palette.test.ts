import { describe, expect, it } from 'vitest';
import { segmentPalette } from './palette.ts';

const colours = (n: number) => {
  const palette = segmentPalette(n);
  return Array.from({ length: n }, (_, i) => [...palette.subarray(i * 3, i * 3 + 3)]);
};
const apart = (p: number[], q: number[]) => Math.hypot(...p.map((v, c) => v - q[c]));
const least = (n: number) => {
  const all = colours(n);
  return Math.min(...all.flatMap((p, i) => all.slice(i + 1).map((q) => apart(p, q))));
};

describe('segmentPalette', () => {
  it('keeps colours apart, the first ones most', () => {
    expect(least(8)).toBeGreaterThan(90);
    expect(least(20)).toBeGreaterThan(45);
    expect(least(256)).toBeGreaterThan(7);
  });

  it('keeps ids that follow each other well apart', () => {
    const all = colours(300);
    for (let i = 1; i < all.length; i++) expect(apart(all[i], all[i - 1])).toBeGreaterThan(40);
  });

  it('is a prefix of every longer palette, and repeats after 256', () => {
    const long = segmentPalette(600);
    expect(segmentPalette(0).length).toBe(0);
    expect(segmentPalette(10)).toEqual(long.subarray(0, 30));
    expect(long.subarray(768, 1536)).toEqual(long.subarray(0, 768));
  });

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '3', null])('refuses %s colours', (n) => {
    expect(() => segmentPalette(n as never)).toThrow(/^Expected a whole number from 0 to 16777216 for the number of colours but received /);
  });

  it('stays away from white, black and grey', () => {
    for (const rgb of colours(256)) expect(Math.max(...rgb) - Math.min(...rgb)).toBeGreaterThan(25);
  });
});
