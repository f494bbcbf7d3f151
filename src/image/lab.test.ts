import { expect, it } from 'vitest';
import { labToRgb } from './lab.ts';

/** L of 0..100, a, b. */
const bytes = ([l, a, b]: readonly number[]): number[] => [Math.round(l * 2.55), a & 255, b & 255];

it.each([
  ['white', [100, 0, 0], [255, 255, 255]],
  ['black', [0, 0, 0], [0, 0, 0]],
  ['grey', [53.6, 0, 0], [128, 128, 128]],
  ['red', [54.3, 81, 70], [255, 0, 0]],
  ['green', [87.8, -79, 81], [0, 255, 0]],
  ['blue', [29.6, 68, -112], [0, 0, 255]],
] as const)('gives %s, within the rounding of the bytes', (_, lab, rgb) => {
  const out = labToRgb(Uint8Array.from(bytes(lab)));
  for (let c = 0; c < 3; c++) expect(Math.abs(out[c] - rgb[c]), `${[...out]}`).toBeLessThanOrEqual(12);
});
