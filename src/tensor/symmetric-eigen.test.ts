import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { symmetricEigen } from './symmetric-eigen.ts';

/** Largest |A v - value v| over all pairs, and largest deviation of V^T V from the identity. */
const errors = async (a: number[], n: number) => {
  const { values, vectors } = await symmetricEigen(Float64Array.from(a), n);
  let residual = 0;
  let skew = 0;
  for (let k = 0; k < n; k++) {
    for (let i = 0; i < n; i++) {
      let av = 0;
      let vv = 0;
      for (let j = 0; j < n; j++) {
        av += a[i * n + j] * vectors[j * n + k];
        vv += vectors[j * n + k] * vectors[j * n + i];
      }
      residual = Math.max(residual, Math.abs(av - values[k] * vectors[i * n + k]));
      skew = Math.max(skew, Math.abs(vv - (i === k ? 1 : 0)));
    }
  }
  return { values, residual, skew };
};

const gram = (rows: number[][]): number[] => rows.flatMap((a) => rows.map((b) => a.reduce((sum, v, c) => sum + v * b[c], 0)));

describe('symmetricEigen', () => {
  it('knows a matrix by hand, values ascending', async () => {
    const { values, residual } = await errors([2, 1, 1, 2], 2);
    expect(values[0]).toBeCloseTo(1, 12);
    expect(values[1]).toBeCloseTo(3, 12);
    expect(residual).toBeLessThan(1e-12);
    expect([...(await symmetricEigen(Float64Array.of(5), 1)).values]).toEqual([5]);
  });

  it('takes the zero matrix, the identity and ones', async () => {
    for (const entry of [(i: number, j: number) => (i === j ? 1 : 0), () => 0, () => 1]) {
      const a = Array.from({ length: 81 }, (_, k) => entry(Math.floor(k / 9), k % 9));
      expect((await errors(a, 9)).residual).toBeLessThan(1e-12);
    }
  });

  it('solves what has any rank, clusters of zeros among it', async () => {
    const rows = fc
      .tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 4 }))
      .chain(([n, rank]) =>
        fc.array(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: rank, maxLength: rank }), { minLength: n, maxLength: n }),
      );
    await fc.assert(
      fc.asyncProperty(rows, async (r) => {
        const { residual, skew, values } = await errors(gram(r), r.length);
        const size = Math.max(1, Math.abs(values[r.length - 1]));
        expect(residual / size).toBeLessThan(1e-12);
        expect(skew).toBeLessThan(1e-12);
      }),
      { numRuns: 300 },
    );
  });

  it('says so when a value is not finite', async () => {
    await expect(symmetricEigen(Float64Array.of(1, Number.NaN, Number.NaN, 1), 2)).rejects.toThrow(/not finite/);
  });
});
