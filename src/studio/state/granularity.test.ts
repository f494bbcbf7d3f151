/** Places of the slider, defaults, and the small pictures' values. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { around, defaultOf, placeOf, RANGE, resetOf, valueAt, valueNow, WAYS, wayOf } from './granularity.ts';

const EMBEDDED = { solver: 'merge', price: 0.025, mergePrice: 0.026, tau: null };
const PAPER = { solver: 'ncut', price: 0.025, mergePrice: 0.026, tau: 0.5 };

describe('the slider', () => {
  it('gives back the place of each value, more regions to the right', () => {
    fc.assert(
      fc.property(fc.constantFrom(...WAYS), fc.double({ min: 0, max: 1, noNaN: true }), (way, place) => {
        expect(placeOf(way, valueAt(way, place))).toBeCloseTo(place, 1);
      }),
    );
    for (const way of WAYS) {
      expect([0, 1].map((place) => valueAt(way, place))).toEqual([RANGE[way].coarsest, RANGE[way].finest]);
      expect([-3, 7].map((place) => valueAt(way, place))).toEqual([RANGE[way].coarsest, RANGE[way].finest]);
    }
  });
});

describe('what is in force', () => {
  it('is what was chosen, else what the encoder is cut by', () => {
    expect(wayOf({}, EMBEDDED)).toBe('price');
    expect(wayOf({ tau: 0.4 }, EMBEDDED)).toBe('tau');
    expect(wayOf({ solver: 'ncut' }, EMBEDDED)).toBe('price');
    expect(wayOf({}, PAPER)).toBe('tau');
    expect(wayOf({ price: 0.1 }, PAPER)).toBe('price');
    expect(wayOf({ solver: 'merge' }, PAPER)).toBe('price');
    expect(valueNow('price', {}, EMBEDDED)).toBe(0.026);
    expect(valueNow('price', { solver: 'ncut' }, EMBEDDED)).toBe(0.025);
    expect(valueNow('price', { price: 0.1 }, EMBEDDED)).toBe(0.1);
    expect(defaultOf('tau', {}, EMBEDDED)).toBe(0.5);
    expect(valueNow('price', { solver: 'maskcut' }, EMBEDDED)).toBe(0);
    expect(placeOf('price', 0)).toBe(1);
  });

  it('is the default after a reset, by the way that was chosen', () => {
    for (const own of [EMBEDDED, PAPER]) {
      for (const way of WAYS) {
        const settings = { [way]: 0.1 };
        const after = { ...settings, ...resetOf(way, settings, own) };
        expect(wayOf(after, own)).toBe(way);
        expect(valueNow(way, after, own)).toBe(defaultOf(way, settings, own));
      }
    }
  });
});

describe('the small pictures', () => {
  it('lie around the default, from few regions to many', () => {
    expect(around('price', 0.026)).toEqual([0.104, 0.052, 0.026, 0.013, 0.0065]);
    expect(around('tau', 0.5)).toEqual([0.3, 0.4, 0.5, 0.6, 0.7]);
  });

  it('are within what the slider has, each once', () => {
    expect(around('tau', 0.7)).toEqual([0.5, 0.6, 0.7, 0.75]);
    expect(around('price', 0.2)).toEqual([0.25, 0.2, 0.1, 0.05]);
    expect(around('price', 0)).toEqual([0.12, 0.06, 0.03, 0.015, 0.0075]);
  });
});
