import type { FeatureMap } from 'diffcut';
import { describe, expect, it } from 'vitest';
import { cosinesOf, meanOf, poolTokens } from './pool.ts';

/** Tokens of three channels, each along one axis or between two. */
const tokensOf = (width: number, height: number, axisOf: (x: number, y: number) => readonly number[]): FeatureMap => {
  const data = new Float32Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y++) for (let x = 0; x < width; x++, at += 3) data.set(axisOf(x, y), at);
  return { data, width, height, channels: 3 };
};

const labelsOf = (width: number, height: number, idAt: (x: number, y: number) => number) => {
  const data = new Int32Array(width * height);
  for (let y = 0, at = 0; y < height; y++) for (let x = 0; x < width; x++) data[at++] = idAt(x, y);
  return { data, width, height };
};

const [X, Y] = [
  [1, 0, 0],
  [0, 1, 0],
];

describe('poolTokens', () => {
  it('weights each token by how much of it the region covers', () => {
    const tokens = tokensOf(2, 1, (x) => (x === 0 ? X : Y));
    // region 7 covers all 16 pixels of the left token and 4 of the 16 on the right
    const labels = labelsOf(8, 4, (x) => (x < 5 ? 7 : 3));
    const pooled = poolTokens(tokens, labels, [7, 3]);
    expect([...pooled.ids]).toEqual([3, 7]);
    expect([...pooled.areas]).toEqual([12, 20]);
    const length = Math.hypot(16, 4);
    expect([...pooled.vectors]).toEqual([0, 1, 0, expect.closeTo(16 / length), expect.closeTo(4 / length), 0]);
  });

  it('takes labels of any size, smaller than the tokens too', () => {
    const tokens = tokensOf(6, 6, (x) => (x < 3 ? X : Y));
    const pooled = poolTokens(
      tokens,
      labelsOf(2, 2, (x) => x),
      [0, 1],
    );
    expect(cosinesOf(pooled, Float32Array.from(X))).toEqual(
      new Map([
        [0, 1],
        [1, 0],
      ]),
    );
  });

  it('is the mean that a plain loop over pixels gives', () => {
    const tokens = tokensOf(5, 3, (x, y) => [Math.cos(x + 2 * y), Math.sin(x + 2 * y), 0]);
    const labels = labelsOf(37, 22, (x, y) => (x * x + 3 * y) % 4);
    const sums = [0, 1, 2, 3].map(() => [0, 0]);
    for (let y = 0; y < 22; y++)
      for (let x = 0; x < 37; x++) {
        const at = (Math.floor(((y + 0.5) * 3) / 22) * 5 + Math.floor(((x + 0.5) * 5) / 37)) * 3;
        for (const c of [0, 1]) sums[labels.data[y * 37 + x]][c] += tokens.data[at + c];
      }
    const { vectors } = poolTokens(tokens, labels, [0, 1, 2, 3]);
    for (const [k, [a, b]] of sums.entries()) {
      expect(vectors[3 * k]).toBeCloseTo(a / Math.hypot(a, b), 5);
      expect(vectors[3 * k + 1]).toBeCloseTo(b / Math.hypot(a, b), 5);
    }
  });

  it('leaves tokens of nothing at zero', () => {
    const pooled = poolTokens(
      tokensOf(2, 2, () => [0, 0, 0]),
      labelsOf(4, 4, () => 0),
      [0],
    );
    expect([...pooled.vectors]).toEqual([0, 0, 0]);
    expect(meanOf(pooled, [0])).toBeUndefined();
  });
});

describe('meanOf', () => {
  const tokens = tokensOf(4, 1, (x) => (x < 3 ? X : Y));
  const pooled = poolTokens(
    tokens,
    labelsOf(8, 2, (x) => (x < 6 ? 1 : 2)),
    [1, 2],
  );

  it('weights regions by their areas', () => {
    const mean = meanOf(pooled, [1, 2]) as Float32Array;
    expect(mean[0] / mean[1]).toBeCloseTo(3);
    expect(Math.hypot(...mean)).toBeCloseTo(1);
  });

  it('is nothing of regions that are not there', () => {
    expect(meanOf(pooled, [])).toBeUndefined();
    expect(meanOf(pooled, [99])).toBeUndefined();
    expect(meanOf(pooled, [99, 2])).toEqual(Float32Array.from(Y));
  });
});
