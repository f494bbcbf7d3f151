import { describe, expect, it } from 'vitest';
import { type ClassDraws, drawPairs, type Scope } from './pairs.ts';
import { gatherSample, type Picked, type Sample } from './sample.ts';

/** Pictures as the number of points of each class. */
const sampleOf = (...pictures: Record<number, number>[]): Sample =>
  gatherSample(
    pictures.map((classes) => ({
      width: 1000,
      height: 10,
      picked: new Map(Object.entries(classes).map(([value, count]) => [Number(value), Array.from({ length: count }, (_, i) => i)])) as Picked,
    })),
  );

const drawsOf = (sample: Sample, value: number, scope: Scope, background?: number): ClassDraws =>
  drawPairs(sample, 0, background).find((draws) => draws.value === value && draws.scope === scope) as ClassDraws;

const classOf = ({ groups }: Sample, point: number): number =>
  (groups.find(({ first, count }) => point >= first && point < first + count) as { value: number }).value;

const counted = (values: readonly number[]): Record<number, number> => {
  const counts: Record<number, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
};

const varied = sampleOf({ 0: 16, 1: 16, 2: 3 }, { 0: 16, 1: 2 }, { 0: 16 }, { 1: 16, 3: 16 }, { 2: 16, 3: 1, 0: 16 });

describe('drawPairs', () => {
  it('keeps to the class and the picture', () => {
    for (const draws of drawPairs(varied, 0)) {
      const pictures = (points: Int32Array): number[] => [...points].map((point) => varied.pictureOf[point]);
      const classes = (points: Int32Array): number[] => [...points].map((point) => classOf(varied, point));
      expect(new Set(classes(draws.anchor))).toEqual(new Set([draws.value]));
      expect(new Set(classes(draws.same))).toEqual(new Set([draws.value]));
      expect(classes(draws.other)).not.toContain(draws.value);
      const [anchors, ...partners] = [draws.anchor, draws.same, draws.other].map(pictures);
      for (const partner of partners) {
        expect(partner.every((picture, i) => (picture === anchors[i]) === (draws.scope === 'within'))).toBe(true);
      }
      expect(draws.anchor.every((anchor, i) => anchor !== draws.same[i])).toBe(true);
    }
  });

  it('lets pictures take turns, and draws other classes alike', () => {
    const sample = sampleOf({ 0: 16, 1: 16, 2: 16 }, { 0: 16, 1: 16 }, { 0: 16 }, { 1: 16 }, { 2: 2 });
    const within = drawsOf(sample, 0, 'within');
    expect(counted([...within.anchor].map((point) => sample.pictureOf[point]))).toEqual({ 0: 120, 1: 120 });
    const across = drawsOf(sample, 0, 'across');
    expect(across.anchor.length).toBe(3 * 256);
    expect(counted([...across.anchor].map((point) => sample.pictureOf[point]))).toEqual({ 0: 256, 1: 256, 2: 256 });
    const others = counted([...across.other].map((point) => classOf(sample, point)));
    expect(Math.abs(others[1] - others[2])).toBeLessThan(5 * Math.sqrt(768));
  });

  it('gives every class as many pairs, fewer only where there are fewer', () => {
    const many = sampleOf(...Array.from({ length: 120 }, (_, i): Record<number, number> => (i < 3 ? { 0: 16, 1: 16, 2: 16 } : { 0: 16, 1: 16 })));
    const lengths = drawPairs(many, 0).map(({ value, scope, anchor }) => [value, scope, anchor.length]);
    expect(lengths).toEqual([
      [0, 'within', 10_000],
      [0, 'across', 10_000],
      [1, 'within', 10_000],
      [1, 'across', 10_000],
      [2, 'within', 360],
      [2, 'across', 768],
    ]);
    const classes = sampleOf(...Array.from({ length: 20 }, () => Object.fromEntries(Array.from({ length: 400 }, (_, value) => [value, 16]))));
    expect(drawPairs(classes, 0).reduce((sum, { anchor }) => sum + 2 * anchor.length, 0)).toBeLessThanOrEqual(1_600_000);
  });

  it('has no anchors in the background, but tells classes from it', () => {
    const draws = drawPairs(varied, 0, 0);
    expect(new Set(draws.map(({ value }) => value))).toEqual(new Set([1, 2, 3]));
    const other = drawsOf(varied, 1, 'across', 0).other;
    expect([...other].map((point) => classOf(varied, point))).toContain(0);
  });

  it('has no pairs where there is nothing to compare', () => {
    const count = (sample: Sample): number[] => drawPairs(sample, 0).map(({ anchor }) => anchor.length);
    expect(count(sampleOf({ 0: 16 }, { 0: 16 }))).toEqual([0, 0]); // one class
    expect(count(sampleOf({ 0: 16, 1: 1 }))).toEqual([120, 0, 0, 0]); // one picture; a class of one point
    expect(drawPairs(sampleOf(), 0)).toEqual([]);
    // class 1 is in the first picture alone: an anchor there meets it nowhere else
    const { anchor, other } = drawsOf(sampleOf({ 0: 4, 1: 4 }, { 0: 4 }), 0, 'across');
    expect([anchor.length, new Set(anchor.map((point) => (point < 8 ? 0 : 1)))]).toEqual([16, new Set([1])]);
    expect([...other].every((point) => point >= 4 && point < 8)).toBe(true);
  });

  it('is the same for a seed', () => {
    expect(drawPairs(varied, 3)).toEqual(drawPairs(varied, 3));
    expect(drawPairs(varied, 4)).not.toEqual(drawPairs(varied, 3));
  });
});
