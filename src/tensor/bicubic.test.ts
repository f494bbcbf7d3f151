import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { vitJson } from '../../test/vits.ts';
import { resizeBicubic } from './bicubic.ts';

interface Case {
  /** Height and width. */
  from: [number, number];
  to: [number, number];
  channels: number;
  input: number[];
  output: number[];
}

const CASES: Case[] = vitJson('bicubic.json');

describe('resizeBicubic', () => {
  it.each(CASES.map((of) => [of.from.join('x'), of.to.join('x'), of] as const))(
    '%s to %s as torch does',
    (_, __, { from, to, channels, input, output }) => {
      const out = resizeBicubic(Float32Array.from(input), from[1], from[0], channels, to[1], to[0]);
      expect(out.length).toBe(output.length);
      for (const [i, value] of output.entries()) expect(Math.abs(out[i] - value)).toBeLessThan(2e-5);
    },
  );

  it('keeps a constant, whatever the sizes', () => {
    const side = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(side, side, side, side, (w, h, to, tall) => {
        for (const value of resizeBicubic(new Float32Array(w * h).fill(3), w, h, 1, to, tall)) expect(value).toBeCloseTo(3, 4);
      }),
    );
  });

  it('hands back a map of the same size, and of one same side makes another', () => {
    const src = Float32Array.of(1, 2, 4, 8, 16, 32);
    expect(resizeBicubic(src, 2, 3, 1, 2, 3)).toBe(src);
    expect(resizeBicubic(src, 2, 3, 1, 2, 5)).toHaveLength(10);
    expect(resizeBicubic(src, 2, 3, 1, 4, 3)).toHaveLength(12);
  });

  it('refuses what is no map', () => {
    expect(() => resizeBicubic(new Float32Array(5), 2, 2, 1, 3, 3)).toThrow(/Expected 2 x 2 x 1 values for src/);
    expect(() => resizeBicubic(new Float32Array(4), 2, 2, 1, 0, 3)).toThrow(/whole number from 1 for dstW/);
  });
});
