import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { optimal } from './ods.ts';

const PRICES = [0.02, 0.03, 0.05];

describe('optimal', () => {
  it('takes one setting for the set, and the best of each picture', () => {
    const pictures = [
      [0.5, 0.7, 0.9],
      [0.8, 0.7, 0.1],
    ];
    expect(optimal(pictures, PRICES, 'higher')).toEqual({ ods: { value: 0.7, setting: 0.03 }, ois: (0.9 + 0.8) / 2 });
    const lower = optimal(pictures, PRICES, 'lower');
    expect(lower?.ods).toEqual({ value: 0.5, setting: 0.05 });
    expect(lower?.ois).toBeCloseTo((0.5 + 0.1) / 2, 12);
  });

  it('tells the first of equally good settings', () => {
    expect(optimal([[1, 1, 0]], PRICES, 'higher')?.ods.setting).toBe(0.02);
    expect(optimal([[1, 0, 0]], PRICES, 'lower')?.ods.setting).toBe(0.03);
  });

  it('has nothing to say without pictures', () => {
    expect(optimal([], PRICES, 'higher')).toBeNull();
  });

  it('is never better for the set than for each picture', () => {
    const values = fc.array(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }), { minLength: 1 });
    fc.assert(
      fc.property(values, (pictures) => {
        const [up, down] = [optimal(pictures, PRICES, 'higher'), optimal(pictures, PRICES, 'lower')];
        expect(up?.ods.value).toBeLessThanOrEqual((up?.ois ?? 0) + 1e-12);
        expect(down?.ods.value).toBeGreaterThanOrEqual((down?.ois ?? 1) - 1e-12);
      }),
    );
  });
});
