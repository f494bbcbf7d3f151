import fc from 'fast-check';
import { expect, it } from 'vitest';
import { floatsToHalves, halfToFloat, halvesToFloats } from './half.ts';

const ALL = Uint16Array.from({ length: 65536 }, (_, i) => i);

it.each([
  [0x0000, 0],
  [0x8000, -0],
  [0x3c00, 1],
  [0xc000, -2],
  [0x3555, 0.333251953125],
  [0x7bff, 65504],
  [0x0400, 2 ** -14],
  [0x03ff, 1023 * 2 ** -24],
  [0x0001, 2 ** -24],
  [0x7c00, Number.POSITIVE_INFINITY],
  [0xfc00, Number.NEGATIVE_INFINITY],
  [0x7e00, Number.NaN],
])('half %i is %d', (bits, value) => {
  expect(halfToFloat(bits)).toBe(value);
});

it('turns every bit pattern into its value', () => {
  const floats = halvesToFloats(ALL);
  expect(ALL.findIndex((bits) => !Object.is(floats[bits], halfToFloat(bits)))).toBe(-1);
});

it('turns every value back into its bit pattern', () => {
  const isNaN16 = (bits: number) => (bits & 0x7fff) > 0x7c00;
  const back = floatsToHalves(halvesToFloats(ALL));
  expect(ALL.findIndex((bits) => (isNaN16(bits) ? !isNaN16(back[bits]) : back[bits] !== bits))).toBe(-1);
});

it('rounds to the nearest, a tie to even', () => {
  const finite = (h: number) => h >= 0 && h < 0x7c00;
  for (let h = 0; finite(h + 1); h++) {
    const low = halfToFloat(h);
    const high = halfToFloat(h + 1);
    const tie = (low + high) / 2; // a float: it has one bit more than a half
    const even = h % 2 ? h + 1 : h;
    const near = 2 ** -12 * (high - low);
    const [atTie, below, above, negative] = floatsToHalves(Float32Array.of(tie, tie - near, tie + near, -tie));
    if (atTie !== even || negative !== even + 0x8000) expect.fail(`the tie above ${low} became ${atTie}, ${negative}`);
    // Where a float is too coarse for the difference it is the tie again.
    if (Math.fround(tie - near) < tie && below !== h) expect.fail(`just below the tie above ${low}: ${below}`);
    if (Math.fround(tie + near) > tie && above !== h + 1) expect.fail(`just above the tie above ${low}: ${above}`);
  }
});

it.each([
  [65519.996, 0x7bff],
  [65520, 0x7c00],
  [-1e30, 0xfc00],
  [Number.POSITIVE_INFINITY, 0x7c00],
  [Number.NaN, 0x7e00],
  [-0, 0x8000],
  [2 ** -25, 0],
  [2 ** -25 * 1.001, 1],
  [2 ** -149, 0],
  [2 ** -14 * (1 - 2 ** -20), 0x0400],
])('%d is half %i', (value, bits) => {
  expect(floatsToHalves(Float32Array.of(value))[0]).toBe(bits);
});

it('keeps the order of numbers', () => {
  const float = fc.float({ noNaN: true });
  fc.assert(
    fc.property(float, float, (a, b) => {
      const [x, y] = halvesToFloats(floatsToHalves(Float32Array.of(Math.min(a, b), Math.max(a, b))));
      return x <= y;
    }),
  );
});
