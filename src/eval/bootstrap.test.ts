import { describe, expect, it } from 'vitest';
import { drawRounds, figureOf, LEAST_PICTURES } from './bootstrap.ts';

describe('drawRounds', () => {
  it('draws as many pictures as count, and never one that does not', () => {
    const [measured, ...rounds] = drawRounds([true, false, true, true], 0, 500);
    expect([...measured]).toEqual([1, 0, 1, 1]);
    expect(rounds).toHaveLength(500);
    for (const round of rounds) expect([round[1], round.reduce((sum, n) => sum + n)]).toEqual([0, 3]);
    const drawn = [0, 2, 3].map((picture) => rounds.reduce((sum, round) => sum + round[picture], 0));
    for (const count of drawn) expect(Math.abs(count - 500)).toBeLessThan(100);
    expect(drawRounds([true, true], 1, 9)).toEqual(drawRounds([true, true], 1, 9));
    expect(drawRounds([true, true], 2, 9)).not.toEqual(drawRounds([true, true], 1, 9));
  });
});

describe('figures', () => {
  it('take the interval from the rounds, as numpy.percentile does', () => {
    const series = Float64Array.of(0.7, ...Array.from({ length: 101 }, (_, i) => 1 - i / 100));
    const { value, low, high } = figureOf(series, LEAST_PICTURES);
    expect([value, low, high].map((n) => Number(n?.toFixed(9)))).toEqual([0.7, 0.025, 0.975]);
  });

  it('have no interval where few pictures or no rounds bear one, and no value where there is none', () => {
    expect(figureOf(Float64Array.of(0.7, 0.6), LEAST_PICTURES - 1)).toEqual({ value: 0.7, low: null, high: null });
    expect(figureOf(Float64Array.of(0.7, Number.NaN), 9)).toEqual({ value: 0.7, low: null, high: null });
    expect(figureOf(Float64Array.of(Number.NaN, 0.6), 9)).toEqual({ value: null, low: null, high: null });
  });
});
